"""From grey faces to the probabilities of seven expressions."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from models import networks
from models.cards import load_card

EXPRESSIONS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
SIZE = 48
_BATCH = 256  # bounds the memory that one pass takes


def predict(faces: np.ndarray) -> np.ndarray:
    """Scores faces with the emotion network.

    Args:
        faces: grey uint8 (N, 48, 48).

    Returns:
        float32 (N, 7), the probability of each of `EXPRESSIONS`.

    Raises:
        ValueError: if the faces have another shape or type.
    """
    faces = np.asarray(faces)
    if faces.dtype != np.uint8 or faces.ndim != 3 or faces.shape[1:] != (SIZE, SIZE):
        raise ValueError(f"faces must be uint8 (N, {SIZE}, {SIZE}), but are {faces.dtype} {faces.shape}.")
    if len(faces) == 0:
        return np.zeros((0, len(EXPRESSIONS)), np.float32)
    run = _compiled()
    parts = [run(faces[start : start + _BATCH]).numpy() for start in range(0, len(faces), _BATCH)]
    return np.concatenate(parts)


def name_expression(probabilities: np.ndarray) -> str:
    """The most probable expression, or "uncertain" if its probability is below the card's threshold."""
    winner = int(np.argmax(probabilities))
    return EXPRESSIONS[winner] if probabilities[winner] >= _threshold() else "uncertain"


@cache
def _threshold() -> float:
    return load_card("emotion").thresholds["uncertain"]


@cache
def _compiled() -> Callable[[np.ndarray], Any]:
    import tensorflow as tf

    network = networks.load_network("emotion")

    @tf.function(input_signature=[tf.TensorSpec((None, SIZE, SIZE), tf.uint8)])
    def run(faces: Any) -> Any:
        return network(tf.cast(faces, tf.float32)[..., None], training=False)

    return run
