"""Bringing a network: the panel, and every page with networks of many forms."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.networks import yours
from dashboard.services import networks, own_networks
from dashboard.services.own_networks import SESSION, TRIAL, OwnNetwork
from interp.formats import installed
from interp.trial import TrialError, examine
from tests.dashboard import own
from tests.dashboard.conftest import ROOT
from tests.support.onnx import onnx_mean
from tests.support.screen import finish, texts

OpenPage = Callable[..., AppTest]

FUNCTION = "function"
NEED_LAYERS = ("activations", "dream", "live", "tour")
PAGES = sorted(file.parent.name for file in (ROOT / "dashboard" / "app_pages").glob("*/page.py"))


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch, every_task: Path) -> None:
    monkeypatch.setenv(own_networks.ALLOWED, "1")


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries files in this process, as another one would; TensorFlow takes seconds to import there."""

    def try_here(data: bytes, name: str, on_wait: Callable[[], Any]) -> Any:
        on_wait()
        try:
            return examine(data, name)
        except ValueError as error:
            raise TrialError(str(error)) from error

    monkeypatch.setattr(own_networks, "try_file", try_here)


@pytest.fixture
def bring(app: AppTest, tmp_path: Path) -> Callable[[str], OwnNetwork]:
    """Puts a network of a form into the visitor's session."""

    def bring_it(form: str) -> OwnNetwork:
        is_function = form == FUNCTION
        draft = own.function_draft() if is_function else own.draft_of(own.saved(own.FORMS[form](), tmp_path), form)
        preparation = draft.findings.preparation
        if form == "open size":
            preparation = replace(preparation, size=(24, 24))
        labels = [f"class {number}" for number in range(draft.findings.classes)]
        brought = own_networks.make(draft, preparation, labels, form)
        app.session_state[SESSION] = {brought.name: brought}
        app.session_state[state.HAS_OWN] = True
        return brought

    return bring_it


@pytest.mark.parametrize("form", [*own.FORMS, FUNCTION])
def test_every_page_opens_a_network_of_every_form_or_says_why_not(
    open_page: OpenPage, bring: Callable[[str], OwnNetwork], form: str
) -> None:
    brought = bring(form)
    app = open_page("networks", network=brought.name)
    for page in PAGES:
        app.switch_page(f"app_pages/{page}/page.py").run()
        assert not app.exception, page
        assert not app.error, page
        pickers = [box for box in app.selectbox if box.label == "Network"]
        if page == "about":
            continue
        assert pickers, page
        is_used = form != FUNCTION or page not in NEED_LAYERS
        assert (pickers[0].value == brought.name) is is_used, page
        assert is_used or "gives answers alone" in texts(app), page


def upload(app: AppTest, name: str, data: bytes) -> None:
    (uploader,) = [one for one in app.file_uploader if str(one.key).startswith(yours.FILE)]
    uploader.upload(name, data).run()
    finish(app, TRIAL)


def fill(app: AppTest, name: str) -> Any:
    """Return the widget of a choice, whatever file it is about."""
    kinds = (*app.selectbox, *app.text_input, *app.text_area, *app.number_input)
    (found,) = [one for one in kinds if str(one.key).startswith(f"own_{name}_")]
    return found


