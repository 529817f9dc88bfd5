"""From a trained keypoint network to a published one: weights, card and log in models/weights."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.keypoints import NAMES68
from models.keypoints.training.configurations import KeypointConfiguration
from models.keypoints.training.datasets import LandmarkData
from models.keypoints.training.evaluation import (
    ask_for_points,
    measure_keypoint_speed,
    regular_face_crops,
    score_keypoints,
    score_marks,
    summarise_points,
)
from models.networks import WEIGHTS
from models.training.publishing import write_card, write_network


def publish_keypoints(
    network: keras.Model,
    configuration: KeypointConfiguration,
    data68: LandmarkData,
    data5: LandmarkData | None,
    log: Path,
    weights: Path = WEIGHTS,
) -> dict[str, Any]:
    """Score a network and write NAME.keras, NAME.json and NAME.csv.

    Returns:
        The card.
    """
    training, validation = data68.part("train"), data68.part("val")
    shape = mean_shape(training)
    crops, labels = regular_face_crops(validation)
    card = {
        "name": configuration.name,
        "title": configuration.title,
        "task": "keypoints",
        "labels": list(NAMES68),
        **write_network(network, configuration.name, log, weights),
        "command": f"python -m models.training keypoints --config {configuration.name} --data68 landmarks68.npz"
        + ("" if data5 is None else " --data5 landmarks5.npz"),
        "configuration": asdict(configuration),
        "data": {
            "name": "HELEN (Le et al. 2012) with the points of 300-W (Sagonas et al. 2013) and frames of YouTube Faces "
            "(Wolf et al. 2011), 68 points"
            + ("" if data5 is None else "; MTFL (Zhang et al. 2014) with five points, from LFW and the web"),
            "training_faces": len(training),
            "training_people": len(np.unique(training.group)),
            "five_point_faces": 0 if data5 is None else len(data5.part("train")),
            "validation_faces": len(validation),
            "licence": "research use; no picture is part of this project",
        },
        "split": "By person: nobody stands in two of training, validation and test. All choices come from the "
        "validation faces; the weights are those of the last epoch. The test people are scored once.",
        "thresholds": {},
        "mean_shape": np.round(shape, 3).tolist(),
        "metrics": {
            "validation": summarise_points(ask_for_points(network, crops).points, labels, validation.group),
            "test": score_published(network, data68, data5, shape)
            | {"milliseconds_a_face": measure_keypoint_speed(network)},
        },
        "intended_use": "Research and teaching: to see where a convolutional network finds the parts of a face, and to "
        "turn faces upright for other networks.",
        "not_for": "Telling who somebody is, and any decision about people.",
        "limits": [
            "Trained on upright crops; a face turned by more than 45° must be turned back first.",
            "Labels of YouTube Faces were made by a machine, are smooth, about a pixel too far to the right, and only "
            "roughly right on profiles; the validation and test people all come from there.",
            "Points in the middle of a line, as on the jaw, have no exact place; people disagree about them too.",
            "A face that is half hidden or below some 20 pixels is guessed from the mean; its confidence is low then.",
            "Fairness is unmeasured: the data say nothing of age or skin colour.",
        ],
    }
    write_card(card, weights)
    return card


def score_published(
    network: keras.Model, data68: LandmarkData, data5: LandmarkData | None, shape: np.ndarray
) -> dict[str, Any]:
    """Return the scores of the test part of the 68-point faces, with those of the five-point faces not learned from."""
    scores = score_keypoints(network, data68.part("test"), shape)
    return scores if data5 is None else scores | {"five_points": score_marks(network, data5.part("val"))}


def mean_shape(faces: LandmarkData) -> np.ndarray:
    """Return (68, 2): the mean place of each point in the regular crops, in pixels."""
    return regular_face_crops(faces)[1].mean(axis=0)
