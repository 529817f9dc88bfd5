"""What each trained network is, was trained on, and scores: its model card; and tables that compare several."""

import difflib
import json
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from models import networks

AVERAGE_FACES = "average_faces.npz"


class CardError(ValueError):
    """A card cannot be used; the message is one plain sentence that names its file and field."""


@dataclass(frozen=True)
class UsualMap:
    """The map that a network is explained by where nobody asks for another: the most faithful of the quick ones.

    Attributes:
        method: name of an attribution method.
        layer: whose maps it takes, None for a method without.
    """

    method: str
    layer: str | None = None


@dataclass(frozen=True, config=ConfigDict(allow_inf_nan=False))
class Card:
    """A model card, read from `models/weights/NAME.json`.

    Reference: Mitchell et al. 2019, "Model cards for model reporting", arXiv 1810.03993.
    """

    name: str
    task: str
    title: str
    labels: Annotated[tuple[str, ...], Field(min_length=1)]
    input_shape: tuple[int | None, int | None, int]  # (height, width, channels); None is any size
    parameters: int
    metrics: dict[str, Any]
    thresholds: dict[str, float]
    size_bytes: int | None = None
    sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""  # of the network's file; "" is not checked
    storage: str = ""  # "float16" or "float32"
    command: str = ""  # that trains it
    log: str | None = None  # file beside the card
    configuration: dict[str, Any] = field(default_factory=dict)
    parts: tuple[dict[str, Any], ...] = ()  # configurations of what was trained to be a part of it
    data: dict[str, Any] = field(default_factory=dict)
    split: str = ""
    protocol: str = ""
    temperature: float | None = None  # by which the scores are divided
    flip_average: bool = False  # whether answers are averaged over the mirror image
    calibration: dict[str, float] = field(default_factory=dict)
    mean_shape: tuple[tuple[float, float], ...] = ()
    mean_pose: tuple[tuple[float, float], ...] = ()
    usual_map: UsualMap | None = None
    intended_use: str = ""
    not_for: str = ""
    limits: tuple[str, ...] = ()
    input: dict[str, Any] = field(default_factory=dict)  # what goes in, as far as the file does not tell

    def check(self, labels: Sequence[str], thresholds: Sequence[str] = ()) -> "Card":
        """Return the card, after a look at what the code that runs the network takes for granted.

        Args:
            labels: that the card must have, in this order.
            thresholds: names that the card must have a value for. Defaults to none.

        Raises:
            CardError: if the card has other labels, or lacks a threshold.
        """
        if self.labels != tuple(labels):
            raise _error(self.name, "labels", f"they must be {', '.join(labels)}, in this order")
        for name in thresholds:
            if name not in self.thresholds:
                raise _error(self.name, "thresholds", f"there is none for {name}")
        return self


_CARD = TypeAdapter(Card)


def load_card(name: str) -> Card:
    """Read the card of a network.

    Raises:
        CardError: if the card is broken.
        ValueError: if there is no such card.
    """
    networks.check_name(name, ".json")
    return open_card(networks.WEIGHTS / f"{name}.json")


def open_card(path: Path) -> Card:
    """Read a card from a file, which may lie anywhere.

    Raises:
        CardError: if the card is broken.
    """
    name = path.stem
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(told, dict):
            raise TypeError(told)
        return _CARD.validate_python(told)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise _error(name, place, first["msg"][0].lower() + first["msg"][1:]) from error
    except (ValueError, TypeError) as error:
        raise CardError(f"The card {name}.json holds no JSON object.") from error


def _error(name: str, place: str, reason: str) -> CardError:
    return CardError(f"The card {name}.json is broken at {place}: {reason}.")


def list_cards() -> list[Card]:
    """Return the cards of all networks, by name."""
    return [load_card(name) for name in sorted(path.stem for path in networks.WEIGHTS.glob("*.json"))]


def list_tables() -> list[str]:
    """Return the names of the tables in `models/weights/tables/`."""
    return sorted(path.stem for path in _tables().glob("*.json"))


def load_table(name: str) -> dict[str, Any]:
    """Return a table that compares networks, such as "ladder"; ValueError if there is no such table."""
    known = list_tables()
    if name not in known:
        near = difflib.get_close_matches(str(name), known)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise ValueError(f"Unknown table {name!r}.{hint} Known: {', '.join(known) or 'none'}.")
    return json.loads((_tables() / f"{name}.json").read_text(encoding="utf-8"))


def load_average_faces() -> dict[str, tuple[np.ndarray, int]]:
    """Return the mean face of each expression, uint8 (48, 48), which shows nobody, and the number of its faces.

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
