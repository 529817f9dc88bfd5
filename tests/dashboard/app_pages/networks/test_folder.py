"""Folders of photos: a zip's guards, the operator's results, and the wall of faces."""

import hashlib
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.networks import folder, folder_faces
from dashboard.app_pages.networks.folder_faces import Faces, FolderError
from models import Analysis, Face, tables
from models.batch import Reading, Settings
from models.emotion import EXPRESSIONS
from tests.dashboard.conftest import sample_bytes
from tests.support.corpus import archive
from tests.support.screen import finish, texts

OpenPage = Callable[..., AppTest]


# A zip ---------------------------------------------------------------------------------------------------------------


def test_the_photos_of_a_zip_are_taken_and_nothing_else() -> None:
    photos = folder_faces.unpack(
        archive({"a/one.jpg": b"1", "b/one.JPG": b"2", "notes.txt": b"3", "__MACOSX/one.jpg": b"4", "c/.x.png": b"5"})
    )
    assert photos == {"a/one.jpg": b"1", "b/one.JPG": b"2"}


def lying(data: bytes) -> bytes:
    """Return a zip whose directory says that its only file unpacks to one byte."""
    start = data.index(b"PK\x01\x02")
    return data[: start + 24] + struct.pack("<I", 1) + data[start + 28 :]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"no zip at all", "isn't a zip file, or it is damaged"),
        (archive({"notes.txt": b""}), "The zip has no photos"),
        (archive({f"{number}.jpg": b"" for number in range(201)}), "holds 201 photos; at most 200"),
        (archive({"large.png": bytes(11 * 2**20)}), "“large.png” has 11 MB"),
        (archive({f"{number}.png": bytes(9 * 2**20) for number in range(12)}), "more than 100 MB, unpacked"),
        (lying(archive({"bomb.png": bytes(2**20)})), "isn't a zip file, or it is damaged"),
    ],
    ids=["text", "no photos", "too many", "large photo", "large zip", "bomb"],
)
def test_a_zip_that_is_not_taken_says_why_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(FolderError, match=sentence):
        folder_faces.unpack(data)


@pytest.mark.slow
def test_the_faces_of_a_zip_are_read_and_what_is_no_photo_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    astronaut, told = sample_bytes("astronaut"), []
    photos = {"a/astronaut.jpg": astronaut, "broken.jpg": b"\xff\xd8"}
    found = folder_faces.read_photos(photos, lambda done, total: told.append((done, total)))
    assert (found.photos, found.unread, told) == (1, 1, [(0, 2), (1, 2)])
    assert found.counts == {"happy": 1}
    assert found.table.iloc[0]["sha256"] == hashlib.sha256(astronaut).hexdigest()
    assert found.read("a/astronaut.jpg") == astronaut
    monkeypatch.setattr(folder_faces, "ALL_MB", len(astronaut) * 1.5 / 2**20)
    with pytest.raises(FolderError, match="many visitors"):
        folder_faces.read_photos(photos, lambda done, total: None)


# Orders --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def faces() -> Faces:
    astronaut = sample_bytes("astronaut")
    rows = [("a.jpg", 1, 50, "sad", 0.6), ("a.jpg", 2, 90, "happy", 0.5), ("b.jpg", 1, 20, "happy", 0.9)]
    table = pd.DataFrame(
        [
            {"photo": photo, "face": number, "x": 170, "y": 60, "width": side, "height": side}
            | {"expression": expression, "share": share, "sha256": hashlib.sha256(astronaut).hexdigest()}
            for photo, number, side, expression, share in rows
        ]
    )
    return Faces(table, 2, 1, lambda name: astronaut)


@pytest.mark.parametrize(("order", "places"), [("expression", [2, 1, 0]), ("doubt", [1, 0, 2]), ("size", [1, 0, 2])])
def test_faces_are_ordered(faces: Faces, order: str, places: list[int]) -> None:
    assert faces.ordered(order).index.tolist() == places
    assert faces.ordered(order, "happy").index.tolist() == [place for place in places if place != 0]


def test_a_tile_is_the_face_with_some_room_even_at_the_edge() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[40:60, 40:60] = 255
    middle = folder_faces.tile(image, (40, 40, 20, 20))
    assert middle.shape == (folder_faces.TILE, folder_faces.TILE, 3)
    assert middle[48, 48].min() == 255
    assert middle[0, 0].max() == 0
    assert folder_faces.tile(image, (90, 90, 10, 10)).shape == middle.shape


