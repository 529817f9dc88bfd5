"""Guess with a class: what comes out of its marks, and both pages, the teacher's and a phone's."""

import gc
import re
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import keras
import numpy as np
import pytest
from keras import layers
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import codes
from dashboard.app_pages.guess import phone, scoring, tally, teacher, views
from dashboard.pickers.usual import MINUS_USUAL
from dashboard.services import asking, classroom
from dashboard.services.classroom import Classroom, Mark, Result, Score
from dashboard.tasks import expression
from interp import Network
from tests.support.screen import finish, run_of, texts

OpenPage = Callable[..., AppTest]
ROOT = Path(__file__).resolve().parents[4]
SIDE = 6


# What comes out ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def linear() -> tuple[Network, np.ndarray, np.ndarray]:
    """A network y = W x of one class, a picture, and what each pixel adds to its answer over the mean."""
    inputs = keras.Input((SIDE, SIDE, 1))
    dense = layers.Dense(1, use_bias=False, kernel_initializer=keras.initializers.RandomNormal(seed=1))
    model = keras.Model(inputs, dense(layers.Flatten()(inputs)))
    picture = np.random.default_rng(0).uniform(0, 255, (SIDE, SIDE, 1)).astype(np.float32)
    gains = dense.get_weights()[0].reshape(SIDE, SIDE) * (picture[..., 0] - picture.mean())
    return Network(model), picture, gains


def rows(*numbers: int) -> Mark:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[list(numbers)] = True
    return Mark(mask)


def test_map_of_a_class_is_the_share_that_marked_each_pixel(linear: tuple[Network, np.ndarray, np.ndarray]) -> None:
    network, picture, gains = linear
    marks = {"a": rows(0, 1), "b": rows(1), "c": rows(1, 2), "d": rows(1, 2, 3)}
    found = tally.tally(network, picture, 0, marks, gains)
    assert found.heat[:, 0].tolist() == [0.25, 1.0, 0.5, 0.25, 0.0, 0.0]
    assert [int(mask.sum()) for mask in found.masks] == [2 * SIDE] * 3, "the median of 12, 6, 12 and 18"
    assert found.masks[0][1:3].all(), "what most have marked"


def test_each_phone_is_compared_with_as_many_of_the_networks_pixels(
    linear: tuple[Network, np.ndarray, np.ndarray],
) -> None:
    network, picture, gains = linear
    best = Mark(gains >= np.sort(gains.ravel())[-9])
    found = tally.tally(network, picture, 0, {"best": best, "row": rows(4)}, gains)
    assert found.scores["best"].own == found.scores["best"].network
    assert found.scores["row"].own <= found.scores["row"].network
    alone = scoring.judge(network, picture, 0, best.mask, gains)
    assert found.scores["best"].own == pytest.approx(alone.guess.score, rel=1e-4)


def test_ties_go_to_pixels_among_marked_ones(linear: tuple[Network, np.ndarray, np.ndarray]) -> None:
    network, picture, gains = linear
    dot = np.zeros((SIDE, SIDE), bool)
    dot[0, 5] = True
    found = tally.tally(network, picture, 0, {"a": Mark(dot), "b": rows(3, 4), "c": rows(3, 4)}, gains)
    assert found.masks[0].sum() == 2 * SIDE
    assert found.masks[0][3:5].all()


@pytest.mark.parametrize(
    ("score", "whole", "points"),
    [(-0.9, 0.9, 0), (0.9, 0.9, 100), (0.0, 0.9, 50), (-2, 0.5, 0), (2, 0.5, 100), (0, 0, 0)],
)
def test_points_go_from_nothing_marked_to_everything(score: float, whole: float, points: float) -> None:
    assert scoring.points(score, whole) == pytest.approx(points)


def test_table_of_phones_names_only_those_who_gave_a_name() -> None:
    marks = {"x": rows(0), "y": Mark(rows(1).mask, "Ada")}
    scores = {"x": Score(-0.2, 0.1), "y": Score(0.5, 0.4)}
    found = Result(rows(0).mask, np.zeros((3, SIDE, SIDE), bool), 1.0, 0.0, 0.0, 0.0, np.zeros((2, 2)), scores)
    table = tally.scores_table(found, marks)
    assert list(table["Who"]) == ["Ada", "Phone 1"], "the best first"
    assert table["Score"].between(0, 100).all()


@pytest.mark.parametrize(
    ("address", "is_out"),
    [
        ("http://localhost:8501/guess", True),
        ("http://127.0.0.1:8501/guess", True),
        ("http://[::1]:8501/guess", True),
        ("http://0.0.0.0:8501/guess", True),
        ("http://192.168.1.20:8501/guess", False),
        ("https://faces.school.org/guess", False),
    ],
)
def test_address_that_phones_can_not_reach_is_known(address: str, is_out: bool) -> None:
    assert teacher.is_out_of_reach(address) is is_out


