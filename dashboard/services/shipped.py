"""Files that are made once by a command and come with the app: arrays, and what is known of them as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models import networks


def write(path: Path, about: object, arrays: Mapping[str, np.ndarray]) -> Path:
    """Write arrays by their names and what is known of them; return the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told: dict[str, Any] = {"about": np.array(json.dumps(about)), **arrays}  # NumPy's own arguments are of other types
    np.savez_compressed(path, **told)
    return path


def read(path: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:  # JSON, as the module that wrote it has it
    """Return what is known of a file's arrays, and the arrays by their names; ({}, {}) where there is no file."""
    if not path.is_file():
        return {}, {}
    with np.load(path) as file:
        arrays = dict(file)
    return json.loads(str(arrays.pop("about"))), arrays


def run(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, make: Callable[[argparse.Namespace], Path]
) -> None:
    """Make a file as a command's arguments say and print its path; what is wrong with them ends it in a sentence."""
    parser.add_argument(
        "--weights",
        type=Path,
        default=networks.WEIGHTS,
        help="where the published files are; writes to its folder tables",
    )
    options = parser.parse_args(arguments)
    try:
        sys.stdout.write(f"{make(options)}\n")
    except (ValueError, OSError) as error:
        parser.exit(2, f"{error}\n")
