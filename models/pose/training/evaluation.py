"""Scores of a pose network, each with what is needed to judge it: intervals, per joint, calibration, speed.

PCK is the percentage of correct keypoints (Yang and Ramanan 2013). A joint is correct if it lies within a share of the
torso's length from its label; the length is the distance of the labelled left shoulder and right hip, as is usual for
Leeds Sports Pose. Left and right are the person's own: an answer that mixes them up is wrong.
"""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from models.geometry import invert, square_transform, transform_points
from models.pose import (
    JOINTS,
    LIMBS,
    NAMES,
    SIZE,
    compile_pose,
    forward,
    square_of_joints,
)
from models.pose.training.augmentation import (
    TOLERANCE,
    Crops,
    bust_squares,
    person_crops_at,
    portrait_crops,
    regular_person_crops,
)
from models.pose.training.datasets import HIDDEN, VISIBLE, PoseData
from models.training.scores import cluster_interval, milliseconds_each, reliability

CURVE = np.arange(0, 0.5001, 0.02)
BINS = 10
BY_VISIBLE = {"all 14": (14, 14), "12 or 13": (12, 13), "9 to 11": (9, 11), "fewer than 9": (0, 8)}
_SURE = 0.3  # joints that a second look is placed by
_SURE_NEAR, _SURE_FAR, _SURE_UNSEEN = 0.4, 0.7, 0.6  # confidences from which on an answer counts beside a label
_CHUNK = 256  # people whose crops are in memory at a time


def ask_for_joints(network: keras.Model, pictures: np.ndarray, flip_average: bool, batch: int = 32) -> np.ndarray:
    """Return what a network says of crops.

    Args:
        network: a pose network.
        pictures: uint8 (N, size, size, 3).
        flip_average: whether to average over the mirror image.
        batch: crops a pass. Defaults to 32.

    Returns:
        float32 (N, 14, 3): x and y in pixels of the crop, confidence.
    """
    parts = [
        keras.ops.convert_to_numpy(forward(network, part.astype(np.float32), _mirrored(len(part), flip_average))[0])
        for part in np.split(pictures, range(batch, len(pictures), batch))
        if len(part)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, JOINTS, 3), np.float32)


def _mirrored(count: int, flip_average: bool) -> np.ndarray:
    """Return the numbers of the crops to look at in the mirror as well: all of so many, or none."""
    return np.arange(count if flip_average else 0, dtype=np.int32)


def second_opinion(network: keras.Model, people: PoseData) -> np.ndarray:
    """Return where a network puts the joints of people, in pixels of their pictures, and its confidence: (N, 14, 3)."""
    said = np.zeros((len(people), JOINTS, 3), np.float32)
    for start in range(0, len(people), _CHUNK):
        part = people.take(np.arange(start, min(start + _CHUNK, len(people))))
        crops = regular_person_crops(part, network.input_shape[1])
        answer = ask_for_joints(network, crops.pictures, flip_average=True)
        for index, square in enumerate(part.squares):
            transform = square_transform(square, network.input_shape[1])
            said[start + index, :, :2] = transform_points(answer[index, :, :2].astype(np.float64), transform)
        said[start : start + len(part), :, 2] = answer[..., 2]
    return said


def find_gross_errors(people: PoseData, said: np.ndarray, keep: float, gross: float, agreement: float) -> np.ndarray:
    """Return which labels a network is sure are wrong, bool (N, 14).

    Args:
        people: whose labels are looked through.
        said: (N, 14, 3), the `second_opinion` of a network that was trained on these labels. It learnt from the wrong
            ones too, but agrees with few of them.
        keep: least share of the labels to keep. If more are suspect, only the farthest ones are called wrong.
        gross: torsos. A label farther than this from the answer is suspect.
        agreement: least confidence of the answer.
    """
    distance = np.linalg.norm(said[..., :2] - people.joints, axis=-1) / people.likely_torsos[:, None]
    suspect = people.known & (distance > gross) & (said[..., 2] >= agreement)
    far = np.where(suspect, distance, 0)
    most = int((1 - keep) * people.known.sum() + 1e-6)
    if most <= 0:
        return np.zeros(far.shape, bool)
    limit = np.sort(far, axis=None)[-most] if most <= far.size else 0.0
    return (far >= limit) & (far > 0)


