"""The parts of a face as masks, from its 68 points, and those of a body, from its fourteen joints."""

import cv2
import numpy as np

from models import pose
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
# The joints that each part of a body surrounds, and how far it reaches beyond them as share of the head's height.
_BODY: dict[str, tuple[tuple[tuple[str, ...], ...], float]] = {
    "head": ((("head_top", "neck"),), 0.4),
    "right arm": ((("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist")), 0.25),
    "left arm": ((("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist")), 0.25),
    "right leg": ((("right_hip", "right_knee"), ("right_knee", "right_ankle")), 0.3),
    "left leg": ((("left_hip", "left_knee"), ("left_knee", "left_ankle")), 0.3),
    "trunk": (
        (
            ("right_shoulder", "left_shoulder", "neck"),
            ("neck", "right_shoulder", "left_shoulder", "left_hip", "right_hip"),
        ),
        0.25,
    ),
}
_HEAD_OF_EXTENT = 0.15  # a head's height as share of the joints' extent, where head top or neck is unknown
_LEAST_REACH = 0.25  # of the eye corners' distance, as share of the face's extent: on a profile the two nearly meet


def face_parts(landmarks: np.ndarray, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """The pixels of each part of a face.

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
            _paint(mask, points[list(hull)], reach * unit)
        masks[name] = mask & ~taken
        taken |= mask
    return masks


def body_parts(joints: np.ndarray, shape: tuple[int, int], least: float = 0.0) -> dict[str, np.ndarray]:
    """The pixels of each part of a body.

    Args:
        joints: (14, 3) x and y in pixels of the picture that the masks are for, and confidence, in the order of
            `models.pose.NAMES`.
        shape: (height, width) of that picture.
        least: confidence below which a joint's place is not believed. Defaults to 0.

    Returns:
        bool (height, width) for those of "head", "right arm", "left arm", "right leg", "left leg" (the person's) and
        "trunk" of which two joints next to each other are known; no pixel is in two of them, the first one has it.

    Raises:
        ValueError: if there are not 14 finite joints, or the picture has no pixels.
    """
    found = np.asarray(joints, np.float64)
    if found.shape != (pose.JOINTS, 3) or not np.isfinite(found).all():
        raise ValueError(f"joints must be {pose.JOINTS} finite rows ({pose.JOINTS}, 3), but are {found.shape}.")
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"shape must be (height, width) of at least 1, but is {tuple(shape)}.")
    places = {name: row[:2] for name, row in zip(pose.NAMES, found, strict=True) if row[2] >= least}
    if not places:
        return {}
    if {"head_top", "neck"} <= set(places):
        head = float(np.linalg.norm(places["head_top"] - places["neck"]))
    else:
        head = _HEAD_OF_EXTENT * float(np.ptp(list(places.values()), axis=0).max())
    taken = np.zeros(shape, bool)
    masks = {}
    for name, (hulls, reach) in _BODY.items():
        mask = np.zeros(shape, bool)
        for hull in hulls:
            if all(joint in places for joint in hull):
                _paint(mask, np.array([places[joint] for joint in hull]), reach * max(head, 1.0))
        if mask.any():
            masks[name] = mask & ~taken
            taken |= mask
    return masks


def _paint(mask: np.ndarray, points: np.ndarray, reach: float) -> None:
    """Sets the pixels within a distance of the points' convex hull."""
    low = np.clip(np.floor(points.min(axis=0) - reach), 0, mask.shape[::-1]).astype(int)
    high = np.clip(np.ceil(points.max(axis=0) + reach) + 1, 0, mask.shape[::-1]).astype(int)
    if (high <= low).any():
        return
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
