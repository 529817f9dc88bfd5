"""Made-up people: a body below each face, and one in each box by hand."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models import Analysis, Person
from models.pose import SIZE

# Each joint's place in units of the face's width, from the middle of its lower edge; and the confidence.
BODY = np.array(
    [
        [-0.7, 6.9, 0.1],
        [-0.7, 5.3, 0.1],
        [-0.6, 3.6, 0.3],
        [0.6, 3.6, 0.3],
        [0.7, 5.3, 0.1],
        [0.7, 6.9, 0.1],
        [-1.6, 3.2, 0.4],
        [-1.5, 2.0, 0.8],
        [-1.1, 0.6, 0.95],
        [1.1, 0.6, 0.95],
        [1.5, 2.0, 0.8],
        [1.6, 3.2, 0.9],
        [0.0, 0.4, 0.97],
        [0.0, -1.3, 0.99],
    ],
    np.float32,
)


def person(x: float, y: float, unit: float, face: int | None, source: str = "face") -> Person:
    """A person whose face's lower edge has its middle at (x, y) and is `unit` pixels wide."""
    joints = BODY * [unit, unit, 1] + [x, y, 0]
    return Person(
        joints.astype(np.float32),
        (round(x - 2 * unit), round(y - 1.5 * unit), round(4 * unit), round(5 * unit)),
        source,
        face,
        np.full((SIZE, SIZE, 3), 127, np.uint8),
        np.eye(2, 3, dtype=np.float32),
    )


def with_people(found: Analysis, people_boxes: Sequence[Any] = ()) -> Analysis:
    """Adds a body below each face, and one without a face in each box."""
    people = [
        person(face.box[0] + face.box[2] / 2, face.box[1] + face.box[3], face.box[2], index)
        for index, face in enumerate(found.faces)
    ]
    people += [person(x + w / 2, y + h / 5, w / 4, None, "by hand") for x, y, w, h in people_boxes or ()]
    return replace(found, people=tuple(people), seconds=found.seconds | {"pose": 0.02})


def add_people(image: np.ndarray, found: Analysis, people_boxes: Sequence[Any] | None = None) -> Analysis:
    """What `models.analysis.add_people` finds on a photo: made-up people."""
    return with_people(found, people_boxes or ())
