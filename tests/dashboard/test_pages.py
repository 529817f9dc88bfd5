"""Every page and its main states, run in process."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import interp
from dashboard import state
from dashboard.app_pages.inspect import drawn
from dashboard.pickers import look as look_picker
from dashboard.pickers import photo as photo_picker
from dashboard.services import asking, photos
from dashboard.tasks import expression
from interp import METHODS, Explanation, Method
from interp.targets import Sum
from tests.dashboard.conftest import sample_bytes
from tests.support.screen import await_map, colour_bars, run_of, table, texts

OpenPage = Callable[..., AppTest]
Upload = Callable[[str, bytes], AppTest]


def test_first_screen_shows_the_analysed_sample(open_page: OpenPage) -> None:
    app = open_page()
    assert app.title[0].value == "Inspect"
    faces = table(app, "Face")
    assert list(faces["Face"]) == [1]
    assert faces["Happy"][0] > 50
    assert "Happy" in " ".join(element.value for element in app.html)


def test_points_of_a_face_are_listed_and_switched(open_page: OpenPage) -> None:
    app = open_page()
    assert re.fullmatch(r"\d+, \d+", table(app, "Nose tip")["Nose tip"][0])
    for key in (drawn.FACES, drawn.ALL_POINTS, drawn.POINTS):
        switch = app.toggle(key=key)
        switch.set_value(not switch.value).run()
        assert not app.exception


def test_address_bar_chooses_sample_face_layer_and_class(open_page: OpenPage) -> None:
    app = open_page("attribution", sample="Group", face="2", layer="conv3_1", expression="Sad")
    assert app.get_by_key(state.FACE).value == 2
    assert app.selectbox(key=state.LAYER).value == "conv3_1"
    assert app.selectbox(key=expression.EXPRESSION).value == "sad"
    assert "“sad”" in " ".join(element.value for element in app.html)


def test_unknown_names_in_the_address_bar_fall_back(open_page: OpenPage) -> None:
    app = open_page("attribution", sample="nobody", face="99", layer="conv99", expression="bored")
    assert app.selectbox(key=state.SAMPLE).value == photo_picker.DEFAULT_SAMPLE


def test_uploaded_photo_is_analysed(upload: Upload) -> None:
    app = upload("grace.jpg", sample_bytes("grace_hopper"))
    assert len(table(app, "Face")) == 1
    assert app.session_state[state.PHOTO].name == "grace"


def test_a_name_loses_what_cannot_be_written(upload: Upload) -> None:
    app = upload("gr\u202eace.jpg", sample_bytes("grace_hopper"))
    assert app.session_state[state.PHOTO].name == "grace"


def test_removed_upload_is_forgotten(upload: Upload) -> None:
    app = upload("grace.jpg", sample_bytes("grace_hopper"))
    app.file_uploader(key=photo_picker.UPLOAD).set_value(None).run()
    assert not app.exception
    assert app.session_state[state.PHOTO].source == "Sample"


def test_photo_stays_while_another_source_waits(upload: Upload) -> None:
    app = upload("grace.jpg", sample_bytes("grace_hopper"))
    app.get_by_key(state.SOURCE).set_value("Webcam").run()
    assert app.session_state[state.PHOTO].name == "grace"


def test_webcam_still_is_analysed(app: AppTest) -> None:
    app.run()
    app.get_by_key(state.SOURCE).set_value("Webcam").run()
    app.camera_input(key=photo_picker.CAMERA).upload("still.jpg", sample_bytes("grace_hopper")).run()
    assert not app.exception
    assert app.session_state[state.PHOTO].source == "Webcam"
    assert len(table(app, "Face")) == 1


@pytest.mark.parametrize("data", [b"no picture at all", b"", b"\x89PNG\r\n\x1a\n broken"])
def test_garbage_becomes_a_sentence_with_a_next_step(upload: Upload, data: bytes) -> None:
    app = upload("garbage.png", data)
    assert len(app.error) == 1
    assert "Traceback" not in texts(app)
    assert "Choose another file" in texts(app)
    app.button(key="back_to_sample").click().run()
    assert not app.exception
    assert not app.error
    assert app.session_state[state.PHOTO] == photos.sample(photo_picker.DEFAULT_SAMPLE)
    door = next(one.proto for one in app.get("bidi_component") if one.proto.component_name.endswith("door"))
    assert not json.loads(door.json)["fresh"]  # else the tab would ask for the photo that its visitor just left


def test_no_face_offers_the_whole_picture(upload: Upload, landscape: bytes) -> None:
    app = upload("landscape.png", landscape)
    assert "No face found" in texts(app)
    app.button(key="use_whole_picture").click().run()
    assert not app.exception
    assert table(app, "Face")["Box (x, y, width, height)"][0] == "0, 0, 320, 200"
    app.button(key="forget_by_hand").click().run()
    assert "No face found" in texts(app)


def test_no_face_offers_a_box(upload: Upload, landscape: bytes) -> None:
    app = upload("landscape.png", landscape)
    app.get_by_key(state.ADD).set_value("Face").run()
    left, top, width, height = app.number_input
    left.set_value(20), top.set_value(30), width.set_value(90), height.set_value(100)
    app.run()
    app.button(key="use_box").click().run()
    assert not app.exception
    assert table(app, "Face")["Box (x, y, width, height)"][0] == "20, 30, 90, 100"


def test_box_belongs_to_its_photo_alone(upload: Upload, landscape: bytes) -> None:
    app = upload("landscape.png", landscape)
    app.button(key="use_whole_picture").click().run()
    app.get_by_key(state.SOURCE).set_value("Sample").run()
    assert not app.exception
    assert table(app, "Face")["Happy"][0] > 50


@pytest.mark.parametrize("page", ["activations", "attribution", "dream"])
def test_no_face_is_friendly_on_every_page(open_page: OpenPage, page: str) -> None:
    app = open_page(page, sample="Chessboard")
    assert "No face found" in texts(app)


def test_every_layer_shows_its_channels(open_page: OpenPage) -> None:
    app = open_page("activations")
    layers = app.selectbox(key=state.LAYER)
    assert len(layers.options) >= 7
    for name in layers.options:
        app.selectbox(key=state.LAYER).select(name).run()
        assert not app.exception
        shape = re.search(r": (\d+) maps? of", texts(app))
        assert shape is not None
        label = app.button(key="start_drops").label
        assert (
            label == "Switch off its only channel" if shape[1] == "1" else f"each of the {shape[1]} channels" in label
        )


def test_chosen_channel_is_shown_large(open_page: OpenPage) -> None:
    app = open_page("activations")
    app.number_input(key=state.CHANNEL).set_value(7).run()
    assert "Channel 7 over the face" in texts(app)


def test_channel_beyond_a_smaller_layer_falls_back(open_page: OpenPage) -> None:
    app = open_page("activations", layer="conv4_1")
    app.number_input(key=state.CHANNEL).set_value(250).run()
    app.selectbox(key=state.LAYER).select("conv1_1").run()
    assert not app.exception
    assert app.number_input(key=state.CHANNEL).value < 32


def test_every_class_can_be_explained(open_page: OpenPage) -> None:
    app = open_page("attribution")
    for name in ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"):
        app.selectbox(key=expression.EXPRESSION).select(name).run()
        assert not app.exception
        assert f"“{name}”" in " ".join(element.value for element in app.html)


def test_every_layer_can_be_explained(open_page: OpenPage) -> None:
    app = open_page("attribution")
    for name in app.selectbox(key=state.LAYER).options:
        app.selectbox(key=state.LAYER).select(name).run()
        assert not app.exception


def test_methods_begin_with_grad_cam_and_none_is_missing(open_page: OpenPage) -> None:
    app = open_page("attribution")
    labels = app.selectbox(key=state.METHOD).options
    assert labels[0] == "Grad-CAM"
    assert sorted(labels) == sorted(method.label for method in METHODS.values())


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_draws_with_its_colour_bars(open_page: OpenPage, method: Method) -> None:
    app = open_page("attribution", method=method.label)
    await_map(app)
    assert colour_bars(app) == 2
    assert method.summary in texts(app)
    ends = "(against “happy”)" in " ".join(element.value for element in app.html)
    assert ends is method.signed


def test_slow_method_is_computed_once(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("attribution", method="RISE")
    await_map(app)
    app.selectbox(key=state.METHOD).select("grad_cam").run()
    forbid_explaining(monkeypatch)
    app.selectbox(key=state.METHOD).select("rise").run()
    app.slider(key=look_picker.OPACITY).set_value(90).run()
    app.selectbox(key=look_picker.SIGNED_PALETTE).select("purple-orange").run()
    assert not app.exception
    assert colour_bars(app) == 2


def test_cancelled_method_keeps_the_page_and_can_be_computed_again(open_page: OpenPage) -> None:
    app = open_page("attribution", method="RISE")
    app.number_input(key="rise_masks").set_value(10_000).run()
    run = run_of(app, asking.EXPLANATION)
    while not run.total:
        time.sleep(0.01)
    app.run()
    assert re.search(r"RISE: [\d,]+ of 10,000 pictures", app.progress[0].text)
    app.button(key="cancel_explanation").click().run()
    run.join(10)
    app.run()
    assert not app.exception
    assert run.status == "cancelled"
    assert "Cancelled after" in app.progress[0].text
    app.button(key="compute").click().run()
    again = run_of(app, asking.EXPLANATION)
    assert again is not run
    assert again.is_active
    app.button(key="default_settings").click().run()
    assert app.number_input(key="rise_masks").value == 500
    assert again.status == "cancelled"
    await_map(app)


def test_method_known_to_take_long_waits_for_its_button(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "PATIENCE", 0.001)
    app = open_page("attribution", method="Occlusion")
    await_map(app)
    app.selectbox(key=expression.EXPRESSION).select("sad").run()
    assert re.search(r"takes about \d+ s", app.progress[0].text)
    assert run_of(app, asking.EXPLANATION) is None
    app.button(key="compute").click().run()
    await_map(app)
    assert colour_bars(app) == 2


def test_failed_method_says_so_and_what_to_do(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **settings: object) -> None:
        raise ValueError("This network has no such thing.")

    monkeypatch.setattr("interp.explain", fail)
    app = open_page("attribution", method="Occlusion")
    run_of(app, asking.EXPLANATION).join(10)
    app.run()
    assert not app.exception
    assert "no such thing. Try other settings" in app.error[0].value


def test_class_is_set_against_another(open_page: OpenPage) -> None:
    app = open_page("attribution", method="Input × gradient", expression="Happy", against="Sad")
    html = " ".join(element.value for element in app.html)
    assert "(for “sad”)" in html
    assert "(for “happy”)" in html
    assert [metric.label for metric in app.metric][1] == "Lead"
    lead = float(app.metric[1].value.replace("−", "-"))
    app.selectbox(key=expression.EXPRESSION).select("sad").run()
    assert app.get_by_key(expression.AGAINST).value == expression.NO_OTHER, "nothing is set against itself"
    app.get_by_key(expression.AGAINST).set_value("happy").run()
    assert float(app.metric[1].value.replace("−", "-")) == pytest.approx(-lead)


def test_complete_method_tells_its_gap_in_words(open_page: OpenPage) -> None:
    app = open_page("attribution", method="Integrated gradients")
    await_map(app)
    sentence = re.search(r"the score (rises|falls) by ([\d.]+); the map's values sum to ([−\d.]+), ", texts(app))
    assert sentence
    change, total = float(sentence[2]), float(sentence[3].replace("−", "-"))
    assert (change if sentence[1] == "rises" else -change) == pytest.approx(total, rel=0.1)


def test_blank_map_says_what_to_do(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def blank(*arguments: object, **settings: object) -> Explanation:
        found = explain(*arguments, **settings)
        return replace(found, values=np.zeros_like(found.values))

    explain = interp.explain
    monkeypatch.setattr("interp.explain", blank)
    app = open_page("attribution")
    assert app.info[0].value.startswith("The map is blank")
    assert "HiResCAM" in app.info[0].value


def test_blank_map_offers_what_speaks_against_it_and_the_way_back(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_against(*arguments: object, **settings: object) -> Explanation:
        found = explain(*arguments, **settings)
        return found if isinstance(found.target, Sum) else replace(found, values=np.zeros_like(found.values))

    explain = interp.explain
    monkeypatch.setattr("interp.explain", only_against)
    app = open_page("attribution")
    app.button(key="explain_opposite").click().run()
    assert not app.exception
    assert "Shown is what speaks against “happy”" in texts(app)
    assert any("Evidence against “happy”" in html.value for html in app.html)
    assert not app.info
    app.button(key="explain_opposite").click().run()
    assert not app.exception
    assert app.info[0].value.startswith("The map is blank")


def test_opacity_and_palette_compute_nothing(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("attribution")
    forbid_explaining(monkeypatch)
    app.slider(key=look_picker.OPACITY).set_value(90).run()
    app.selectbox(key=look_picker.PALETTE).select("viridis").run()
    assert not app.exception


def test_choices_stay_across_pages(open_page: OpenPage) -> None:
    app = open_page("activations")
    app.selectbox(key=state.LAYER).select("conv2_1").run()
    app.switch_page("app_pages/attribution/page.py").run()
    assert not app.exception
    assert "Layer conv2_1: a map of" in texts(app)
    app.switch_page("app_pages/inspect/page.py").run()
    app.switch_page("app_pages/attribution/page.py").run()
    assert "Layer conv2_1: a map of" in texts(app)


def forbid_explaining(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **settings: object) -> None:
        raise AssertionError("nothing may be explained again")

    monkeypatch.setattr("interp.explain", fail)