# The pages -----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def no_classes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Begins without classes; in process no page has a line that could be cut."""
    classroom.school.clear()
    for module in (teacher, phone):
        monkeypatch.setattr(module, "is_open", lambda session: True)
    yield
    classroom.school.clear()


@pytest.fixture
def teaching(open_page: OpenPage) -> AppTest:
    """The teacher's page with a class that is open."""
    app = open_page("guess")
    app.button(key="class_ask").click().run()
    app.button(key="class_open").click().run()
    assert not app.exception
    return app


def room_of(app: AppTest) -> Classroom:
    room: Classroom = app.session_state[teacher.CLASS]
    return room


def join(code: str, **address: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=90)
    for key, value in {"class": code, **address}.items():
        app.query_params[key] = value
    app._page_hash = calc_hash("guess")
    app.run()
    assert not app.exception
    return app


def send(app: AppTest, *parts: str, number: int = 1) -> AppTest:
    app.get_by_key(f"class_parts_{number}").set_value(list(parts)).run()
    app.button(key="class_send").click().run()
    assert not app.exception
    return app


def test_code_is_shown_only_after_the_teacher_was_told_what_phones_see(open_page: OpenPage) -> None:
    app = open_page("guess")
    app.button(key="class_ask").click().run()
    assert "Phones that join will see the face" in texts(app)
    assert "a screenshot is enough" in texts(app)
    assert not classroom.school()._classes
    assert teacher.CLASS not in app.session_state
    app.button(key="class_not_now").click().run()
    assert app.button(key="reveal")
    assert not classroom.school()._classes


def test_class_marks_reveals_and_ends(teaching: AppTest) -> None:
    room = room_of(teaching)
    assert codes.spaced(room.code) in "".join(one.value for one in teaching.html)
    assert teaching.button(key="class_reveal").disabled, "nobody has sent anything"
    phones = [join(room.code) for _ in range(3)]
    assert "What makes this face look happy?" in phones[0].title[0].value
    assert phones[0].button(key="class_send").disabled
    send(phones[0], "Mouth")
    phones[1].text_input(key=views.GUESS_NAME).set_value("Row <b>3</b>").run()
    send(phones[1], "Eyes", "Mouth")
    assert phones[1].button(key="class_send").label == "Sent"
    teaching.run()
    assert room.count() == (3, 2)
    assert [metric.value for metric in teaching.metric] == ["3", "2"]

    teaching.button(key="class_reveal").click().run()
    finish(teaching, teacher.TALLY)
    assert not teaching.error
    table = teaching.dataframe[0].value
    assert sorted(table["Who"]) == ["Phone 1", "Row <b>3</b>"]
    scores = [metric for metric in teaching.metric if metric.label == "Score"]
    assert len(scores) == 3
    assert all(0 <= float(metric.value) <= 100 for metric in scores)
    teaching.toggle(key=MINUS_USUAL).set_value(True).run()
    assert not teaching.exception
    assert any("More and less than usual for “happy”" in one.value for one in teaching.html)
    assert [metric.value for metric in teaching.metric if metric.label == "Score"] == [one.value for one in scores]

    for app, metrics in zip(phones, (2, 2, 0), strict=True):
        app.run()
        assert not app.exception
        assert len(app.metric) == metrics, "who sent nothing has no score"
    assert phones[2].title[0].value == "The class's map"
    teaching.button(key="class_end").click().run()
    phones[0].run()
    assert phones[0].title[0].value == "The class has ended"
    assert room.is_over
    assert teacher.CLASS not in teaching.session_state


def test_phones_stay_for_the_next_face(teaching: AppTest) -> None:
    room = room_of(teaching)
    app = send(join(room.code), "Nose")
    assert teaching.button(key="class_next").disabled, "it is the same face and question"
    teaching.selectbox(key=expression.EXPRESSION).select("sad").run()
    assert room.round is not None
    assert room.round.number == 1, "phones see another face only once it is shared"
    teaching.button(key="class_next").click().run()
    assert room.round.number == 2
    app.run()
    assert "look sad?" in app.title[0].value
    assert app.button(key="class_send").label == "Send"
    send(app, "Brows", number=2)
    assert room.count() == (1, 1)


def test_wrong_code_is_refused_and_the_right_one_lets_in(teaching: AppTest) -> None:
    app = join("BCDF2345" if room_of(teaching).code != "BCDF2345" else "BCDF2346")
    assert app.title[0].value == "Join a class"
    assert "No class has this code" in app.error[0].value
    app.text_input(key=phone.ENTERED).set_value(codes.spaced(room_of(teaching).code).lower()).run()
    assert "look happy?" in app.title[0].value
    app.button(key="class_leave").click().run()
    assert app.title[0].value == "Guess"


