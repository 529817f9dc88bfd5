"""Marks to pixels to scores, with answers that are known on a linear network; and the page where a class guesses."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.guess import scoring as guess_scoring
from dashboard.app_pages.guess import views as guess_views
from dashboard.app_pages.guess.scoring import Box, Outcome, Row, Stroke
from dashboard.drawing.pictures import MOST_POINTS
from dashboard.services.chance import RANDOM_MAPS, random_map, strongest_pixels
from dashboard.tasks import expression
from dashboard.widgets.picture import BoxPen
from interp import Network
from tests.support.screen import await_map, texts

OpenPage = Callable[..., AppTest]
Upload = Callable[[str, bytes], AppTest]
SIDE = 6


@pytest.fixture(scope="module")
def linear() -> tuple[Network, np.ndarray]:
    """A network y = W x of one class, and its weights (6, 6)."""
    inputs = keras.Input((SIDE, SIDE, 1))
    dense = layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.RandomNormal(seed=1))
    model = keras.Model(inputs, dense(layers.Flatten()(inputs)))
    return Network(model), dense.get_weights()[0].reshape(SIDE, SIDE)


def outcome(own: float, network: float, chance: float, others: tuple[float, ...] = (0.1, 0.2)) -> Outcome:
    """An outcome with these scores."""
    rows = (Row(np.ones((2, 2), bool), 0.0, score, 0.5) for score in (own, network, chance))
    return Outcome(0.9, *rows, random_scores=np.array(others))


# Marks to pixels -----------------------------------------------------------------------------------------------------


def test_box_marks_the_pixels_whose_centres_it_holds() -> None:
    mask = guess_scoring.mask_of([Box(0.25, 0.5, 0.25, 0.5)], [], (4, 8))
    assert np.argwhere(mask).tolist() == [[2, 2], [2, 3], [3, 2], [3, 3]]


def test_tiny_box_marks_the_pixel_that_it_lies_in() -> None:
    mask = guess_scoring.mask_of([Box(0.98, 0.01, 0.01, 0.01)], [], (4, 4))
    assert np.argwhere(mask).tolist() == [[0, 3]]


def test_boxes_and_parts_are_joined() -> None:
    part = np.zeros((4, 4), bool)
    part[3] = True
    mask = guess_scoring.mask_of([Box(0, 0, 0.25, 0.25), Box(0, 0, 0.5, 0.25)], [part], (4, 4))
    assert mask.sum() == 2 + 4


def test_stroke_marks_the_pixels_whose_centres_lie_under_the_brush() -> None:
    mask = guess_scoring.mask_of([Stroke(((0.125, 0.125), (0.625, 0.125)), 0.25)], [], (4, 4))
    assert np.argwhere(mask).tolist() == [[0, 0], [0, 1], [0, 2]]
    bent = guess_scoring.mask_of([Stroke(((0.05, 0.05), (0.95, 0.05), (0.95, 0.95)), 0.1)], [], (20, 20))
    assert bent[1, 1:19].all()
    assert bent[1:19, 18].all()
    assert not bent[5:, :15].any()


def test_width_of_the_brush_is_a_share_of_the_pictures_width() -> None:
    dot = guess_scoring.mask_of([Stroke(((0.5, 0.5),), 0.5)], [], (40, 80))
    assert dot.sum() == pytest.approx(np.pi * 20**2, rel=0.03)


def test_thinnest_dot_marks_the_pixel_that_it_lies_in() -> None:
    mask = guess_scoring.mask_of([Stroke(((1.0, 0.0),), 0.001)], [], (4, 4))
    assert np.argwhere(mask).tolist() == [[0, 3]]


def test_nothing_marked_is_an_empty_mask() -> None:
    assert not guess_scoring.mask_of([], [], (4, 4)).any()


@pytest.mark.parametrize("drawn", [None, {}, {"left": "x"}, {"left": 0, "top": 0, "width": float("nan"), "height": 1}])
def test_what_is_no_box_is_dropped(drawn: object) -> None:
    assert guess_scoring.box_of(drawn) is None


def test_box_is_cut_to_the_picture() -> None:
    assert guess_scoring.box_of({"left": -0.5, "top": 0.75, "width": 1, "height": 9}) == Box(0.0, 0.75, 0.5, 0.25)
    assert guess_scoring.box_of({"left": 1.5, "top": 0, "width": 1, "height": 1}) is None


@pytest.mark.parametrize(
    "drawn",
    [None, {}, {"points": []}, {"points": 3}, {"points": [[0.1]]}, {"points": [["a", 0]]}, {"points": [[np.nan, 0]]}],
)
def test_what_is_no_stroke_is_dropped(drawn: object) -> None:
    assert guess_scoring.stroke_of(drawn, 0.1) is None


def test_stroke_is_cut_to_the_picture_and_to_a_length() -> None:
    assert guess_scoring.stroke_of({"points": [[-1, 0.5], [2, 0.5]]}, 0.1) == Stroke(((0.0, 0.5), (1.0, 0.5)), 0.1)
    long = guess_scoring.stroke_of({"points": [[0.5, 0.5]] * 10_000}, 0.1)
    assert long is not None
    assert len(long.points) == MOST_POINTS


def test_nine_fields_cover_the_picture_once() -> None:
    fields = guess_scoring.thirds((48, 48))
    assert len(fields) == 9
    assert (sum(mask.astype(int) for mask in fields.values()) == 1).all()
    assert fields["top left"][0, 0]
    assert fields["middle"][24, 24]
    assert fields["bottom right"][-1, -1]


def test_coarse_mask_holds_what_is_half_covered() -> None:
    fine = np.zeros((4, 4), bool)
    fine[:2, :1] = True  # half of the first pixel
    fine[0, 2] = True  # a quarter of the second
    assert guess_scoring.coarse({"part": fine}, (2, 2))["part"].tolist() == [[True, False], [False, False]]


# Maps to pixels ------------------------------------------------------------------------------------------------------


def test_strongest_pixels_are_the_greatest_and_as_many_as_asked() -> None:
    values = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert np.argwhere(strongest_pixels(values, (4, 4), 3)).tolist() == [[3, 1], [3, 2], [3, 3]]
    flat = strongest_pixels(np.zeros((2, 2)), (8, 8), 10)
    assert flat.sum() == 10
    assert (flat == strongest_pixels(np.zeros((2, 2)), (8, 8), 10)).all(), "chance has a seed"


def test_random_maps_are_fixed_and_differ() -> None:
    assert (random_map(3) == random_map(3)).all()
    assert (random_map(3) != random_map(4)).any()


def test_overlap_is_intersection_over_union() -> None:
    first, second = np.zeros((2, 4), bool), np.zeros((2, 4), bool)
    first[0], second[0, 2:], second[1, 2:] = True, True, True
    assert guess_scoring.overlap(first, second) == pytest.approx(2 / 6)
    assert guess_scoring.overlap(first, first) == 1
    assert guess_scoring.overlap(first & False, first & False) == 0


# Scores --------------------------------------------------------------------------------------------------------------


def test_best_guess_on_a_linear_network_has_the_score_of_its_map(linear: tuple[Network, np.ndarray]) -> None:
    network, weights = linear
    picture = np.random.default_rng(0).uniform(0, 255, (SIDE, SIDE, 1)).astype(np.float32)
    gains = weights * (picture[..., 0] - picture.mean())  # of each pixel over what hides it
    best = strongest_pixels(gains, (SIDE, SIDE), 9)
    found = guess_scoring.judge(network, picture, 0, best, gains)
    assert found.whole == pytest.approx(float((weights * picture[..., 0]).sum()), rel=1e-4)
    assert found.guess.hidden == pytest.approx(found.whole - gains[best].sum(), rel=1e-3)
    assert found.guess.score == found.network.score
    assert found.guess.overlap == 1
    assert found.network.hidden <= min(found.guess.hidden, found.chance.hidden)
    assert len(found.random_scores) == RANDOM_MAPS
    worst = guess_scoring.judge(network, picture, 0, strongest_pixels(-gains, (SIDE, SIDE), 9), gains)
    assert worst.guess.hidden == pytest.approx(found.whole - np.sort(gains.ravel())[:9].sum(), rel=1e-3)
    assert worst.guess.overlap == 0
    assert worst.beaten <= found.beaten


def test_all_three_are_given_the_same_number_of_pixels(linear: tuple[Network, np.ndarray]) -> None:
    network, weights = linear
    mask = guess_scoring.mask_of([Box(0, 0, 0.5, 0.34)], [], (SIDE, SIDE))
    found = guess_scoring.judge(network, np.full((SIDE, SIDE, 1), 9.0, np.float32), 0, mask, weights)
    assert {int(row.mask.sum()) for row in (found.guess, found.network, found.chance)} == {int(mask.sum())}


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ((0.5, 0.2, 0.1), "Your pixels mattered more to the network than those of its own map: “happy” gets 90 %"),
        ((0.2, 0.5, 0.1), "The pixels of the network's map mattered more to it than yours"),
        ((0.5, 0.51, 0.1), "Your pixels mattered to the network about as much as those of its own map"),
        ((0.2, 0.1, 0.5), "Random pixels mattered more to the network than yours, and than those of its own map"),
    ],
)
def test_sentence_names_whose_pixels_mattered_more(scores: tuple[float, float, float], words: str) -> None:
    said = guess_scoring.say_outcome(outcome(*scores), "“happy”", "the face")
    assert said.startswith(words)
    assert f"{max(scores):.0%}".replace("%", " %") in said or "about as much" in said


def test_chance_is_told_in_numbers() -> None:
    assert "beats 1 of 2 random maps" in guess_scoring.say_chance(outcome(0.15, 0, 0))


def test_marks_are_drawn_where_they_are() -> None:
    picture = np.full((96, 96, 3), 100, np.uint8)
    mask = guess_scoring.mask_of([Box(0, 0, 0.5, 0.5)], [], (48, 48))
    drawn = guess_scoring.marked(picture, mask)
    assert (drawn[60:, 60:] == 100).all()
    assert (drawn[20, 20] != 100).any()
    assert (guess_scoring.marked(picture, mask, opacity=0)[20, 20] == 100).all(), "a line alone leaves the inside"
    assert guess_scoring.marked(picture, mask & False) is picture


# The page ------------------------------------------------------------------------------------------------------------


def revealed(app: AppTest, *parts: str) -> AppTest:
    app.get_by_key(guess_views.GUESS_PARTS).set_value(list(parts)).run()
    app.button(key="reveal").click().run()
    assert not app.exception
    return app


def scores(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric if metric.label == "Score"]


def test_nothing_is_revealed_before_something_is_marked(open_page: OpenPage) -> None:
    app = open_page("guess")
    assert app.button(key="reveal").disabled
    assert "Nothing is marked yet" in texts(app)
    assert not app.metric
    app.get_by_key(guess_views.GUESS_PARTS).set_value(["Eyes", "Brows", "Mouth", "Nose", "Cheeks"]).run()
    assert app.button(key="reveal").disabled, "who marks everything can't be wrong"
    assert "can't be wrong" in texts(app)


def test_reveal_gives_three_scores_and_an_honest_note(open_page: OpenPage) -> None:
    app = revealed(open_page("guess"), "Mouth")
    assert len(scores(app)) == 3
    assert "mattered" in texts(app)
    assert "Agreeing with the network doesn't make you right." in texts(app)
    assert sum("Colour bar" in element.value for element in app.html) == 2
    again = scores(app)
    app.button(key="reveal").click().run()
    assert scores(app) == again, "seeds are fixed"


def test_other_marks_hide_what_was_revealed(open_page: OpenPage) -> None:
    app = revealed(open_page("guess"), "Mouth")
    app.get_by_key(guess_views.GUESS_PARTS).set_value(["Mouth", "Nose"]).run()
    assert not app.metric
    app.get_by_key(guess_views.GUESS_PARTS).set_value(["Mouth"]).run()
    assert app.metric, "the same marks were revealed already"
    app.selectbox(key=expression.EXPRESSION).select("sad").run()
    assert not app.metric


def test_what_the_pointer_paints_is_marked_with_the_chosen_brush(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    board: dict[str, Any] = {}
    monkeypatch.setattr(guess_views, "picture_with", lambda layers, *_, **given: board.update(pen=layers[-1]))
    app = open_page("guess")
    line = {"points": [[0.2, 0.5], [0.8, 0.5]]}
    shares = []
    for tool in ("Brush", "Fine brush"):
        app.segmented_control(key=guess_views.GUESS_TOOL).set_value(tool).run()
        assert board["pen"].width == guess_views.BRUSHES[tool]
        shares.append(guess_scoring.mask_of([guess_scoring.stroke_of(line, board["pen"].width)], [], (48, 48)).mean())
    assert shares[0] > 2 * shares[1] > 0
    app.segmented_control(key=guess_views.GUESS_TOOL).set_value("Box").run()
    assert isinstance(board["pen"], BoxPen)


def test_drawn_boxes_are_marked_removed_and_belong_to_their_face(open_page: OpenPage) -> None:
    app = open_page("guess", sample="Group")
    marks = app.session_state[guess_views.MARKS]
    app.session_state[guess_views.MARKS] = replace(marks, shapes=(Box(0, 0, 0.5, 0.5), Box(0.5, 0.5, 0.25, 0.25)))
    app.run()
    assert "You have marked 31 % of the picture" in texts(app)
    app.button(key="undo_mark").click().run()
    assert "You have marked 25 % of the picture" in texts(app)
    app.button(key="reveal").click().run()
    assert len(scores(app)) == 3
    app.get_by_key(state.FACE).set_value(2).run()
    assert not app.exception
    assert "Nothing is marked yet" in texts(app)
    app.get_by_key(guess_views.GUESS_PARTS).set_value(["Nose"]).run()
    app.button(key="clear_marks").click().run()
    assert "Nothing is marked yet" in texts(app)


@pytest.mark.parametrize("method", ["HiResCAM", "Occlusion"])
def test_every_kind_of_method_is_revealed(open_page: OpenPage, method: str) -> None:
    app = revealed(open_page("guess", method=method), "Mouth")
    await_map(app)
    assert len(scores(app)) == 3
    assert f"The network: {method}" in texts(app)


def test_guesses_are_kept_on_a_scoreboard_and_cleared(open_page: OpenPage) -> None:
    app = revealed(open_page("guess"), "Mouth")
    app.button(key="keep_guess").click().run()
    assert app.button(key="keep_guess").disabled
    app.text_input(key=guess_views.GUESS_NAME).set_value("Row 3").run()
    app = revealed(app, "Brows")
    app.button(key="keep_guess").click().run()
    table = app.dataframe[0].value
    assert sorted(table["Name"]) == ["Guess 1", "Row 3"]
    assert list(table["Score"]) == sorted(table["Score"], reverse=True)
    app.button(key="clear_scoreboard").click().run()
    assert not app.exception
    assert not app.dataframe


def test_face_without_points_offers_nine_fields(upload: Upload, landscape: bytes) -> None:
    app = upload("landscape.png", landscape)
    app.button(key="use_whole_picture").click().run()
    app.switch_page("app_pages/guess/page.py").run()
    assert not app.exception
    assert "Top left" in app.get_by_key(guess_views.GUESS_PARTS).options
    revealed(app, "Middle")
    assert len(scores(app)) == 3


def test_no_face_is_told(open_page: OpenPage) -> None:
    app = open_page("guess", sample="Chessboard")
    assert "No face found" in texts(app)
