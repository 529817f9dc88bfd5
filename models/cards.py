"""What each trained network is, was trained on, and scores: its model card."""

import json
from dataclasses import dataclass, field
from typing import Any

from models import networks


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
    return [load_card(path.stem) for path in sorted(networks.WEIGHTS.glob("*.json"))]
