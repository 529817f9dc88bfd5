"""Makes the derived sample pictures from the original ones: `python -m sample_images.make_variants`."""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent
BACKDROP = (214, 206, 198)


def tilted() -> np.ndarray:
    """The astronaut turned clockwise by 40°; the corners take the backdrop's colour."""
    photo = _original("astronaut.jpg")
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -40, 1.0)
    return cv2.warpAffine(photo, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=BACKDROP)


def dark() -> np.ndarray:
    """The astronaut at a sixth of the light."""
    return np.rint(_original("astronaut.jpg") / 6).astype(np.uint8)


def noisy() -> np.ndarray:
    """The astronaut under normal noise with a standard deviation of 40."""
    photo = _original("astronaut.jpg")
    noise = np.random.default_rng(0).normal(0, 40, photo.shape)
    return np.clip(np.rint(photo + noise), 0, 255).astype(np.uint8)


def group() -> np.ndarray:
    """Five portraits, partly mirrored, from large to small on one canvas."""
    astronaut = _original("astronaut.jpg")[:400, 30:430]
    hopper = _original("grace_hopper.jpg")[:512]
    canvas = np.full((760, 900, 3), BACKDROP, np.uint8)
    _place(canvas, hopper, 20, 20, 480)
    _place(canvas, astronaut, 520, 20, 360)
    _place(canvas, hopper[:, ::-1], 520, 400, 340)
    _place(canvas, astronaut[:, ::-1], 20, 520, 220)
    _place(canvas, hopper, 280, 520, 180)
    return canvas


def chessboard() -> np.ndarray:
    """Eight by eight squares, the dark ones striped across and the light ones along."""
    row, column = np.mgrid[:512, :512]
    is_light = (row // 64 + column // 64) % 2 == 0
    light = np.where(column // 8 % 2 == 0, 245, 205)
    dark = np.where(row // 8 % 2 == 0, 40, 90)
    return np.repeat(np.where(is_light, light, dark).astype(np.uint8)[..., None], 3, axis=2)


VARIANTS: dict[str, Callable[[], np.ndarray]] = {
    "tilted.jpg": tilted,
    "dark.jpg": dark,
    "noisy.jpg": noisy,
    "group.jpg": group,
    "chessboard.png": chessboard,
}


def write(folder: Path = FOLDER) -> None:
    """Writes every variant into a folder."""
    for name, make in VARIANTS.items():
        Image.fromarray(make()).save(folder / name, quality=90, optimize=True)
        sys.stdout.write(f"{folder / name}\n")


def _original(name: str) -> np.ndarray:
    with Image.open(FOLDER / name) as image:
        return np.array(image.convert("RGB"))


def _place(canvas: np.ndarray, picture: np.ndarray, left: int, top: int, side: int) -> None:
    canvas[top : top + side, left : left + side] = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    write()
