"""Scores of a classifier: with intervals over whole groups, per class, calibrated; and the pictures it gets wrong."""

from typing import Any

import keras
import numpy as np

from models.classifier.training.datasets import PictureData
from models.classifier.training.fitting import regular_inputs
from models.training.classification import classification_scores
from models.training.scores import cluster_interval, mean_interval

_BATCH = 256


def class_shares(network: keras.Model, data: PictureData) -> np.ndarray:
    """Return what a network says of pictures, float32 (N, classes)."""
    _, size, _, channels = network.input_shape
    pictures = regular_inputs(data, size, channels)
    parts = []
    for start in range(0, len(pictures), _BATCH):
        pixels = pictures[start : start + _BATCH].astype(np.float32)
        parts.append(keras.ops.convert_to_numpy(network(pixels, training=False)))
    return np.concatenate(parts)


def score_pictures(shares: np.ndarray, data: PictureData) -> dict[str, Any]:
    """Return all that a card says of one part of the data.

    Args:
        shares: float32 (N, classes), the network's probabilities.
        data: the pictures they belong to.

    Returns:
        Plain JSON values. Intervals are 95 % ones by a bootstrap of whole groups, as pictures of one patient are alike.
        The rows of both confusion matrices are labels, their columns answers.
    """
    answers = shares.argmax(axis=1)
    result = classification_scores(shares, data.labels, data.classes, "pictures")
    for name, intervals in _intervals(answers, data).items():
        result["per_class"][name] |= intervals
    return result | {
        "interval": mean_interval((answers == data.labels).astype(float), data.groups),
        "groups": len(np.unique(data.groups)),
    }


def misclassified(shares: np.ndarray, data: PictureData) -> list[dict[str, Any]]:
    """Return the pictures that got a wrong answer, the surest first: numbers and names, no picture."""
    answers, confidence = shares.argmax(axis=1), shares.max(axis=1)
    wrong = np.flatnonzero(answers != data.labels)
    return [
        {
            "picture": int(data.numbers[index]),
            "label": data.classes[data.labels[index]],
            "answer": data.classes[answers[index]],
            "confidence": round(float(confidence[index]), 4),
        }
        for index in wrong[np.argsort(-confidence[wrong], kind="stable")]
    ]


def _intervals(answers: np.ndarray, data: PictureData) -> dict[str, dict[str, list[float]]]:
    """Return the intervals of precision and recall of each class."""
    _, group = np.unique(data.groups, return_inverse=True)
    found = {}
    for index, name in enumerate(data.classes):
        is_answered, is_labelled = answers == index, data.labels == index
        right, answered, labelled = (
            np.bincount(group, is_it) for is_it in (is_answered & is_labelled, is_answered, is_labelled)
        )
        found[name] = {
            "precision_interval": _share_interval(right, answered),
            "recall_interval": _share_interval(right, labelled),
        }
    return found


def _share_interval(right: np.ndarray, total: np.ndarray) -> list[float]:
    """Return the interval of a share from the right ones and all of each group."""
    counts = np.stack([right, total], axis=1)
    return cluster_interval(counts, lambda right, total: right / np.maximum(total, 1))
