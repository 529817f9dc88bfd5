"""Scores of a classifier, each with what is needed to judge it: intervals, per class, calibration, speed."""

import os
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from models.emotion import SMALLEST_SHARE
from models.emotion.training.datasets import ExpressionData

TRAINING_ROWS = 28_709
CALIBRATION_BINS = 15


def probabilities(network: keras.Model, images: np.ndarray, batch: int = 256, flip_average: bool = False) -> np.ndarray:
    """What a network says of faces.

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
    """The softmax of the mean of the logits of two answers, given as probabilities (N, classes).

    A temperature may be applied before or after, and what each pixel adds to the mean is the mean of what it adds.
    """
    logits = (np.log(np.maximum(first, SMALLEST_SHARE)) + np.log(np.maximum(second, SMALLEST_SHARE))) / 2
    return np.exp(_log_softmax(logits))


def wilson_interval(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); unlike the normal one it stays within 0 and 1."""
    share, squared = right / total, z * z
    centre = (share + squared / (2 * total)) / (1 + squared / total)
    half = z * np.sqrt(share * (1 - share) / total + squared / (4 * total * total)) / (1 + squared / total)
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def confusion_matrix(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    """int64 (classes, classes): rows are labels, columns answers."""
    return np.bincount(labels.astype(np.int64) * classes + answers, minlength=classes * classes).reshape(
        classes, classes
    )


def normalise_rows(confusion: np.ndarray) -> np.ndarray:
    """float64 (classes, classes): of the faces of each label, the share that got each answer; 0 without faces."""
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


def calibration(shares: np.ndarray, labels: np.ndarray, bins: int = CALIBRATION_BINS) -> dict[str, Any]:
    """Expected calibration error (Guo et al. 2017, arXiv:1706.04599) and the bins of its reliability diagram."""
    confidence, right = shares.max(axis=1), shares.argmax(axis=1) == labels
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    rows = [
        {
            "confidence": float(confidence[number == index].mean()),
            "accuracy": float(right[number == index].mean()),
            "faces": int((number == index).sum()),
        }
        for index in range(bins)
        if (number == index).any()
    ]
    error = sum(row["faces"] * abs(row["confidence"] - row["accuracy"]) for row in rows) / len(labels)
    return {"expected_calibration_error": float(error), "bins": rows}


def accuracy(shares: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Share of right answers with its 95 % interval."""
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
        "calibration": calibration(shares, labels),
    }


def score(shares: np.ndarray, data: ExpressionData, names: tuple[str, ...], uncertain: float) -> dict[str, Any]:
    """All that a card says of one data set.

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
    """The temperature with the smallest cross-entropy (Guo et al. 2017), to within half a per cent."""
    candidates = np.exp(np.arange(np.log(0.2), np.log(5), 0.005))
    losses = [-_log_softmax(logits / value)[np.arange(len(labels)), labels].mean() for value in candidates]
    return float(candidates[int(np.argmin(losses))])


def uncertainty_threshold(shares: np.ndarray, labels: np.ndarray, wanted: float) -> float:
    """The smallest winning probability from which on at least the `wanted` share of the answers is right.

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


def milliseconds_a_face(
    forward: Callable[[Any], Any], shape: tuple[int, ...], runs: int = 50, dtype: str = "float32"
) -> dict[str, float]:
    """Warm medians of a compiled forward pass, for one face and for each of 32 at once.

    Args:
        forward: takes a tensor (N, *shape).
        shape: of one face.
        runs: passes to take the median of, after three to warm up. Defaults to 50.
        dtype: of the tensor. Defaults to "float32".

    Returns:
        "batch_1" and "batch_32" in milliseconds, and the number of "cores" of this machine.
    """
    result: dict[str, float] = {}
    for count in (1, 32):
        faces = keras.ops.convert_to_tensor(np.zeros((count, *shape), dtype))
        seconds = []
        for _ in range(runs + 3):
            start = time.perf_counter()
            keras.ops.convert_to_numpy(forward(faces))
            seconds.append(time.perf_counter() - start)
        result[f"batch_{count}"] = float(np.median(seconds[3:]) * 1000 / count)
    return result | {"cores": os.cpu_count() or 1}


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
