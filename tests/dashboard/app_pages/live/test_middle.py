"""The Live page with a network that looks for no face: the middle of each frame is what it names."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.app_pages.live import results
from dashboard.app_pages.live.middle import SHARE, eyes_on_the_middle
from dashboard.app_pages.live.reader import STRONGEST, Settings
from dashboard.services import networks
from models.faces.tracking import Tracker
from tests.dashboard.cards import SMALL_CLASSIFIER
from tests.support.screen import texts

pytestmark = pytest.mark.usefixtures("every_task")

FRAME = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)


def test_the_square_in_the_middle_is_followed_and_named() -> None:
    tracker = Tracker(eyes_on_the_middle(SMALL_CLASSIFIER))
    labels = networks.card(SMALL_CLASSIFIER).labels
    for number in range(12):  # the whole frame is searched at times, and the square followed in between
        (sighting,) = tracker.update(FRAME, number / 10).sightings
        assert sighting.number == 1
        side = round(SHARE * 48)
        assert sighting.face.box == ((64 - side) // 2, (48 - side) // 2, side, side)
        assert sighting.shares.shape == (len(labels),)
        np.testing.assert_allclose(sighting.shares.sum(), 1, rtol=1e-4)
        assert sighting.expression == labels[sighting.winner]


def test_what_stands_beside_the_middle_changes_nothing() -> None:
    other = FRAME.copy()
    other[:, :4] = 0
    read = [Tracker(eyes_on_the_middle(SMALL_CLASSIFIER)).update(frame, 0.0).sightings[0] for frame in (FRAME, other)]
    np.testing.assert_array_equal(read[0].shares, read[1].shares)


def test_a_frame_is_drawn_with_its_answer_and_map() -> None:
    live = results.new_live(SMALL_CLASSIFIER, "cnn")
    live.choose(Settings(is_mirrored=False, has_points=False, explained=STRONGEST))
    drawn = live.see(FRAME)
    assert drawn.shape == FRAME.shape
    assert not np.array_equal(drawn, FRAME)
    assert live.now().moments[-1].faces[0].number == 1
    assert not live.now().error


def test_the_page_says_where_to_hold_it(open_page: Callable[..., AppTest]) -> None:
    app = open_page("live", network=SMALL_CLASSIFIER)
    assert not app.exception
    assert "the square in the middle of the picture" in texts(app)
