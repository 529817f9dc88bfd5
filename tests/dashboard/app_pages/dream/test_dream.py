"""The Dream page: one picture, the ladder, the atlas."""

import io
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.dream import results as dream_results
from dashboard.app_pages.dream import settings as dream_settings
from dashboard.app_pages.dream import views as dream_views
from dashboard.tasks import expression
from interp import Channel
from interp.dream import LADDER
from tests.dashboard.cards import SMALL_DETECTOR, SMALL_POSE
from tests.support.screen import finish, run_of, texts

OpenPage = Callable[..., AppTest]


def test_dream_runs_and_its_result_stays(open_page: OpenPage) -> None:
    app = open_page("dream")
    dream_shortly(app)
    assert "Done: 5 steps" in app.progress[0].text
    app.switch_page("app_pages/inspect/page.py").run()
    app.switch_page("app_pages/dream/page.py").run()
    assert "Done: 5 steps" in app.progress[0].text


def test_dream_starts_from_a_crisp_face(open_page: OpenPage) -> None:
    app = open_page("dream", sample="Grace Hopper")
    dream_shortly(app)
    face = run_of(app, dream_results.DREAM).settings["start"]
    assert face.shape == run_of(app, dream_results.DREAM).result.image.shape[:2] == (144, 144)
    blurred = np.repeat(np.repeat(face[1::3, 1::3], 3, axis=0), 3, axis=1)
    assert np.abs(face.astype(int) - blurred).mean() > 1, "more than an enlarged 48 px crop"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("Channel", "channel 7 of relu3_3"),
        ("Unit", "channel 7 of relu3_3 at 21% down, 46% across"),
        ("Answer", "sad"),
    ],
)
def test_dream_of_a_channel_a_unit_or_an_expression(open_page: OpenPage, kind: str, words: str) -> None:
    app = open_page("dream")
    app.get_by_key(dream_settings.DREAM_KIND).set_value(kind).run()
    if kind == "Answer":
        app.selectbox(key=expression.EXPRESSION).select("sad")
    else:
        app.number_input(key=state.CHANNEL).set_value(7)
    if kind == "Unit":
        app.number_input(key=state.ROW).set_value(2)
        app.number_input(key=state.COLUMN).set_value(5)
    dream_shortly(app)
    assert f"Astronaut, face 1: {words}" in texts(app)


def test_dream_is_cancelled_and_keeps_its_last_frame(open_page: OpenPage) -> None:
    app = open_page("dream")
    app.slider(key=dream_settings.DREAM_OCTAVES).set_value(6)
    app.slider(key=dream_settings.DREAM_STEPS).set_value(100)
    app.button(key="start_dream").click().run()
    run = run_of(app, dream_results.DREAM)
    while run.result is None and run.is_active:
        time.sleep(0.01)
    app.run()
    app.button(key="cancel_dream").click().run()
    assert not app.exception
    run.join(10)
    assert run.status == "cancelled"
    assert 0 < run.done < run.total
    assert "Cancelled" in app.progress[0].text
    assert app.get_by_key("download_dream") is not None


def test_dream_from_noise_is_the_same_with_the_same_seed(open_page: OpenPage) -> None:
    app = open_page("dream", start="Noise")
    found = []
    for seed in (3, 3, 4):
        app.number_input(key=dream_settings.DREAM_SEED).set_value(seed)
        dream_shortly(app)
        found.append(run_of(app, dream_results.DREAM).result.image)
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])
    assert "emotion, from noise: " in texts(app)


def test_frames_of_a_dream_can_be_walked_through(open_page: OpenPage) -> None:
    app = open_page("dream")
    dream_shortly(app)
    run = run_of(app, dream_results.DREAM)
    assert len(run.settings["frames"]) == 5
    assert app.slider(key=dream_views.DREAM_FRAME).value == 5
    app.slider(key=dream_views.DREAM_FRAME).set_value(2).run()
    assert not app.exception
    dream_shortly(app)
    assert app.slider(key=dream_views.DREAM_FRAME).value == 5, "a new dream begins at its end"