def relabel(people: PoseData, said: np.ndarray, share: float, gross: float) -> PoseData:
    """Return the people with labels moved to where a network is sure that the joints are.

    A label at most `gross` torsos from the network's answer moves by a share of the way. A label farther off is
    replaced by the answer, if the network is surer still. A joint without a label gets one, as a hidden joint.

    Args:
        people: labelled by a crowd.
        said: as of `find_gross_errors`.
        share: of the way, 0..1.
        gross: torsos.
    """
    distance = np.linalg.norm(said[..., :2] - people.joints, axis=-1) / people.likely_torsos[:, None]
    is_near, confidence = distance <= gross, said[..., 2]
    moved = np.where(is_near & (confidence >= _SURE_NEAR), share, 0.0) + (~is_near & (confidence >= _SURE_FAR))
    is_new = ~people.known & (confidence >= _SURE_UNSEEN)
    moved = np.where(people.known, moved, is_new)[..., None]
    return replace(
        people,
        joints=((1 - moved) * people.joints + moved * said[..., :2]).astype(np.float32),
        visibility=np.where(is_new, HIDDEN, people.visibility).astype(np.uint8),
    )


def torso_errors(found: np.ndarray, crops: Crops, people: PoseData) -> np.ndarray:
    """Return each joint's distance from its label in torsos, (N, 14); NaN where joint or torso is not labelled."""
    # both lengths are of the same person, so that their ratio is the crop's scale
    scale = crops.reach / (TOLERANCE * people.likely_torsos)
    torso = np.maximum(people.torsos * scale, 1e-6)
    distance = np.linalg.norm(found[..., :2].astype(np.float64) - crops.joints, axis=-1)
    return np.where((crops.known + crops.outside) > 0, distance / torso[:, None], np.nan)


def pck(errors: np.ndarray, limit: float = TOLERANCE) -> float:
    """Return share of the labelled joints whose error is below a limit; NaN without any."""
    labelled = ~np.isnan(errors)
    return float((errors[labelled] < limit).mean()) if labelled.any() else float("nan")


def pck_interval(errors: np.ndarray, groups: np.ndarray) -> list[float]:
    """Return the 95 % interval of `pck` by a bootstrap of people, for the joints of one are not independent.

    Args:
        errors: (N, joints) in torsos, NaN where unknown.
        groups: (N,) the person, or the pictures that are alike.
    """
    _, person = np.unique(groups, return_inverse=True)
    right = np.bincount(person, (errors < TOLERANCE).sum(axis=1))
    labelled = np.bincount(person, (~np.isnan(errors)).sum(axis=1))
    counts = np.stack([right, labelled], axis=1)
    return cluster_interval(counts, lambda right, labelled: right / np.maximum(labelled, 1))


def mean_pose(people: PoseData) -> np.ndarray:
    """Return float64 (14, 2): the mean place of each labelled joint on the regular crops, in pixels."""
    transforms = np.array([square_transform(square, SIZE) for square in people.squares])
    places = transform_points(people.joints, invert(transforms))
    places[~people.known] = np.nan
    return np.nanmean(places, axis=0)


def summarise_joints(errors: np.ndarray, groups: np.ndarray) -> dict[str, Any]:
    """Return pCK over the limbs with its interval, over all 14 joints, and the numbers of people."""
    limbs = errors[:, LIMBS]
    return {
        "pck": pck(limbs),
        "pck_interval": pck_interval(limbs, groups),
        "pck_14": pck(errors),
        "people": len(errors),
        "people_with_torso": int((~np.isnan(errors)).any(axis=1).sum()),
    }


def score_pose(
    network: keras.Model, people: PoseData, mean: np.ndarray, flip_average: bool, drawn: float
) -> dict[str, Any]:
    """Return all that a card says of people.

    Args:
        network: float32 pose network.
        people: with labels; those without a labelled torso count nowhere.
        mean: (14, 2) pixels of the regular crop, where the joints are on average: a baseline that ignores the picture.
        flip_average: whether the answer is averaged over the mirror image.
        drawn: confidence from which on a joint is drawn.
    """
    crops = regular_person_crops(people)
    said = ask_for_joints(network, crops.pictures, flip_average)
    errors = torso_errors(said, crops, people)
    limbs, labelled = errors[:, LIMBS], ~np.isnan(errors)
    visible = (people.visibility == VISIBLE).sum(axis=1)
    classes = {name: (visible >= low) & (visible <= high) for name, (low, high) in BY_VISIBLE.items()}
    is_visible = people.visibility == VISIBLE
    guess = np.broadcast_to(mean, crops.joints.shape)
    result = summarise_joints(errors, people.group) | {
        "plain": pck(torso_errors(ask_for_joints(network, crops.pictures, False), crops, people)[:, LIMBS]),
        "per_joint": {name: pck(errors[:, index]) for index, name in enumerate(NAMES)},
        "curve": {
            "threshold": [round(float(limit), 2) for limit in CURVE],
            "share": [pck(limbs, limit) for limit in CURVE],
        },
        "by_visible": {
            name: {"pck": pck(limbs[chosen]), "people": int(chosen.sum())}
            for name, chosen in classes.items()
            if labelled[chosen].any()
        },
        "visible_joints": pck(np.where(is_visible, errors, np.nan)[:, LIMBS]),
        "hidden_joints": pck(np.where(is_visible, np.nan, errors)[:, LIMBS]),
        "baseline_pck": pck(torso_errors(guess, crops, people)[:, LIMBS]),
        "reliability": reliability(said[..., 2][labelled], errors[labelled] < TOLERANCE, BINS, count="joints"),
        "unaided": score_unaided(network, people, flip_average),
        "bust": score_bust(network, people, flip_average, drawn),
        "portrait": score_portrait(network, people, flip_average, drawn),
    }
    result = {key: None if value != value else value for key, value in result.items()}  # JSON knows no NaN
    return result | {"headline": _headline(result)}


