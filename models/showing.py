"""Faces and bodies as a notebook shows them: small pictures with a line of words, as HTML."""

import base64
import html
import io
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

FACE, POINT, BONE = (255, 176, 0), (255, 255, 255), (0, 158, 255)  # RGB
_WIDTH = 144  # pixels of a picture on the page


def figure(image: np.ndarray | None, words: str) -> str:
    """Return a picture, uint8 (h, w) or RGB (h, w, 3), with its words as HTML; the words alone where there is none."""
    told = html.escape(words)
    if image is None:
        return f"<p>{told}</p>"
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return (
        f'<figure style="display: inline-block; margin: 4px"><img src="data:image/png;base64,{data}" alt="{told}" '
        f'width="{_WIDTH}"><figcaption>{told}</figcaption></figure>'
    )


def draw_bones(picture: np.ndarray, bones: Sequence[np.ndarray], width: int) -> None:
    """Draw lines between pairs of points (2, 2) onto an RGB picture, which is changed."""
    for ends in bones:
        start, end = (tuple(map(int, np.rint(point))) for point in ends)
        cv2.line(picture, start, end, BONE, width, cv2.LINE_AA)
