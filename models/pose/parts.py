"""The parts of a body as masks, from its fourteen joints."""

import numpy as np

from models.geometry import fill_around
from models.pose.inference import JOINTS, NAMES

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


def body_parts(joints: np.ndarray, shape: tuple[int, int], least: float = 0.0) -> dict[str, np.ndarray]:
    """Return the pixels of each part of a body.

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
    if found.shape != (JOINTS, 3) or not np.isfinite(found).all():
        raise ValueError(f"joints must be {JOINTS} finite rows ({JOINTS}, 3), but are {found.shape}.")
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"shape must be (height, width) of at least 1, but is {tuple(shape)}.")
    places = {name: row[:2] for name, row in zip(NAMES, found, strict=True) if row[2] >= least}
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
                fill_around(mask, np.array([places[joint] for joint in hull]), reach * max(head, 1.0))
        if mask.any():
            masks[name] = mask & ~taken
            taken |= mask
    return masks
