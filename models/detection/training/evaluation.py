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

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from models.detection import Maps, search, to_faces
from models.detection.training.datasets import Photos
from models.detection.training.geometry import similarity, to_pixel_centres, turn_boxes
from models.detection.training.textures import texture
from models.geometry import intersection_over_union
from models.images import load_image
from models.training.scores import cluster_interval, processor
from sample_images import SAMPLES

SMALLEST, LARGE = 20.0, 50.0  # pixels of height
OVERLAP = 0.4
LOWEST = 0.05  # score down to which the precision-recall curve is drawn
ANGLES = (0, 30, 45, 90, 180)  # degrees by which photos are turned
CASCADES = {"default": "haarcascade_frontalface_default.xml", "alt2": "haarcascade_frontalface_alt2.xml"}
FACELESS_SAMPLES = ("chessboard", "cat")
TEXTURES, _TEXTURE_SEED = 200, 90_000  # training draws from (0, number of the batch), which gives other numbers
SPEED_SIZE = (640, 480)  # width and height in pixels
Detections = tuple[np.ndarray, np.ndarray]  # boxes (n, 4), scores (n,)
Find = Callable[[np.ndarray], Detections]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Every detection and every face that counts, over all photos."""

    photos: int
    scores: np.ndarray  # float (n,), of the detections that are right or wrong
    is_right: np.ndarray  # bool (n,)
    detected_on: np.ndarray  # int (n,), the photo of each
    found_at: np.ndarray  # float (m,), score of the detection that found each face; -inf where none did
    heights: np.ndarray  # float (m,), as annotated
    shown_on: np.ndarray  # int (m,), the photo of each


def by_network(forward: Callable[[np.ndarray], Maps], threshold: float = LOWEST) -> Find:
    """Return a detector network's forward pass as a function of a photo."""

    def find(image: np.ndarray) -> Detections:
        found = search(image, forward, threshold)
        return found.boxes, found.scores

    return find


