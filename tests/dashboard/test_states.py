"""What a page says when something is missing or broken: one clear sentence each, and a way on."""

import io
import json
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
    app = upload("huge.png", wide_png(11_000, 10_000))
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


def cut_off(folder: Path, name: str) -> None:
    data = (folder / f"{name}.keras").read_bytes()
    (folder / f"{name}.keras").unlink()
    (folder / f"{name}.keras").write_bytes(data[: len(data) // 2])


def replace_by_another(folder: Path, name: str) -> None:
    (folder / f"{name}.keras").unlink()
    (folder / f"{name}.keras").write_bytes((folder / f"{SMALL}.keras").read_bytes())


def permute_labels(folder: Path, name: str) -> None:
    card = json.loads((folder / f"{name}.json").read_text())
    (folder / f"{name}.json").unlink()
    write_json(folder / f"{name}.json", card | {"labels": card["labels"][::-1]})


Harm = Callable[[Path, str], None]
HARMS: dict[str, tuple[Harm, str]] = {
    "no file": (
        lambda folder, name: (folder / f"{name}.keras").unlink(),
        "is missing on this server: its file {name}.keras belongs in models/weights",
    ),
    "cut off": (
        cut_off,
        "can't be used on this server: its file {name}.keras is not the one that its card describes, for it was "
        "changed, cut off or replaced",
    ),
    "another one": (
        replace_by_another,
        "can't be used on this server: its file {name}.keras is not the one that its card describes, for it was "
        "changed, cut off or replaced",
    ),
    "no card": (
        lambda folder, name: (folder / f"{name}.json").unlink(),
        "lacks its card on this server: {name}.json is missing in models/weights, or can't be read",
    ),
    "permuted labels": (
        permute_labels,
        "lacks its card on this server: {name}.json is missing in models/weights, or can't be read",
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_next_best_network_takes_over_with_a_sentence(open_page: OpenPage, folder: Path, harm: str) -> None:
    do, words = HARMS[harm]
    do(folder, "emotion")
    app = open_page()
    for page in ("inspect", "attribution"):
        turn_to(app, page)
        assert [one.value for one in app.warning] == [
            f"The network “emotion” {words.format(name='emotion')}. “{SMALL}” reads expressions in its place."
        ]
        assert not app.error
        assert app.selectbox(key=state.NETWORK).value == SMALL


@pytest.mark.parametrize("harm", HARMS)
def test_network_that_finds_the_points_is_told_where_it_cannot_be_used(
    open_page: OpenPage, folder: Path, harm: str
) -> None:
    card = json.loads((PUBLISHED / "keypoints.json").read_text())
    (folder / "keypoints.json").unlink()
    write_json(folder / "keypoints.json", card)
    do, words = HARMS[harm]
    do(folder, "keypoints")
    app = open_page()
    for page in ("inspect", "attribution"):
        turn_to(app, page)
        assert [one.value for one in app.error] == [f"The network “keypoints” {words.format(name='keypoints')}."]
    turn_to(app, "networks")
    assert not app.error


def test_photos_are_read_without_people_where_the_pose_network_was_changed(open_page: OpenPage, folder: Path) -> None:
    for suffix in ("keras", "json"):
        (folder / f"pose.{suffix}").unlink(missing_ok=True)
        (folder / f"pose.{suffix}").write_bytes((PUBLISHED / f"pose.{suffix}").read_bytes())
    cut_off(folder, "pose")
    app = open_page()
    assert "“pose” can't be used" in app.warning[0].value
    assert not app.error
    turn_to(app, "about")
    assert sum("“pose” can't be used" in one.value for one in app.warning) == 1
    turn_to(app, "inspect")
    assert len(app.session_state[state.PHOTO].id) == 64


@pytest.fixture
def reads_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets networks be read from their files again, which is done once a process."""
    monkeypatch.setattr(model_networks, "_load", model_networks._load.__wrapped__)


def test_broken_detector_is_told_and_the_other_one_offered(open_page: OpenPage, folder: Path, reads_anew: None) -> None:
    (folder / "detector.json").unlink(missing_ok=True)
    (folder / "detector.keras").unlink(missing_ok=True)
    (folder / "detector.json").write_bytes((PUBLISHED / "detector.json").read_bytes())
    (folder / "detector.keras").write_bytes(b"no network at all")
    forget_networks()
    app = open_page()
    assert "“detector” can't be used" in app.error[0].value
    app.button(key="try_haar").click().run()
    assert not app.exception
    assert not app.error
    assert len(app.session_state[state.PHOTO].id) == 64
    assert [head.value for head in app.subheader] == ["What the network sees", "All faces"], (
        "the broken one isn't set beside it"
    )
