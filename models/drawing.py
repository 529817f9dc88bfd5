"""A photo with what was found on it: boxes, points and skeletons."""

import cv2
import numpy as np

from models.analysis import Analysis
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
