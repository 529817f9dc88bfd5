"""Boxes and marks of faces that are turned in the picture plane.

Coordinates here are continuous: the picture's first pixel reaches from 0 to 1. Angles are degrees clockwise, as one
sees them on the picture (x to the right, y down).
"""

import numpy as np

from models.keypoints import FOREHEAD

FLIPPED = (1, 0, 2, 4, 3)  # which mark is where on the mirrored face


def turned_size(width: np.ndarray, height: np.ndarray, angle: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Size of the upright box around a face that was turned.

    A face is taken as the ellipse in its box, so a face turned by any angle has the bounding box of the turned ellipse:
    w' = √((w cos)² + (h sin)²) and h' = √((w sin)² + (h cos)²). A quarter turn swaps the sides.

    Args:
        width, height: of the box before.
        angle: degrees.

    Returns:
        Width and height of the box after.
    """
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.hypot(width * cosine, height * sine), np.hypot(width * sine, height * cosine)


def turn_boxes(boxes: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Boxes after the picture was turned, scaled, mirrored and moved.

    Args:
        boxes: float (n, 4), x, y, width, height.
        matrix: (2, 3), a similarity from the old to the new picture, mirroring or not.

    Returns:
        float (n, 4): around the moved centre, of the size that `turned_size` says.
    """
    centres = (boxes[:, :2] + boxes[:, 2:] / 2) @ matrix[:, :2].T + matrix[:, 2]
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    angle = np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
    size = np.stack(turned_size(boxes[:, 2], boxes[:, 3], angle), axis=1) * scale
    return np.concatenate([centres - size / 2, size], axis=1)


def similarity(scale: float, angle: float, mirrored: bool, fixed: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Return the map (2, 3) that mirrors if asked, turns clockwise, scales, and takes the point `fixed` to `place`."""
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    linear = scale * np.array([[cosine, -sine], [sine, cosine]])
    if mirrored:
        linear = linear * [-1, 1]
    return np.column_stack([linear, np.asarray(place) - linear @ np.asarray(fixed)])


def to_pixel_centres(matrix: np.ndarray) -> np.ndarray:
    """Return the same map for coordinates whose whole numbers are the centres of pixels, as OpenCV has them."""
    return np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ [0.5, 0.5] - 0.5])


def box_of_68(points: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Centre, width and height of the untilted face: cheek to cheek, and the forehead `FOREHEAD` of brow to chin.

    Args:
        points: float (n, 68, 2), iBUG order.
        angle: (n,), how far each face is turned.

    Returns:
        float (n, 4): centre x, y on the picture, width and height in the face's own axes.
    """
    own = _turn(points, -angle)
    low, high = own.min(axis=1), own.max(axis=1)
    low[:, 1] -= FOREHEAD * (high[:, 1] - low[:, 1])
    centre = _turn(((low + high) / 2)[:, None], angle)[:, 0]
    return np.concatenate([centre, high - low], axis=1)


def box_of_five(marks: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return about what `box_of_68` would, from five marks.

    It is a linear fit on 5,102 faces, right to about 5 % of the height.

    Args:
        marks: float (n, 5, 2).
        angle: (n,), how far each face is turned.

    Returns:
        float (n, 4), as of `box_of_68`.
    """
    own = _turn(marks, -angle)
    eyes, mouth = own[:, :2].mean(axis=1), own[:, 3:].mean(axis=1)
    down, across = mouth[:, 1] - eyes[:, 1], own[:, 1, 0] - own[:, 0, 0]
    nose, shift = own[:, 2, 0] - eyes[:, 0], mouth[:, 0] - eyes[:, 0]
    aside = np.abs(nose)
    centre = eyes + np.stack([0.738 * shift - 1.438 * nose, 0.336 * down + 0.009 * across + 0.033 * aside], axis=1)
    width = 0.366 * down + 1.852 * across + 0.977 * aside
    height = 1.841 * down + 0.858 * across + 0.593 * aside
    return np.concatenate([_turn(centre[:, None], angle)[:, 0], np.stack([width, height], axis=1)], axis=1)


def _turn(points: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Return (n, k, 2) points turned clockwise about the picture's corner by (n,) degrees."""
    cosine, sine = np.cos(np.radians(angle))[:, None], np.sin(np.radians(angle))[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=-1)
