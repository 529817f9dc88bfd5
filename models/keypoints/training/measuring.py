"""Figures that the analysis of photos takes from a trained keypoint network: `python -m models.training
measure-keypoints`."""

from dataclasses import replace
from typing import Any

import numpy as np

from models.detection.training.datasets import Photos
from models.geometry import intersection_over_union
from models.keypoints import Look, boxes_of_points, log_confidence, look, squares_of_boxes, to_marks

SURE = 0.5  # mean confidence from which on a face's place counts
_SMALLEST = 16.0
_TRIES = 20
_STEPS = 50
_BATCH = 64


def emotion_places(faces: np.ndarray) -> dict[str, Any]:
    """Return where a set of face pictures has its eyes and mouths.

    Args:
        faces: grey uint8 (N, 48, 48).

    Returns:
        "places", the median over the sure faces of the image-left eye, the image-right eye and the mouth's middle, made
        symmetric; "quartiles" of each coordinate; number of "faces" and of "sure" ones.
    """
    size = faces.shape[1]
    looks = [look_at_pictures(faces[start : start + _BATCH]) for start in range(0, len(faces), _BATCH)]
    points = np.concatenate([one.points for one in looks])
    sure = np.concatenate([one.confidence for one in looks]).mean(axis=1) >= SURE
    marks = to_marks(points[sure])
    places = np.concatenate([marks[:, :2], marks[:, 3:].mean(axis=1, keepdims=True)], axis=1)  # (n, 3, 2)
    median = np.median(places, axis=0)
    mirrored = median[[1, 0, 2]] * [-1, 1] + [size - 1, 0]
    return {
        "places": np.round((median + mirrored) / 2, 2).tolist(),
        "median": np.round(median, 2).tolist(),
        "quartiles": np.round(np.percentile(places, [25, 75], axis=0), 2).tolist(),
        "faces": len(faces),
        "sure": int(sure.sum()),
    }


def look_at_pictures(faces: np.ndarray) -> Look:
    """As `models.keypoints.look`, of faces that fill a picture each.

    Args:
        faces: grey uint8 (N, size, size).

    Returns:
        The points in pixels of the pictures.
    """
    count, size = len(faces), faces.shape[1]
    tiles = np.pad(faces, ((0, 0), (size, size), (size, size)), mode="edge")  # on one strip, far enough apart
    strip = np.repeat(tiles.reshape(count * 3 * size, 3 * size, 1), 3, axis=2)
    middle = (3 * size - 1) / 2
    tops = 3 * size * np.arange(count)
    squares = np.stack([np.full(count, middle), middle + tops, np.full(count, 1.2 * size)], axis=1)
    found = look(strip, squares, np.zeros(count))
    origin = np.stack([np.full(count, size), size + tops], axis=1).astype(np.float32)
    transforms = found.transforms.copy()
    transforms[..., 2] -= origin
    return replace(found, points=found.points - origin[:, None], transforms=transforms)


def odds_of_faces(photos: Photos, seed: int = 0) -> dict[str, Any]:
    """Fit `models.keypoints.face_odds`.

    Faces are labelled boxes of 16 pixels and more. Twenty squares are drawn at random on each photo; of those where the
    network does not find its way to a labelled face, the one where it is surest stands for a detector's false alarm.

    Returns:
        The "odds" (constant, and slope by the logarithm of the confidence) of a logistic regression in which faces and
        false alarms weigh the same; "even", the share of faces of each size, and
        of false alarms, for which the odds are even or better.
    """
    random = np.random.default_rng(seed)
    on, beside, sides = [], [], []
    for image, boxes, invalid in zip(photos.images, photos.boxes, photos.invalid, strict=True):
        side = np.sqrt(boxes[:, 2] * boxes[:, 3])
        faces = ~invalid & (side >= _SMALLEST)
        if faces.any():
            squares = squares_of_boxes(boxes[faces], np.zeros(int(faces.sum())))
            on.append(log_confidence(look(image, squares, np.zeros(len(squares)))))
            sides.append(side[faces])
        side = np.exp(random.uniform(np.log(20), np.log(max(40, min(image.shape[:2]))), _TRIES))
        squares = np.column_stack([random.uniform(0, image.shape[1::-1], (_TRIES, 2)), side])
        looks = look(image, squares, np.zeros(_TRIES))
        overlaps = intersection_over_union(boxes_of_points(looks.points, looks.angles), boxes)
        beside.append(log_confidence(looks)[~(overlaps > 0).any(axis=1)].max(initial=-np.inf))
    beside = [value for value in beside if np.isfinite(value)]
    evidence = np.concatenate([*on, beside])
    evidence = np.stack([np.ones(len(evidence)), evidence], axis=1)
    is_face = np.arange(len(evidence)) < sum(map(len, on))
    weight = np.where(is_face, 0.5 / is_face.mean(), 0.5 / (~is_face).mean())
    odds = _fit_logistic(evidence, is_face, weight)
    values, side = evidence @ odds, np.concatenate(sides)
    classes = {
        "false alarms": ~is_face,
        **{
            f"{low} to {high} pixels": np.append(
                (side >= low) & (side < high), np.zeros(len(evidence) - len(side), bool)
            )
            for low, high in ((16, 24), (24, 48), (48, 480))
        },
    }
    even = {name: float((values[one] >= 0).mean()) for name, one in classes.items() if one.any()}
    return {"odds": np.round(odds, 3).tolist(), "even": even, "faces": len(side), "false_alarms": len(beside)}


def _fit_logistic(evidence: np.ndarray, is_face: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Newton's method on the weighted cross-entropy."""
    odds = np.zeros(evidence.shape[1])
    for _ in range(_STEPS):
        share = 1 / (1 + np.exp(-np.clip(evidence @ odds, -30, 30)))
        gradient = evidence.T @ (weight * (is_face - share))
        curvature = (evidence * (weight * share * (1 - share))[:, None]).T @ evidence
        odds = odds + np.linalg.solve(curvature + 1e-6 * np.eye(len(odds)), gradient)
    return odds