@pytest.mark.usefixtures("in_this_process")
def test_a_file_is_described_named_and_used(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page("networks")
    upload(app, "birds.h5", own.saved(own.network(), tmp_path))
    said = texts(app)
    assert "**birds**: pictures of 16×16×3, 3 classes" in said
    assert "As the network sees it: values of" in said
    assert fill(app, "values").value == "0 to 255"
    assert fill(app, "output").value == "softmax"
    fill(app, "labels").set_value("robin\nwren").run()
    assert any("3 classes apart; 2 have names" in one.value for one in app.warning)
    assert app.button(key="use_own_network").disabled
    fill(app, "labels").set_value("robin\nwren\ntit").run()
    app.button(key="use_own_network").click().run()
    assert not app.exception
    (name,) = app.session_state[SESSION]
    assert name.startswith("birds-")
    picker = app.selectbox(key=state.NETWORK)
    assert picker.value == name
    assert "stands in the picker as" in texts(app)
    app.switch_page("app_pages/inspect/page.py").run()
    assert not app.exception
    assert app.selectbox(key=state.NETWORK).value == name
    app.switch_page("app_pages/networks/page.py").run()
    app.button(key=f"forget_{name}").click().run()
    assert not app.exception
    assert name not in app.selectbox(key=state.NETWORK).options


@pytest.mark.usefixtures("in_this_process")
def test_a_zip_archive_brings_its_labels(open_page: OpenPage, tmp_path: Path) -> None:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as written:
        written.writestr("keras_model.h5", own.saved(own.teachable_machine(), tmp_path))
        written.writestr("labels.txt", "0 thumbs up\n1 thumbs down\n")
    app = open_page("networks")
    upload(app, "converted.zip", buffer.getvalue())
    assert fill(app, "labels").value == "thumbs up\nthumbs down"


@pytest.mark.usefixtures("in_this_process")
@pytest.mark.skipif(".onnx" not in installed(), reason="requirements-formats.txt is not installed")
def test_an_onnx_file_is_asked_alone_and_explained_by_occlusion(open_page: OpenPage) -> None:
    app = open_page("networks")
    upload(app, "mean.onnx", onnx_mean())
    assert "**mean**: pictures of 8×8×3, 3 classes, " in texts(app)
    assert fill(app, "output").value == "softmax"
    app.button(key="use_own_network").click().run()
    assert not app.exception
    name = app.session_state[state.NETWORK]
    app.switch_page("app_pages/attribution/page.py").run()
    assert not app.exception
    assert not app.error
    assert app.selectbox(key=state.NETWORK).value == name
    assert app.selectbox(key=state.METHOD).options == ["Occlusion", "RISE"]


@pytest.mark.usefixtures("in_this_process")
def test_answers_that_do_not_depend_on_the_picture_are_warned_of_and_better_values_offered(
    open_page: OpenPage, tmp_path: Path
) -> None:
    keras.utils.set_random_seed(0)
    picture = keras.Input((16, 16, 3))
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(3, 1, use_bias=False, name="maps")(picture))
    model = keras.Model(picture, keras.layers.Dense(2, activation="softmax", name="answer")(mean))
    model.get_layer("maps").set_weights([np.eye(3, dtype=np.float32)[None, None]])
    model.get_layer("answer").set_weights(  # bright or dark, of values up to 255
        [np.array([[0.05, -0.05]] * 3, np.float32), np.array([-19.0, 19.0], np.float32)]
    )
    app = open_page("networks")
    upload(app, "bright.h5", own.saved(model, tmp_path))
    assert fill(app, "values").value == "0 to 1", "nothing tells it"
    assert any("unlike samples hardly differ" in one.value for one in app.warning)
    app.button(key="use_range").click().run()
    assert not app.exception
    assert fill(app, "values").value == "0 to 255"
    assert not app.warning


@pytest.mark.usefixtures("in_this_process")
def test_two_inputs_are_refused_in_a_sentence(open_page: OpenPage, tmp_path: Path) -> None:
    app = open_page("networks")
    upload(app, "two.keras", own.saved(own.two_inputs(), tmp_path, "keras"))
    assert [one.value for one in app.error] == [
        "The network takes 2 inputs; one that takes a single picture is needed."
    ]


def test_the_lines_of_a_report_make_the_network_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = own.saved(own.network(activation=None), tmp_path)
    draft = own.draft_of(data)
    preparation = replace(draft.findings.preparation, colours="bgr", fit="crop")
    brought = own_networks.make(draft, preparation, ["a", "b", "c"], "net")
    imports, expression = networks.code_of(brought.name)
    monkeypatch.chdir(tmp_path)
    Path(networks.NETWORK_FILE).write_bytes(data)
    told: dict[str, Any] = {}
    exec(f"{imports}\nnetwork = {expression}", told)
    picture = np.random.default_rng(0).integers(0, 256, (16, 16, 3), np.uint8)
    np.testing.assert_allclose(told["network"].predict(picture), brought.network.predict(picture), atol=1e-6)


def test_the_panel_says_that_it_is_off(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(own_networks.ALLOWED, "0")
    app = open_page("networks")
    assert yours.OFF in texts(app)
    assert not [one for one in app.file_uploader if str(one.key).startswith(yours.FILE)]


def test_what_can_not_be_explained_says_why(tmp_path: Path) -> None:
    table = yours.possible(own.draft_of(own.saved(own.dense(), tmp_path)).network).set_index("What")
    assert not table.loc["Grad-CAM", "Possible"]
    assert "needs a layer that answers with maps" in table.loc["Grad-CAM", "Why not"]
    assert table.loc["Saliency", "Possible"]
    table = yours.possible(own.draft_of(own.saved(own.network(), tmp_path)).network).set_index("What")
    assert table.loc["Grad-CAM", "Possible"]
    table = yours.possible(own.function_draft().network).set_index("What")
    assert table.index[table["Possible"]].tolist() == ["Occlusion", "RISE"]
    assert "gives answers alone" in table.loc["Saliency", "Why not"]
