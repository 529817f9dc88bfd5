"""The Compare page: two networks, faces or photos, the ladder, and each state without a second side."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.compare import activations as compare_activations
from dashboard.app_pages.compare import second as compare_second
from dashboard.pickers import look as look_picker
from dashboard.services import asking, networks
from tests.dashboard.conftest import sample_bytes
from tests.support.screen import colour_bars, run_of, texts

OpenPage = Callable[..., AppTest]


def test_two_networks_look_at_one_face(open_page: OpenPage) -> None:
    app = open_page("compare", second_network="emotion-simple")
    assert app.title[0].value == "Compare"
    assert [head.value for head in app.subheader][:2] == ["emotion", "emotion-simple"]
    assert "Both say happy" in texts(app) or "emotion-simple says" in texts(app)
    assert colour_bars(app) == 3  # one a map, one for the difference
    assert {"Rank correlation", "Structural similarity"} <= {metric.label for metric in app.metric}
    assert "scales of their own" in texts(app)


def test_one_choice_of_layer_drives_both_networks(open_page: OpenPage) -> None:
    app = open_page("compare", second_network="emotion-simple")
    before = app.selectbox(key=compare_second.SECOND_LAYER).options[0]
    app.selectbox(key=state.LAYER).set_value("conv1_1").run()
    assert not app.exception
    after = app.selectbox(key=compare_second.SECOND_LAYER).options[0]
    assert before.startswith("Same depth: ")
    assert after != before
    titles = " ".join(element.value for element in app.html)
    assert "layer conv1_1" in titles
    assert f"layer {after.removeprefix('Same depth: ')}" in titles


def test_layer_of_the_second_network_is_chosen_apart(open_page: OpenPage) -> None:
    app = open_page("compare", second_network="emotion-simple")
    picker = app.selectbox(key=compare_second.SECOND_LAYER)
    picker.set_value(picker.options[1]).run()
    assert not app.exception
    assert f"layer {picker.options[1]}" in " ".join(element.value for element in app.html)


def test_same_map_is_not_computed_again_for_another_opacity(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("compare")

    def fail(*arguments: object, **settings: object) -> None:
        raise AssertionError("nothing may be explained again")

    monkeypatch.setattr("interp.explain", fail)
    app.slider(key=look_picker.OPACITY).set_value(30).run()
    assert not app.exception


def test_one_face_only_offers_another_photo(open_page: OpenPage) -> None:
    app = open_page("compare", compare="Two faces")
    assert "Only one face was found" in texts(app)
    app.button(key="show_group").click().run()
    assert not app.exception
    assert [head.value for head in app.subheader][:2] == ["Face 1", "Face 2"]


def test_two_faces_share_one_scale(open_page: OpenPage) -> None:
    app = open_page("compare", compare="Two faces", sample="Group")
    assert colour_bars(app) == 2  # no difference of maps of two faces
    assert sum("one scale for both" in element.value for element in app.html) == 2
    assert not [box for box in app.selectbox if box.key == compare_second.SECOND_LAYER]


def test_each_face_is_explained_for_its_own_answer_until_one_is_chosen(open_page: OpenPage) -> None:
    app = open_page("compare", compare="Two faces", sample="Group", second_face="2")
    titles = [element.value for element in app.html if "one scale for both" in element.value]
    assert "happy" in titles[0]
    assert "neutral" in titles[1]
    assert "Face 2 is uncertain" in texts(app)
    assert "different answers, happy and neutral" in texts(app)
    app.selectbox(key="expression").set_value("sad").run()
    assert not app.exception
    titles = [element.value for element in app.html if "one scale for both" in element.value]
    assert ["sad" in title for title in titles] == [True, True]
    assert "different answers" not in texts(app)


def test_two_photos_start_with_a_sample(open_page: OpenPage) -> None:
    app = open_page("compare", compare="Two photos", lens="Probabilities")
    assert [head.value for head in app.subheader][:2] == ["Astronaut, face 1", "Grace Hopper, face 1"]
    assert "The answers differ by" in texts(app)


def test_second_photo_without_a_face_offers_ways_on(open_page: OpenPage) -> None:
    app = open_page("compare", compare="Two photos", second_sample="Chessboard")
    assert "No face found" in texts(app)
    app.button(key="use_whole_picture").click().run()
    assert not app.exception
    assert "Chessboard, face 1" in texts(app)


def test_first_photo_without_a_face_ends_the_page(open_page: OpenPage) -> None:
    app = open_page("compare", sample="Chessboard")
    assert "No face found" in texts(app)
    assert "What differs" not in texts(app)


def test_second_photo_is_private(open_page: OpenPage) -> None:
    app = open_page("compare", compare="Two photos", lens="Probabilities")
    app.get_by_key(compare_second.SECOND_SOURCE).set_value("Upload").run()
    assert "Choose the second photo above" in texts(app)
    app.file_uploader(key=compare_second.SECOND_UPLOAD).upload("secret hopper.jpg", sample_bytes("grace_hopper")).run()
    assert not app.exception
    assert "secret hopper, face 1" in texts(app)
    written = repr(dict(app.query_params)).lower()
    assert "secret" not in written
    assert "second_sample" not in written


def test_second_file_that_is_no_photo_is_said_in_a_sentence(open_page: OpenPage) -> None:
    app = open_page("compare", compare="Two photos")
    app.get_by_key(compare_second.SECOND_SOURCE).set_value("Upload").run()
    app.file_uploader(key=compare_second.SECOND_UPLOAD).upload("broken.jpg", b"no picture").run()
    assert not app.exception
    assert len(app.error) == 1


def test_activations_of_one_network_share_channels(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[list[Any]] = []
    monkeypatch.setattr(compare_activations, "gallery", lambda tiles, **settings: drawn.append(list(tiles)))
    app = open_page("compare", compare="Two photos", lens="Activations")
    assert [len(tiles) for tiles in drawn[-2:]] == [compare_activations.CHANNELS] * 2
    assert "strongest channels are the same on both sides" in texts(app)


def test_strongest_channels_come_first() -> None:
    maps = np.zeros((2, 2, 3))
    maps[..., 1], maps[..., 2] = -3, 1
    assert compare_activations.strongest(maps) == [1, 2, 0]


def test_slow_method_waits_for_its_button(open_page: OpenPage) -> None:
    app = open_page("compare", second_network="emotion-simple", method="RISE")
    assert app.button(key="compute_slow").label == "Compute the 2 that take longer"
    app.button(key="compute_slow").click().run()
    run = run_of(app, asking.WALL)
    assert run is not None
    if run.is_active:
        app.button(key="cancel_wall").click()
        run.cancel()
        run.join(30)


def test_ladder_climbs_from_the_fewest_parameters(open_page: OpenPage) -> None:
    app = open_page("compare", compare="The ladder")
    table = app.dataframe[0].value
    assert list(table["parameters"]) == sorted(table["parameters"])
    assert list(table["network"]) == [head.value for head in app.subheader][: len(table)]
    expected = {
        name for name, card in networks.cards().items() if card.task == "expression" and networks.has_network(name)
    }
    assert set(table["network"]) == expected
    assert np.allclose(table[list(networks.card("emotion").labels)].sum(axis=1), 1, atol=1e-4)
    assert (table["milliseconds"] > 0).all()
    assert colour_bars(app) == len(table)


@pytest.mark.parametrize("mode", ["Two networks", "The ladder"])
def test_a_usual_layer_that_only_its_network_offers_is_compared(open_page: OpenPage, mode: str) -> None:
    usual = networks.card("emotion-xception").usual_map
    assert usual is not None
    app = open_page("compare", network="emotion-xception", compare=mode)
    assert not app.exception
    assert app.selectbox(key=state.LAYER).value == usual.layer
