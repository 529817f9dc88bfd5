"""Scores of face detectors on photos with boxes: which faces are found, what else is, and how fast.

The rules, the same for every detector:

- Detections are matched one to one with annotated boxes, best score first, each with the free box of the largest
  intersection over union if that is at least 0.4.
- A face counts if its annotated box is at least 20 pixels high (WIDER FACE's measure) and not marked invalid. A
  detection that matches no such face but overlaps a smaller or invalid box by 0.4 is neither right nor wrong; so is
  one whose longer side is below 20 pixels.
- On photos that were turned, a face's box is the bounding box of the turned ellipse in its annotated box
  (`geometry.turned_size`), and its height is the one before turning.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from models.detection import Maps, search
from models.training.detector.datasets import Photos
from models.training.detector.geometry import similarity, to_pixel_centres, turn_boxes

SMALLEST, LARGE = 20.0, 50.0  # pixels of height
OVERLAP = 0.4
LOWEST = 0.05  # score down to which the precision-recall curve is drawn
Find = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # photo -> boxes (n, 4), scores (n,)


@dataclass(frozen=True, eq=False)
class Outcome:
    """Every detection and every face that counts, over all photos."""

    scores: np.ndarray  # float (n,), of the detections that are right or wrong
    is_right: np.ndarray  # bool (n,)
    found_at: np.ndarray  # float (m,), score of the detection that found each face; -inf where none did
    heights: np.ndarray  # float (m,), as annotated


def find_all(photos: Photos, forward: Callable[[np.ndarray], Maps], threshold: float = LOWEST) -> list[tuple]:
    """(boxes, scores) of every photo by a detector network's forward pass."""
    found = (search(image, forward, threshold) for image in photos.images)
    return [(part.boxes, part.scores) for part in found]


def match(
    boxes: np.ndarray, scores: np.ndarray, faces: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Matches the detections of one photo with its annotated boxes.

    Args:
        boxes: float (n, 4), detections.
        scores: float (n,).
        faces: float (m, 4), annotated boxes.
        counts: bool (m,), which of them are to be found; the others excuse a detection.

    Returns:
        kinds: int (n,), 1 right, 0 wrong, -1 neither.
        found_at: float (m,), the score of the detection that found each face; -inf where none did.
    """
    kinds, found_at = np.zeros(len(boxes), int), np.full(len(faces), -np.inf)
    overlaps = intersection_over_union(boxes, faces)
    for index in np.argsort(-np.asarray(scores), kind="stable"):
        free = np.where(counts & np.isneginf(found_at), overlaps[index], -1.0)
        if len(faces) and free.max() >= OVERLAP:
            kinds[index], found_at[free.argmax()] = 1, scores[index]
        elif max(boxes[index, 2:]) < SMALLEST or (overlaps[index][~counts] >= OVERLAP).any():
            kinds[index] = -1
    return kinds, found_at


def intersection_over_union(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """float (n, m) of boxes (n, 4) and others (m, 4), each x, y, width, height."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum((boxes[:, :2] + boxes[:, 2:])[:, None], (others[:, :2] + others[:, 2:])[None])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = boxes[:, 2:].prod(axis=1)[:, None] + others[:, 2:].prod(axis=1)[None]
    return shared / np.maximum(areas - shared, 1e-9)


def collect(photos: Photos, found: list[tuple], heights: list[np.ndarray] | None = None) -> Outcome:
    """Matches the detections of all photos.

    Args:
        photos: with their boxes.
        found: for each photo boxes (n, 4) and scores (n,).
        heights: what counts as each box's height. Defaults to the boxes' own.
    """
    heights = [boxes[:, 3] for boxes in photos.boxes] if heights is None else heights
    parts = []
    for (boxes, scores), faces, invalid, height in zip(found, photos.boxes, photos.invalid, heights, strict=True):
        counts = ~invalid & (height >= SMALLEST)
        boxes, scores = np.asarray(boxes, np.float64).reshape(-1, 4), np.asarray(scores, np.float64)
        kinds, found_at = match(boxes, scores, faces.astype(np.float64), counts)
        parts.append((scores[kinds >= 0], kinds[kinds >= 0] == 1, found_at[counts], height[counts]))
    return Outcome(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def summarise(outcome: Outcome, threshold: float) -> dict[str, Any]:
    """Precision, recall and F1 of the detections with at least that score, and the recall of large faces."""
    kept = outcome.scores >= threshold
    right, faces = int(outcome.is_right[kept].sum()), len(outcome.found_at)
    is_large, is_found = outcome.heights >= LARGE, outcome.found_at >= threshold
    precision, recall = right / max(int(kept.sum()), 1), right / max(faces, 1)
    return {
        "threshold": float(threshold),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-9),
        "recall_large": float(is_found[is_large].mean()) if is_large.any() else None,
        "faces": faces,
        "large_faces": int(is_large.sum()),
        "false_alarms": int(kept.sum()) - right,
    }


def curve(outcome: Outcome, points: int = 50) -> list[dict[str, float]]:
    """Precision and recall at evenly spaced thresholds."""
    return [
        {key: row[key] for key in ("threshold", "precision", "recall")}
        for row in (summarise(outcome, threshold) for threshold in np.linspace(LOWEST, 0.99, points))
    ]


def average_precision(outcome: Outcome) -> float:
    """Area under the precision-recall curve, precision made monotone (Everingham et al. 2010)."""
    order = np.argsort(-outcome.scores, kind="stable")
    right = np.cumsum(outcome.is_right[order])
    precision = right / np.arange(1, len(order) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    recall = right / max(len(outcome.found_at), 1)
    return float(np.sum(np.diff(recall, prepend=0) * precision))


def choose_threshold(outcome: Outcome, precision: float) -> float:
    """The threshold of the best F1 among those, by hundredths, whose precision is at least that; 0.99 if none is."""
    rows = [summarise(outcome, hundredths / 100) for hundredths in range(5, 100)]
    good = [row for row in rows if row["precision"] >= precision and row["recall"] > 0]
    return max(good, key=lambda row: row["f1"])["threshold"] if good else 0.99


def score_photos(photos: Photos, found: list[tuple]) -> dict[str, Any]:
    """Scores at the threshold with the best F1, and the average precision."""
    outcome = collect(photos, found)
    best = max((summarise(outcome, hundredths / 100) for hundredths in range(5, 100)), key=lambda row: row["f1"])
    return best | {"average_precision": average_precision(outcome)}


def turn_photo(image: np.ndarray, boxes: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """A photo turned clockwise on a middle grey canvas that holds all of it, and its boxes there."""
    height, width = image.shape[:2]
    cosine, sine = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    size = np.rint([width * cosine + height * sine, width * sine + height * cosine]).astype(int)
    matrix = similarity(1.0, angle, False, np.array([width / 2, height / 2]), size / 2)
    turned = cv2.warpAffine(
        image, to_pixel_centres(matrix), tuple(size.tolist()), flags=cv2.INTER_LINEAR, borderValue=(127, 127, 127)
    )
    return turned, turn_boxes(boxes, matrix)
