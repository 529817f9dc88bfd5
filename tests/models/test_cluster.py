"""Runs on a local cluster of two actors, where `requirements-ray.txt` is installed."""

import importlib
import importlib.util
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from models import cluster, tables
from models.__main__ import commands
from models.batch import Settings, read_files
from models.cluster import ClusterError, Part

SAMPLES = Path(__file__).resolve().parents[2] / "sample_images"
NAMES = ("astronaut.jpg", "chessboard.png", "grace_hopper.jpg", "dark.jpg", "cat.png", "noisy.jpg")
SETTINGS = Settings(people=False)
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="requirements-ray.txt is not installed")


@pytest.fixture(scope="module")
def two_actors() -> Iterator[None]:
    """A cluster of this machine with room for two actors."""
    ray = importlib.import_module("ray")
    ray.init(num_cpus=2 * cluster.CORES, include_dashboard=False, log_to_driver=False, object_store_memory=2**27)
    yield
    ray.shutdown()


def parts_of(folder: Path) -> list[Part]:
    """Return a part for each of a few photos and a broken one."""
    folder.mkdir()
    for name in NAMES:
        shutil.copy(SAMPLES / name, folder)
    (folder / "broken.jpg").write_bytes(b"\xff\xd8 no more")
    about = tables.describe(SETTINGS)
    return [Part(tables.part_name([path], about), (path,)) for path in sorted(folder.iterdir())]


@needs_ray
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Ray's own, of its dependencies
def test_a_cluster_finds_what_one_machine_finds_though_a_worker_is_killed(two_actors: None, tmp_path: Path) -> None:
    parts, about = parts_of(tmp_path / "photos"), tables.describe(SETTINGS)
    here, there = tmp_path / "here", tmp_path / "there"
    for part in parts:
        tables.write_part(here, part.name, read_files(part.paths, SETTINGS), about)

    rows = cluster.read_parts(parts, there, SETTINGS, about, actors=2)
    done = [next(rows)]
    os.kill(done[0]["process"], signal.SIGKILL)
    done += rows
    assert sorted(row["name"] for row in done) == sorted(part.name for part in parts)
    assert sum(row["failed"] for row in done) == 1
    assert all(tables.has_part(there, part.name) for part in parts)
    for table in tables.SCHEMAS:
        mine, theirs = (tables.read_table(folder, table).to_pylist() for folder in (here, there))
        assert len(mine) == len(theirs)
        for one, other in zip(mine, theirs, strict=True):
            for name in one.keys() - {"seconds"}:
                if isinstance(one[name], float | list):
                    np.testing.assert_allclose(one[name], other[name], rtol=1e-4, atol=1e-3)
                else:
                    assert one[name] == other[name], (table, name)


@pytest.mark.slow
def test_without_ray_the_engine_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_ray(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(cluster.importlib, "import_module", no_ray)
    shutil.copy(SAMPLES / "astronaut.jpg", tmp_path)
    arguments = ["analyse", str(tmp_path), "--out", str(tmp_path / "out"), "--engine", "ray", "--json"]
    result = CliRunner().invoke(commands, arguments)
    assert result.exit_code == 1
    assert "--engine ray needs Ray: pip install -r requirements-ray.txt." in result.output


def test_an_actor_with_other_networks_refuses(tmp_path: Path) -> None:
    about = tables.describe(SETTINGS) | {"version": "0.0.0"}
    with pytest.raises(ClusterError, match="another version"):
        cluster._Reader(str(tmp_path), SETTINGS, about, os.getcwd(), is_drawn=False)
