"""What a page says when something is missing or broken: one clear sentence each, and a way on."""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import state, subject
from dashboard.services import photos
from models import networks as model_networks
from tests.dashboard.cards import SMALL, SMALL_DETECTOR, SMALL_POSE, basic, expression_card, write_json
from tests.dashboard.conftest import forget_networks
from tests.support.screen import texts

OpenPage = Callable[..., AppTest]
Upload = Callable[[str, bytes], AppTest]

LENSES = ("activations", "attribution", "dream")
PUBLISHED = model_networks.WEIGHTS


def turn_to(app: AppTest, page: str) -> AppTest:
    app.switch_page(f"app_pages/{page}/page.py").run()
    assert not app.exception
    return app


def wide_png(width: int, height: int) -> bytes:
    """A black picture of one bit a pixel: a few kilobytes, however large it is."""
    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, format="PNG")
    return buffer.getvalue()


# Photos --------------------------------------------------------------------------------------------------------------


def test_broken_photo_is_told_on_every_page(upload: Upload) -> None:
    app = upload("garbage.png", b"\x89PNG\r\n\x1a\n broken")
    for page in ("inspect", *LENSES):
        turn_to(app, page)
        assert len(app.error) == 1, page
        assert "Traceback" not in texts(app)
        assert "Choose another file" in texts(app)


def test_huge_photo_is_told_with_the_limit(upload: Upload) -> None:
    app = upload("huge.png", wide_png(10_000, 5_000))
    assert len(app.error) == 1
    assert "megapixels" in app.error[0].value
    assert "Choose another file" in texts(app)


@pytest.mark.parametrize("name", ["emotion", "keypoints", SMALL_POSE, SMALL_DETECTOR])
def test_photo_without_a_face_is_told_for_every_network(open_page: OpenPage, every_task: Path, name: str) -> None:
    app = open_page("activations", network=name, sample="Chessboard")
    for page in LENSES:
        turn_to(app, page)
        assert app.selectbox(key=state.NETWORK).value == name
        assert [head.value for head in app.subheader] == ["No face found"]
        assert app.button(key="use_whole_picture")


def test_photo_without_a_person_is_told_on_every_page(
    open_page: OpenPage, every_task: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = photos.analysis
    monkeypatch.setattr(photos, "analysis", lambda *what: replace(found(*what), people=()))
    app = open_page("activations", network=SMALL_POSE)
    for page in LENSES:
        turn_to(app, page)
        assert [info.value for info in app.info] == [
            "No person was found on this photo, so the pose network has nothing to look at. Choose another photo, or "
            "another network above."
        ]


# Networks ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The made-up networks in a folder that a test may change; what other tests' networks saw on a photo is unknown."""
    for file in weights.iterdir():
        (tmp_path / file.name).symlink_to(file)
    monkeypatch.setattr(model_networks, "WEIGHTS", tmp_path)
    digest = subject.digest
    monkeypatch.setattr(subject, "digest", lambda data: digest(str(tmp_path).encode() + data))
    photos.sample.clear()
    forget_networks()
    yield tmp_path
    photos.sample.clear()
    forget_networks()


def card_alone(folder: Path, name: str, **more: Any) -> None:
    write_json(folder / f"{name}.json", {**expression_card(), "name": name, **more})


@pytest.mark.parametrize("page", ["inspect", *LENSES])
def test_network_without_its_file_is_not_offered(open_page: OpenPage, folder: Path, page: str) -> None:
    card_alone(folder, "emotion-unpublished")
    app = open_page(page, network="emotion-unpublished")
    assert app.selectbox(key=state.NETWORK).value == "emotion"
    assert SMALL in app.selectbox(key=state.NETWORK).options
    assert "emotion-unpublished" not in app.selectbox(key=state.NETWORK).options


@pytest.mark.parametrize("page", LENSES)
def test_pose_network_that_is_not_published_is_not_offered(open_page: OpenPage, folder: Path, page: str) -> None:
    write_json(folder / "pose.json", basic("pose", "pose"))
    app = open_page(page, network="pose")
    assert app.selectbox(key=state.NETWORK).value == "emotion"
    assert "pose" not in app.selectbox(key=state.NETWORK).options


@pytest.mark.parametrize("page", ["inspect", *LENSES])
def test_network_that_cannot_be_read_is_told(open_page: OpenPage, folder: Path, page: str) -> None:
    name = f"emotion-broken-{page}"  # a network is loaded once a process
    card_alone(folder, name)
    (folder / f"{name}.keras").write_bytes(b"no network at all")
    app = open_page(page, network=name)
    assert len(app.error) == 1
    assert f"“{name}” can't be loaded" in app.error[0].value
    assert str(folder) not in app.error[0].value, "a visitor learns no path of the server"
    app.selectbox(key=state.NETWORK).select("emotion").run()
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize("name", ["emotion", "keypoints"])
def test_network_that_every_page_needs_is_told_to_be_missing(open_page: OpenPage, folder: Path, name: str) -> None:
    (folder / f"{name}.keras").unlink()
    app = open_page()
    for page in ("inspect", *LENSES):
        turn_to(app, page)
        assert [error.value for error in app.error] == [
            f"The network “{name}” is missing on this server: its file {name}.keras belongs in models/weights."
        ]
    turn_to(app, "networks")
    assert not app.error


@pytest.fixture
def reads_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets networks be read from their files again, which is done once a process."""
    monkeypatch.setattr(model_networks, "_load", model_networks._load.__wrapped__)


@pytest.mark.parametrize("name", ["emotion", "keypoints"])
def test_network_that_every_page_needs_is_told_to_be_broken(
    open_page: OpenPage, folder: Path, reads_anew: None, name: str
) -> None:
    (folder / f"{name}.keras").unlink()
    (folder / f"{name}.keras").write_bytes(b"PK\x03\x04 half a network")
    app = open_page()
    for page in ("inspect", *LENSES):
        turn_to(app, page)
        assert [error.value for error in app.error] == [
            f"The network “{name}” can't be read on this server, and photos are read with it: its file {name}.keras is "
            "broken, or made by another version."
        ]


@pytest.mark.parametrize("name", ["emotion", "keypoints"])
@pytest.mark.parametrize("content", [None, "no card", '{"name": "a card without anything else"}'])
def test_card_that_every_page_needs_is_told_to_be_missing(
    open_page: OpenPage, folder: Path, name: str, content: str | None
) -> None:
    (folder / f"{name}.json").unlink()
    if content is not None:
        (folder / f"{name}.json").write_text(content)
    app = open_page()
    for page in ("inspect", *LENSES):
        turn_to(app, page)
        assert [error.value for error in app.error] == [
            f"The network “{name}” lacks its card on this server: {name}.json is missing in models/weights, or can't "
            "be read."
        ]
    turn_to(app, "networks")
    assert not app.error
    assert name not in app.selectbox(key=state.NETWORK).options


def test_broken_detector_is_told_and_the_other_one_offered(open_page: OpenPage, folder: Path, reads_anew: None) -> None:
    (folder / "detector.json").unlink(missing_ok=True)
    (folder / "detector.keras").unlink(missing_ok=True)
    (folder / "detector.json").write_bytes((PUBLISHED / "detector.json").read_bytes())
    (folder / "detector.keras").write_bytes(b"no network at all")
    forget_networks()
    app = open_page()
    assert "“detector” can't be read" in app.error[0].value
    app.button(key="try_haar").click().run()
    assert not app.exception
    assert not app.error
    assert len(app.session_state[state.PHOTO].id) == 64
    assert [head.value for head in app.subheader] == ["What the network sees", "All faces"], (
        "the broken one isn't set beside it"
    )
