"""Scores of a classifier: with intervals over whole groups, per class, calibrated; and the pictures it gets wrong."""

from typing import Any

import keras
import numpy as np

from models.classifier.training.datasets import PictureData
from models.classifier.training.fitting import regular_inputs
from models.emotion.training.evaluation import confusion_matrix, normalise_rows
from models.training.scores import cluster_interval, mean_interval, reliability

_BINS = 15
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
    right = answers == data.labels
    confusion = confusion_matrix(data.labels, answers, len(data.classes))
    classes = _per_class(confusion, answers, data)
    return {
        "accuracy": float(right.mean()),
        "interval": mean_interval(right.astype(float), data.groups),
        "pictures": len(data),
        "groups": len(np.unique(data.groups)),
        "macro_f1": float(np.mean([row["f1"] for row in classes.values()])),
        "per_class": classes,
        "confusion": confusion.tolist(),
        "confusion_normalised": normalise_rows(confusion).tolist(),
        "calibration": reliability(shares.max(axis=1), right, _BINS, share="accuracy", count="pictures"),
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


def _per_class(confusion: np.ndarray, answers: np.ndarray, data: PictureData) -> dict[str, dict[str, Any]]:
    """Precision and recall of each class with intervals, F1 and number of pictures; nothing answered is precision 0."""
    _, group = np.unique(data.groups, return_inverse=True)
    rows: dict[str, dict[str, Any]] = {}
    for index, name in enumerate(data.classes):
        right, answered, labelled = (
            int(n) for n in (confusion[index, index], confusion[:, index].sum(), confusion[index].sum())
        )
        is_answered, is_labelled = answers == index, data.labels == index
        counts = np.stack(
            [np.bincount(group, is_it) for is_it in (is_answered & is_labelled, is_answered, is_labelled)]
        )
        rows[name] = {
            "precision": right / max(answered, 1),
            "precision_interval": _share_interval(counts[[0, 1]]),
            "recall": right / max(labelled, 1),
            "recall_interval": _share_interval(counts[[0, 2]]),
            "f1": 2 * right / max(answered + labelled, 1),
            "pictures": labelled,
        }
    return rows


def _share_interval(counts: np.ndarray) -> list[float]:
    """The interval of a share from the right ones and all of each group, int (2, groups)."""
    return cluster_interval(counts.T, lambda right, total: right / np.maximum(total, 1))
