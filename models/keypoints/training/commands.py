"""The command line of the keypoint network."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from models.detection.training.datasets import read_photos
from models.emotion.training.datasets import TRAINING, read_fer2013
from models.keypoints import POINTS
from models.keypoints.training.configurations import KEYPOINTS
from models.keypoints.training.datasets import LandmarkData, read_landmarks
from models.keypoints.training.evaluation import measure_keypoint_speed, score_keypoints, score_marks
from models.keypoints.training.fitting import BEFORE, fit_keypoints
from models.keypoints.training.measuring import emotion_places, odds_of_faces
from models.keypoints.training.publishing import publish_keypoints
from models.networks import WEIGHTS
from models.training.commands import Commands, add_folders
from models.training.fitting import trained_network
from models.training.logs import join_logs
from models.training.publishing import load_published

TASK = "keypoints"
"""The task on the cards of the networks that are trained here."""


def add_commands(commands: Commands) -> None:
    """Register "keypoints" with the training's command line."""
    train = commands.add_parser(
        "keypoints", help="train the facial keypoint network and publish it; resumes where it stopped"
    )
    train.add_argument(
        "--data68",
        type=Path,
        required=True,
        help="a prepared .npz with 68 points, or a folder of pictures with .pts files",
    )
    train.add_argument("--data5", type=Path, help="a prepared .npz with five points")
    train.add_argument("--config", choices=sorted(KEYPOINTS), default="keypoints")
    add_folders(train)
    train.add_argument("--epochs", type=int, help="another length than the configuration's")
    train.add_argument("--faces", type=int, help="at most so many faces with 68 points; for rehearsals")
    train.set_defaults(run=train_and_publish)

    measure = commands.add_parser(
        "measure-keypoints",
        help="measure what the analysis of photos takes from the published keypoint network, as JSON",
    )
    measure.add_argument("--wider", type=Path, help="photos with boxes: a prepared .npz, or WIDER FACE's list")
    measure.add_argument("--emotion", type=Path, help="the emotion network's training faces: fer2013.csv or an .npz")
    measure.add_argument("--most", type=int, default=600, help="photos, and tenths of the faces, to look at")
    measure.set_defaults(run=measure_published)


def train_and_publish(options: argparse.Namespace) -> None:
    """Train, or go on training, and publish; a folder with all its epochs behind it is published as it is."""
    configuration = KEYPOINTS[options.config]
    if options.epochs:
        configuration = replace(configuration, epochs=options.epochs)
    folder = options.folder or Path(".training") / configuration.name
    data68 = read_landmarks(options.data68)
    data5 = None if options.data5 is None else read_landmarks(options.data5)
    network = trained_network(folder, configuration.epochs) or fit_keypoints(
        configuration, data68, data5, folder, options.faces
    )
    log = folder / "log.csv"
    if configuration.before is not None:
        join_logs([folder / BEFORE, folder], log := folder / "whole.csv")
    card = publish_keypoints(network, configuration, data68, data5, log, options.weights)
    sys.stdout.write(json.dumps(card["metrics"], indent=1) + "\n")


def measure_published(options: argparse.Namespace) -> None:
    """Print where the emotion network's faces have eyes and mouth, and how the points tell faces from false alarms."""
    random = np.random.default_rng(0)
    result: dict[str, Any] = {}
    if options.emotion:
        faces = read_fer2013(options.emotion, TRAINING).images
        result["emotion"] = emotion_places(faces[random.permutation(len(faces))[: 10 * options.most]])
    if options.wider:
        photos = read_photos(options.wider)
        result["wider"] = odds_of_faces(photos.take(random.permutation(len(photos))[: options.most]))
    sys.stdout.write(json.dumps(result, indent=1) + "\n")


def evaluate(name: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Score a published network.

    Args:
        name: of the network.
        path: faces with 68 points, of which the test people are scored, or faces with five points, of which the val
            split is scored.
        options: `weights` is the folder of the published files, models/weights where it is missing.

    Returns:
        Plain JSON values, as they stand on the card.
    """
    weights = getattr(options, "weights", None) or WEIGHTS
    network, card = load_published(name, weights)
    faces = read_landmarks(path)
    if faces.points.shape[1] != POINTS:
        return score_marks(network, _part(faces, "val"))
    scores = score_keypoints(network, _part(faces, "test"), np.array(card["mean_shape"]))
    scores["milliseconds_a_face"] = measure_keypoint_speed(network)
    scores["headline"] = _headline(scores)
    known = card["metrics"].get("test", {}).get("five_points")  # from other data; the card keeps it
    return scores if known is None else scores | {"five_points": known}


def measure(name: str, weights: Path) -> dict[str, Any]:
    """Time a published keypoint network on this machine."""
    return {"milliseconds_a_face": measure_keypoint_speed(load_published(name, weights)[0])}


def _headline(scores: dict[str, Any]) -> str:
    """Return the scores in one line."""
    low, high = scores["nme_interval"]
    return (
        f"mean error {scores['nme']:.1%} ({low:.1%} – {high:.1%}) of the distance of the outer eye corners, over 10 % "
        f"on {scores['failure_rate']:.1%} of the faces; 15 points: {scores['rmse_15']:.2f} pixels of 96 (RMSE)"
    )


def _part(faces: LandmarkData, split: str) -> LandmarkData:
    part = faces.part(split)
    if len(part) == 0:
        raise ValueError(f"There are no faces of the {split} split to score.")
    return part
