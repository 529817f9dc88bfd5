"""The logs of trainings: one CSV row an epoch."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def finished_epochs(log: Path) -> int:
    """Return how many epochs a training's log tells of; 0 without a log."""
    if not log.exists():
        return 0
    with log.open(newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def join_logs(folders: Sequence[Path], target: Path) -> None:
    """Write one log of all cycles of a training.

    Args:
        folders: of the cycles in their order, each with its `log.csv`.
        target: file to write; its epochs are counted through, and a column "cycle" counts the folders from 1.
    """
    rows: list[dict[str, Any]] = []
    for number, folder in enumerate(folders, 1):
        with (folder / "log.csv").open(newline="") as file:
            rows += [{**row, "cycle": number} for row in csv.DictReader(file)]
    with target.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "epoch": epoch} for epoch, row in enumerate(rows))
