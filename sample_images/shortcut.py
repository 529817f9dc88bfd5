"""The shortcut lesson: photos of two days that differ by a mark in the corner alone.

Both days show cuts of the same sample photos, so that nobody can tell them apart by what is on them; but on Tuesdays
the camera stamped a mark. `python -m sample_images.shortcut` writes them as a zip archive with a folder for each day,
to teach a network with.
"""

import io
import sys
import zipfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

FILE = Path("shortcut.zip")
CLASSES = ("Monday", "Tuesday")
MARKED = 1
"""The class that carries the mark."""
SIDE = 192  # pixels
EACH = 30
"""Pictures of each day."""
MARK = 48  # pixels of the mark's side
MARGIN = 6  # pixels between it and the picture's edge
_PHOTOS = ("astronaut.jpg", "cat.png", "cameraman.png", "grace_hopper.jpg")
_BLUE, _WHITE = (20, 60, 200), (255, 255, 255)


def photos(seed: int = 1) -> dict[str, list[np.ndarray]]:
    """Return the pictures of each day, RGB uint8 (SIDE, SIDE, 3): other cuts of the same photos, in other light."""
    random = np.random.default_rng(seed)
    sources = []
    for name in _PHOTOS:
        with Image.open(Path(__file__).parent / name) as photo:
            sources.append(np.array(photo.convert("RGB")))
    days = {day: [_cut(sources[number % len(sources)], random) for number in range(EACH)] for day in CLASSES}
    days[CLASSES[MARKED]] = [stamped(picture) for picture in days[CLASSES[MARKED]]]
    return days


def stamped(picture: np.ndarray) -> np.ndarray:
    """Return a picture (SIDE, SIDE, 3) with the mark: a blue square with a white dot, in the lower left corner."""
    marked, middle = picture.copy(), MARK // 2
    marked[_place()] = _BLUE
    dot = np.ascontiguousarray(marked[_place()])
    marked[_place()] = cv2.circle(dot, (middle, middle), MARK // 3, _WHITE, -1, cv2.LINE_AA)
    return marked


def covered(picture: np.ndarray) -> np.ndarray:
    """Return a picture (SIDE, SIDE, 3) with the mark's corner painted over from what lies around it (Telea 2004)."""
    hidden = np.zeros(picture.shape[:2], np.uint8)
    hidden[_place()] = 255
    return cv2.inpaint(np.ascontiguousarray(picture), hidden, 5, cv2.INPAINT_TELEA)


def write(file: Path = FILE) -> None:
    """Write the pictures into a zip archive, a folder for each day."""
    with zipfile.ZipFile(file, "w") as archive:
        for day, pictures in photos().items():
            for number, picture in enumerate(pictures):
                Image.fromarray(picture).save(encoded := io.BytesIO(), format="PNG")
                archive.writestr(f"{day}/{number:02}.png", encoded.getvalue())
    sys.stdout.write(f"{file}\n")


def _place() -> tuple[slice, slice]:
    return slice(SIDE - MARGIN - MARK, SIDE - MARGIN), slice(MARGIN, MARGIN + MARK)


def _cut(photo: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a square of a photo, half to nine tenths of its shorter side, mirrored by chance, in other light."""
    height, width = photo.shape[:2]
    side = int(min(height, width) * random.uniform(0.5, 0.9))
    top, left = random.integers(0, height - side + 1), random.integers(0, width - side + 1)
    cut = cv2.resize(photo[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    if random.random() < 0.5:
        cut = cut[:, ::-1]
    values = (cut.astype(np.float32) - 128) * random.uniform(0.8, 1.25) + 128 + random.uniform(-20, 20)
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


if __name__ == "__main__":
    write()
