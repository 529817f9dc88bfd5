"""What came with the app about the samples is what would be found now, and is put aside when anything changes."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import sample_images
from dashboard import make_sample_results
from dashboard.services import networks, samples
from dashboard.subject import ByHand, Photo, digest
from models import networks as published
from tests.dashboard.conftest import forget_networks

FILE = published.WEIGHTS / "tables" / samples.FILE
ASTRONAUT = digest(sample_images.SAMPLES[0].path.read_bytes())
NOBODY = ByHand()


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    samples._results.clear()
    yield
    samples._results.clear()


def test_file_is_small_and_of_these_samples_and_networks() -> None:
    assert FILE.stat().st_size < 1_000_000
    hashes, results = samples.read(FILE.parent)
    assert hashes == {name: networks.weights_hash(name) for name in samples.NETWORKS}, (
        "run `python -m dashboard.make_sample_results`"
    )
    assert set(results) == {digest(sample.path.read_bytes()) for sample in sample_images.SAMPLES}


@pytest.mark.slow
@pytest.mark.parametrize("key", ["astronaut", "group", "cat"])
def test_results_are_those_of_a_fresh_run(key: str) -> None:
    sample = next(sample for sample in sample_images.SAMPLES if sample.key == key)
    photo = Photo(sample.title, sample.path.read_bytes(), "Sample")
    known, fresh = samples.find(photo.id, samples.DETECTOR, NOBODY), make_sample_results.result_of(photo)
    assert known is not None
    assert len(known.analysis.faces) == len(fresh.analysis.faces)
    assert len(known.analysis.people) == len(fresh.analysis.people)
    for before, now in (
        *zip(known.analysis.faces, fresh.analysis.faces, strict=True),
        *zip(known.analysis.people, fresh.analysis.people, strict=True),
    ):
        for field in fields(now):
            assert_alike(getattr(before, field.name), getattr(now, field.name), field.name)
    for map_before, map_now in zip(known.maps, fresh.maps, strict=True):
        assert (map_before.method, map_before.layer, map_before.target) == (
            map_now.method,
            map_now.layer,
            map_now.target,
        )
        assert_alike(map_before.values, map_now.values, "map")
    for reason_before, reason_now in zip(known.reasons, fresh.reasons, strict=True):
        assert reason_before.label == reason_now.label
        for part_before, part_now in zip(reason_before.parts, reason_now.parts, strict=True):
            assert part_before.part == part_now.part
            assert part_before.share == pytest.approx(part_now.share, abs=0.02)
    assert [one.finding for one in known.diagnoses] == [one.finding for one in fresh.diagnoses]


def assert_alike(before: object, now: object, name: str) -> None:
    """Assert that two values are the same but for the processor's rounding."""
    if isinstance(now, np.ndarray):
        assert isinstance(before, np.ndarray), name
        assert before.shape == now.shape, name
        assert before.dtype == now.dtype, name
        scale = max(float(np.abs(now).max()), 1.0)
        assert float(np.abs(before.astype(float) - now.astype(float)).mean()) <= 0.01 * scale, name
    elif isinstance(now, dict):
        assert before == pytest.approx(now, abs=0.02), name
    elif isinstance(now, tuple | float):
        assert before == pytest.approx(now, abs=1), name
    else:
        assert before == now, name


def test_other_photos_and_other_ways_of_looking_are_not_known() -> None:
    assert samples.find(ASTRONAUT, samples.DETECTOR, NOBODY) is not None
    assert samples.find(digest(b"another"), samples.DETECTOR, NOBODY) is None
    assert samples.find(ASTRONAUT, "haar", NOBODY) is None
    assert samples.find(ASTRONAUT, samples.DETECTOR, ByHand(faces=((1, 2, 30, 40),))) is None


@pytest.mark.slow
def test_results_of_other_networks_are_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes, known = samples.read(FILE.parent)
    results = {ASTRONAUT: known[ASTRONAUT]}
    samples.write(results, hashes | {"keypoints": "0" * 64}, tmp_path / "tables")
    for name in samples.NETWORKS:
        (tmp_path / f"{name}.keras").symlink_to(published.WEIGHTS / f"{name}.keras")
    monkeypatch.setattr(published, "WEIGHTS", tmp_path)
    forget_networks()
    try:
        assert samples.find(ASTRONAUT, samples.DETECTOR, NOBODY) is None
        samples.write(results, hashes, tmp_path / "tables")
        samples._results.clear()
        assert samples.find(ASTRONAUT, samples.DETECTOR, NOBODY) is not None
    finally:
        forget_networks()


def test_without_the_file_nothing_is_known(tmp_path: Path) -> None:
    assert samples.read(tmp_path) == ({}, {})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    hashes, known = samples.read(FILE.parent)
    results = {ASTRONAUT: known[ASTRONAUT]}
    samples.write(results, hashes, tmp_path)
    again_hashes, again = samples.read(tmp_path)
    assert again_hashes == hashes
    first, second = results[ASTRONAUT], again[ASTRONAUT]
    assert first.reasons == second.reasons
    assert (first.analysis.people[0].crop == second.analysis.people[0].crop).all()
    assert first.analysis.people[0].crop.shape == (256, 256, 3)
    assert first.analysis.faces[0].box == second.analysis.faces[0].box
