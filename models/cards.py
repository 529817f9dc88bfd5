"""What each trained network is, was trained on, and scores: its model card; and tables that compare several."""

import difflib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models import networks

AVERAGE_FACES = "average_faces.npz"


@dataclass(frozen=True)
class Card:
    """A model card, read from `models/weights/NAME.json`.

    Reference: Mitchell et al. 2019, "Model cards for model reporting", arXiv 1810.03993.
    """

    name: str
    task: str
    title: str
    labels: tuple[str, ...]
    input_shape: tuple[int, ...]  # (height, width, channels)
    parameters: int
    metrics: dict[str, Any]
    thresholds: dict[str, float]
    raw: dict[str, Any] = field(repr=False)  # everything that the file says


def load_card(name: str) -> Card:
    """Reads the card of a network; ValueError if there is no such card."""
    networks.check_name(name, ".json")
    raw = json.loads((networks.WEIGHTS / f"{name}.json").read_text(encoding="utf-8"))
    return Card(
        name=raw["name"],
        task=raw["task"],
        title=raw["title"],
        labels=tuple(raw["labels"]),
        input_shape=tuple(raw["input_shape"]),
        parameters=raw["parameters"],
        metrics=raw["metrics"],
        thresholds=raw["thresholds"],
        raw=raw,
    )


def list_cards() -> list[Card]:
    """The cards of all networks, by name."""
    return [load_card(name) for name in sorted(path.stem for path in networks.WEIGHTS.glob("*.json"))]


def list_tables() -> list[str]:
    """The names of the tables in `models/weights/tables/`."""
    return sorted(path.stem for path in _tables().glob("*.json"))


def load_table(name: str) -> dict[str, Any]:
    """Reads a table that compares networks, such as "ladder"; ValueError if there is no such table."""
    known = list_tables()
    if name not in known:
        near = difflib.get_close_matches(str(name), known)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise ValueError(f"Unknown table {name!r}.{hint} Known: {', '.join(known) or 'none'}.")
    return json.loads((_tables() / f"{name}.json").read_text(encoding="utf-8"))


def load_average_faces() -> dict[str, tuple[np.ndarray, int]]:
    """The mean of all training faces of each expression, which shows nobody: uint8 (48, 48), and of how many faces.

    Raises:
        ValueError: if they have not been made.
    """
    path = _tables() / AVERAGE_FACES
    if not path.exists():
        raise ValueError("There are no average faces; make them by: python -m models.training averages --data PATH")
    with np.load(path) as file:
        return {
            str(label): (face, int(count))
            for label, face, count in zip(file["labels"], file["faces"], file["counts"], strict=True)
        }


def _tables() -> Path:
    return networks.WEIGHTS / "tables"