def _headline(scores: dict[str, Any]) -> str:
    """Return the scores in one line."""
    low, high = scores["pck_interval"]
    line = f"{scores['pck']:.1%} ({low:.1%} – {high:.1%}) of the limbs' joints within a fifth of the torso (PCK@0.2)"
    return line if scores["baseline_pck"] is None else f"{line}; the mean pose: {scores['baseline_pck']:.1%}"


def score_unaided(network: keras.Model, people: PoseData, flip_average: bool) -> dict[str, float]:
    """Return PCK without a crop by labels: of the whole picture, and of a second look at the joints found there."""
    squares = np.array(
        [((image.shape[1] - 1) / 2, (image.shape[0] - 1) / 2, max(image.shape[:2])) for image in people.images]
    )
    result = {}
    for look in ("first", "second"):
        crops = person_crops_at(people, squares)
        said = ask_for_joints(network, crops.pictures, flip_average)
        result[look] = pck(torso_errors(said, crops, people)[:, LIMBS])
        sure = said[..., 2] >= np.minimum(_SURE, np.sort(said[..., 2], axis=1)[:, -4:-3])  # the best four at least
        there = [
            transform_points(points, square_transform(square, SIZE))
            for points, square in zip(said[..., :2].astype(np.float64), squares, strict=True)
        ]
        squares = square_of_joints(np.array(there), sure)
    return result


def score_bust(network: keras.Model, people: PoseData, flip_average: bool, drawn: float) -> dict[str, float | int]:
    """Return scores on crops around head, shoulders and arms: do the legs, which lie outside, get a low confidence?

    Returns:
        PCK of the limb joints on the crop; mean confidence of the joints on it and outside; the shares of both that
        would be drawn, and how many joints lie outside.
    """
    return _score_part(network, people, person_crops_at(people, bust_squares(people)), flip_average, drawn)


def score_portrait(
    network: keras.Model, people: PoseData, flip_average: bool, drawn: float
) -> dict[str, float | int] | None:
    """Return the scores of `score_bust` on near portraits, whose pictures end around head and shoulders.

    None where nobody's head and shoulders are labelled.
    """
    crops = portrait_crops(people)
    return _score_part(network, people, crops, flip_average, drawn) if len(crops.people) else None


def _score_part(
    network: keras.Model, people: PoseData, crops: Crops, flip_average: bool, drawn: float
) -> dict[str, float | int]:
    said = ask_for_joints(network, crops.pictures, flip_average)
    errors = np.where(crops.known > 0, torso_errors(said, crops, people.take(crops.people)), np.nan)
    inside, outside = said[..., 2][crops.known > 0], said[..., 2][crops.outside > 0]
    return {
        "pck": pck(errors[:, LIMBS]),
        "confidence_inside": float(inside.mean()),
        "confidence_outside": float(outside.mean()) if len(outside) else 0.0,
        "drawn_inside": float((inside >= drawn).mean()),
        "drawn_outside": float((outside >= drawn).mean()) if len(outside) else 0.0,
        "joints_outside": len(outside),
    }


def measure_pose_speed(network: keras.Model, flip_average: bool) -> dict[str, Any] | None:
    """Return the milliseconds a person takes on this machine, by the very pass that `models.pose` runs.

    None where Keras does not run on TensorFlow, as that pass does. Other work on the machine counts as well.
    """
    if keras.backend.backend() != "tensorflow":
        return None
    run = compile_pose(network)
    return milliseconds_each(
        lambda pictures: run(pictures, _mirrored(len(pictures), flip_average))[0],
        network.input_shape[1:],
        counts=(1, 8),
        runs=20,
        dtype="uint8",
    )
