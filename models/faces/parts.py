"""The parts of a face as masks, from its 68 points."""

import numpy as np

from models.geometry import fill_around
from models.keypoints import GROUPS, LEFT_EYE, OUTER_EYE_CORNERS, POINTS, RIGHT_EYE

# The points that each part surrounds, and how far it reaches beyond them as share of the distance of the outer eye
# corners; a pixel belongs to the first part that reaches it.
_PARTS: dict[str, tuple[tuple[tuple[int, ...], ...], float]] = {
    "eyes": ((RIGHT_EYE, LEFT_EYE), 0.09),
    "brows": ((tuple(range(17, 22)), tuple(range(22, 27))), 0.09),
    "mouth": ((GROUPS["mouth"],), 0.07),
    "nose": ((GROUPS["nose"],), 0.07),
    "jaw": ((tuple(range(POINTS)),), 0.05),
}
PARTS = tuple(_PARTS)
_LEAST_REACH = 0.25  # of the eye corners' distance, as share of the face's extent: on a profile the two nearly meet


def face_parts(landmarks: np.ndarray, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """Return the pixels of each part of a face.

    "jaw" is what the face's outline holds besides the other parts: cheeks, chin and jaw. The rest of the picture, such
    as forehead, hair and background, is in no mask; `interp.regions.region_shares` calls it "rest".

    Args:
        landmarks: (68, 2) in pixels of the picture that the masks are for, turned by any angle; whole numbers are the
            centres of pixels. What lies outside of the picture is cut off.
        shape: (height, width) of that picture.

    Returns:
        bool (height, width) for "eyes", "brows", "mouth", "nose" and "jaw"; no pixel is in two of them.

    Raises:
        ValueError: if there are not 68 finite points, or the picture has no pixels.
    """
    points = np.asarray(landmarks, np.float64)
    if points.shape != (POINTS, 2) or not np.isfinite(points).all():
        raise ValueError(f"landmarks must be {POINTS} finite points ({POINTS}, 2), but are {points.shape}.")
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"shape must be (height, width) of at least 1, but is {tuple(shape)}.")
    right, left = OUTER_EYE_CORNERS
    extent = float(np.ptp(points, axis=0).max())
    unit = max(float(np.linalg.norm(points[right] - points[left])), _LEAST_REACH * extent)
    taken = np.zeros(shape, bool)
    masks = {}
    for name, (hulls, reach) in _PARTS.items():
        mask = np.zeros(shape, bool)
        for hull in hulls:
            fill_around(mask, points[list(hull)], reach * unit)
        masks[name] = mask & ~taken
        taken |= mask
    return masks
