"""The heat map that a point or a joint is found by, for the kinds of network that answer with some."""

from __future__ import annotations

import numpy as np

from dashboard.drawing.words import percent
from dashboard.tasks.task import AnswerMap, Goal
from interp import Target

NEAR_CELLS = 2
"""Cells to either side of a heat map's peak that count as its peak."""


def goal(target: Target, channel: int, name: str, where: str, score: str) -> Goal:
    """Return the goal of a point or joint being where it was found.

    Args:
        target: What of the network's answer.
        channel: Number of its heat map.
        name: What is found, such as "left elbow".
        where: "here" or "there".
        score: What the target's value is.
    """
    being = f"the {name} being {where}"
    less, more = f"against it being {where}", f"for it being {where}"
    meaning = f"What speaks for {being}, and what against"
    return Goal(target, name, being, less, more, ("Heat", score), meaning, channel=channel, part=name)


def describe(
    heat: np.ndarray, part: str, place: tuple[float, float], words: str, confidence: float | None = None
) -> AnswerMap:
    """Return a heat map with the numbers and words that describe it.

    Args:
        heat: float32 (h, w), shares that sum to 1.
        part: What it is of, such as "left elbow".
        place: x and y in pixels of the photo.
        words: How the place follows from it.
        confidence: The chance that the place is right. Defaults to none.
    """
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    near = heat[max(0, row - NEAR_CELLS) : row + NEAR_CELLS + 1, max(0, column - NEAR_CELLS) : column + NEAR_CELLS + 1]
    facts = [("Place", f"{place[0]:.0f}, {place[1]:.0f}", "x and y in pixels of the photo.")]
    if confidence is not None:
        facts.append(("Confidence", percent(confidence), "How likely the network thinks it is right."))
    facts.append(("At its peak", percent(float(near.sum())), "Share of the heat within two cells of the hottest one."))
    return AnswerMap(
        heat,
        f"Heat map of the {part}",
        f"Share of the heat in each of {heat.shape[1]}×{heat.shape[0]} cells",
        tuple(facts),
        f"Where the network thinks the {part} may be. One small bright spot is a sure answer; several spots, or a "
        f"broad cloud, are a guess. {words}",
    )
