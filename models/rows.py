"""A face or a person as one row of a table, in plain values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.detection import Face
from models.pose.people import Person


def face_row(face: Face, number: int) -> dict[str, Any]:
    """Return a face's number, box, score, angle, expression, the share of each expression, and points x, y, x, y …"""
    told = {"score": face.score, "angle": face.angle, "expression": face.expression, **(face.emotion or {})}
    points = {
        name: None if (values := getattr(face, name)) is None else np.ravel(values).tolist()
        for name in ("keypoints", "landmarks", "landmark_confidence", "marks")
    }
    return {"face": number, **_box(face.box), **told, **points}


def person_row(person: Person, number: int) -> dict[str, Any]:
    """Return a person's number, the number of their face, how they were found, box, and joints x, y, confidence …"""
    face = None if person.face is None else person.face + 1
    joints = {"joints": person.joints.ravel().tolist()}
    return {"person": number, "face": face, "source": person.source, **_box(person.box), **joints}


def _box(box: Sequence[int]) -> dict[str, int]:
    return dict(zip(("x", "y", "width", "height"), map(int, box), strict=True))
