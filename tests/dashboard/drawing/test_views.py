"""Words and data that the pages show, without a page."""

from dataclasses import replace

import numpy as np
import pytest

import interp
from dashboard.app_pages.attribution.one_map import completeness
from dashboard.drawing.look import colour_limit
from dashboard.services import networks
from dashboard.subject import Photo, Subject
from dashboard.tasks import expression
from dashboard.tasks.aim import Aim, blank_advice
from models import EXPRESSIONS, analyse, load_image
from tests.dashboard.conftest import sample_bytes


@pytest.fixture(scope="module")
def subject() -> Subject:
    photo = Photo("grace", sample_bytes("grace_hopper"), "Upload")
    image = load_image(photo.data)
    return Subject(photo, image, analyse(image, boxes=[(150, 60, 200, 200)]), 0)


def test_verdict_names_the_class_or_the_strongest_one(subject: Subject) -> None:
    shares = dict.fromkeys(EXPRESSIONS, 0.1) | {"sad": 0.4}
    for name, words in (("sad", "sad, 40 %"), ("uncertain", "uncertain (sad 40 %)")):
        face = replace(subject.face, emotion=shares, expression=name)
        told = replace(subject, analysis=replace(subject.analysis, faces=(face,)))
        assert expression.TASK.verdict(told) == words


def test_photo_id_is_made_of_the_bytes_alone() -> None:
    assert Photo("a", b"bytes", "Upload").id == Photo("b", b"bytes", "Sample").id
    assert Photo("a", b"bytes", "Upload").id != Photo("a", b"byteS", "Upload").id


def test_colours_of_pixel_maps_end_before_outliers() -> None:
    picture = np.random.default_rng(0).uniform(0, 255, (48, 48, 1))
    network = networks.network("emotion")
    pixels = interp.explain(network, picture, "input_gradient", 3)
    limit = colour_limit(pixels)
    assert limit is not None
    assert (np.abs(pixels.values) > limit).mean() == pytest.approx(0.01, abs=0.002)
    assert colour_limit(interp.explain(network, picture, "hires_cam", 3)) is None
    assert colour_limit(replace(pixels, values=np.zeros_like(pixels.values))) is None


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
    assert words in completeness(found)
    assert completeness(replace(found, details={})) == ""


def test_blank_map_of_each_kind_names_a_next_step(subject: Subject) -> None:
    for name in ("grad_cam", "hires_cam", "saliency"):
        aim = Aim(interp.METHODS[name], networks.view(subject, "emotion").goal_of_class("sad", "happy"))
        advice = blank_advice(aim, "conv1_1" if aim.method.needs_layer else None)
        assert "“sad” rather than “happy”" in advice
        assert "Choose" in advice
