"""Words and data that the pages show, without a page."""

import json
from dataclasses import replace

import pytest

from dashboard import views
from dashboard.controls import Subject
from dashboard.state import Photo
from models import EXPRESSIONS, analyse, load_card, load_image
from tests.dashboard.conftest import sample_bytes


@pytest.fixture(scope="module")
def subject() -> Subject:
    photo = Photo("grace", sample_bytes("grace_hopper"), "Upload")
    image = load_image(photo.data)
    return Subject(photo, image, analyse(image, boxes=[(150, 60, 200, 200)]), 0)


def test_predictions_are_json_with_seven_probabilities(subject: Subject) -> None:
    found = json.loads(views.predictions_json(subject))
    assert found["photo"] == "grace"
    assert list(found["faces"][0]["emotion"]) == list(EXPRESSIONS)
    assert sum(found["faces"][0]["emotion"].values()) == pytest.approx(1, abs=1e-4)


def test_answer_names_the_class_or_says_why_not(subject: Subject) -> None:
    shares = dict.fromkeys(EXPRESSIONS, 0.1) | {"sad": 0.4}
    for expression, words in (("sad", "gives this class 40 %"), ("uncertain", "Below 62 %")):
        face = replace(subject.face, emotion=shares, expression=expression)
        told = replace(subject, analysis=replace(subject.analysis, faces=(face,)))
        assert words in views.answer(told, 0.62)
        assert "sad" in views.verdict(told)


def test_photo_id_is_made_of_the_bytes_alone() -> None:
    assert Photo("a", b"bytes", "Upload").id == Photo("b", b"bytes", "Sample").id
    assert Photo("a", b"bytes", "Upload").id != Photo("a", b"byteS", "Upload").id


def test_details_name_detector_network_and_accuracy(subject: Subject) -> None:
    lines = views.analysis_details(subject, load_card("emotion"))
    assert "Detector: by hand" in lines
    assert any(line.startswith("Accuracy on") for line in lines)
