"""The Live page and its states, run in process; the camera itself is tested in the browser."""

import time
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.live import films as live_films
from dashboard.app_pages.live import results as live_results
from dashboard.app_pages.live import views as live_views
from dashboard.app_pages.live.ice import ICE_SERVERS
from dashboard.app_pages.live.reader import Live, Now
from dashboard.pickers.usual import MINUS_USUAL
from dashboard.services.runs import Run
from dashboard.tasks import expression
from models import load_image, video
from models.emotion import EXPRESSIONS
from tests.models.films import encode, plain, portrait, sound
from tests.support.screen import run_of, texts

OpenPage = Callable[..., AppTest]
FRAME = np.random.default_rng(0).integers(0, 256, (48, 64, 3)).astype(np.uint8)


def watch_file(app: AppTest, name: str, data: bytes) -> AppTest:
    app.file_uploader(key=live_views.VIDEO).upload(name, data).run()
    run: Run = run_of(app, live_results.FILM)
    run.join(60)
    app.run()
    assert not app.exception
    return app


def clip(seconds: float = 1.0) -> bytes:
    return encode([portrait("astronaut")] * round(10 * seconds))


# Camera --------------------------------------------------------------------------------------------------------------


def test_camera_page_says_what_it_answers_and_that_nothing_is_recorded(open_page: OpenPage) -> None:
    app = open_page("live")
    assert app.title[0].value == "Live"
    said = texts(app)
    assert "?" in said
    assert "Nothing is recorded" in said
    assert "Press “Start camera”" in said
    for name, deed in (
        ("NotAllowed", "allow the camera"),
        ("NotFound", "plug in a camera"),
        ("NotReadable", "close the"),
    ):
        assert f"**{name}Error**: {deed}" in said, "the player itself names the error alone"
    assert "not for hiring" in said
    assert not app.error


def test_a_sample_as_live_draws_it_stands_there_until_the_camera_is_started(
    open_page: OpenPage, playing: Callable[[Now], AppTest]
) -> None:
    app = open_page("live")
    assert "This is what Live does with a sample photo" in texts(app)
    assert "Expression positive" in texts(app)
    app = playing(Now(18.0, 52, (640, 480), {"find": 8.0}, (moment(0.0, "happy"),)))
    assert "a sample" not in texts(app)


def test_broken_list_of_servers_is_told(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ICE_SERVERS, "stun:example")
    app = open_page("live")
    assert ICE_SERVERS in app.error[0].value


@pytest.mark.parametrize(
    ("address", "is_given"),
    [
        ("https://faces.example/live", True),
        ("http://localhost:8501/live", True),
        ("http://127.0.0.1:8501/live", True),
        ("http://192.168.0.7:8501/live", False),
        ("http://faces.example/live", False),
        ("", True),
    ],
)
def test_cameras_need_https_or_localhost(address: str, is_given: bool) -> None:
    assert live_views.gives_camera(address) is is_given


def moment(second: float, *expressions: str) -> live_films.Moment:
    shares = tuple(np.eye(7)[3] * 0.9 + 0.1 / 7)
    faces = (live_films.Seen(number, (0, 0, 9, 9), shares, name) for number, name in enumerate(expressions, start=1))
    return live_films.Moment(second, tuple(faces))


