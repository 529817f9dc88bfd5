"""Faces, people and frames as a notebook shows them."""

import base64
import io
import re

import numpy as np
from PIL import Image

from models import Analysis, Face, Person
from models.emotion import EXPRESSIONS
from models.faces.tracking import Frame, Sighting
from models.pose import SIZE
from models.showing import BONE
from tests.models.people import place

SHARES = np.array([0.0, 0.0, 0.05, 0.9, 0.0, 0.0, 0.05])
FACE = Face(
    (3, 4, 50, 60),
    0.75,
    crop=np.full((48, 48), 120, np.uint8),
    emotion=dict(zip(EXPRESSIONS, SHARES.tolist(), strict=True)),
    expression="happy",
)


def pictures(told: str) -> list[np.ndarray]:
    found = re.findall(r"base64,([A-Za-z0-9+/=]+)", told)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(one)))) for one in found]


def person(confidence: float) -> Person:
    joints = np.column_stack([place(500, 300, 40), np.full(14, confidence)]).astype(np.float32)
    transform = np.array([[1, 0, 500 - SIZE // 2], [0, 1, 270]], np.float32)
    return Person(joints, (430, 280, 140, 280), "photo", None, np.zeros((SIZE, SIZE, 3), np.uint8), transform)


def test_a_face_is_its_crop_and_its_likeliest_expressions():
    told = FACE._repr_html_()
    np.testing.assert_array_equal(pictures(told)[0], FACE.crop)
    assert "happy (happy 90%, fear 5%, neutral 5%); found with a score of 0.75" in told
    assert Face((0, 0, 9, 9), 0.5)._repr_html_() == "<p>a face (not read); found with a score of 0.50</p>"


def test_a_person_is_their_crop_with_the_sure_bones_in_place():
    (drawn,) = pictures(person(0.9)._repr_html_())
    neck = place(500, 300, 40)[12] - [500 - SIZE // 2, 270]
    assert tuple(drawn[round(neck[1]) - 10, round(neck[0])]) == BONE  # between neck and head top
    (plain,) = pictures(person(0.01)._repr_html_())
    assert not plain.any()
    assert "0 of 14 joints are sure" in person(0.01)._repr_html_()


def test_an_analysis_shows_all_of_them_and_a_table():
    told = Analysis((FACE,), (person(0.9),), "cnn", {})._repr_html_()
    assert "1 face and 1 person" in told
    assert len(pictures(told)) == 2
    assert "<td>happy</td>" in told


def test_a_frame_of_a_film_shows_its_numbered_faces():
    told = Frame(0.4, (Sighting(7, FACE, SHARES, "happy"),), {}, True)._repr_html_()
    assert "0.40 s, 1 face<" in told
    assert "7: happy 90%" in told
    assert len(pictures(told)) == 1