def test_code_of_another_server_sends_the_browser_there(teaching: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser comes back by the address, and the servers' common door knows where the code leads."""
    code = room_of(teaching).code
    monkeypatch.setenv(codes.PLACE, f"{1 - (codes.server_of(code, 2) or 0)}/2")
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=90)
    app._page_hash = calc_hash("guess")
    app.run()
    app.text_input(key=phone.ENTERED).set_value(codes.spaced(code)).run()
    assert any(f"window.location.search = '?class={code}'" in one.value for one in app.html)


def test_class_is_joined_from_the_page_and_a_reload_keeps_the_seat(teaching: AppTest) -> None:
    room = room_of(teaching)
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=90)
    app._page_hash = calc_hash("guess")
    app.run()
    app.text_input(key=phone.ENTERED).set_value(room.code).run()
    send(app, "Mouth")
    code, seat = app.session_state[phone.JOINED]
    assert app.query_params["seat"] in (seat, [seat])
    again = join(code, seat=seat)
    assert again.session_state[phone.JOINED] == (code, seat)
    assert room.count() == (1, 1)
    assert join(code, seat="made up").session_state[phone.JOINED][1] not in ("made up", seat)


def test_no_page_holds_the_face_after_the_end(teaching: AppTest) -> None:
    room = room_of(teaching)
    app = send(join(room.code), "Mouth")
    teaching.run()
    assert room.round is not None
    face, image = weakref.ref(room.round.face), weakref.ref(room.round.face.image)
    teaching.button(key="class_end").click().run()
    app.run()
    gc.collect()
    assert face() is None
    assert image() is None


def test_qr_code_leads_to_the_address_that_the_teacher_has(teaching: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(teacher.st.context), "url", "http://192.168.1.20:8501/guess")
    parts = urlsplit(teacher.class_address(room_of(teaching).code))
    assert parts.netloc == "192.168.1.20:8501"
    assert parts.path == "/guess"
    assert parts.query == f"class={room_of(teaching).code}"


@pytest.mark.parametrize(
    ("stroke", "kept"),
    [
        ({"points": [[9, -9]] * 9999}, views.MOST_SHAPES),
        ({"points": "no"}, 0),
        (None, 0),
        ({"points": [[np.nan, 0]]}, 0),
    ],
    ids=["endless", "words", "nothing", "no numbers"],
)
def test_strokes_of_a_phone_are_bounded(stroke: object, kept: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone.st, "session_state", {})
    for _ in range(views.MOST_SHAPES + 3):
        phone._paint(1, stroke)
    shapes = phone._shapes(1)
    assert len(shapes) == kept
    assert all(
        0 <= place <= 1 and len(shape.points) < 9999 for shape in shapes for one in shape.points for place in one
    )
    assert phone._shapes(2) == (), "another face begins without marks"


def test_classifier_is_asked_in_its_own_words(open_page: OpenPage) -> None:
    app = open_page("guess", network="hand-signs")
    app.get_by_key(views.GUESS_PARTS).set_value(["Middle"]).run()
    app.button(key="reveal").click().run()
    said = [one.value for kind in ("markdown", "caption", "info") for one in getattr(app.main, kind)]
    said += [one.help for one in app.main.metric]
    assert any("What in the photo tells the network that it is “" in words for words in said)
    assert any("on the whole photo" in words for words in said)
    assert not [words for words in said if re.search(r"\bface\b|\bexpression\b", words)]


def test_slow_map_is_given_up_and_waited_for(open_page: OpenPage) -> None:
    app = open_page("guess", method="RISE")
    app.button(key="class_ask").click().run()
    app.button(key="class_open").click().run()
    room = room_of(app)
    send(join(room.code), "Mouth")
    app.run()
    app.button(key="class_reveal").click().run()
    if (run := run_of(app, asking.EXPLANATION)) is not None and run.is_active:
        run.cancel()
        app.run()
        app.button(key="class_back").click().run()
        app.button(key="class_reveal").click().run()
    finish(app, asking.EXPLANATION)
    finish(app, teacher.TALLY)
    assert not app.exception
    assert room.round is not None
    assert room.round.result is not None
    assert "The network: RISE" in texts(app)


def test_full_server_and_late_marks_are_told(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "MOST_CLASSES", 0)
    app = open_page("guess")
    app.button(key="class_ask").click().run()
    app.button(key="class_open").click().run()
    assert "as many classes as it can" in app.error[0].value
    monkeypatch.setattr(classroom, "MOST_CLASSES", 1)
    app.button(key="class_open").click().run()
    assert not app.error
    room = room_of(app)
    late = join(room.code)
    late.get_by_key("class_parts_1").set_value(["Mouth"]).run()
    monkeypatch.setattr(Classroom, "send", refuse)
    late.button(key="class_send").click().run()
    assert "Too late" in texts(late)
    assert late.button(key="class_send").label == "Send"


def refuse(*arguments: object) -> None:
    raise classroom.RefusalError("Too late: the marks have been revealed.")