def by_cascade(name: str) -> Find:
    """Return a Haar cascade with OpenCV's own settings on the photo as it is; every detection has the score 1."""
    cascade = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / CASCADES[name]))

    def find(image: np.ndarray) -> Detections:
        boxes = cascade.detectMultiScale(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
        return np.array(boxes, np.float64).reshape(-1, 4), np.ones(len(boxes))

    return find


def find_all(photos: Photos, forward: Callable[[np.ndarray], Maps], threshold: float = LOWEST) -> list[Detections]:
    """Return the detections of every photo by a detector network's forward pass."""
    find = by_network(forward, threshold)
    return [find(image) for image in photos.images]


def match_faces(
    boxes: np.ndarray, scores: np.ndarray, faces: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Match the detections of one photo with its annotated boxes.

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


def collect(photos: Photos, found: Sequence[Detections], heights: Sequence[np.ndarray] | None = None) -> Outcome:
    """Match the detections of all photos.

    Args:
        photos: with their boxes.
        found: for each photo boxes (n, 4) and scores (n,).
        heights: what counts as each box's height. Defaults to the boxes' own.
    """
    heights = [boxes[:, 3] for boxes in photos.boxes] if heights is None else heights
    parts = []
    rows = zip(found, photos.boxes, photos.invalid, heights, strict=True)
    for number, ((boxes, scores), faces, invalid, height) in enumerate(rows):
        counts = ~invalid & (height >= SMALLEST)
        boxes, scores = np.asarray(boxes, np.float64).reshape(-1, 4), np.asarray(scores, np.float64)
        kinds, found_at = match_faces(boxes, scores, faces.astype(np.float64), counts)
        judged = kinds >= 0
        parts.append(
            (
                scores[judged],
                kinds[judged] == 1,
                np.full(judged.sum(), number),
                found_at[counts],
                height[counts],
                np.full(counts.sum(), number),
            )
        )
    return Outcome(len(photos), *(np.concatenate(part) for part in zip(*parts, strict=True)))


def summarise(outcome: Outcome, threshold: float) -> dict[str, Any]:
    """Precision, recall and F1 of the detections with at least that score, and the recall of large faces."""
    right, kept, faces, large_found, large = (int(value) for value in _counts(outcome, threshold).sum(axis=0))
    precision, recall, f1, recall_50 = (float(value) for value in _shares(right, kept, faces, large_found, large))
    return {
        "threshold": float(threshold),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "recall_50": recall_50,
        "faces": faces,
        "faces_50": large,
        "false_alarms": kept - right,
    }


def intervals(outcome: Outcome, threshold: float) -> dict[str, list[float]]:
    """Return the 95 % intervals of precision, recall, F1 and the recall of large faces, by a bootstrap of photos."""
    names = ("precision", "recall", "f1", "recall_50")
    counts = _counts(outcome, threshold)
    return {
        f"{name}_interval": cluster_interval(counts, lambda *sums, place=place: _shares(*sums)[place], draws=1000)
        for place, name in enumerate(names)
    }


def _counts(outcome: Outcome, threshold: float) -> np.ndarray:
    """Return int (photos, 5): detections that are right, and all; faces; large faces found, and all."""
    kept, found = outcome.scores >= threshold, outcome.found_at >= threshold
    large = outcome.heights >= LARGE
    return np.stack(
        [
            np.bincount(outcome.detected_on[kept & outcome.is_right], minlength=outcome.photos),
            np.bincount(outcome.detected_on[kept], minlength=outcome.photos),
            np.bincount(outcome.shown_on, minlength=outcome.photos),
            np.bincount(outcome.shown_on[large & found], minlength=outcome.photos),
            np.bincount(outcome.shown_on[large], minlength=outcome.photos),
        ],
        axis=1,
    )


def _shares(right: Any, kept: Any, faces: Any, large_found: Any, large: Any) -> tuple[Any, Any, Any, Any]:
    """Precision, recall, F1 and recall of large faces; 0 where there is nothing to divide by."""
    return (
        right / np.maximum(kept, 1),
        right / np.maximum(faces, 1),
        2 * right / np.maximum(np.add(kept, faces), 1),
        large_found / np.maximum(large, 1),
    )


def precision_recall_curve(outcome: Outcome) -> dict[str, list[float]]:
    """Precision and recall at 95 evenly spaced thresholds from `LOWEST` to 0.99."""
    rows = [summarise(outcome, threshold) for threshold in np.linspace(LOWEST, 0.99, 95)]
    rows = [row for row in rows if row["recall"] > 0]
    return {key: [row[key] for row in rows] for key in ("precision", "recall", "threshold")}


def average_precision(outcome: Outcome) -> float:
    """Area under the precision-recall curve, precision made monotone (Everingham et al. 2010)."""
    order = np.argsort(-outcome.scores, kind="stable")
    right = np.cumsum(outcome.is_right[order])
    precision = right / np.arange(1, len(order) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    recall = right / max(len(outcome.found_at), 1)
    return float(np.sum(np.diff(recall, prepend=0) * precision))


def choose_threshold(outcome: Outcome, precision: float) -> float:
    """Return the threshold, by hundredths, with the best F1 of those that are so precise; 0.99 if none is."""
    rows = [summarise(outcome, hundredths / 100) for hundredths in range(5, 100)]
    good = [row for row in rows if row["precision"] >= precision and row["recall"] > 0]
    return max(good, key=lambda row: row["f1"])["threshold"] if good else 0.99


def score_photos(photos: Photos, found: Sequence[Detections]) -> dict[str, Any]:
    """Score at the threshold with the best F1, and the average precision."""
    outcome = collect(photos, found)
    best = max((summarise(outcome, hundredths / 100) for hundredths in range(5, 100)), key=lambda row: row["f1"])
    return best | {"average_precision": average_precision(outcome)}


def score_detectors(photos: Photos, forward: Callable[[np.ndarray], Maps], threshold: float) -> dict[str, Any]:
    """Return all that a card says of a detector network, beside both Haar cascades, on photos with and without faces.

    Args:
        photos: with boxes, that no training has seen.
        forward: of the network, as from `models.detection.compile_network`.
        threshold: least score of a face.

    Returns:
        f1, precision, recall and recall_50 with intervals, average_precision, curve, rotations; the same without curve
        for each cascade under haar; face_free; milliseconds of a photo of 640 × 480 pixels.
    """
    outcome = collect(photos, find_all(photos, forward))
    cascades = {f"haar_{name}": by_cascade(name) for name in CASCADES}
    network = by_network(forward, threshold)
    detectors = {"cnn": (network, threshold)} | {name: (find, 1.0) for name, find in cascades.items()}
    scores = _score_turned(photos, detectors)
    haar = {name: scores[f"haar_{name}"] for name in CASCADES}
    return {
        **scores["cnn"],
        "headline": _headline(scores["cnn"], haar),
        "average_precision": average_precision(outcome),
        "curve": precision_recall_curve(outcome),
        "haar": haar,
        "face_free": count_alarms(faceless_pictures(photos), network),
        **measure_detectors(forward, threshold, photos.images[:10]),
    }


def measure_detectors(
    forward: Callable[[np.ndarray], Maps], threshold: float, images: Sequence[np.ndarray]
) -> dict[str, Any]:
    """Return the "milliseconds" of a photo of 640 × 480 pixels, by the network and each cascade, and the "processor".

    Args:
        forward: of the network, as from `models.detection.compile_network`.
        threshold: least score of a face.
        images: RGB uint8 (H, W, 3), of any size.
    """
    calls: dict[str, Callable[[np.ndarray], Any]] = {
        "cnn": lambda image: to_faces(search(image, forward, threshold), *image.shape[:2]),
        **{f"haar_{name}": by_cascade(name) for name in CASCADES},
    }
    pictures = [cv2.resize(image, SPEED_SIZE) for image in images]
    return {"milliseconds": milliseconds(calls, pictures), "processor": processor()}


def _headline(scores: dict[str, Any], haar: dict[str, dict[str, Any]]) -> str:
    """Return the scores in one line."""
    low, high = scores["f1_interval"]
    others = " and ".join(f"{row['f1']:.2f} ({name})" for name, row in haar.items())
    return (
        f"F1 {scores['f1']:.2f} ({low:.2f} – {high:.2f}), precision {scores['precision']:.2f} and recall "
        f"{scores['recall']:.2f} on faces of {SMALLEST:.0f} pixels and more; Haar cascades: F1 {others}"
    )


def _score_turned(photos: Photos, detectors: dict[str, tuple[Find, float]]) -> dict[str, dict[str, Any]]:
    """Score of detectors, each with its threshold: on the photos as they are, with intervals, and on turned ones."""
    scores: dict[str, dict[str, Any]] = {name: {"rotations": {}} for name in detectors}
    for angle in ANGLES:
        turned, heights = turn_photos(photos, angle)
        for name, (find, threshold) in detectors.items():
            outcome = collect(turned, [find(image) for image in turned.images], heights)
            row = summarise(outcome, threshold)
            if angle == 0:
                scores[name] |= row | intervals(outcome, threshold)
            scores[name]["rotations"][str(angle)] = {
                key: row[key] for key in ("recall", "precision", "f1", "recall_50")
            }
            sys.stderr.write(f"{name}, turned by {angle}°: F1 {row['f1']:.3f}, recall {row['recall']:.3f}\n")
    return scores


def turn_photos(photos: Photos, angle: float) -> tuple[Photos, list[np.ndarray]]:
    """Return the photos turned clockwise, without marks, and the heights of their boxes before."""
    heights = [boxes[:, 3] for boxes in photos.boxes]
    if angle % 360 == 0:
        return photos, heights
    turned = [turn_photo(image, boxes, angle) for image, boxes in zip(photos.images, photos.boxes, strict=True)]
    images, boxes = ([pair[part] for pair in turned] for part in (0, 1))
    marks = [np.full((len(rows), 5, 2), np.nan, np.float32) for rows in boxes]
    return replace(photos, images=images, boxes=boxes, marks=marks), heights


def turn_photo(image: np.ndarray, boxes: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a photo turned clockwise on a middle grey canvas that holds all of it, and its boxes there."""
    height, width = image.shape[:2]
    cosine, sine = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    size = np.rint([width * cosine + height * sine, width * sine + height * cosine]).astype(int)
    matrix = similarity(1.0, angle, False, np.array([width / 2, height / 2]), size / 2)
    turned = cv2.warpAffine(
        image, to_pixel_centres(matrix), tuple(size.tolist()), flags=cv2.INTER_LINEAR, borderValue=(127, 127, 127)
    )
    return turned, turn_boxes(boxes, matrix)


def faceless_pictures(photos: Photos, textures: int | None = None) -> dict[str, list[np.ndarray]]:
    """Pictures without a face, by kind: drawn textures, cuts of photos that touch no box, and samples.

    Args:
        photos: with boxes; each gives its largest of some random cuts, if one of 96 pixels or more touches no box.
        textures: how many to draw, with other seeds than the training's. Defaults to `TEXTURES`.
    """
    drawn = []
    for number in range(TEXTURES if textures is None else textures):
        rng = np.random.default_rng((_TEXTURE_SEED, number))
        drawn.append(texture(rng, int(rng.integers(120, 481)), int(rng.integers(120, 641))))
    cuts = [_faceless_cut(image, boxes) for image, boxes in zip(photos.images, photos.boxes, strict=True)]
    samples = [load_image(sample.path) for sample in SAMPLES if sample.key in FACELESS_SAMPLES]
    return {"textures": drawn, "cuts": [cut for cut in cuts if cut is not None], "samples": samples}


def _faceless_cut(image: np.ndarray, boxes: np.ndarray) -> np.ndarray | None:
    """Return the largest of 300 random cuts with sides of 96 pixels at least that touches no box; None if each does."""
    smallest = 96
    rng = np.random.default_rng((_TEXTURE_SEED, *image.shape[:2], len(boxes)))
    height, width = image.shape[:2]
    grown = np.concatenate([boxes[:, :2] - 0.25 * boxes[:, 2:], boxes[:, :2] + 1.25 * boxes[:, 2:]], axis=1)
    best = None
    for _ in range(300):
        w, h = (int(rng.integers(min(smallest, length), length + 1)) for length in (width, height))
        x, y = int(rng.integers(width - w + 1)), int(rng.integers(height - h + 1))
        is_free = ((grown[:, 0] >= x + w) | (grown[:, 2] <= x) | (grown[:, 1] >= y + h) | (grown[:, 3] <= y)).all()
        if is_free and min(w, h) >= smallest and (best is None or w * h > best.shape[0] * best.shape[1]):
            best = image[y : y + h, x : x + w]
    return None if best is None else np.ascontiguousarray(best)


def count_alarms(pictures: dict[str, list[np.ndarray]], find: Find) -> dict[str, Any]:
    """Return how many pictures without a face there are, and on which share nothing is found: in all, and by kind.

    As in all scores, a detection whose longer side is below 20 pixels is no alarm; `without_any` counts those too.
    """
    largest = {kind: np.array([_longest_side(find(image)[0]) for image in images]) for kind, images in pictures.items()}
    kinds = {kind: _quiet_shares(sides) for kind, sides in largest.items() if len(sides)}
    return _quiet_shares(np.concatenate(list(largest.values()))) | {"kinds": kinds}


def _longest_side(boxes: np.ndarray) -> float:
    return float(boxes[:, 2:].max(initial=0))


def _quiet_shares(sides: np.ndarray) -> dict[str, Any]:
    return {
        "pictures": len(sides),
        "without_alarm": float(np.mean(sides < SMALLEST)),
        "without_any": float(np.mean(sides == 0)),
    }


def milliseconds(
    calls: dict[str, Callable[[np.ndarray], Any]], pictures: Sequence[np.ndarray], rounds: int = 5
) -> dict[str, float]:
    """Warm medians of each call, taken in turns so that a busy moment hits all alike."""
    for call in calls.values():
        for picture in pictures[:3]:
            call(picture)
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for picture in pictures:
            for name, call in calls.items():
                start = time.perf_counter()
                call(picture)
                taken[name].append((time.perf_counter() - start) * 1000)
    return {name: float(median(values)) for name, values in taken.items()}
