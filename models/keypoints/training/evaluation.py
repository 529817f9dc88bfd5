"""Scores of a keypoint network, each with what is needed to judge it: intervals by person, per point, pose and part."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from models.detection import angle_of
from models.geometry import invert, square_transform, transform_points
from models.keypoints import (
    GROUPS,
    LEFT_EYE,
    NOSE_TIP,
    OUTER_EYE_CORNERS,
    POINTS,
    RIGHT_EYE,
    SIZE,
    Keypoints,
    crop_squares,
    to_kaggle,
    to_marks,
    turned_square_of_points,
)
from models.keypoints.training.datasets import LandmarkData
from models.training.scores import mean_interval, milliseconds_each, reliability

FAILURE = 0.1  # normalised mean error from which on a face has failed
TOLERANCE = 0.05  # a point is right if it is within this share of the distance of the outer eye corners
BINS = 10
CURVE = np.arange(0, 0.2001, 0.005)
POSES = {
    "0 to 15 degrees": (0, 15),
    "15 to 30 degrees": (15, 30),
    "30 to 45 degrees": (30, 45),
    "over 45 degrees": (45, 91),
}
LABELLED_POSES = ("left profile", "left", "frontal", "right", "right profile")
# The points that lie under each rectangle, and how far it reaches beyond them as share of the crop's side
COVERS = {"mouth": GROUPS["mouth"], "right eye": (*range(17, 22), *RIGHT_EYE), "left eye": (*range(22, 27), *LEFT_EYE)}
_COVER_MARGIN, _COVER_GREY = 0.04, 110
# How far the nose tip lies before the outer eye corners, in halves of their distance. On 4,276 training faces the
# squared ratio of a face's height (eyes to nose base, mouth or chin) to the distance of its eye corners is a line in
# the square of the nose tip's place between them, as a turning head's must be; its slope says 1.15, 1.07 and 1.01.
NOSE_DEPTH = 1.07


def regular_face_crops(faces: LandmarkData) -> tuple[np.ndarray, np.ndarray]:
    """Return the crops that the network is shown of labelled faces, and the labels there.

    Args:
        faces: N faces with 68 or five points, taken as upright.

    Returns:
        uint8 (N, 96, 96), and float64 (N, K, 2) pixels of the crop.
    """
    return face_crops_at(faces, faces.squares, np.zeros(len(faces)))


def face_crops_at(faces: LandmarkData, squares: np.ndarray, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """As `regular_face_crops`, of other squares (N, 3) that are turned clockwise by angles (N,)."""
    crops, labels = np.zeros((len(faces), SIZE, SIZE), np.uint8), np.zeros(faces.points.shape)
    for index, picture in enumerate(faces.images):
        one = slice(index, index + 1)
        crops[one], transform = crop_squares(np.repeat(picture[..., None], 3, axis=2), squares[one], angles[one])
        labels[one] = transform_points(faces.points[one], invert(transform))
    return crops, labels


def ask_for_points(network: keras.Model, crops: np.ndarray, batch: int = 128) -> Keypoints:
    """Return what a network says of grey uint8 (N, 96, 96) crops."""
    parts = [
        [
            keras.ops.convert_to_numpy(output)
            for output in network(crops[start : start + batch, ..., None].astype(np.float32), training=False)
        ]
        for start in range(0, len(crops), batch)
    ]
    return Keypoints(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def between_eyes(labels: np.ndarray) -> np.ndarray:
    """Return (N,): the distance of the outer eye corners of 68 points."""
    right, left = OUTER_EYE_CORNERS
    return np.maximum(np.linalg.norm(labels[:, right] - labels[:, left], axis=-1), 1e-6)


def normalised_errors(found: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return (N, 68): each point's distance from its label as share of the distance of the outer eye corners."""
    return np.linalg.norm(found - labels, axis=-1) / between_eyes(labels)[:, None]


def yaw(points: np.ndarray) -> np.ndarray:
    """Return degrees (N,) by which heads are turned to the image's right (above 0) or left, estimated from 68 points.

    Under orthographic projection the nose tip's way off the middle of the outer eye corners, over half their distance,
    is `NOSE_DEPTH` tan(yaw). Right to some ten degrees.
    """
    right, left = (points[:, corner] for corner in OUTER_EYE_CORNERS)
    across = left - right
    off = ((points[:, NOSE_TIP] - (left + right) / 2) * across).sum(axis=-1) / (across**2).sum(axis=-1).clip(1e-9) * 2
    return np.degrees(np.arctan(off / NOSE_DEPTH))


