"""How well the app finds joints on whole photos, where only a face tells where a person is."""

import numpy as np

from models.detection import Face
from models.pose import JOINTS, LIMBS, NAMES
from models.pose.looks import LOOKS
from models.pose.people import find_people
from models.pose.training.augmentation import TOLERANCE
from models.pose.training.datasets import PoseData

_NECK, _HEAD_TOP = NAMES.index("neck"), NAMES.index("head_top")
_HIPS = [NAMES.index("right_hip"), NAMES.index("left_hip")]
_SHOULDERS = [NAMES.index("right_shoulder"), NAMES.index("left_shoulder")]
_UPRIGHT = 30.0  # degrees by which a head may lean: the face put there is upright
_SMALLEST_HEAD = 8.0  # pixels
_BELOW_HIPS = 0.1  # torsos: where the picture of an upper body ends
# Level of a dark picture for each level of a good one: as underexposed in dim light
_DARKENED = np.rint(255 * 0.6 * (np.arange(256) / 255) ** 2.2).astype(np.uint8)


def score_by_face(people: PoseData, network: str) -> dict[str, float | int] | None:
    """Return PCK@0.2 of the limbs' joints where only a face tells where a person is.

    The face is put where the labels have the head, so the face detector is not judged. People whose head leans, is tiny
    or has no label are left out. If nobody is found, all joints are wrong.

    Returns:
        The shares "whole" of the pictures as they are, "dark" of the same ones darkened, and "upper" of those cut below
        the hips; each with the number of "…_people". None where no head is upright.
    """
    right: dict[str, list[np.ndarray]] = {"whole": [], "dark": [], "upper": []}
    for index in np.flatnonzero(_is_upright(people) & ~np.isnan(people.torsos)):
        image, joints, known = people.images[index], people.joints[index].astype(np.float64), people.known[index]
        torso = people.torsos[index]
        cut = int(min(len(image), joints[_HIPS, 1].max() + _BELOW_HIPS * torso))
        right["whole"].append(_is_right(image, joints, known, torso, network))
        right["dark"].append(_is_right(_DARKENED[image], joints, known, torso, network))
        if known[_HIPS + _SHOULDERS].all() and joints[_SHOULDERS, 1].max() < cut < len(image):
            right["upper"].append(_is_right(image[:cut], joints, known, torso, network))
    if not right["whole"]:
        return None
    result: dict[str, float | int] = {}
    for name, parts in right.items():
        result[name] = float(np.concatenate(parts).mean()) if parts else float("nan")
        result[f"{name}_people"] = len(parts)
    return {key: value for key, value in result.items() if value == value}


def _is_upright(people: PoseData) -> np.ndarray:
    """Return bool (N,): whose head is labelled, large enough, and leans a little at most."""
    across, down = (people.joints[:, _NECK] - people.joints[:, _HEAD_TOP]).T.astype(np.float64)
    leaning, length = np.degrees(np.arctan2(np.abs(across), down)), np.hypot(across, down)
    return people.known[:, [_NECK, _HEAD_TOP]].all(axis=1) & (leaning <= _UPRIGHT) & (length >= _SMALLEST_HEAD)


def _is_right(image: np.ndarray, joints: np.ndarray, known: np.ndarray, torso: float, network: str) -> np.ndarray:
    """Return bool (K,): which of a person's labelled limb joints on a picture are found from the face."""
    image = np.ascontiguousarray(image)
    height, width = image.shape[:2]
    is_there = known & ((joints >= -0.5) & (joints <= [width - 0.5, height - 0.5])).all(axis=1)
    asked = [joint for joint in LIMBS if is_there[joint]]
    head = np.linalg.norm(joints[_NECK] - joints[_HEAD_TOP])
    side = max(1, round(head / LOOKS.head_of_face))
    x, y = (round(float(value)) for value in (joints[_NECK] + joints[_HEAD_TOP]) / 2 - side / 2)
    found = find_people(image, [Face((x, y, side, side), 1.0)], network=network)
    answer = found[0].joints[:, :2] if found else np.full((JOINTS, 2), np.inf)
    return np.linalg.norm(answer[asked] - joints[asked], axis=1) < TOLERANCE * torso
