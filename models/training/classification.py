"""Scores of what any network answers that chooses between classes, and what is fitted to its shares."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from models.training.scores import reliability, wilson_interval

CALIBRATION_BINS = 15


def confusion_matrix(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """Return int64 (classes, classes): rows are labels, columns answers."""
    return np.bincount(labels.astype(np.int64) * classes + answers, minlength=classes * classes).reshape(
        classes, classes
    )


def normalise_rows(confusion: np.ndarray) -> np.ndarray:
    """Return the share of each label's pictures that got each answer, float64 (classes, classes); 0 where none."""
    return confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)


def per_class(confusion: np.ndarray, names: Sequence[str], count: str = "faces") -> dict[str, dict[str, Any]]:
    """Precision, recall, F1 and number of pictures of each class; one that was never answered has precision 0."""
    scores: dict[str, dict[str, Any]] = {}
    for index, name in enumerate(names):
        counts = confusion[index, index], confusion[:, index].sum(), confusion[index].sum()
        right, answered, labelled = (int(number) for number in counts)
        scores[name] = {
            "precision": right / max(answered, 1),
            "recall": right / max(labelled, 1),
            "f1": 2 * right / max(answered + labelled, 1),
            count: labelled,
        }
    return scores


def accuracy(shares: np.ndarray, labels: np.ndarray, count: str = "faces") -> dict[str, Any]:
    """Return share of right answers with its 95 % interval, and under the name `count` how many there are."""
    right = int((shares.argmax(axis=1) == labels).sum())
    return {"accuracy": right / len(labels), "interval": wilson_interval(right, len(labels)), count: len(labels)}


def classification_scores(
    shares: np.ndarray, labels: np.ndarray, names: Sequence[str], count: str = "faces"
) -> dict[str, Any]:
    """Accuracy with interval, macro F1, scores per class, confusion matrices and calibration.

    Args:
        shares: float32 (N, classes), the network's probabilities.
        labels: (N,).
        names: of the classes.
        count: what the pictures are called in the result. Defaults to "faces".

    Returns:
        Plain JSON values. The rows of both confusion matrices are labels, their columns answers; a row of
        "confusion_normalised" sums to 1.
    """
    confusion = confusion_matrix(labels, shares.argmax(axis=1), len(names))
    classes = per_class(confusion, names, count)
    return accuracy(shares, labels, count) | {
        "macro_f1": float(np.mean([row["f1"] for row in classes.values()])),
        "per_class": classes,
        "confusion": confusion.tolist(),
        "confusion_normalised": normalise_rows(confusion).tolist(),
        "calibration": reliability(
            shares.max(axis=1), shares.argmax(axis=1) == labels, CALIBRATION_BINS, share="accuracy", count=count
        ),
    }


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
