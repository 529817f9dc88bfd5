"""Shapes as masks of pixels."""

import cv2
import numpy as np

FINE = 16
"""Parts of a pixel's side to which a line is drawn."""


def line_mask(points: np.ndarray, width: float, size: tuple[int, int]) -> np.ndarray:
    """Return the pixels whose centres a line with round ends and corners covers, bool (height, width).

    Args:
        points: float (n, 2), x and y from end to end, in pixels; whole numbers are the edges of pixels.
        width: of the line, in pixels.
        size: (height, width) of the mask.
    """
    canvas = np.zeros((size[0] * FINE, size[1] * FINE), np.uint8)
    corners = np.rint(np.multiply(points, FINE)).astype(np.int32)
    ends = corners if len(corners) > 1 else np.repeat(corners, 2, axis=0)
    cv2.polylines(canvas, [ends], False, 1, thickness=max(1, round(width * FINE)))
    return canvas[FINE // 2 :: FINE, FINE // 2 :: FINE] > 0
