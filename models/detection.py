"""From a photo to the boxes of its faces."""

import difflib
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.images import check_photo

WORK_SIDE = 1024
_SMALLEST_FACE = 24  # pixels of the picture that is searched
_LARGEST_OVERLAP = 0.3
# The logistic function of the cascade's last weight that tells faces from false alarms best: fitted to what it finds on
# 600 training photos of WIDER FACE (Yang et al. 2016, arXiv 1511.06523), 95 % of which are faces.
_SLOPE, _EVEN = 3.3, 54.8


@dataclass(frozen=True, eq=False)
class Face:
    """One face of a photo; what a step has not found out is None."""

    box: tuple[int, int, int, int]  # (x, y, width, height) in photo pixels
    score: float  # 0..1, how sure the detector is
    angle: float = 0.0  # degrees by which the face is turned clockwise
    crop: np.ndarray | None = None  # uint8 (48, 48), exactly what the emotion network gets
    transform: np.ndarray | None = None  # float32 (2, 3), crop pixel (x, y, 1) -> photo pixel
    emotion: dict[str, float] | None = None  # probability of each expression, FER2013 order
    expression: str | None = None  # the most probable one, or "uncertain"
    keypoints: np.ndarray | None = None  # float32 (15, 2) photo pixels
    landmarks: np.ndarray | None = None  # float32 (68, 2) photo pixels

    def to_dict(self) -> dict[str, Any]:
        """The face as plain JSON values, without the pictures."""
        return {
            "box": list(self.box),
            "score": self.score,
            "angle": self.angle,
            "emotion": self.emotion,
            "expression": self.expression,
            "keypoints": None if self.keypoints is None else self.keypoints.tolist(),
            "landmarks": None if self.landmarks is None else self.landmarks.tolist(),
        }


@dataclass(frozen=True)
class Detector:
    """A way to find faces: `find` takes RGB uint8 (H, W, 3) and returns faces in any order."""

    label: str
    summary: str
    find: Callable[[np.ndarray], Sequence[Face]]


def detect(image: np.ndarray, detector: str = "haar") -> list[Face]:
    """Finds the faces on a photo.

    Args:
        image: RGB uint8 (H, W, 3).
        detector: a name in `DETECTORS`. Defaults to "haar".

    Returns:
        Faces with box, score and angle, numbered as one reads: from left to right, and from top to bottom where two
        begin at the same column; empty if there is none.

    Raises:
        ValueError: if the image is no RGB photo or the detector is unknown.
    """
    check_photo(image)
    if detector not in DETECTORS:
        near = difflib.get_close_matches(str(detector), DETECTORS)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise ValueError(f"Unknown detector {detector!r}.{hint} Known: {', '.join(DETECTORS)}.")
    return sorted(DETECTORS[detector].find(image), key=lambda face: (*face.box, -face.score))


def _find_by_haar(image: np.ndarray) -> list[Face]:
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    shrink = min(1.0, WORK_SIDE / max(height, width))
    if shrink < 1:
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    if min(grey.shape) < _SMALLEST_FACE:
        return []
    grey = _stretch(grey)
    with _cascade_lock:  # a CascadeClassifier keeps buffers between calls
        found, _, weights = _cascade().detectMultiScale3(
            grey,
            scaleFactor=1.1,
            minNeighbors=4,
            minSize=(_SMALLEST_FACE, _SMALLEST_FACE),
            outputRejectLevels=True,
        )
    boxes = [[int(value) for value in box] for box in found]
    scores = [1 / (1 + math.exp(-_SLOPE * (weight - _EVEN))) for weight in np.ravel(weights).tolist()]
    kept = cv2.dnn.NMSBoxes(boxes, scores, 0.0, _LARGEST_OVERLAP)
    return [Face(_to_photo(boxes[i], image, shrink), scores[i]) for i in np.ravel(kept).astype(int)]


def _stretch(grey: np.ndarray) -> np.ndarray:
    """Full contrast: the cascade passes over windows that are nearly even, as all are on a dark photo."""
    low, high = np.percentile(grey, [1, 99])
    stretched = (grey.astype(np.float32) - low) * (255 / max(high - low, 1))
    return np.clip(stretched, 0, 255).astype(np.uint8)


def _to_photo(box: Sequence[int], image: np.ndarray, shrink: float) -> tuple[int, int, int, int]:
    height, width = image.shape[:2]
    left, top, side, _ = (round(value / shrink) for value in box)
    return left, top, min(side, width - left), min(side, height - top)


_cascade_lock = threading.Lock()


@cache
def _cascade() -> cv2.CascadeClassifier:
    path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"
    return cv2.CascadeClassifier(str(path))


DETECTORS = {
    "haar": Detector(
        label="Haar cascade",
        summary="Light-and-dark patterns of upright frontal faces; fast, blind to profiles and to tilts beyond 20°.",
        find=_find_by_haar,
    ),
}
