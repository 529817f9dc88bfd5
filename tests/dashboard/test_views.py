"""Words and data that the pages show, without a page."""

from dataclasses import replace

import numpy as np
import pytest

import interp
from dashboard import attribution_views, cache, targets, views
from dashboard.controls import Subject
from dashboard.state import Photo
from models import EXPRESSIONS, analyse, load_card, load_image
from models.images import crop_face
from tests.dashboard.conftest import sample_bytes


@pytest.fixture(scope="module")
def subject() -> Subject:
    photo = Photo("grace", sample_bytes("grace_hopper"), "Upload")
    image = load_image(photo.data)
    return Subject(photo, image, analyse(image, boxes=[(150, 60, 200, 200)]), 0)


def test_answer_names_the_class_or_says_why_not(subject: Subject) -> None:
    shares = dict.fromkeys(EXPRESSIONS, 0.1) | {"sad": 0.4}
    for expression, words in (("sad", "gives this class 40 %"), ("uncertain", "Below 62 %")):
        face = replace(subject.face, emotion=shares, expression=expression)
        told = replace(subject, analysis=replace(subject.analysis, faces=(face,)))
        assert words in views.answer(told, 0.62)
        assert "sad" in views.verdict(told)


def test_frame_is_the_square_that_the_network_gets(subject: Subject) -> None:
    (box, angle) = subject.frames[0]
    crop, transform = crop_face(subject.image, box, 48, angle)
    assert np.abs(crop.astype(int) - subject.face.crop).mean() < 1
    assert np.allclose(transform, subject.face.transform, atol=1e-3)


def test_photo_id_is_made_of_the_bytes_alone() -> None:
    assert Photo("a", b"bytes", "Upload").id == Photo("b", b"bytes", "Sample").id
    assert Photo("a", b"bytes", "Upload").id != Photo("a", b"byteS", "Upload").id


def test_details_name_detector_network_and_accuracy(subject: Subject) -> None:
    lines = views.analysis_details(subject, load_card("emotion"))
    assert "Detector: by hand" in lines
    assert any(line.startswith("Accuracy on") for line in lines)


def test_colours_of_pixel_maps_end_before_outliers() -> None:
    picture = np.random.default_rng(0).uniform(0, 255, (48, 48, 1))
    network = cache.network("emotion")
    pixels = interp.explain(network, picture, "input_gradient", 3)
    limit = attribution_views.colour_limit(pixels)
    assert limit is not None
    assert (np.abs(pixels.values) > limit).mean() == pytest.approx(0.01, abs=0.002)
    assert attribution_views.colour_limit(interp.explain(network, picture, "hires_cam", 3)) is None
    assert attribution_views.colour_limit(replace(pixels, values=np.zeros_like(pixels.values))) is None


@pytest.mark.parametrize(
    ("gap", "words"), [(-0.02, "sum to 1.98, all but 1 % of it"), (0.5, "sum to 2.5, 25 % off: take more steps")]
)
def test_completeness_is_told_in_words(gap: float, words: str) -> None:
    found = interp.Explanation(
        np.ones((2, 2)),
        signed=True,
        method="integrated_gradients",
        target=interp.Class(3),
        layer=None,
        parameters={},
        seed=0,
        score=2.0,
        seconds=0.1,
        details={"difference": 2.0, "completeness_gap": gap},
    )
    assert words in attribution_views.completeness(found)
    assert attribution_views.completeness(replace(found, details={})) == ""


def test_blank_map_of_each_kind_names_a_next_step(subject: Subject) -> None:
    for name in ("grad_cam", "hires_cam", "saliency"):
        aim = attribution_views.Aim(interp.METHODS[name], targets.of_class(subject, "sad", "happy"))
        advice = attribution_views.blank_advice(aim, "conv1_1" if aim.method.needs_layer else None)
        assert "“sad” rather than “happy”" in advice
        assert "Choose" in advice
