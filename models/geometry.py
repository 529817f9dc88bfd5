"""Squares, boxes and points on pictures, and the maps (2, 3) between two pictures.

A map takes a pixel (x, y, 1) of one picture to the other's. Whole numbers are the centres of pixels; angles are degrees
clockwise as one sees them, x to the right and y down.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import ArrayLike


def square_transform(
    square: Sequence[float] | np.ndarray, size: int, angle: float = 0.0, mirrored: bool = False
) -> np.ndarray:
    """Return the map from the crop of a turned square to the photo.

    Args:
        square: centre x, centre y and side in photo pixels, the side above 0.
        size: side of the crop in pixels.
        angle: degrees by which the square is turned on the photo. Defaults to 0.
        mirrored: whether the crop shows the square's mirror image. Defaults to False.

    Returns:
        float64 (2, 3).
    """
    x, y, side = (float(value) for value in square)
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    linear = side / size * np.array([[cosine, -sine], [sine, cosine]]) * np.array([-1.0 if mirrored else 1.0, 1.0])
    return np.column_stack([linear, np.array([x, y]) - linear @ np.full(2, (size - 1) / 2)])


def fit_similarity(points: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the shift, turn and scale that take points closest to their places (Umeyama 1991), without mirroring.

    Args:
        points: (K, 2), not all at one place.
        places: (K, 2).

    Returns:
        float64 (2, 3).
    """
    points, places = np.asarray(points, np.float64), np.asarray(places, np.float64)
    from_middle, to_middle = points - points.mean(axis=0), places - places.mean(axis=0)
    spread = max(float((from_middle**2).sum()), 1e-12)
    cosine = float((from_middle * to_middle).sum()) / spread
    sine = float((from_middle[:, 0] * to_middle[:, 1] - from_middle[:, 1] * to_middle[:, 0]).sum()) / spread
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, places.mean(axis=0) - linear @ points.mean(axis=0)])


def transform_points(points: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Move points by a map, or the points of each of N pictures by the picture's own map.

    Args:
        points: (K, 2), or (N, K, 2).
        transforms: (2, 3), or (N, 2, 3).

    Returns:
        In the shape of the points.
    """
    return points @ np.swapaxes(transforms[..., :2], -1, -2) + transforms[..., None, :, 2]


def invert(transforms: np.ndarray) -> np.ndarray:
    """Return the maps back, float64 (…, 2, 3)."""
    linear = np.linalg.inv(transforms[..., :2])
    return np.concatenate([linear, -linear @ transforms[..., 2:]], axis=-1)


def angle_of(marks: np.ndarray) -> np.ndarray:
    """Return the degrees in -180..180 by which faces are turned.

    The line between the eyes and the line from their middle to the mouth's have equal weight, so that the short eye
    line of a profile does no harm.

    Args:
        marks: float (n, 5, 2), in the order of `models.detection.MARKS`.
    """
    marks = np.asarray(marks, np.float64)
    across = marks[:, 1] - marks[:, 0]
    down = marks[:, 3:].mean(axis=1) - marks[:, :2].mean(axis=1)
    across, down = (line / np.maximum(np.linalg.norm(line, axis=1, keepdims=True), 1e-9) for line in (across, down))
    return np.degrees(np.arctan2(across[:, 1] - down[:, 0], across[:, 0] + down[:, 1]))


def intersection_over_union(boxes: ArrayLike, others: ArrayLike) -> np.ndarray:
    """Return float64 (n, m), 0 to 1, of boxes (n, 4) and others (m, 4), each x, y, width and height."""
    one, other = (np.asarray(each, np.float64).reshape(-1, 4) for each in (boxes, others))
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum((one[:, :2] + one[:, 2:])[:, None], (other[:, :2] + other[:, 2:])[None])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = one[:, 2:].prod(axis=1)[:, None] + other[:, 2:].prod(axis=1)[None]
    return shared / np.maximum(areas - shared, 1e-9)


def fill_around(mask: np.ndarray, points: np.ndarray, reach: float) -> None:
    """Set the pixels of a mask within a distance of the points' convex hull.

    Args:
        mask: bool (height, width), changed in place.
        points: (K, 2) pixels; they may lie outside.
        reach: pixels.
    """
    low = np.clip(np.floor(points.min(axis=0) - reach), 0, mask.shape[::-1]).astype(int)
    high = np.clip(np.ceil(points.max(axis=0) + reach) + 1, 0, mask.shape[::-1]).astype(int)
    if (high <= low).any():
        return
    # `cv2.fillConvexPoly` draws its own rim, up to a pixel too wide and not the same on all sides
    corners = cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)  # (k, 2), all turns to one side
    down, across = np.ogrid[low[1] : high[1], low[0] : high[0]]
    shape = (len(down), across.shape[1])
    is_left, is_right, nearest = np.ones(shape, bool), np.ones(shape, bool), np.full(shape, np.inf, np.float32)
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        (x, y), edge = (across - start[0], down - start[1]), end - start
        turn = edge[0] * y - edge[1] * x  # (h, w), its sign says on which side of the edge a pixel lies
        is_left &= turn >= 0
        is_right &= turn <= 0
        along = np.clip((edge[0] * x + edge[1] * y) / max(float(edge @ edge), 1e-12), 0, 1)
        nearest = np.minimum(nearest, (x - along * edge[0]) ** 2 + (y - along * edge[1]) ** 2)
    inside = (is_left | is_right) & (len(corners) > 2)
    mask[low[1] : high[1], low[0] : high[0]] |= inside | (nearest <= reach * reach)
