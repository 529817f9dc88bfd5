"""What a process takes of the machine, read from Linux's /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

QUIET_SHARE = 0.05
"""Share of one processor below which a server is held to do nothing."""
LOOK = 0.5
"""Seconds between two looks at a process that is to come to rest."""


def megabytes(process: int) -> float:
    """Return the memory that a process and its children hold now."""
    return sum(_megabytes(one) for one in _family(process))


def processor_seconds(process: int) -> float:
    """Return the processor time that a process, its threads and its children have taken so far."""
    return sum(_processor_seconds(one) for one in _family(process))


def rest(process: int, looks: int = 1, patience: float = 120.0) -> None:
    """Wait until a process does next to nothing.

    Args:
        process: int, its id.
        looks: int, how many times in turn it must be found at rest. Defaults to one.
        patience: float, seconds after which the wait is given up. Defaults to two minutes.
    """
    end = time.monotonic() + patience
    quiet, before = 0, processor_seconds(process)
    while quiet < looks and time.monotonic() < end:
        time.sleep(LOOK)
        now = processor_seconds(process)
        quiet = quiet + 1 if now - before < QUIET_SHARE * LOOK else 0
        before = now


def threads(process: int) -> int:
    """Return how many threads a process has."""
    return len(list(Path(f"/proc/{process}/task").iterdir()))


def open_files(process: int) -> int:
    """Return how many files, sockets and pipes a process holds open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def _family(process: int) -> Iterator[int]:
    """Yield a process and all that it has started and that still run."""
    yield process
    for thread in Path(f"/proc/{process}/task").glob("*"):
        with suppress(OSError):  # it has ended meanwhile
            for child in thread.joinpath("children").read_text().split():
                yield from _family(int(child))


def _megabytes(process: int) -> float:
    with suppress(OSError):
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:")), 0.0)
    return 0.0


def _processor_seconds(process: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf(
            "SC_CLK_TCK"
        )  # in user and in kernel mode, ended children's too
    return 0.0
