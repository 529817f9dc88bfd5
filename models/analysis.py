"""The front door: what is on this photo?"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models import emotion
from models.detection import Face, detect
from models.images import Box, check_box, check_photo, crop_face

BY_HAND = "by hand"


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was found on one photo."""

    faces: tuple[Face, ...]
    people: tuple[()]
    detector: str  # a name in `models.detection.DETECTORS`, or "by hand"
    seconds: dict[str, float]  # of each step: detect, align, expression

    def to_dict(self) -> dict[str, Any]:
        """The analysis as plain JSON values, without the pictures."""
        return {
            "detector": self.detector,
            "faces": [face.to_dict() for face in self.faces],
            "people": list(self.people),
            "seconds": self.seconds,
        }


def analyse(image: np.ndarray, detector: str = "haar", boxes: Sequence[Box] | None = None) -> Analysis:
    """Finds the faces on a photo and scores their expressions.

    Args:
        image: RGB uint8 (H, W, 3).
        detector: a name in `models.detection.DETECTORS`. Defaults to "haar".
        boxes: (x, y, width, height) of faces pointed out by hand, in photo pixels; nothing is detected then.
            Defaults to None.

    Returns:
        The analysis; its `faces` are empty if there is no face.

    Raises:
        ValueError: if the image is no RGB photo, the detector is unknown, or a box is empty or outside the photo.
    """
    check_photo(image)
    start = time.perf_counter()
    found = detect(image, detector) if boxes is None else [_by_hand(box, image) for box in boxes]
    detected = time.perf_counter()
    cropped = [crop_face(image, face.box, emotion.SIZE, face.angle) for face in found]
    aligned = time.perf_counter()
    crops = np.array([crop for crop, _ in cropped], np.uint8).reshape(-1, emotion.SIZE, emotion.SIZE)
    scores = emotion.predict(crops)
    faces = tuple(
        replace(
            face,
            crop=crop,
            transform=transform,
            emotion=dict(zip(emotion.EXPRESSIONS, row.tolist(), strict=True)),
            expression=emotion.name_expression(row),
        )
        for face, (crop, transform), row in zip(found, cropped, scores, strict=True)
    )
    seconds = {"detect": detected - start, "align": aligned - detected, "expression": time.perf_counter() - aligned}
    return Analysis(faces, (), detector if boxes is None else BY_HAND, seconds)


def _by_hand(box: Box, image: np.ndarray) -> Face:
    x, y, width, height = (round(value) for value in check_box(box, image))
    return Face((x, y, max(1, width), max(1, height)), score=1.0)
