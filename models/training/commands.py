"""What the commands of every network's training share."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.networks import WEIGHTS

Commands = argparse._SubParsersAction


def add_folders(parser: argparse.ArgumentParser) -> None:
    """Add the options --folder and --weights."""
    parser.add_argument("--folder", type=Path, help="checkpoint and log; defaults to .training/NAME")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="where the published files go")


def spell(command: str, options: Mapping[str, Any]) -> str:
    """Return the command that trains the same again, with names of files but no folders.

    Args:
        command: of `python -m models.training`.
        options: their values in order; those that are None are left out.
    """
    words = ["python -m models.training", command]
    for option, value in options.items():
        if value is not None:
            words += [f"--{option.replace('_', '-')}", _spell_value(value)]
    return " ".join(words)


def _spell_value(value: Any) -> str:
    if isinstance(value, Path):
        return value.name
    if isinstance(value, list):
        return " ".join(map(_spell_value, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
