"""The parts of a run on many machines: Ray's actors read them, each with the networks loaded once.

Every machine sees photos and results at the same paths, as on a shared disk, and has the same version and networks.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models import tables
from models.batch import Settings, read_files
from models.drawing import write_drawn

CORES = 2
"""Of one actor: the speed on the page of sizes is measured with two."""


COUNTS = ("pictures", "faces", "people", "failed")
"""What is counted of a part."""


class ClusterError(RuntimeError):
    """A run that can't begin on the cluster; the message is one sentence."""


@dataclass(frozen=True)
class Part:
    """Files that are read together, and the name of their part in the tables."""

    name: str
    paths: tuple[Path, ...]


def connect(address: str | None = None) -> None:
    """Connect to a cluster, or start one of this machine's cores.

    Args:
        address: as of `ray.init`: "auto", "HOST:PORT" or "ray://HOST:PORT". Defaults to what the environment's
            RAY_ADDRESS says, else this machine alone.

    Raises:
        ClusterError: Ray is not installed, or there is no cluster at the address.
    """
    ray = _ray()
    if ray.is_initialized():
        return
    try:
        ray.init(address, log_to_driver=False, include_dashboard=False if address is None else None)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ClusterError(f"There is no Ray cluster at {address}: {error}") from error


def read_parts(
    parts: Sequence[Part],
    folder: Path,
    settings: Settings,
    about: dict[str, Any],
    actors: int | None = None,
    is_drawn: bool = False,
) -> Iterator[dict[str, Any]]:
    """Read parts on the cluster and write their tables; a part whose machine is lost is read again by another one.

    Args:
        parts: what to read.
        folder: of the results.
        settings: how to read.
        about: of `tables.describe`; an actor with another version or other networks ends the run.
        actors: how many read at a time. Defaults to as many as the cluster has cores for, each with `CORES`.
        is_drawn: whether pictures with what was found are written, too. Defaults to False.

    Yields:
        A row for each part as it is done, in any order: its name, and how many files, pictures, faces, people and
        failures it has.
    """
    connect()
    data = importlib.import_module("ray.data")
    context = data.DataContext.get_current()
    context.enable_progress_bars = False
    count = actors or max(1, int(_ray().cluster_resources().get("CPU", CORES)) // CORES)
    rows = [{"name": part.name, "paths": [os.fspath(path) for path in part.paths]} for part in parts]
    read = data.from_items(rows, override_num_blocks=len(rows)).map(
        _Reader,
        fn_constructor_args=(os.fspath(folder.resolve()), settings, about, os.getcwd(), is_drawn),
        concurrency=min(count, len(rows)),
        num_cpus=CORES,
    )
    yield from read.iter_rows()


class _Reader:
    """An actor: the networks, and where the tables go."""

    def __init__(self, folder: str, settings: Settings, about: dict[str, Any], start: str, is_drawn: bool) -> None:
        if tables.describe(settings) != about:
            raise ClusterError("A machine of the cluster has another version of Glassface, or other networks.")
        os.environ.setdefault("TF_NUM_INTRAOP_THREADS", str(CORES))
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
        os.chdir(start)  # relative paths are those of whoever asks
        self.folder, self.settings, self.about, self.is_drawn = Path(folder), settings, about, is_drawn

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Read a part, write its tables, and return what is in it."""
        paths = [Path(path) for path in row["paths"]]
        readings = read_files(paths, self.settings, keep_images=self.is_drawn)
        if self.is_drawn:
            readings = (write_drawn(reading, self.folder / "drawn") for reading in readings)
        found = tables.write_part(self.folder, row["name"], readings, self.about)
        return {"name": row["name"], "files": len(paths), "process": os.getpid()} | count_rows(found)


def count_rows(photos: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Return what is on the photos of a part, by the names of `COUNTS`, from their rows."""
    counts = {name: sum(row[name] or 0 for row in photos) for name in ("faces", "people")}
    return {"pictures": len(photos)} | counts | {"failed": sum(row["error"] is not None for row in photos)}


def _ray() -> Any:
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise ClusterError("--engine ray needs Ray: pip install -r requirements-ray.txt.") from error
