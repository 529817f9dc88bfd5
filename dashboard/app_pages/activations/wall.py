"""All maps of a layer tiled into one. No Streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dashboard.drawing.pictures import Region


def tiled(maps: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Tile the maps of a layer into one.

    Args:
        maps: float32 (h, w, channels).
        columns: int, maps in a row.

    Returns:
        float32 (H, W) mosaic, zero in the gaps, and bool (H, W), true where a map is.
    """
    height, width, channels = maps.shape
    rows, gap = math.ceil(channels / columns), _gap(height)
    cells = np.zeros((2, rows * columns, height + gap, width + gap), np.float32)
    cells[0, :channels, :height, :width] = np.moveaxis(maps, -1, 0)
    cells[1, :channels, :height, :width] = 1
    cells = cells.reshape(2, rows, columns, height + gap, width + gap).swapaxes(2, 3)
    mosaic, is_map = cells.reshape(2, rows * (height + gap), -1)[:, :-gap, :-gap]
    return mosaic, is_map.astype(bool)


def regions_of(shape: tuple[int, int, int], columns: int, labels: Sequence[str]) -> list[Region]:
    """Return one clickable region for each map of the wall that `tiled` makes from maps of this shape."""
    height, width, channels = shape
    rows, gap = math.ceil(channels / columns), _gap(height)
    full_height, full_width = rows * (height + gap) - gap, columns * (width + gap) - gap
    return [
        Region(
            left=(channel % columns) * (width + gap) / full_width,
            top=(channel // columns) * (height + gap) / full_height,
            width=width / full_width,
            height=height / full_height,
            label=labels[channel],
        )
        for channel in range(channels)
    ]


def _gap(height: int) -> int:
    """Return the pixels between maps of this height: a twelfth, and one at least."""
    return max(1, height // 12)
