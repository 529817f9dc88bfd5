"""The command line of the keypoint network."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from models.networks import WEIGHTS
from models.training.keypoints.configurations import KEYPOINTS
from models.training.keypoints.datasets import read_landmarks
from models.training.keypoints.fitting import fit_keypoints


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register "keypoints" with the training's command line."""
    train = commands.add_parser("keypoints", help="train the facial keypoint network; resumes where it stopped")
    train.add_argument(
        "--data68",
        type=Path,
        required=True,
        help="a prepared .npz with 68 points, or a folder of pictures with .pts files",
    )
    train.add_argument("--data5", type=Path, help="a prepared .npz with five points")
    train.add_argument("--config", choices=sorted(KEYPOINTS), default="keypoints")
    train.add_argument("--folder", type=Path, help="checkpoint and log; defaults to .training/CONFIG")
    train.add_argument("--epochs", type=int, help="another length than the configuration's")
    train.add_argument("--faces", type=int, help="at most so many faces with 68 points; for rehearsals")
    train.add_argument("--weights", type=Path, default=WEIGHTS, help="where the published files go")
    train.set_defaults(run=_train)


def _train(options: argparse.Namespace) -> None:
    configuration = KEYPOINTS[options.config]
    if options.epochs:
        configuration = replace(configuration, epochs=options.epochs)
    folder = options.folder or Path(".training") / configuration.name
    data68 = read_landmarks(options.data68)
    data5 = None if options.data5 is None else read_landmarks(options.data5)
    fit_keypoints(configuration, data68, data5, folder, options.faces)
    sys.stdout.write(f"{folder / 'network.keras'}\n")