@pytest.fixture
def playing(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> Callable[[Now], AppTest]:
    """Opens the page while a camera plays that shows what is given."""

    def play(now: Now) -> AppTest:
        monkeypatch.setattr(live_views, "_stream", lambda live, servers, is_back: True)
        reader = SimpleNamespace(
            labels=EXPRESSIONS, finds_bodies=True, now=lambda: now, choose=lambda settings: None, freeze=lambda: FRAME
        )
        monkeypatch.setattr(live_results, "new_live", lambda *names: reader)
        return open_page("live")

    return play


def test_answers_stand_in_numbers_words_and_a_table(playing: Callable[[Now], AppTest]) -> None:
    moments = tuple(moment(step / 10, "happy", "uncertain") for step in range(30))
    app = playing(Now(18.26, 52, (640, 480), {"find": 8.0, "expression": 3.0, "draw": 2.0}, moments))
    assert [metric.value for metric in app.metric] == ["18.3", "2", "13 ms"]
    assert any(
        "Face 1: happy; Face 2: uncertain" in element.value and "aria-live" in element.value for element in app.html
    )
    table = app.dataframe[0].value
    assert list(table["Face"]) == [1, 2]
    assert table["Happy"][0] > 90
    assert "640×480 pixels, 52 frames read" in texts(app)
    app.get_by_key(live_views.LIVE_FACE).set_value(2).run()
    assert not app.exception


def test_timeline_leaves_a_face_that_is_gone_for_one_that_is_there(playing: Callable[[Now], AppTest]) -> None:
    both = [moment(step / 10, "happy", "sad") for step in range(60)]
    first = [moment(6 + step / 10, "happy") for step in range(10)]
    shown: list[live_films.Moment] = [*both, *first]
    now = Now(18.0, 70, (640, 480), {"find": 8.0}, tuple(shown))
    app = playing(now)
    app.get_by_key(live_views.LIVE_FACE).set_value(2).run()
    assert app.get_by_key(live_views.LIVE_FACE).value == 2, "it may come back within three seconds"
    object.__setattr__(now, "moments", (*shown, *(moment(7 + step / 10, "happy") for step in range(30))))
    app.run()
    assert app.get_by_key(live_views.LIVE_FACE).value == 1
    app.get_by_key(live_views.LIVE_FACE).set_value(2).run()
    assert app.get_by_key(live_views.LIVE_FACE).value == 2, "a face that has gone can be looked back at"
    app.run()
    assert app.get_by_key(live_views.LIVE_FACE).value == 2
    assert not app.exception


def test_a_frozen_frame_is_the_photo_of_all_pages(playing: Callable[[Now], AppTest]) -> None:
    app = playing(Now(20.0, 5, (640, 480), {"find": 1.0}, (moment(0.0, "happy"),)))
    app.button(key=live_views.FREEZE).click().run()
    assert not app.exception
    photo = app.session_state[state.PHOTO]
    assert photo.name == "Camera"
    np.testing.assert_array_equal(load_image(photo.data), FRAME)
    assert "photo on all pages" in app.toast[0].value


def test_no_face_and_no_frame_are_told(playing: Callable[[Now], AppTest]) -> None:
    app = playing(Now(20.0, 5, (640, 480), {"find": 1.0}, (moment(0.0),)))
    assert "No face in the picture" in texts(app)


def test_first_frame_is_awaited(playing: Callable[[Now], AppTest]) -> None:
    assert "Waiting for the first frame" in texts(playing(Now()))


def test_frame_that_can_not_be_read_is_told(playing: Callable[[Now], AppTest]) -> None:
    assert "out of memory" in playing(Now(error="out of memory")).error[0].value


def test_map_is_switched_on_with_its_expression_and_colour_bar(open_page: OpenPage) -> None:
    app = open_page("live")
    app.toggle(key=live_views.LIVE_MAP).set_value(True).run()
    app.selectbox(key=expression.EXPRESSION).select("sad").run()
    assert not app.exception
    assert any("Colour bar: Evidence for “sad”" in element.value for element in app.html)


def test_each_visitor_and_network_has_a_reader_of_its_own(open_page: OpenPage) -> None:
    app = open_page("live")
    _, first = app.session_state[live_views.LIVE]
    assert isinstance(first, Live)
    app.run()
    assert app.session_state[live_views.LIVE][1] is first
    app.selectbox(key=state.NETWORK).select("emotion-simple").run()
    assert app.session_state[live_views.LIVE][1] is not first


# Video file ----------------------------------------------------------------------------------------------------------


def test_video_is_read_with_timeline_changes_and_downloads(open_page: OpenPage) -> None:
    app = open_page("live", watch="Video file")
    assert "never saved" in texts(app)
    watch_file(app, "me.mp4", clip())
    said = texts(app)
    assert "Done: 10 frames" in said
    assert "Where the answer changes" in said
    spans = app.dataframe[0].value
    assert list(spans["Expression"]) == ["Happy"]
    assert {app.get_by_key(key).type for key in ("film_csv", "film_json", "film_strip")} == {"download_button"}


def test_map_on_a_film_is_drawn_minus_the_usual_one(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("live", watch="Video file")
    watch_file(app, "me.mp4", clip())
    asked: list[bool] = []

    def film_maps(name: str, crops: np.ndarray, targets: object, is_minus_usual: bool) -> np.ndarray:
        asked.append(is_minus_usual)
        return np.ones((len(crops), 6, 6), np.float32)

    monkeypatch.setattr(live_results, "film_maps", film_maps)
    app.toggle(key=live_views.LIVE_MAP).set_value(True).run()
    app.toggle(key=MINUS_USUAL).set_value(True).run()
    assert not app.exception
    assert any("More and less than usual for the strongest expression" in element.value for element in app.html)
    drawing: Run = run_of(app, live_results.DRAWN)
    drawing.join(60)
    assert drawing.status == "done"
    assert asked[-10:] == [True] * 10


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("empty.mp4", b"", "empty"),
        ("photo.mp4", b"\x89PNG\r\n\x1a\n" + bytes(99), "no MP4, MOV or WebM"),
        ("cut.mp4", encode(plain(5))[:400], "broken"),
        ("song.mp4", sound(), "no moving picture"),
        ("wide.mp4", encode(plain(1, (2048, 64))), "2048×64"),
    ],
)
def test_file_that_is_no_video_gets_one_sentence(open_page: OpenPage, name: str, data: bytes, words: str) -> None:
    app = watch_file(open_page("live", watch="Video file"), name, data)
    assert len(app.error) == 1
    assert words in app.error[0].value
    assert "Traceback" not in texts(app)
    assert "Choose another file" in texts(app)


def test_film_without_a_face_is_told(open_page: OpenPage) -> None:
    app = watch_file(open_page("live", watch="Video file"), "wall.webm", encode(plain(5, (320, 240)), "webm"))
    assert "A face should be taller than a tenth of the picture" in texts(app)


def test_long_film_says_what_was_left_out(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MOST_SECONDS", 0.5)
    app = watch_file(open_page("live", watch="Video file"), "long.mp4", clip())
    assert "only its first" in app.info[0].value


def test_reading_is_cancelled_and_what_was_read_stays(open_page: OpenPage) -> None:
    app = open_page("live", watch="Video file")
    app.file_uploader(key=live_views.VIDEO).upload("long.mp4", clip(25)).run()
    run: Run = run_of(app, live_results.FILM)
    while run.is_active and (run.result is None or len(run.result.moments) < 2):
        time.sleep(0.01)
    app.run()
    app.button(key="cancel_film").click().run()
    run.join(20)
    app.run()
    assert run.status == "cancelled"
    assert "Cancelled after" in app.progress[0].text
    assert len(app.dataframe) == 1


def test_removed_file_is_forgotten(open_page: OpenPage) -> None:
    app = watch_file(open_page("live", watch="Video file"), "me.mp4", clip(0.5))
    app.file_uploader(key=live_views.VIDEO).set_value(None).run()
    assert not app.exception
    assert run_of(app, live_results.FILM) is None
