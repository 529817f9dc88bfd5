"""The Inspect page with a network that looks for no face: the whole photo, or a box of it."""

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.services import photos
from tests.dashboard.cards import SMALL_CLASSIFIER
from tests.support.screen import texts

OpenPage = Callable[..., AppTest]

pytestmark = pytest.mark.usefixtures("every_task")


def test_the_whole_photo_is_answered_with_the_strongest_classes(open_page: OpenPage) -> None:
    app = open_page(network=SMALL_CLASSIFIER)
    (headline,) = [one.value for one in app.html if "<h2" in one.value]
    assert re.search(r">(Cat|Dog|“3”) \d+", headline)
    assert "Next: " in texts(app)
    assert "What the network sees: the whole photo, completed by its edge, 24×32 colour pixels" in texts(app)
    assert "No face found" not in texts(app)
    assert "This sample is a drawing" not in texts(app)
    assert "whole_photo" not in {button.key for button in app.button}


def test_a_box_is_looked_at_alone_until_it_is_forgotten(open_page: OpenPage) -> None:
    app = open_page(network=SMALL_CLASSIFIER)
    whole = texts(app)
    photo = photos.sample("astronaut")
    for side, value in (("left", 0), ("top", 0), ("width", 40), ("height", 30)):
        app.number_input(key=f"area_{side}_{photo.id[:12]}").set_value(value)
    app.button(key="use_box").click().run()
    assert not app.exception
    assert app.session_state[state.BY_HAND][photo.id].area == (0, 0, 40, 30)
    boxed = texts(app)
    assert boxed != whole
    app.button(key="whole_photo").click().run()
    assert app.session_state[state.BY_HAND] == {}
    assert texts(app) == whole


def test_a_box_for_a_classifier_leaves_the_faces_as_they_are(open_page: OpenPage) -> None:
    app = open_page(network=SMALL_CLASSIFIER)
    photo = photos.sample("astronaut")
    for side, value in (("left", 0), ("top", 0), ("width", 40), ("height", 30)):
        app.number_input(key=f"area_{side}_{photo.id[:12]}").set_value(value)
    app.button(key="use_box").click().run()
    app.selectbox(key=state.NETWORK).select("emotion").run()
    assert not app.exception
    assert "All faces" in texts(app)


@pytest.mark.parametrize("sample", sorted(one.key for one in photos.DRAWINGS))
def test_a_drawn_sample_says_that_it_is_one(open_page: OpenPage, sample: str) -> None:
    app = open_page(network=SMALL_CLASSIFIER, sample=photos.SAMPLES[sample].title)
    assert "This sample is a drawing" in texts(app)
    assert "made-up data" in texts(app)
