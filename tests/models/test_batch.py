import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from models import analyse, load_image
from models.batch import AHEAD, Settings, find_files, in_parts, is_in_shard, read_files
from tests.models.films import encode

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"
NAMES = ("astronaut.jpg", "chessboard.png", "group.jpg")


def save(path: Path, value: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((40, 60, 3), value, np.uint8)).save(path)
    return path


def test_files_are_found_once_each_in_a_fixed_order(tmp_path):
    first, second = save(tmp_path / "b" / "2.JPG"), save(tmp_path / "a" / "1.png")
    (tmp_path / "a" / "notes.txt").write_text("no photo")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert list(find_files([tmp_path, first, tmp_path / "*" / "*.png"])) == [second, first]
    assert list(find_files([tmp_path / "missing.jpg"])) == [tmp_path / "missing.jpg"]
    assert list(find_files([tmp_path / "none*"])) == []


def test_shards_share_all_paths_out_and_each_path_goes_to_one():
    paths = [f"photos/{number}.jpg" for number in range(300)]
    shares = [[path for path in paths if is_in_shard(path, index, 4)] for index in (1, 2, 3, 4)]
    assert sorted(itertools.chain(*shares)) == sorted(paths)
    assert min(map(len, shares)) > 40


def test_parts_hold_all_paths_in_order():
    paths = [Path(str(number)) for number in range(7)]
    assert [len(part) for part in in_parts(paths, 3)] == [3, 3, 1]
    assert list(itertools.chain(*in_parts(paths, 3))) == paths


@pytest.mark.slow
def test_what_is_read_in_common_batches_is_what_analyse_finds():
    readings = list(read_files([SAMPLES / name for name in NAMES], workers=3, keep_images=True))
    assert [Path(reading.path).name for reading in readings] == list(NAMES)
    for reading in readings:
        image = load_image(reading.path)
        np.testing.assert_array_equal(reading.image, image)
        assert reading.size == (image.shape[1], image.shape[0])
        alone, found = analyse(image), reading.analysis
        assert [face.box for face in found.faces] == [face.box for face in alone.faces]
        assert [face.expression for face in found.faces] == [face.expression for face in alone.faces]
        for one, other in zip(found.faces, alone.faces, strict=True):
            np.testing.assert_allclose(list(one.emotion.values()), list(other.emotion.values()), atol=2e-3)
        for one, other in zip(found.people, alone.people, strict=True):
            np.testing.assert_allclose(one.joints, other.joints, atol=0.5)


@pytest.mark.slow
def test_a_broken_file_is_a_reading_with_its_reason(tmp_path):
    (tmp_path / "cut.jpg").write_bytes((SAMPLES / "astronaut.jpg").read_bytes()[:3000])
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "film.mp4").write_bytes(b"no film")
    plain = save(tmp_path / "plain.png")
    readings = {
        Path(reading.path).name: reading for reading in read_files([*find_files([tmp_path]), tmp_path / "gone"])
    }
    assert readings["plain.png"].error == ""
    assert readings["plain.png"].analysis.faces == ()
    assert readings["plain.png"].path == str(plain)
    for name in ("cut.jpg", "empty.png", "film.mp4", "gone"):
        assert readings[name].error.endswith("."), name
        assert readings[name].analysis is None
    assert "empty" in readings["empty.png"].error
    assert "No such file" in readings["gone"].error


@pytest.mark.slow
def test_a_film_is_read_every_so_many_seconds(tmp_path):
    pictures = [np.full((64, 96, 3), value, np.uint8) for value in range(0, 200, 10)]
    path = tmp_path / "film.mp4"
    path.write_bytes(encode(pictures, rate=10))
    readings = list(read_files([path], Settings(every=0.5)))
    assert [reading.time for reading in readings] == pytest.approx([0.0, 0.5, 1.0, 1.5])
    assert all(reading.size == (96, 64) and reading.error == "" for reading in readings)


@pytest.mark.slow
def test_no_more_is_decoded_than_is_on_its_way(tmp_path, monkeypatch):
    opened = []

    def load(data):
        opened.append(1)
        return load_image(data)

    monkeypatch.setattr("models.batch.load_image", load)
    path = save(tmp_path / "one.png")
    readings = read_files(itertools.repeat(path, 500), workers=2)
    next(readings)
    assert len(opened) <= AHEAD + 5
    readings.close()
    assert len(opened) <= 2 * AHEAD
