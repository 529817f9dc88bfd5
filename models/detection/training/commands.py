"""The detector's part of `python -m models.training`."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models import keypoints, pose
from models.detection import Face, compile_network
from models.detection.training.architecture import with_people
from models.detection.training.configurations import DETECTOR
from models.detection.training.datasets import pseudo_marks, read_photos, read_tiles, split_photos
from models.detection.training.evaluation import measure_detectors, score_detectors
from models.detection.training.fitting import fit_detector
from models.detection.training.people.configurations import PEOPLE
from models.detection.training.people.datasets import bodies_of_faces, is_whole
from models.detection.training.people.evaluation import choose, score_people
from models.detection.training.people.fitting import fit_people
from models.detection.training.people.publishing import publish_people
from models.detection.training.people.scenes import PeopleSceneMaker
from models.detection.training.publishing import publish_detector
from models.images import load_image
from models.networks import WEIGHTS
from models.pose.people import find_people
from models.pose.training.datasets import join, read_people, split_tuning
from models.training.commands import Commands, add_folders, spell
from models.training.fitting import trained_network
from models.training.publishing import load_published, write_card
from sample_images import SAMPLES

TASK = "detection"
"""The task on the cards of the networks that are trained here."""
_COMMAND = ("wider", "data68", "data5", "keypoints", "epochs", "steps")  # what the card's command repeats


def add_commands(commands: Commands) -> None:
    """Register "detector", and "people" and "people-scores" of its second head."""
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

    parser = commands.add_parser(
        "people", help="train the detector's head for people, and publish the detector with it; resumes"
    )
    parser.add_argument("--wider", type=Path, required=True, help="as of detector: photos with face boxes")
    parser.add_argument("--people", type=Path, nargs="+", required=True, help="people with joints, as of pose")
    add_folders(parser)
    parser.add_argument("--epochs", type=int, help="another length than the configuration's")
    parser.add_argument("--steps", type=int, help="batches an epoch, for rehearsals")
    parser.set_defaults(run=train_people)

    parser = commands.add_parser("people-scores", help="score the detector's head for people, as JSON")
    parser.add_argument("--wider", type=Path, required=True, help="photos with face boxes that no training has seen")
    parser.add_argument("--people", type=Path, nargs="+", required=True, help="people with joints; their val split is")
    parser.add_argument("--pictures", type=int, default=400, help="how many pictures to make")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where the published files are")
    parser.add_argument("--write", action="store_true", help='write the scores into the card as "people"')
    parser.set_defaults(run=score_people_head)


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


def train_people(options: argparse.Namespace) -> None:
    """Train the people's head, or go on training it, and publish the detector with it."""
    changes = {key: getattr(options, key) for key in ("epochs", "steps") if getattr(options, key)}
    configuration = replace(PEOPLE, **changes)
    folder = options.folder or Path(".training") / configuration.name
    cv2.setNumThreads(1)  # scenes are drawn in threads of our own
    detector, _ = load_published(DETECTOR.name, options.weights)
    photos, data = read_photos(options.wider), join(*(read_people(path) for path in options.people))
    training, kept = split_photos(len(photos), configuration.validation, configuration.seed)
    pasted, tuning = (part.take(is_whole(part)) for part in split_tuning(data, configuration.validation))
    head = trained_network(folder, configuration.epochs)
    if head is None:
        bodies = bodies_of_faces(photos, _joints_of, pose.thresholds().drawn)
        known = sum(map(len, bodies.points))
        sys.stdout.write(f"{len(photos)} photos, {known} bodies on them, {len(pasted)} people to paste\n")
        maker = PeopleSceneMaker(
            photos.take(training), bodies.take(training), pasted, configuration.scenes, configuration.side
        )
        head = fit_people(configuration, detector, maker, folder)
    joined = with_people(detector, head, **configuration.sizes)
    threshold, scores = choose(photos.take(kept), tuning, compile_network(joined), configuration)
    told = {
        "command": spell("people", {key: getattr(options, key) for key in ("wider", "people", "epochs", "steps")}),
        "data": f"{len(pasted):,} people of Leeds Sports Pose and its extension (Johnson and Everingham 2010, 2011) "
        f"with all joints labelled, {len(training):,} photos of WIDER FACE, drawn textures; research use",
        "split": f"Kept for the threshold: {configuration.validation:.0%} of WIDER FACE's training photos, and of the "
        "people of the train split, whole groups at a time; the weights are those of the last epoch. The test is on "
        "the people of the val split, pasted onto photos of WIDER FACE's validation part.",
    }
    publish_people(detector, head, configuration, threshold, told, scores, folder / "log.csv", options.weights)
    sys.stdout.write(json.dumps({"threshold": threshold, **scores}, indent=1) + "\n")


def score_people_head(options: argparse.Namespace) -> None:
    """Score the published people's head on people and photos of the test."""
    network, card = load_published(DETECTOR.name, options.weights)
    if "person" not in card["thresholds"]:
        raise ValueError("The published detector has no head for people; train it by the command people.")
    data = join(*(read_people(path) for path in options.people)).part("val", "test")
    forward, photos = compile_network(network), read_photos(options.wider)
    scores = score_people(photos, data, forward, card["thresholds"]["person"], options.pictures)
    if options.write:
        names = [options.wider.name, *(path.name for path in options.people)]
        command = spell("people-scores", {key: getattr(options, key) for key in ("wider", "people", "pictures")})
        card["metrics"]["people"] = {"command": command, "data": names, **scores}
        write_card(card, options.weights)
    sys.stdout.write(json.dumps(scores, indent=1) + "\n")


def _joints_of(image: np.ndarray, faces: Sequence[Face]) -> list[tuple[int, np.ndarray]]:
    return [(one.face, one.joints) for one in find_people(image, faces, bodies=()) if one.face is not None]


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
