from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models.classifier.training.datasets import LARGEST_SIDE, PictureData, read_classes, split_groups
from tests.models.classifier.training.pictures import draw_data, store


def write(folder: Path, data: PictureData) -> Path:
    for number, (picture, label) in enumerate(zip(data.pictures, data.labels, strict=True)):
        place = folder / data.classes[label] / f"{number:03}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(place)
    return folder


def prepared(path: Path, data: PictureData, *left_out: str) -> Path:
    np.savez(path, **store(data, *left_out))
    return path


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sizes", [(1, 2), (1, 30)])
def test_no_group_ever_stands_on_two_sides(seed: int, sizes: tuple[int, int]) -> None:
    random = np.random.default_rng(seed)
    groups = np.repeat([f"p{number}" for number in range(80)], random.integers(*sizes, 80))
    labels = random.integers(0, 3, len(groups))
    split = split_groups(groups, labels)
    assert not set(groups[split == "train"]) & set(groups[split == "val"])
    for label in range(3):
        assert 0.1 < (split[labels == label] == "val").mean() < 0.3
    np.testing.assert_array_equal(split, split_groups(groups, labels))


def test_a_prepared_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    drawn = draw_data(32)
    found = read_classes(prepared(tmp_path / "drawn.npz", drawn))
    assert found.classes == drawn.classes
    assert found.is_grey
    for name in ("labels", "groups", "split", "numbers"):
        np.testing.assert_array_equal(getattr(found, name), getattr(drawn, name))
    np.testing.assert_array_equal(found.pictures, drawn.pictures)


def test_a_file_without_a_split_is_split_by_its_groups(tmp_path: Path) -> None:
    drawn = draw_data(120, group=6)
    found = read_classes(prepared(tmp_path / "drawn.npz", drawn, "split"))
    assert not set(found.groups[found.split == "train"]) & set(found.groups[found.split == "val"])
    assert set(found.split) == {"train", "val"}


@pytest.mark.parametrize("is_folder", [True, False])
def test_identical_pictures_stand_on_one_side(tmp_path: Path, is_folder: bool) -> None:
    drawn = draw_data(40)
    twice = replace(
        drawn,
        pictures=drawn.pictures * 2,
        **{name: np.tile(getattr(drawn, name), 2) for name in ("labels", "groups", "split")},
    )
    path = write(tmp_path, twice) if is_folder else prepared(tmp_path / "drawn.npz", twice, "group", "split")
    found = read_classes(path)
    assert len(found) == 80
    assert len(set(found.groups)) == 40
    sides = {picture.tobytes(): set() for picture in found.pictures}
    for picture, side in zip(found.pictures, found.split, strict=True):
        sides[picture.tobytes()].add(side)
    assert all(len(found) == 1 for found in sides.values())


def test_a_folder_has_its_folders_as_classes(tmp_path: Path) -> None:
    (tmp_path / ".hidden").mkdir()
    found = read_classes(write(tmp_path, draw_data(40, is_colour=True)))
    assert found.classes == ("bar", "disc")
    assert np.bincount(found.labels).tolist() == [20, 20]
    assert not found.is_grey
    assert found.pictures[0].shape == (24, 20, 3)


def test_large_pictures_are_shrunk(tmp_path: Path) -> None:
    drawn = draw_data(20)
    drawn.pictures[3] = np.zeros((LARGEST_SIDE * 2, LARGEST_SIDE), np.uint8)
    found = read_classes(prepared(tmp_path / "drawn.npz", drawn))
    assert found.pictures[3].shape == (LARGEST_SIDE, LARGEST_SIDE // 2)


def test_a_group_on_two_sides_is_refused(tmp_path: Path) -> None:
    drawn = draw_data(40)
    split = drawn.split.copy()
    split[0] = "val"
    with pytest.raises(ValueError, match="stands on two sides"):
        read_classes(prepared(tmp_path / "drawn.npz", replace(drawn, split=split)))


def test_a_class_without_validation_is_refused(tmp_path: Path) -> None:
    drawn = draw_data(40)
    split = np.where(drawn.labels == 1, "train", drawn.split)
    with pytest.raises(ValueError, match="no pictures of bar for val"):
        read_classes(prepared(tmp_path / "drawn.npz", replace(drawn, split=split, groups=drawn.numbers.astype(str))))


def test_one_class_is_refused(tmp_path: Path) -> None:
    drawn = draw_data(40)
    one = replace(drawn, labels=np.zeros_like(drawn.labels), classes=("disc",))
    with pytest.raises(ValueError, match="needs two"):
        read_classes(prepared(tmp_path / "drawn.npz", one))


def test_a_file_that_lacks_arrays_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"drawn.npz lacks class_names, label\."):
        read_classes(prepared(tmp_path / "drawn.npz", draw_data(20), "label", "class_names"))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one folder a class"):
        read_classes(tmp_path)


def test_a_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    write(tmp_path, draw_data(20))
    (tmp_path / "bar" / "notes.txt").write_text("no picture")
    with pytest.raises(ValueError, match="can't be read"):
        read_classes(tmp_path)
