"""A face or a person as one row of a table, in plain values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.detection import Face
from models.emotion.valence import valence
from models.pose.people import Person


def face_row(face: Face, number: int) -> dict[str, Any]:
    """Return a face's number, box, score, angle, expression, the share of each, valence, and points x, y, x, y …"""
    told = {"score": face.score, "angle": face.angle, "expression": face.expression, **(face.emotion or {})}
    points = {
        name: None if (values := getattr(face, name)) is None else np.ravel(values).tolist()
        for name in ("keypoints", "landmarks", "landmark_confidence", "marks")
    }
    return {"face": number, **_box(face.box), **told, **_valence(face), **points}


def person_row(person: Person, number: int) -> dict[str, Any]:
    """Return a person's number, the number of their face, source, box, joints x, y, confidence …, and openness."""
    face = None if person.face is None else person.face + 1
    told = {"joints": person.joints.ravel().tolist(), **_openness(person)}
    return {"person": number, "face": face, "source": person.source, **_box(person.box), **told}


def _valence(face: Face) -> dict[str, float | None]:
    if face.emotion is None:
        return {"valence": None, "valence_spread": None}
    found = valence(face.emotion)
    return {"valence": found.mean, "valence_spread": found.spread}


def _openness(person: Person) -> dict[str, str | None]:
    found = person.openness
    return (
        {"openness": None, "signs": None}
        if found is None
        else {"openness": found.word, "signs": ", ".join(found.signs)}
    )


def _box(box: Sequence[int]) -> dict[str, int]:
    return dict(zip(("x", "y", "width", "height"), map(int, box), strict=True))
