"""The detector's part of `python -m models.training`."""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models import keypoints
from models.detection import compile_network
from models.detection.training.configurations import DETECTOR
from models.detection.training.datasets import pseudo_marks, read_photos, read_tiles
from models.detection.training.evaluation import measure_detectors, score_detectors
from models.detection.training.fitting import fit_detector
from models.detection.training.publishing import publish_detector
from models.images import load_image
from models.networks import WEIGHTS
from models.training.commands import Commands, add_folders, spell
from models.training.fitting import trained_network
from models.training.publishing import load_published
from sample_images import SAMPLES

TASK = "detection"
"""The task on the cards of the networks that are trained here."""
_COMMAND = ("wider", "data68", "data5", "keypoints", "epochs", "steps")  # what the card's command repeats


def add_commands(commands: Commands) -> None:
    """Register "detector"."""
    parser = commands.add_parser("detector", help="train the face detector and publish it; resumes where it stopped")
    parser.add_argument(
        "--wider", type=Path, required=True, help="a prepared .npz or WIDER FACE's wider_face_train_bbx_gt.txt"
    )
    parser.add_argument("--pictures", type=Path, help="with the list: the folder of its pictures, WIDER_train/images")
    parser.add_argument("--data68", type=Path, help="cut-out faces with 68 points, .npz")
    parser.add_argument("--data5", type=Path, help="cut-out faces with 5 marks, .npz")
    parser.add_argument(
        "--keypoints", choices=["keypoints"], help="published network that adds marks to the photos' faces"
    )
    add_folders(parser)
    parser.add_argument("--epochs", type=int, help="another length than the configuration's")
    parser.add_argument("--steps", type=int, help="batches an epoch, for rehearsals")
    parser.set_defaults(run=train)


def train(options: argparse.Namespace) -> None:
    """Train, or go on training, and publish; what is trained to its end is only published."""
    changes = {key: getattr(options, key) for key in ("epochs", "steps") if getattr(options, key)}
    configuration = replace(DETECTOR, **changes)
    folder = options.folder or Path(".training") / configuration.name
    photos = read_photos(options.wider, options.pictures)
    tiles = read_tiles(*(path for path in (options.data68, options.data5) if path))
    network = trained_network(folder, configuration.epochs)
    if network is None:
        cv2.setNumThreads(1)  # scenes are drawn in threads of our own
        if options.keypoints:
            photos = pseudo_marks(photos, _locate)
        known = sum(int(np.isfinite(marks).all(axis=(1, 2)).sum()) for marks in photos.marks)
        sys.stdout.write(f"{len(photos)} photos, {sum(map(len, photos.boxes))} boxes, {known} of them with marks\n")
        network = fit_detector(configuration, photos, tiles, folder)
    command = spell("detector", {key: getattr(options, key) for key in _COMMAND})
    log = folder / "log.csv"
    card = publish_detector(network, configuration, photos, log, command, len(tiles), options.weights)
    sys.stdout.write(json.dumps({"thresholds": card["thresholds"], **card["metrics"]}, indent=1) + "\n")


def evaluate(name: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Score a published detector on photos with boxes, beside both Haar cascades.

    Args:
        name: of the network.
        path: a prepared .npz or WIDER FACE's wider_face_val_bbx_gt.txt.
        options: of the command line; `weights` (folder) and `pictures` (of the list) are read if they are there.

    Returns:
        See `evaluation.score_detectors`; plain JSON values.
    """
    weights = getattr(options, "weights", None) or WEIGHTS
    network, card = load_published(name, weights)
    photos = read_photos(path, getattr(options, "pictures", None))
    return score_detectors(photos, compile_network(network), card["thresholds"]["face"])


def measure(name: str, weights: Path) -> dict[str, Any]:
    """Time a published detector, and both Haar cascades, on this machine and the samples."""
    network, card = load_published(name, weights)
    images = [load_image(sample.path) for sample in SAMPLES]
    return measure_detectors(compile_network(network), card["thresholds"]["face"], images)


def _locate(crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    found = keypoints.locate(crops)
    return found.points, found.confidence
