"""The detector's part of `python -m models.training`."""

import argparse
import importlib
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from models.networks import WEIGHTS
from models.training.detector.configurations import DETECTOR
from models.training.detector.datasets import Locate, pseudo_marks, read_photos, read_tiles
from models.training.detector.fitting import fit_detector


def add_commands(commands: argparse._SubParsersAction) -> None:
    """Register "detector"."""
    parser = commands.add_parser("detector", help="train the face detector and publish it; resumes where it stopped")
    parser.add_argument(
        "--wider", type=Path, required=True, help="a prepared .npz or WIDER FACE's wider_face_train_bbx_gt.txt"
    )
    parser.add_argument("--pictures", type=Path, help="with the list: the folder of its pictures, WIDER_train/images")
    parser.add_argument("--data68", type=Path, help="cut-out faces with 68 points, .npz")
    parser.add_argument("--data5", type=Path, help="cut-out faces with 5 marks, .npz")
    parser.add_argument("--keypoints", help="published network that adds marks to the photos' faces, as keypoints")
    parser.add_argument("--folder", type=Path, help="checkpoint and log; defaults to .training/detector")
    parser.add_argument("--epochs", type=int, help="another length than the configuration's")
    parser.add_argument("--steps", type=int, help="batches an epoch, for rehearsals")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where the published files go")
    parser.set_defaults(run=train)


def train(options: argparse.Namespace) -> None:
    """Train, or go on training."""
    cv2.setNumThreads(1)  # scenes are drawn in threads of our own
    changes = {key: getattr(options, key) for key in ("epochs", "steps") if getattr(options, key)}
    configuration = replace(DETECTOR, **changes)
    photos = read_photos(options.wider, options.pictures)
    if options.keypoints:
        photos = pseudo_marks(photos, _locator(options.keypoints))
    known = sum(int((marks == marks).all(axis=(1, 2)).sum()) for marks in photos.marks)
    sys.stdout.write(f"{len(photos)} photos, {sum(map(len, photos.boxes))} boxes, {known} of them with marks\n")
    tiles = read_tiles(*(path for path in (options.data68, options.data5) if path))
    fit_detector(configuration, photos, tiles, options.folder or Path(".training") / configuration.name)


def _locator(name: str) -> Locate:
    """The keypoint network `name` as a function of crops."""
    locate_points = importlib.import_module(f"models.{name}").locate

    def locate(crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = locate_points(crops)
        return found.points, found.confidence

    return locate
