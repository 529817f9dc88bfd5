"""What two answers or two maps have in common, in numbers and words. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from dashboard.drawing.scores import scores
from dashboard.drawing.words import percent
from interp.regions import Region
from interp.similarity import rank_correlation, scaled_to, structural_similarity
from models import Card

CLOSE = 0.05
"""Difference of two probabilities up to which they count as the same in words."""


def layer_at_same_depth(layer: str, layers: Sequence[str], others: Sequence[str]) -> str:
    """Return the layer of another network that is as far on the way from the picture to the answer."""
    depth = layers.index(layer) / max(len(layers) - 1, 1)
    return others[round(depth * (len(others) - 1))]


def smallest_first(names: Sequence[str], cards: Mapping[str, Card]) -> list[str]:
    """Return the names of networks from the fewest parameters to the most."""
    return sorted(names, key=lambda name: (cards[name].parameters, name))


def difference(first: np.ndarray, second: np.ndarray, size: tuple[int, int], *, is_same_scale: bool) -> np.ndarray:
    """Return the second map less the first, both scaled to a picture.

    Args:
        first: float (h, w).
        second: float (h', w').
        size: (height, width) of the picture.
        is_same_scale: bool, whether the values can be compared as they are; else each map is first divided by its
            greatest magnitude. An all-zero map stays zero.

    Returns:
        float (height, width).
    """
    maps = [scaled_to(values, size) for values in (first, second)]
    if not is_same_scale:
        maps = [values / (float(np.abs(values).max()) or 1.0) for values in maps]
    return maps[1] - maps[0]


def likeness(first: np.ndarray, second: np.ndarray, size: tuple[int, int]) -> tuple[float, float]:
    """Return the rank correlation and the structural similarity of two maps, both scaled to a picture's size."""
    a, b = (scaled_to(values, size) for values in (first, second))
    return rank_correlation(a, b), structural_similarity(a, b)


def distance(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Return how much probability lies elsewhere: half the sum of the differences, from 0 (same) to 1."""
    return sum(abs(first.get(name, 0.0) - second.get(name, 0.0)) for name in {*first, *second}) / 2


def probability_table(
    names: Sequence[str], answers: Sequence[Mapping[str, float]], column: str = "expression"
) -> pd.DataFrame:
    """Return one row a class: its name, its probability on each side, and for two sides the second less the first."""
    classes = list(dict.fromkeys(name for answer in answers for name in answer))
    columns: dict[str, object] = {column: classes}
    columns |= {
        name: [answer.get(one, float("nan")) for one in classes] for name, answer in zip(names, answers, strict=True)
    }
    table = pd.DataFrame(columns)
    if len(names) == 2:
        table["difference"] = table[names[1]] - table[names[0]]
    return table


def ladder_table(
    names: Sequence[str],
    cards: Mapping[str, Card],
    answers: Sequence[Mapping[str, float]],
    said: Sequence[str],
    seconds: Sequence[float],
) -> pd.DataFrame:
    """Return one row a network: parameters, accuracy and its interval as the card says, answer, probabilities, time."""
    rows = []
    for name, answer, expression, took in zip(names, answers, said, seconds, strict=True):
        block = scores(cards[name])[1]
        low, high = block.get("interval") or (None, None)
        rows.append(
            {
                "network": name,
                "parameters": cards[name].parameters,
                "accuracy": block.get("accuracy"),
                "accuracy_low": low,
                "accuracy_high": high,
                "answer": expression,
                **answer,
                "milliseconds": 1000 * took,
            }
        )
    return pd.DataFrame(rows)


def say_answers(names: Sequence[str], answers: Sequence[Mapping[str, float]], said: Sequence[str]) -> str:
    """Say what two sides answer, and whether it is the same."""
    strongest = [max(answer, key=lambda name: answer[name]) for answer in answers]
    shares = [percent(answer[one]) for answer, one in zip(answers, strongest, strict=True)]
    is_named = [one == word for one, word in zip(strongest, said, strict=True)]
    if all(is_named) and strongest[0] == strongest[1]:
        gap = answers[1][strongest[1]] - answers[0][strongest[0]]
        surer = "" if abs(gap) <= CLOSE else f"; {names[int(gap > 0)]} is surer"
        return f"Both say {strongest[0]} ({shares[0]} and {shares[1]}){surer}."
    if not any(is_named):
        return f"Both are uncertain: strongest are {strongest[0]} ({shares[0]}) and {strongest[1]} ({shares[1]})."
    told = [
        f"{name} says {one} ({share})" if named else f"{name} is uncertain (strongest: {one}, {share})"
        for name, one, share, named in zip(names, strongest, shares, is_named, strict=True)
    ]
    return f"{told[0]}, {told[1]}."


def say_parts(names: Sequence[str], regions: Sequence[Sequence[Region]]) -> str:
    """Say of which part of the face each of two maps holds most for the part's size, "rest" being no part."""
    return " ".join(_say_part(name, side) for name, side in zip(names, regions, strict=True))


def _say_part(name: str, regions: Sequence[Region]) -> str:
    if not any(region.share for region in regions):
        return f"{name}: the map is blank."
    most = max((region for region in regions if region.name != "rest"), key=lambda region: region.density)
    if most.density <= 1:
        return f"{name}: no part of the face gets more than its fair share; most of the map lies on forehead, hair or "
        "background."
    verb = "get" if most.name.endswith("s") else "gets"
    return f"{name}: the {most.name} {verb} {most.density:.2g} times {'their' if verb == 'get' else 'its'} fair share."


def times_its_area(density: float) -> str:
    """Write how much more of a map a part holds than its area alone would get: "4×"."""
    return f"{density:.2g}×"


def say_likeness(rank: float) -> str:
    """Say in words how alike two maps are, by their rank correlation."""
    if rank >= 0.8:
        return "The two maps rank the places in much the same order."
    if rank >= 0.4:
        return "The two maps agree in part."
    return "The two maps have little in common." if rank > -0.2 else "Where one map is strong, the other is weak."
