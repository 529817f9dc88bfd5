"""Draws cells and hands of lines to try the classifiers on: `python -m sample_images.draw_cells_and_hands`.

They are drawings: what a network that was trained on photos says of them is not held against it.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent / "drawings"
SIDE = 160  # pixels
_FINER = 4  # times as fine when drawn, then averaged
_STAIN, _PALE, _PARASITE = (196, 164, 176), (226, 206, 212), (104, 58, 120)
_WALL, _SKIN, _OUTLINE = (214, 212, 218), (204, 158, 126), (120, 84, 64)
_CELLS = {"cell_plain": (0, 0), "cell_pale_middle": (1, 0), "cell_ringed_dot": (2, 1), "cell_two_dots": (3, 2)}
# Where each finger ends and the thumb, as shares of the side; all begin at the palm
_PALM = np.array([0.5, 0.66])
_FINGERS = {
    "thumb": (0.2, 0.46),
    "index": (0.36, 0.16),
    "middle": (0.49, 0.1),
    "ring": (0.62, 0.15),
    "little": (0.76, 0.28),
}
_HANDS = {
    "hand_1": ("index",),
    "hand_2": ("index", "middle"),
    "hand_3": ("thumb", "index", "middle"),
    "hand_4": ("index", "middle", "ring", "little"),
    "hand_5": tuple(_FINGERS),
    "hand_6": ("index", "middle", "ring"),
}


def cell(seed: int, parasites: int) -> np.ndarray:
    """Return a cell on black, uint8 (160, 160, 3): a lumpy disc, with a dark ringed dot for each parasite."""
    random = np.random.default_rng(seed)
    side = SIDE * _FINER
    canvas = np.zeros((side, side, 3), np.uint8)
    turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    lumps = sum(random.normal(0, 0.012) * np.cos(k * turn + random.uniform(0, 2 * np.pi)) for k in range(2, 8))
    radius = side * (0.46 + lumps)
    outline = side / 2 + np.stack([radius * np.cos(turn), radius * np.sin(turn)], axis=1)
    cv2.fillPoly(canvas, [np.rint(outline).astype(np.int32)], _STAIN)
    if seed % 2:
        middle = cv2.circle(np.zeros((side, side), np.float32), (side // 2, side // 2), side // 6, 1.0, -1)
        share = cv2.GaussianBlur(middle, (0, 0), side / 16)[..., None]
        canvas = np.rint(canvas * (1 - share) + np.array(_PALE) * share).astype(np.uint8)
    for angle in random.uniform(0, 2 * np.pi) + 2.4 * np.arange(parasites):
        place = np.rint(side * (0.5 + 0.24 * np.array([np.cos(angle), np.sin(angle)]))).astype(int)
        cv2.circle(canvas, place.tolist(), side // 13, _PARASITE, side // 60)
        dot = np.rint(place + side / 13 * np.array([np.cos(angle + 1), np.sin(angle + 1)])).astype(int)
        cv2.circle(canvas, dot.tolist(), side // 24, _PARASITE, -1)
    return _smaller(canvas)


def hand(fingers: tuple[str, ...]) -> np.ndarray:
    """Return a hand of thick lines before a wall, uint8 (160, 160, 3), with some of its fingers up."""
    side = SIDE * _FINER
    canvas = np.full((side, side, 3), _WALL, np.uint8)
    for colour, wider in ((_OUTLINE, side // 80), (_SKIN, 0)):
        _line(canvas, _PALM, np.array([0.5, 1.1]), colour, side // 6 + wider)
        for name in fingers:
            end = np.array(_FINGERS[name])
            _line(canvas, _PALM + 0.35 * (end - _PALM), end, colour, side // 13 + wider)
        centre = np.rint(_PALM * side).astype(int).tolist()
        cv2.ellipse(canvas, centre, (side // 6 + wider // 2, side // 6 + wider // 2), 0, 0, 360, colour, -1)
    return _smaller(canvas)


def drawings() -> dict[str, np.ndarray]:
    """Return all drawings by the names of their files."""
    cells = {f"{name}.png": cell(seed, parasites) for name, (seed, parasites) in _CELLS.items()}
    return cells | {f"{name}.png": hand(fingers) for name, fingers in _HANDS.items()}


def write(folder: Path = FOLDER) -> None:
    """Write every drawing into a folder."""
    folder.mkdir(exist_ok=True)
    for name, picture in drawings().items():
        Image.fromarray(picture).save(folder / name, optimize=True)
        sys.stdout.write(f"{folder / name}\n")


def _line(canvas: np.ndarray, start: np.ndarray, end: np.ndarray, colour: tuple[int, int, int], width: int) -> None:
    places = [np.rint(point * len(canvas)).astype(int).tolist() for point in (start, end)]
    cv2.line(canvas, *places, colour, width, cv2.LINE_AA)


def _smaller(canvas: np.ndarray) -> np.ndarray:
    return cv2.resize(canvas, (SIDE, SIDE), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    write()
