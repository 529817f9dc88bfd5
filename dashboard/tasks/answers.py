"""The map that a network answers with: the heat of a joint or a point, the scores of a photo's places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dashboard.drawing import figures
from dashboard.services import explanations, networks
from dashboard.tasks import inputs

if TYPE_CHECKING:
    from dashboard.subject import Subject
    from dashboard.tasks.inputs import View
    from dashboard.tasks.targets import Goal

NEAR_CELLS = 2
"""Cells to either side of a heat map's peak that count as its peak."""


@dataclass(frozen=True)
class AnswerMap:
    """One map of a network's answer.

    Args:
        values: float32 (h, w), shares that sum to 1, or scores of 0 to 1.
        title: str, what it is.
        meaning: str, what a colour stands for.
        facts: (label, value, help) of each number that describes it.
        words: str, how to read it, in a sentence or two.
    """

    values: np.ndarray = field(repr=False)
    title: str
    meaning: str
    facts: tuple[tuple[str, str, str], ...]
    words: str


def answer_map(subject: Subject, view: View, goal: Goal) -> AnswerMap | None:
    """Returns the map that a goal asks about; None where the network's answer is no map.

    Args:
        subject: the photo and who is looked at.
        view: what the network is shown.
        goal: what is explained; its `channel` says which map.
    """
    if goal.channel is None:
        return None
    if view.task == "detection":
        return _scores(subject, view, goal)
    if view.task == "pose":
        person = subject.analysis.people[inputs.number_of_person(subject)]
        x, y, confidence = person.joints[goal.channel]
        drawn, sure = networks.joint_thresholds()
        how = "drawn as sure" if confidence >= sure else "drawn dashed" if confidence >= drawn else "not drawn"
        heat = explanations.heat_map(subject.network_name, view.pixels, goal.channel)
        return _heat(heat, goal, (x, y), float(confidence), f"With this confidence it is {how} on Inspect.")
    heat = explanations.heat_map(subject.network_name, view.pixels, goal.channel)
    rows, columns = np.indices(heat.shape)
    size = view.size[0] / heat.shape[0]
    cell = np.array([[(heat * columns).sum() + 0.5, (heat * rows).sum() + 0.5]]) * size - 0.5
    x, y = (cell @ view.transform[:, :2].T + view.transform[:, 2])[0]
    return _heat(heat, goal, (x, y), None, "The point is where the heat has its centre.")


def _heat(heat: np.ndarray, goal: Goal, place: tuple[float, float], confidence: float | None, words: str) -> AnswerMap:
    row, column = np.unravel_index(int(heat.argmax()), heat.shape)
    near = heat[max(0, row - NEAR_CELLS) : row + NEAR_CELLS + 1, max(0, column - NEAR_CELLS) : column + NEAR_CELLS + 1]
    facts = [("Place", f"{place[0]:.0f}, {place[1]:.0f}", "x and y in pixels of the photo.")]
    if confidence is not None:
        facts.append(
            ("Confidence", figures.percent(confidence), "The chance, as the network was taught, that it is right.")
        )
    facts.append(
        ("At its peak", figures.percent(float(near.sum())), "Share of the heat within two cells of the densest one.")
    )
    return AnswerMap(
        heat,
        f"Heat map of the {goal.part}",
        f"Share of the heat in each of {heat.shape[1]}×{heat.shape[0]} cells",
        tuple(facts),
        f"Where the network thinks the {goal.part} may be. One small bright spot is a sure answer; several spots, or a "
        f"broad cloud, are a guess. {words}",
    )


def _scores(subject: Subject, view: View, goal: Goal) -> AnswerMap:
    scores = explanations.answer(subject.network_name, view.pixels)[..., 0]
    here = float(scores[goal.target.row, goal.target.column])
    facts = (
        ("In this cell", figures.percent(here), f"The score of the cell that answers for {goal.part}."),
        ("Cells of 50 % or more", f"{int((scores >= 0.5).sum()):,}", f"Of {scores.size:,} cells of the photo."),
    )
    return AnswerMap(
        scores,
        "Scores of all places",
        "Score of a face, 0 to 1",
        facts,
        "What the detector says of each place: is the middle of a face here? A face lights up "
        "several cells; the best one counts.",
    )
