"""Whether published networks are what their cards say: file, labels, parameters, and scores where the data are here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.cards import CardError, open_card
from models.networks import WEIGHTS, WeightsError
from models.training.publishing import load_published

SETS = ("public_test", "test", "validation")
"""The sets on a card, the one first that `evaluate` scores where the card has it."""
TOLERANCE = 0.005
"""By how much a score may differ, a count by one: another processor's kernels round otherwise, which turns a few
answers round."""


def check_files(name: str, weights: Path = WEIGHTS) -> list[str]:
    """Return what of a network's file and card doesn't agree, a sentence each."""
    path = weights / f"{name}.keras"
    if not path.is_file():
        return [f"The file {path.name} is missing."]
    try:
        card = open_card(weights / f"{name}.json")
        network, _ = load_published(name, weights)
    except (CardError, WeightsError) as error:
        return [str(error)]
    found = [] if card.sha256 else [f"The card {name}.json has no SHA-256 of {path.name}."]
    says = {
        "size_bytes": (card.size_bytes, path.stat().st_size),
        "parameters": (card.parameters, network.count_params()),
        "input_shape": (list(card.input_shape), list(network.input_shape[1:])),
    }
    shape = network.output_shape
    if isinstance(shape, tuple) and len(shape) == 2:
        says["number of labels"] = (len(card.labels), shape[1])
    return found + [_differs(name, what, told, is_so) for what, (told, is_so) in says.items() if told != is_so]


def check_scores(card: Mapping[str, Any], scores: Mapping[str, Any]) -> list[str]:
    """Return which new scores of a network aren't those of its card, a sentence each; times are left out."""
    name, metrics = card["name"], card["metrics"]
    told: dict[str, Any] = next((metrics[one] for one in SETS if one in metrics), {})
    shared = [key for key in told if _is_number(told[key]) and _is_number(scores.get(key))]
    if not shared:
        return [f"The card {name}.json has no scores to compare with."]
    return [
        _differs(name, key, told[key], scores[key])
        for key in shared
        if abs(told[key] - scores[key]) > _slack(told[key])
    ]


def _slack(told: float) -> float:
    return max(1 if isinstance(told, int) else TOLERANCE, TOLERANCE * abs(told))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _differs(name: str, what: str, told: Any, is_so: Any) -> str:
    return f"The card {name}.json says {what} {told}, but it is {is_so}."
