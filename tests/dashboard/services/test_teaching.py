"""Teaching beside the page: pictures come in by class, bounded, and the taught network stands among the session's."""

import io
import zipfile

import numpy as np
import pytest
import streamlit as st
from PIL import Image

from dashboard.services import networks, own_networks, taught_classes, teaching
from dashboard.services.runs import CancelledError
from dashboard.services.taught_classes import Group, Picture, Read
from dashboard.services.teaching import Progress
from interp.preparation import preparation_of
from sample_images import shortcut


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})


def encoded(level: int = 90, kind: str = "PNG") -> bytes:
    Image.fromarray(np.full((300, 500, 3), level, np.uint8)).save(data := io.BytesIO(), kind)
    return data.getvalue()


def archive(**folders: int) -> bytes:
    with zipfile.ZipFile(data := io.BytesIO(), "w") as written:
        for folder, count in folders.items():
            for number in range(count):
                written.writestr(f"set/{folder}/{number}.png", encoded(40 + number))
        written.writestr("set/notes.txt", "no picture")
        written.writestr("loose.png", encoded())
    return data.getvalue()


def pictures(count: int) -> tuple[Picture, ...]:
    return tuple(Picture(str(number), b"") for number in range(count))


def report(done: int, total: int, result: Progress | None = None) -> None: ...


def test_a_zip_becomes_a_class_for_each_folder_and_small_pictures() -> None:
    read = taught_classes.start_reading([("set.zip", archive(cat=3, dog=2))]).wait()
    assert taught_classes.take(read) == ["Pictures of “set.zip” that lie in no folder were left out: 1."]
    assert [(group.name, len(group.pictures)) for group in taught_classes.classes()] == [("cat", 3), ("dog", 2)]
    assert taught_classes.decoded(taught_classes.classes()[0].pictures[0]).shape == (154, 256, 3)


def test_files_go_to_their_class_and_a_bad_one_is_told() -> None:
    key = taught_classes.classes()[1].key
    read = taught_classes.start_reading([("a.png", encoded()), ("b.jpg", b"no picture")], key).wait()
    told = taught_classes.take(read)
    assert [len(group.pictures) for group in taught_classes.classes()] == [0, 1]
    assert len(told) == 1
    assert told[0].startswith("“b.jpg” was left out. ")


def test_a_class_and_the_number_of_classes_are_bounded() -> None:
    many = {f"class {number}": pictures(1) for number in range(12)}
    told = taught_classes.take(Read(many | {"class 0": pictures(taught_classes.MOST_PICTURES + 9)}))
    groups = taught_classes.classes()
    assert len(groups) == 10
    assert len(groups[0].pictures) == taught_classes.MOST_PICTURES
    assert any("the most that a class may have" in sentence for sentence in told)
    assert sum("at most 10 classes" in sentence for sentence in told) == 2


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ([Group(0, "a", pictures(9))], "2 classes"),
        ([Group(0, "a", pictures(9)), Group(1, "a", pictures(9))], "Two classes are called “a”"),
        ([Group(0, "a", pictures(9)), Group(1, "b", pictures(1))], "“b” needs 2 pictures at least."),
        ([Group(0, "a"), Group(1, "b")], "“a” and “b” need 2 pictures at least."),
        ([Group(0, "a", pictures(2)), Group(1, "b", pictures(2))], ""),
    ],
)
def test_what_is_still_needed_is_said(groups: list[Group], words: str) -> None:
    assert words in taught_classes.problem_of(groups)
    assert bool(taught_classes.problem_of(groups)) is bool(words)


@pytest.mark.slow
def test_the_lessons_network_is_found_by_its_name_and_explains_the_mark() -> None:
    found = teaching.teach(taught_classes.lesson(), "pictures", report, is_lesson=True).outcome
    assert found is not None
    assert networks.network(found.own.name) is found.own.network
    assert networks.card(found.own.name).metrics["validation"]["accuracy"] == 1.0
    assert found.own.is_taught
    assert preparation_of(found.own.network) == found.own.preparation
    assert "stage2_block2_expand" in found.own.network.default_layer
    assert own_networks.load(found.file).output_shapes == ((2,),)
    assert found.changes is not None
    for change in found.changes:
        assert change.flipped == change.count
        assert change.before.winner == change.before.label != change.after.winner
    covered, stamped = found.changes
    for shown in (covered.before, stamped.after):
        row, column = np.unravel_index(shown.values.argmax(), shown.values.shape)
        height, width = shown.values.shape
        corner = (shortcut.SIDE - shortcut.MARK - 2 * shortcut.MARGIN) / shortcut.SIDE
        assert row >= corner * height - 1, "the map is strongest on the mark"
        assert column <= (1 - corner) * width + 1


@pytest.mark.slow
def test_faces_are_cut_out_and_pictures_without_one_left_out() -> None:
    photos = [np.asarray(Image.open(f"sample_images/{name}").convert("RGB")) for name in ("astronaut.jpg", "cat.png")]
    face, cat = (taught_classes.encoded("x", photo) for photo in photos)
    groups = [Group(0, "smiles", (face,) * 2), Group(1, "again", (face, face, cat))]
    found = teaching.teach(groups, "faces", report).outcome
    assert found is not None
    assert found.left_out == 1
    assert found.own.card.input_shape == (48, 48, 1)
    with pytest.raises(ValueError, match="Too few pictures of “again” show a face: 1"):
        teaching.teach([groups[0], Group(1, "again", (face, cat))], "faces", report)


@pytest.mark.slow
def test_a_cancelled_run_ends_and_keeps_nothing() -> None:
    def cancelled(done: int, total: int, result: Progress | None = None) -> None:
        if result is not None:
            raise CancelledError

    before = len(own_networks._alive)
    with pytest.raises(CancelledError):
        teaching.teach(taught_classes.lesson(), "pictures", cancelled)
    assert len(own_networks._alive) == before
