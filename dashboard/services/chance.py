"""Random maps to compare a map with, and the pixels that a map marks most."""

from __future__ import annotations

import numpy as np

from interp.similarity import scaled_to

RANDOM_MAPS = 20
"""Random maps that a map is compared with."""
RANDOM_CELLS = 6
"""Cells of a side of a random map, before it is enlarged: as coarse as the map of a late layer."""


def strongest_pixels(values: np.ndarray, size: tuple[int, int], count: int, seed: int = 0) -> np.ndarray:
    """Return the pixels with the greatest values of a map, bool (h, w); among equal ones chance decides.

    Args:
        values: float (rows, columns), the map at its own resolution.
        size: (height, width) of the picture in pixels.
        count: int, how many.
        seed: int, of that chance. Defaults to 0.
    """
    flat = scaled_to(np.nan_to_num(np.asarray(values, np.float32)), size).ravel()
    order = np.lexsort((np.random.default_rng(seed).random(flat.size), -flat))
    mask = np.zeros(flat.size, bool)
    mask[order[:count]] = True
    return mask.reshape(size)


def random_map(seed: int) -> np.ndarray:
    """Return a map of chance, float32 (RANDOM_CELLS, RANDOM_CELLS) from 0 to 1.

    It is as coarse as a late layer's, for single pixels strewn over a face disturb a network more than any patch does.
    """
    values: np.ndarray = np.random.default_rng(seed).random((RANDOM_CELLS, RANDOM_CELLS), np.float32)
    return values
