"""Made people on photos, each joint a spot of its own colour, and a network that finds the colours."""

import json
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from models.detection import Face
from models.pose import NAMES, SIZE, STRIDE

BACKDROP = 170.0
COLOURS = np.array([(50 + 200 * (k & 1), 50 + 100 * (k >> 1 & 1) + 50 * (k & 1), 18 * k) for k in range(14)], float)
# Someone who stands and looks at us, in heads from the middle of the head
STANDING = np.array(
    [
        (-0.5, 6.3), (-0.5, 4.7), (-0.4, 3.1), (0.4, 3.1), (0.5, 4.7), (0.5, 6.3),
        (-1.5, 2.4), (-1.2, 1.7), (-0.8, 0.9), (0.8, 0.9), (1.2, 1.7), (1.5, 2.4), (0.0, 0.5), (0.0, -0.5),
    ]
)  # fmt: skip
_SPOT = 0.4  # heads, radius
_FACE_OF_HEAD = 1 / 1.6  # side of a face's box in heads
_STEEPNESS = 0.005
CARD = {
    "name": "pose",
    "title": "Colour network",
    "task": "pose",
    "labels": list(NAMES),
    "input_shape": [SIZE, SIZE, 3],
    "parameters": 98,
    "metrics": {},
    "thresholds": {"drawn": 0.5, "sure": 0.8},
    "flip_average": False,
}


def place(x: float, y: float, head: float, angle: float = 0.0) -> np.ndarray:
    """The joints (14, 2) of someone whose head's middle is at (x, y), turned clockwise about it by `angle` degrees."""
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return head * STANDING @ np.array([[cosine, sine], [-sine, cosine]]) + [x, y]


def draw(height: int, width: int, *people: np.ndarray, absent: Sequence[int] = ()) -> np.ndarray:
    """A grey photo of people with the joints (14, 2) each; joints that are `absent` are not drawn."""
    rows, columns = np.mgrid[:height, :width]
    photo = np.full((height, width, 3), BACKDROP)
    nearest = np.full((height, width), np.inf)
    for joints in people:
        head = np.linalg.norm(joints[12] - joints[13])
        for index, (x, y) in enumerate(joints):
            if index in absent:
                continue
            distance = np.hypot(columns - x, rows - y) / (_SPOT * head)
            is_here = (distance < 1) & (distance < nearest)
            share = (1 - distance[is_here] ** 2)[:, None]
            photo[is_here] = BACKDROP + share * (COLOURS[index] - BACKDROP)
            nearest[is_here] = distance[is_here]
    return np.rint(photo).astype(np.uint8)


def face_of(joints: np.ndarray, angle: float = 0.0) -> Face:
    """The face at the head of someone with the joints (14, 2)."""
    (x, y), head = (joints[12] + joints[13]) / 2, np.linalg.norm(joints[12] - joints[13])
    side = _FACE_OF_HEAD * head
    return Face((round(x - side / 2), round(y - side / 2), max(1, round(side)), max(1, round(side))), 0.9, angle=angle)


def colour_network() -> keras.Model:
    """Each joint's heat map is high where its colour is, and a little higher in the middle of the picture.

    The confidence is high if the colour is anywhere at all.
    """
    pixels = keras.Input((SIZE, SIZE, 3))
    cells = keras.layers.AveragePooling2D(STRIDE)(pixels)
    both = keras.layers.Concatenate()([cells, keras.layers.Multiply()([cells, cells])])
    maps = keras.layers.Conv2D(14, 1, name="heat_maps")
    output = keras.layers.Add()([maps(both), _middle(cells)])
    peak = keras.layers.Rescaling(1.0, offset=6.0)(keras.layers.GlobalMaxPooling2D()(output))
    network = keras.Model(pixels, [output, keras.layers.Activation("sigmoid", name="confidence")(peak)])
    kernel = _STEEPNESS * np.concatenate([2 * COLOURS.T, -np.ones((3, 14))])  # minus the squared distance of colours
    maps.set_weights([kernel[None, None], -_STEEPNESS * (COLOURS**2).sum(axis=1)])
    return network


def _middle(cells: keras.KerasTensor) -> keras.KerasTensor:
    """0 in the middle of (N, cells, cells, 3), falling to about -3 at the sides and -4.5 in the corners."""
    ones = keras.layers.Rescaling(0.0, offset=1.0)(keras.layers.Conv2D(1, 1, name="any")(cells))
    reach = SIZE // STRIDE // 2 - 1
    around = keras.layers.ZeroPadding2D(reach)(ones)
    for window in ((2 * reach + 1, 1), (1, 2 * reach + 1)):  # one after the other: TensorFlow's own kernel is slow
        around = keras.layers.AveragePooling2D(window, strides=1)(around)
    return keras.layers.Rescaling(6.0, offset=-6.0)(around)


def write_pose(folder: Path) -> None:
    """Writes the colour network and its card as "pose" into a folder of weights."""
    colour_network().save(folder / "pose.keras")
    (folder / "pose.json").write_text(json.dumps(CARD), encoding="utf-8")
