"""What an expression network answers, and its scores on a data set."""

from typing import Any

import keras
import numpy as np
from scipy.special import softmax

from models.emotion import SMALLEST_SHARE
from models.emotion.training.datasets import TRAINING_ROWS, ExpressionData
from models.training.classification import accuracy, classification_scores


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
