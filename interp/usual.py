"""What is particular to one picture: its map beside the network's average map of the class."""

from dataclasses import replace

import numpy as np

from interp.method import Explanation
from interp.similarity import rank_correlation, scaled_to


def minus_usual(explanation: Explanation, average: np.ndarray) -> Explanation:
    """Subtract the usual map of a class from the map of one picture.

    Each is divided by its own mean magnitude first, so that both spread the same amount over the picture: unsigned maps
    have as much "more than usual" as "less". Where the two differ in size, the coarser is scaled to the finer. It says
    how this map differs from others, not what the answer rests on, so the tests of trust are for the map itself.

    Args:
        explanation: The explanation of one picture. A blank map stays blank: there is nothing to compare.
        average: (h, w), the mean of many pictures' maps of the same class, method and layer.

    Returns:
        The same explanation with a signed map, in units of a map's mean: positive where there is more than usual.

    Raises:
        ValueError: One of the maps is not (h, w).
    """
    values, usual = _of_one_size(explanation.values, average)
    if explanation.is_blank:
        return replace(explanation, values=np.zeros_like(values), signed=True)
    return replace(explanation, values=_to_mean(values) - _to_mean(usual), signed=True)


def usual_similarity(explanation: Explanation, average: np.ndarray) -> float:
    """Return how like the usual map of a class the map of one picture is: their rank correlation.

    Args:
        explanation: The explanation of one picture.
        average: (h, w), as in `minus_usual`.

    Returns:
        Between -1 and 1: near 1 the map says nothing that is particular to this picture; 0 for a constant map.

    Raises:
        ValueError: One of the maps is not (h, w).
    """
    return rank_correlation(*_of_one_size(explanation.values, average))


def _of_one_size(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return two maps as float32, both in the larger number of rows and columns."""
    for values in (first, second):
        if np.ndim(values) != 2 or not np.size(values):
            raise ValueError(f"A map has the shape (h, w), got {np.shape(values)}.")
    size = (max(first.shape[0], second.shape[0]), max(first.shape[1], second.shape[1]))
    one, other = (scaled_to(np.nan_to_num(np.asarray(values, np.float32)), size) for values in (first, second))
    return one, other


def _to_mean(values: np.ndarray) -> np.ndarray:
    """Return a map divided by its mean magnitude; an all-zero one stays zero."""
    mean = float(np.abs(values).mean())
    return values / mean if mean > 0 else values
