"""A photo with what was found on it: boxes, points and skeletons."""

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from models.analysis import Analysis
from models.batch import Reading
from models.pose.people import sure_bones
from models.showing import FACE, POINT, draw_bones

_SIDE_A_LINE = 400  # pixels of the photo's shorter side for each pixel of a line's width


def draw(image: np.ndarray, analysis: Analysis) -> np.ndarray:
    """Return a copy of a photo with the faces' boxes, expressions and points, and the people's surer bones.

    Args:
        image: RGB uint8 (H, W, 3).
        analysis: of this photo.
    """
    drawn = np.ascontiguousarray(image.copy())
    width = max(1, round(min(image.shape[:2]) / _SIDE_A_LINE))
    for person in analysis.people:
        draw_bones(drawn, sure_bones(person.joints), width + 1)
    for face in analysis.faces:
        x, y, wide, high = face.box
        cv2.rectangle(drawn, (x, y), (x + wide, y + high), FACE, width)
        for point in () if face.keypoints is None else np.rint(face.keypoints).astype(int).tolist():
            cv2.circle(drawn, point, width, POINT, -1, cv2.LINE_AA)
        share = max(face.emotion.values()) if face.emotion else 0.0
        words = f"{face.expression} {share:.0%}" if face.expression else ""
        size = max(0.4, wide / 200)
        cv2.putText(drawn, words, (x, max(12, y - 4)), cv2.FONT_HERSHEY_SIMPLEX, size, FACE, width, cv2.LINE_AA)
    return drawn


def write_drawn(reading: Reading, folder: Path) -> Reading:
    """Write a reading's picture with what was found on it, if there is one; return the reading."""
    if reading.image is not None and reading.analysis is not None:
        frame = "" if reading.time is None else f"-{reading.time:07.2f}s"
        folder.mkdir(parents=True, exist_ok=True)
        path = (
            folder / f"{Path(reading.path).stem}{frame}-{reading.sha256[:8]}.jpg"
        )  # two photos of one name stay apart
        Image.fromarray(draw(reading.image, reading.analysis)).save(path, quality=90)
    return reading
