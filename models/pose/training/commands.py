"""The pose network's part of `python -m models.training`."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.networks import WEIGHTS
from models.pose.training.configurations import POSE
from models.pose.training.datasets import read_people
from models.pose.training.evaluation import measure_pose_speed, score_pose
from models.pose.training.fitting import fit_pose
from models.pose.training.photos import score_by_face
from models.pose.training.publishing import publish_pose
from models.training.commands import Commands, add_folders, spell
from models.training.publishing import load_published

TASK = "pose"
"""The task on the cards of the networks that are trained here."""


def add_commands(commands: Commands) -> None:
    """Register "pose" with the training's command line."""
    train = commands.add_parser("pose", help="train the body pose network and publish it; resumes where it stopped")
    train.add_argument(
        "--lsp", type=Path, required=True, help="Leeds Sports Pose: a prepared .npz, or joints.mat beside its images"
    )
    train.add_argument("--lspet", type=Path, help="its extension in either form")
    train.add_argument("--config", choices=sorted(POSE), default="pose")
    add_folders(train)
    train.add_argument(
        "--epochs",
        type=int,
        nargs="+",
        metavar="N",
        help="other lengths of the cycles than the configuration's, one for all or one for each",
    )
    train.add_argument(
        "--drop-gross",
        type=float,
        metavar="KEEP",
        help="least share of the extension's labels to keep after the first cycle, when those that it is sure are "
        "wrong are dropped; 1 drops none",
    )
    train.add_argument("--people", type=int, help="at most so many of either set; for rehearsals")
    train.set_defaults(run=train_and_publish)


def train_and_publish(options: argparse.Namespace) -> None:
    """Train, or go on training, and publish; a folder with all its cycles behind it is published as it is."""
    cv2.setNumThreads(1)  # crops are drawn in a thread of our own
    configuration = POSE[options.config]
    if options.epochs:
        cycles = configuration.cycles
        lengths = options.epochs * len(cycles) if len(options.epochs) == 1 else options.epochs
        if len(lengths) != len(cycles) or min(lengths) < 1:
            raise ValueError(f"--epochs takes one number above 0, or {len(cycles)}, one for each cycle.")
        cycles = tuple(replace(cycle, epochs=epochs) for cycle, epochs in zip(cycles, lengths, strict=True))
        configuration = replace(configuration, cycles=cycles)
    if options.drop_gross is not None:
        if not 0 < options.drop_gross <= 1:
            raise ValueError(f"--drop-gross takes a share above 0 and up to 1, not {options.drop_gross}.")
        configuration = replace(configuration, keep=options.drop_gross)
    folder = options.folder or Path(".training") / configuration.name
    experts = read_people(options.lsp)
    if len(experts.part("val")) == 0:
        raise ValueError(f"{options.lsp.name} has no val split to score.")
    crowd = None if options.lspet is None else read_people(options.lspet)
    network = fit_pose(configuration, experts, crowd, folder, options.people)
    card = publish_pose(network, configuration, experts, crowd, folder, _spell(options), options.weights)
    sys.stdout.write(json.dumps(card["metrics"], indent=1) + "\n")


def evaluate(name: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Score a published network.

    Args:
        name: of the network.
        path: people in either form: those of the test split are scored, or of the val split where there are none.
        options: `weights` is the folder of the published files.

    Returns:
        Plain JSON values, as they stand on the card.
    """
    network, card = load_published(name, options.weights)
    people = read_people(path)
    part = people.part("test") if (people.split == "test").any() else people.part("val")
    if np.isnan(part.torsos).all():
        raise ValueError(f"{path.name} has nobody of the test or val split whose torso is labelled.")
    scores = score_pose(network, part, np.array(card["mean_pose"]), card["flip_average"], card["thresholds"]["drawn"])
    by_face = score_by_face(part, name) if options.weights == WEIGHTS else None  # people are found by the app's own
    return scores | {"by_face": by_face, "milliseconds_a_person": measure_pose_speed(network, card["flip_average"])}


def measure(name: str, weights: Path) -> dict[str, Any]:
    """Time a published pose network on this machine."""
    network, card = load_published(name, weights)
    return {"milliseconds_a_person": measure_pose_speed(network, card["flip_average"])}


def _spell(options: argparse.Namespace) -> str:
    """Return the command that was given."""
    given = {key: getattr(options, key) for key in ("lsp", "lspet", "config", "epochs", "drop_gross")}
    return spell("pose", given | {"config": None if options.config == "pose" else options.config})
