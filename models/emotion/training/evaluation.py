"""Scores of a classifier, each with what is needed to judge it: intervals, per class, calibration."""

from typing import Any

import keras
import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from models.emotion import SMALLEST_SHARE
from models.emotion.training.datasets import TRAINING_ROWS, ExpressionData
from models.training.scores import reliability, wilson_interval

CALIBRATION_BINS = 15


def probabilities(network: keras.Model, images: np.ndarray, batch: int = 256, flip_average: bool = False) -> np.ndarray:
    """Return what a network says of faces.

    Args:
        network: from grey pixels to probabilities.
        images: uint8 (N, size, size).
        batch: faces a pass. Defaults to 256.
        flip_average: whether to average the logits of each face and of its mirror image, as `models.emotion.predict`
            does for a network whose card says so. Defaults to False.

    Returns:
        float32 (N, classes).
    """
    parts = []
    for start in range(0, len(images), batch):
        faces = images[start : start + batch, :, :, None].astype(np.float32)
        shares = keras.ops.convert_to_numpy(network(faces, training=False))
        if flip_average:
            mirrored = keras.ops.convert_to_numpy(network(faces[:, :, ::-1], training=False))
            shares = average_logits(shares, mirrored)
        parts.append(shares)
    return np.concatenate(parts)


def average_logits(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the softmax of the mean of the logits of two answers, given as probabilities (N, classes).

    A temperature may be applied before or after, and what each pixel adds to the mean is the mean of what it adds.
    """
    logits = (np.log(np.maximum(first, SMALLEST_SHARE)) + np.log(np.maximum(second, SMALLEST_SHARE))) / 2
    return softmax(logits, axis=1)


def confusion_matrix(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Return int64 (classes, classes): rows are labels, columns answers."""
    return np.bincount(labels.astype(np.int64) * classes + answers, minlength=classes * classes).reshape(
        classes, classes
    )


def normalise_rows(confusion: np.ndarray) -> np.ndarray:
    """Return the share of each label's faces that got each answer, float64 (classes, classes); 0 without faces."""
    return confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)


def per_class(confusion: np.ndarray, names: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and number of faces of each class; a class that was never answered has precision 0."""
    scores = {}
    for index, name in enumerate(names):
        right, answered, labelled = confusion[index, index], confusion[:, index].sum(), confusion[index].sum()
        precision, recall = float(right / max(answered, 1)), float(right / max(labelled, 1))
        f1 = 2 * precision * recall / (precision + recall) if right else 0.0
        scores[name] = {"precision": precision, "recall": recall, "f1": f1, "faces": int(labelled)}
    return scores


def accuracy(shares: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Return share of right answers with its 95 % interval."""
    right = int((shares.argmax(axis=1) == labels).sum())
    return {"accuracy": right / len(labels), "interval": wilson_interval(right, len(labels)), "faces": len(labels)}


def classification_scores(shares: np.ndarray, labels: np.ndarray, names: tuple[str, ...]) -> dict[str, Any]:
    """Accuracy with interval, macro F1, scores per class, confusion matrices and calibration.

    Args:
        shares: float32 (N, classes), the network's probabilities.
        labels: (N,).
        names: of the classes.

    Returns:
        Plain JSON values. The rows of both confusion matrices are labels, their columns answers; a row of
        "confusion_normalised" sums to 1.
    """
    confusion = confusion_matrix(labels, shares.argmax(axis=1), len(names))
    classes = per_class(confusion, names)
    return accuracy(shares, labels) | {
        "macro_f1": float(np.mean([row["f1"] for row in classes.values()])),
        "per_class": classes,
        "confusion": confusion.tolist(),
        "confusion_normalised": normalise_rows(confusion).tolist(),
        "calibration": reliability(
            shares.max(axis=1), shares.argmax(axis=1) == labels, CALIBRATION_BINS, share="accuracy", count="faces"
        ),
    }


def score_expressions(
    shares: np.ndarray, data: ExpressionData, names: tuple[str, ...], uncertain: float
) -> dict[str, Any]:
    """Return all that a card says of one data set.

    Args:
        shares: float32 (N, classes), the network's probabilities.
        data: the faces they belong to.
        names: of the classes.
        uncertain: winning probability below which the answer is "uncertain".

    Returns:
        `classification_scores` over all rows, the accuracy over those whose picture does not stand in Training, and
        what the "uncertain" threshold does.
    """
    is_new = data.first_duplicate >= TRAINING_ROWS
    named = shares.max(axis=1) >= uncertain
    result = classification_scores(shares, data.labels, names) | {
        "named": {"share": float(named.mean()), **accuracy(shares[named], data.labels[named])} if named.any() else None,
    }
    if is_new.any():
        result["without_duplicates"] = accuracy(shares[is_new], data.labels[is_new])
    return result


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature from 0.2 to 5 with the smallest cross-entropy (Guo et al. 2017)."""
    rows = np.arange(len(labels))

    def cross_entropy(logarithm: float) -> float:
        return -float(log_softmax(logits / np.exp(logarithm), axis=1)[rows, labels].mean())

    return float(np.exp(minimize_scalar(cross_entropy, bounds=(np.log(0.2), np.log(5))).x))


def uncertainty_threshold(shares: np.ndarray, labels: np.ndarray, wanted: float) -> float:
    """Return the smallest winning probability from which on at least the `wanted` share of the answers is right.

    Args:
        shares: float32 (N, classes).
        labels: (N,).
        wanted: accuracy of the answers that are named, between 0 and 1.

    Returns:
        A probability on a grid of hundredths; 1.0 where no threshold reaches the wanted share.
    """
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    for hundredths in range(100):
        kept = confidence >= hundredths / 100
        if kept.any() and right[kept].mean() >= wanted:
            return hundredths / 100
    return 1.0