# The operator's folder -----------------------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of results beside a folder with two photos, one of which has changed since."""
    (tmp_path / "photos").mkdir()
    data = sample_bytes("astronaut")
    for name in ("kept.jpg", "changed.jpg"):
        (tmp_path / "photos" / name).write_bytes(data)
    (tmp_path / "photos" / "changed.jpg").write_bytes(sample_bytes("group"))
    seen = Face((177, 59, 93, 119), 0.9, emotion=dict.fromkeys(EXPRESSIONS, 0.01) | {"happy": 0.94}, expression="happy")
    digest, size = hashlib.sha256(data).hexdigest(), (512, 512)
    found = Analysis((seen,), (), "cnn", {})
    readings = [Reading(f"photos/{name}", None, digest, size, found) for name in ("kept.jpg", "changed.jpg")]
    readings += [Reading("photos/film.mp4", 1.0, digest, size, found), Reading("photos/broken.jpg", error="No photo.")]
    folder = tmp_path / "results"
    tables.write_part(folder, "one", readings, tables.describe(Settings()))
    monkeypatch.setenv(folder_faces.RESULTS, str(folder))
    return folder


def test_results_are_those_of_the_photos_that_did_not_change(results: Path) -> None:
    found = folder_faces.find_results()
    assert found is not None
    assert found[0] == results
    faces = folder_faces.read_results(results)
    assert (faces.photos, faces.unread, faces.counts) == (2, 1, {"happy": 2})
    assert faces.read("photos/kept.jpg") == sample_bytes("astronaut")
    for name in ("photos/changed.jpg", "../results/photos/part-one.parquet", "/etc/hostname"):
        with pytest.raises(FolderError, match="no longer there"):
            faces.read(name)


def test_a_setting_that_names_no_results_is_told_in_a_sentence(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folder_faces.RESULTS, str(tmp_path))
    with pytest.raises(FolderError, match="has written no tables yet"):
        folder_faces.find_results()
    monkeypatch.delenv(folder_faces.RESULTS)
    assert folder_faces.find_results() is None
    for part in (results / "faces").iterdir():
        part.write_bytes(b"PAR1")
    with pytest.raises(FolderError, match="are damaged"):
        folder_faces.read_results(results)


# The page ------------------------------------------------------------------------------------------------------------


def test_the_wall_shows_the_results_and_a_click_opens_the_photo(
    open_page: OpenPage, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walls = []
    monkeypatch.setattr(folder, "gallery", lambda tiles, **settings: walls.append((tiles, settings["on_pick"])))
    app = open_page("networks", view="Folder")
    assert "2 faces** on 2 photos; 1 could not be read" in texts(app)
    tiles, pick = walls[-1]
    captions = [tile.caption for tile in tiles]
    assert sorted(captions) == ["Gone", "happy 94 %"]
    with monkeypatch.context() as patch:
        patch.setattr("streamlit.session_state", app.session_state)
        pick(captions.index("Gone"))
    app.run()
    assert "“changed.jpg” is no longer there, or has changed." in texts(app)


def test_a_zip_becomes_a_wall_and_is_let_go(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    walls = []
    monkeypatch.setattr(folder, "gallery", lambda tiles, **settings: walls.append(tiles))
    app = open_page("networks", view="Folder")
    app.file_uploader(key=f"{folder.FILE}_0").upload("photos.zip", archive({"a.jpg": sample_bytes("astronaut")})).run()
    finish(app, folder.ALBUM)
    assert [tile.caption.split()[0] for tile in walls[-1]] == ["happy"]
    app.get_by_key("forget_folder").click().run()
    assert not app.exception
    assert folder.FILE + "_1" in {one.key for one in app.file_uploader}


def test_a_click_makes_the_photo_and_the_face_those_of_every_page(app: AppTest, faces: Faces) -> None:
    app.run()
    seen = folder.Seen.of(faces.table.to_dict("records")[1])
    told: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("streamlit.session_state", told)
        folder._open(faces, seen)
    assert told[state.PHOTO].data == sample_bytes("astronaut")
    assert told[state.FACE] == 2
    assert told[state.SOURCE] == "Upload"