def summarise_points(found: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> dict[str, Any]:
    """Normalised mean error and failure rate with their intervals, and the error of the 15 points in pixels."""
    per_face = normalised_errors(found, labels).mean(axis=1)
    failed = (per_face > FAILURE).astype(float)
    return {
        "nme": float(per_face.mean()),
        "nme_interval": mean_interval(per_face, groups),
        "failure_rate": float(failed.mean()),
        "failure_interval": mean_interval(failed, groups),
        "rmse_15": float(np.sqrt(((to_kaggle(found) - to_kaggle(labels)) ** 2).mean())),
        "faces": len(labels),
        "people": len(np.unique(groups)),
    }


def score_keypoints(network: keras.Model, faces: LandmarkData, mean_shape: np.ndarray) -> dict[str, Any]:
    """Return all that a card says of faces with 68 points.

    Args:
        network: float32 keypoint network.
        faces: with 68 points.
        mean_shape: (68, 2) pixels of the crop, the answer of someone who does not look.
    """
    crops, labels = regular_face_crops(faces)
    said = ask_for_points(network, crops)
    errors = normalised_errors(said.points, labels)
    per_face = errors.mean(axis=1)
    turned = np.abs(yaw(labels))
    poses = {name: (turned >= low) & (turned < high) for name, (low, high) in POSES.items()}
    sources = {str(source): faces.source == source for source in np.unique(faces.source)}
    return summarise_points(said.points, labels, faces.group) | {
        "cumulative": {
            "error": [round(float(limit), 3) for limit in CURVE],
            "share": [float((per_face <= limit).mean()) for limit in CURVE],
        },
        "per_point": errors.mean(axis=0).tolist(),
        "per_group": {name: float(errors[:, list(points)].mean()) for name, points in GROUPS.items()},
        "per_pose": _means(per_face, poses),
        "per_source": _means(per_face, sources),
        "reliability": reliability(said.confidence, errors < TOLERANCE, BINS, count="points"),
        "hidden": score_hidden(network, crops, labels, said),
        "disturbed": score_disturbed(network, faces),
        "label_offset": _offset(said.points, labels),
        "baseline_nme": float(normalised_errors(np.broadcast_to(mean_shape, labels.shape), labels).mean()),
    }


def score_hidden(network: keras.Model, crops: np.ndarray, labels: np.ndarray, before: Keypoints) -> dict[str, Any]:
    """Return what the network says of points that lie under a grey rectangle.

    Args:
        network: keypoint network.
        crops: uint8 (N, 96, 96).
        labels: (N, 68, 2).
        before: what it says of the crops as they are.

    Returns:
        Mean confidence of the points under the rectangle before and under it, and of the others then; the share of
        faces whose covered points lose confidence on average; both errors. The same for each covered part.
    """
    rows: dict[str, Any] = {}
    for name, points in COVERS.items():
        covered, inside = cover_points(crops, labels, points)
        said = ask_for_points(network, covered)
        errors = normalised_errors(said.points, labels)
        inside &= np.isin(np.arange(POINTS), points)  # a point at the rectangle's rim may still be guessed from outside
        gone = np.ma.masked_array(said.confidence, ~inside).mean(axis=1)
        was = np.ma.masked_array(before.confidence, ~inside).mean(axis=1)
        rows[name] = {
            "confidence_before": float(before.confidence[inside].mean()),
            "confidence_hidden": float(said.confidence[inside].mean()),
            "confidence_visible": float(said.confidence[~inside].mean()),
            "share_lower": float((gone < was).mean()),
            "nme_hidden": float(errors[inside].mean()),
            "nme_visible": float(errors[~inside].mean()),
        }
    means = {key: float(np.mean([row[key] for row in rows.values()])) for key in next(iter(rows.values()))}
    return means | {"parts": rows}


def cover_points(crops: np.ndarray, labels: np.ndarray, points: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Crops with a grey rectangle over some points, and bool (N, 68), which points lie under it."""
    margin = _COVER_MARGIN * SIZE
    low, high = labels[:, points].min(axis=1) - margin, labels[:, points].max(axis=1) + margin
    covered = crops.copy()
    for crop, (left, top), (right, bottom) in zip(covered, low, high, strict=True):
        columns, rows = (
            slice(max(0, round(start)), max(0, round(end) + 1)) for start, end in ((left, right), (top, bottom))
        )
        crop[rows, columns] = _COVER_GREY
    return covered, ((labels >= low[:, None]) & (labels <= high[:, None])).all(axis=-1)


def score_disturbed(network: keras.Model, faces: LandmarkData, seed: int = 0) -> dict[str, Any]:
    """Return the error on crops as a detector cuts them, and after a second look at the square of the points found.

    The squares are shifted by a normal deviate of 5 % of their side either way, scaled by one of 8 %, and turned by one
    of 8°.
    """
    random = np.random.default_rng(seed)
    squares = faces.squares.astype(np.float64)
    squares[:, :2] += 0.05 * squares[:, 2:] * random.standard_normal((len(faces), 2))
    squares[:, 2] *= np.exp(0.08 * random.standard_normal(len(faces)))
    angles = 8 * random.standard_normal(len(faces))
    result: dict[str, Any] = {}
    for look in ("first", "second"):
        crops, labels = face_crops_at(faces, squares, angles)
        found = ask_for_points(network, crops).points
        per_face = normalised_errors(found, labels).mean(axis=1)
        result |= {f"nme_{look}": float(per_face.mean()), f"failure_rate_{look}": float((per_face > FAILURE).mean())}
        there = transform_points(found, _crop_to_picture(squares, angles))
        angles = angle_of(to_marks(there))
        squares = turned_square_of_points(there, angles)
    return result


def score_marks(network: keras.Model, faces: LandmarkData) -> dict[str, Any]:
    """Return the error of the five marks on faces that have no others, but a labelled pose.

    Returns:
        "error" as share of the distance of the eyes' centres and "failure_rate" (above 10 %), as is usual,
        "share_of_side" as share of the crop's side, which is fair to profiles, and both errors for each pose. "rough"
        has error and failure rate where the squares lie as badly as a detector sets them, see `rough_squares`.
    """
    crops, labels = regular_face_crops(faces)
    error, distance = _error_of_marks(network, crops, labels)
    share, failed = distance / SIZE, (error > FAILURE).astype(float)
    rough, _ = _error_of_marks(network, *face_crops_at(faces, *rough_squares(faces)))
    rows = {}
    for number, name in enumerate(LABELLED_POSES, 1):
        chosen = faces.pose == number
        if chosen.any():
            rows[name] = {
                "error": float(error[chosen].mean()),
                "share_of_side": float(share[chosen].mean()),
                "faces": int(chosen.sum()),
            }
    return {
        "error": float(error.mean()),
        "error_interval": mean_interval(error, faces.group),
        "failure_rate": float(failed.mean()),
        "failure_interval": mean_interval(failed, faces.group),
        "share_of_side": float(share.mean()),
        "rough": {"error": float(rough.mean()), "failure_rate": float((rough > FAILURE).mean())},
        "faces": len(faces),
        "per_pose": rows,
    }


def rough_squares(faces: LandmarkData, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return squares (N, 3) and angles (N,) of faces at random about the right ones.

    They are off by up to 15 % of the side each way, have 0.8 to 1.25 of the side, and are turned by up to 20°: about
    what the box of a detector leaves to a first look.
    """
    random, count, squares = np.random.default_rng(seed), len(faces), faces.squares.astype(np.float64)
    squares[:, :2] += random.uniform(-0.15, 0.15, (count, 2)) * squares[:, 2:]
    squares[:, 2] *= np.exp(random.uniform(np.log(0.8), np.log(1.25), count))
    return squares, random.uniform(-20, 20, count)


def _error_of_marks(network: keras.Model, crops: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each face's mean distance of the five marks over that of the eyes, and in pixels of the crop."""
    distance = np.linalg.norm(to_marks(ask_for_points(network, crops).points) - labels, axis=-1).mean(axis=1)
    return distance / np.maximum(np.linalg.norm(labels[:, 0] - labels[:, 1], axis=-1), 1e-6), distance


def measure_keypoint_speed(network: keras.Model) -> dict[str, Any]:
    """Return milliseconds a face of a network, compiled as for `models.keypoints.locate`, on this machine."""
    import tensorflow as tf

    forward: Callable[[Any], Any] = tf.function(lambda faces: network(faces, training=False)[0], reduce_retracing=True)
    return milliseconds_each(forward, network.input_shape[1:])


def _offset(found: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """By how many pixels to the right and down all labels lie off the points found, and the error without that.

    A network that learns from faces and their mirror images alike cannot learn that labels are shifted to one side.
    """
    shift = (labels - found).mean(axis=(0, 1))
    return {
        "pixels": [round(float(value), 3) for value in shift],
        "nme_without": float(normalised_errors(found + shift, labels).mean()),
    }


def _means(per_face: np.ndarray, classes: dict[str, np.ndarray]) -> dict[str, dict[str, Any]]:
    return {
        name: {"nme": float(per_face[chosen].mean()), "faces": int(chosen.sum())}
        for name, chosen in classes.items()
        if chosen.any()
    }


def _crop_to_picture(squares: np.ndarray, angles: np.ndarray) -> np.ndarray:
    return np.stack([square_transform(square, SIZE, angle) for square, angle in zip(squares, angles, strict=True)])