def test_frames_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dream_results, "FRAMES_KEPT", 7)
    settings = {"octaves": 1, "steps": 30, "size": 48}
    run = dream_results.start_dream("emotion", "noise", Channel("relu1_1", 3), settings, title="made up")
    run.join(60)
    assert run.status == "done"
    assert len(run.settings["frames"]) == 7
    assert np.array_equal(run.settings["frames"][-1], run.result.image)


def test_gif_has_all_frames_at_one_size() -> None:
    frames = [np.full((side, side, 1), 40 * side, np.uint8) for side in (2, 3, 4)]
    made = Image.open(io.BytesIO(dream_views.gif(frames)))
    assert made.format == "GIF"
    assert made.n_frames == 3
    assert made.size == (dream_views.GIF_SIDE, dream_views.GIF_SIDE)


def test_rungs_of_the_ladder_are_told_in_words() -> None:
    assert list(dream_views.RUNGS) == list(LADDER)


def test_ladder_climbs_all_rungs_from_one_seed(open_page: OpenPage) -> None:
    app = open_page("dream", dream="Ladder", start="Noise")
    app.slider(key=dream_settings.DREAM_OCTAVES).set_value(1)
    app.slider(key=dream_settings.DREAM_STEPS).set_value(5)
    app.button(key="start_ladder").click().run()
    run = finish(app, dream_results.LADDER)
    assert run.status == "done"
    assert list(run.result) == list(LADDER)
    images = [frame.image for frame in run.result.values()]
    assert all(not np.array_equal(images[0], image) for image in images[1:])
    assert "Done: 20 steps" in app.progress[0].text
    assert app.get_by_key("download_ladder") is not None


def test_ladder_is_cancelled_and_keeps_its_rungs(open_page: OpenPage) -> None:
    app = open_page("dream", dream="Ladder")
    app.slider(key=dream_settings.DREAM_STEPS).set_value(100)
    app.button(key="start_ladder").click().run()
    run = run_of(app, dream_results.LADDER)
    while run.result is None and run.is_active:
        time.sleep(0.01)
    app.run()
    app.button(key="cancel_ladder").click().run()
    run.join(20)
    assert run.status == "cancelled"
    app.run()
    assert not app.exception
    assert "Cancelled" in app.progress[0].text
    assert not app.button(key="start_ladder").disabled


def test_atlas_shows_every_channel_and_one_is_dreamt_large(open_page: OpenPage) -> None:
    app = open_page("dream", dream="Atlas", network="emotion-simple", layer="conv1")
    app.button(key="start_atlas").click().run()
    run = finish(app, dream_results.ATLAS)
    assert "Done: 16 channels" in app.progress[0].text
    assert run.result.images.shape == (16, 96, 96, 1)
    assert dream_views.sheet(run.result.images).shape == (4 * 98 - 2, 4 * 98 - 2, 3)
    chosen = {
        dream_views.DREAM_LENS: "picture",
        dream_settings.DREAM_KIND: "Channel",
        dream_settings.DREAM_START: "noise",
        state.CHANNEL: 5,
    }
    for key, value in chosen.items():
        app.session_state[key] = app.session_state[state.CHOICES][key] = value
    app.run()
    assert app.number_input(key=state.CHANNEL).value == 5
    assert app.button(key="start_dream")


@pytest.mark.parametrize("name", ["keypoints", SMALL_POSE, SMALL_DETECTOR])
def test_answers_of_every_task_are_dreamt_of(open_page: OpenPage, every_task: Path, name: str) -> None:
    app = open_page("dream", network=name)
    app.get_by_key(dream_settings.DREAM_KIND).set_value("Answer").run()
    dream_shortly(app)
    run = run_of(app, dream_results.DREAM)
    assert run.status == "done", run.error
    assert run.result.image.std() > 0


def dream_shortly(app: AppTest) -> None:
    app.slider(key=dream_settings.DREAM_OCTAVES).set_value(1)
    app.slider(key=dream_settings.DREAM_STEPS).set_value(5)
    app.button(key="start_dream").click().run()
    finish(app, dream_results.DREAM)


@pytest.mark.parametrize(("channels", "columns"), [(32, 8), (64, 8), (128, 16), (256, 16)])
def test_atlas_to_save_prefers_whole_rows(channels: int, columns: int) -> None:
    assert channels % dream_views.sheet_columns(channels) == 0
    assert dream_views.sheet_columns(channels) == columns
