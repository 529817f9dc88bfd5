"""Short films for the tests, encoded in memory from pictures."""

import io
from collections.abc import Sequence
from pathlib import Path

import av
import cv2
import numpy as np

from models.images import load_image

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"
CODECS = {"mp4": "libx264", "mov": "mpeg4", "webm": "libvpx"}


def encode(pictures: Sequence[np.ndarray], form: str = "mp4", rate: int = 10, codec: str | None = None) -> bytes:
    """A film of the pictures, RGB uint8 (H, W, 3) of one size with even sides."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec or CODECS[form], rate=rate)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = 2_000_000
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return buffer.getvalue()


def sound(form: str = "mp4") -> bytes:
    """A file with half a second of silence and no picture."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream("aac", rate=16_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8_000), np.float32), format="fltp", layout="mono")
        frame.rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def plain(count: int, size: tuple[int, int] = (64, 48)) -> list[np.ndarray]:
    """Even pictures (width, height), each a little brighter than the one before."""
    return [np.full((size[1], size[0], 3), 40 + 150 * index // count, np.uint8) for index in range(count)]


def portrait(name: str, size: tuple[int, int] = (320, 240)) -> np.ndarray:
    """A sample picture fitted into (width, height) with grey beside it."""
    image = load_image(next(SAMPLES.glob(f"{name}.*")))
    scale = min(size[0] / image.shape[1], size[1] / image.shape[0])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    canvas = np.full((size[1], size[0], 3), 128, np.uint8)
    top, left = (size[1] - small.shape[0]) // 2, (size[0] - small.shape[1]) // 2
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def couple(shift: int = 0) -> np.ndarray:
    """Two portraits side by side, 480 by 240; `shift` moves both to the right by so many pixels."""
    both = np.concatenate([portrait("astronaut", (240, 240)), portrait("grace_hopper", (240, 240))], axis=1)
    return np.roll(both, shift, axis=1)
