"""Is a map to be trusted? The tests of `interp.faithfulness` on one map, and what they say. No Streamlit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

import interp
from dashboard.drawing.words import three_digits
from dashboard.services.runs import Report
from interp import Explanation, Network
from interp.doctor import Diagnosis
from interp.faithfulness import Curves, Randomisation, Repeatability
from interp.method import OnStep

FINE_PIXELS = 10_000
"""Pixels of a picture up to which the curves are taken in small steps."""
SAME, ALIKE = 0.999, 0.9
"""Rank correlations of maps that are taken for the same, and for nearly the same."""
GONE, LEFT = 0.3, 0.6
"""Rank correlations with a random network's map below which nothing is left of the map, and above which most is."""
ENGINE_STAGES = 2
"""Tests of a map of another engine, which can't be asked again with other weights."""
MARKS = {"good": "✓", "unsure": "~", "bad": "✗"}
LIGHT = ("fine", "all negative", "too coarse", "too early")
"""Findings of the doctor with which a map may still say something."""

Grade = Literal["good", "unsure", "bad"]
Standing = Literal["untested", "trust", "care", "distrust"]
WORDS: dict[Standing, str] = {
    "untested": "Not tested yet",
    "trust": "Trust it",
    "care": "Use with care",
    "distrust": "Don't trust it",
}
SHUFFLED = "Shuffled"
UNTESTED = "Run the tests to see whether to trust this map."
TRUSTED = (
    "What it marks matters more than random pixels and more than the middle, and it shows what the network has learned."
)
ORDER_ONLY = "Another library's map can't be computed again with shuffled weights, so only half of the tests were run."


@dataclass(frozen=True)
class Trust:
    """What the tests of one map found, None while a test is not done; and why they ended early, if they did."""

    deletion: Curves | None = None
    insertion: Curves | None = None
    repeatability: Repeatability | None = None
    randomisation: Randomisation | None = None
    is_whole: bool = False
    problem: str = ""


@dataclass(frozen=True)
class Line:
    """What one test says, in few words for a strip below a map.

    Args:
        label: str, the test.
        value: str, what came out.
        grade: how that is to be taken.
        words: str, the same in a sentence.
        number: float, what came out: the area under a curve, or a rank correlation.
        at_random: float, the mean area of the random orders. Defaults to none: a correlation has no such number.
    """

    label: str
    value: str
    grade: Grade
    words: str
    number: float
    at_random: float | None = None

    @property
    def mark(self) -> str:
        """The grade as a sign."""
        return MARKS[self.grade]


@dataclass(frozen=True)
class Verdict:
    """Whether to trust a map."""

    standing: Standing
    reason: str
    note: str = ""

    @property
    def words(self) -> str:
        """The standing in a word or three."""
        return WORDS[self.standing]

    @property
    def sentence(self) -> str:
        """All of it: "Use with care: …"."""
        return " ".join(filter(None, (f"{self.words}: {self.reason[:1].lower()}{self.reason[1:]}", self.note)))


def examine(network: Network, picture: np.ndarray, explanation: Explanation, report: Report[Trust]) -> Trust:
    """Run all tests on a map; on one of another engine those that ask only for the network's answers."""
    is_fine = picture.shape[0] * picture.shape[1] <= FINE_PIXELS
    steps, orders = (32, 5) if is_fine else (10, 3)
    values, target = explanation.values, explanation.target
    tests: list[Callable[[Trust, OnStep], Trust]] = [
        lambda found, tell: replace(
            found,
            deletion=interp.deletion(network, picture, values, target, steps=steps, random_orders=orders, on_step=tell),
        ),
        lambda found, tell: replace(
            found,
            insertion=interp.insertion(
                network, picture, values, target, steps=steps, random_orders=orders, on_step=tell
            ),
        ),
        lambda found, tell: replace(
            found, repeatability=interp.repeatability(network, picture, explanation, seeds=(0, 1, 2), on_step=tell)
        ),
        lambda found, tell: replace(
            found, randomisation=interp.randomisation_cascade(network, picture, explanation, on_step=tell)
        ),
    ]
    if explanation.engine != "interp":
        tests = tests[:ENGINE_STAGES]
    trust = Trust()
    for stage, test in enumerate(tests):

        def tell(done: int, total: int, begin: int = 100 * stage) -> None:
            report(begin + 100 * done // total, 100 * len(tests))

        trust = replace(test(trust, tell), is_whole=stage == len(tests) - 1)
        report(100 * (stage + 1), 100 * len(tests), trust)
    return trust


def say_curves(curves: Curves) -> str:
    """Say in a sentence whether an order by a map beats chance."""
    is_deletion = curves.kind == "deletion"
    what = "Hiding first what it marks makes" if is_deletion else "Showing first what it marks makes"
    change = "fall" if is_deletion else "rise"
    count = len(curves.random_areas)
    if curves.beats_random:
        centre = "" if curves.beats_centre else ", but no faster than from the middle outwards"
        return f"{what} the answer {change} faster than in any of {count} random orders{centre}."
    if curves.gain > 0:
        return (
            f"{what} the answer {change} only a little faster than in a random order: this map may be down to chance."
        )
    return f"{what} the answer {change} no faster than in a random order: this map doesn't show what matters."


def say_repeatability(found: Repeatability) -> str:
    """Say in a sentence how alike the maps of several seeds are."""
    if found.mean >= SAME:
        return "The same map every time: nothing in this method is random."
    words = f"Computed {len(found.seeds)} times, the maps' rank correlation is {three_digits(found.mean)}"
    return f"{words}: nearly the same." if found.mean >= ALIKE else f"{words}: take more samples."


def say_randomisation(found: Randomisation) -> str:
    """Say in a sentence what is left of a map when the network has learnt nothing, or not to tell the classes apart."""
    if (first := float(found.correlations[0])) > ALIKE:
        return (
            f"With the weights of the last layer alone shuffled the map is nearly the same (rank correlation "
            f"{three_digits(first)}): it does not show why the answer is this one."
        )
    left = abs(found.final_correlation)
    correlation = three_digits(found.final_correlation)
    words = f"With all weights shuffled the map's rank correlation with this one is {correlation}"
    if left < GONE:
        return f"{words}: it shows what the network learned."
    if left > LEFT:
        return f"{words}: it shows the picture's edges more than what the network learned."
    return f"{words}: in part it shows the picture itself."


def sentences(found: Trust) -> list[str]:
    """Return what the tests say, in a sentence each."""
    return [
        *(say_curves(curves) for curves in (found.deletion, found.insertion) if curves is not None),
        *([say_randomisation(found.randomisation)] if found.randomisation is not None else []),
        *([say_repeatability(found.repeatability)] if found.repeatability is not None else []),
    ]


def lines(found: Trust) -> list[Line]:
    """Return what the tests say, a line each, for a strip below a map."""
    said = []
    for curves in (found.deletion, found.insertion):
        if curves is not None:
            area, at_random = float(curves.area), float(curves.random_areas.mean())
            value = f"{three_digits(area)} ({three_digits(at_random)})"
            said.append(Line(curves.kind.capitalize(), value, _grade(curves), say_curves(curves), area, at_random))
    if found.randomisation is not None:
        number, first = found.randomisation.final_correlation, float(found.randomisation.correlations[0])
        grade: Grade = "good" if abs(number) < GONE else "bad" if abs(number) > LEFT else "unsure"
        number, grade = (first, "bad") if first > ALIKE else (number, grade)
        words = say_randomisation(found.randomisation)
        said.append(Line(SHUFFLED, three_digits(number), grade, words, number))
    if found.repeatability is not None:
        number = found.repeatability.mean
        grade = "good" if number >= ALIKE else "unsure"
        said.append(Line("Repeated", three_digits(number), grade, say_repeatability(found.repeatability), number))
    return said


def _grade(curves: Curves) -> Grade:
    """Return how good an order is: against chance, and against the middle of the picture, which knows no network."""
    if curves.beats_random and curves.beats_centre:
        return "good"
    return "unsure" if curves.gain > 0 else "bad"


def verdict(found: Trust | None, diagnosis: Diagnosis | None = None, usual: str = "") -> Verdict:
    """Return whether to trust a map: no better than its worst test.

    Args:
        found: what its tests found so far; None before the first.
        diagnosis: what the doctor says of it. Defaults to nothing.
        usual: the sentence that says that it looks like every map of its class. Defaults to "": it does not.
    """
    finding = "fine" if diagnosis is None else diagnosis.finding
    advice = "" if diagnosis is None or diagnosis.is_fine else diagnosis.sentence
    if finding not in LIGHT:
        return Verdict("distrust", advice)
    found = found or Trust()
    tested = lines(found)
    wrong = [line.words for line in sorted(tested, key=_gravity) if line.grade == "bad"]
    if wrong:
        return Verdict("distrust", wrong[0], usual)
    if not found.is_whole:
        reason = "Some tests haven't been run." if tested else advice or usual or UNTESTED
        return Verdict("untested", reason, usual if reason != usual else "")
    doubts = [usual, advice, *(line.words for line in tested if line.grade == "unsure")]
    doubts += [f"The tests ended early: {found.problem}"] if found.problem else []
    doubts += [ORDER_ONLY] if found.randomisation is None else []
    reasons = [reason for reason in doubts if reason]
    return Verdict("care", reasons[0]) if reasons else Verdict("trust", TRUSTED)


def _gravity(line: Line) -> bool:
    """Return a key that puts the test of shuffled weights first: a map that fails it shows another thing."""
    return line.label != SHUFFLED


def table(maps: Mapping[str, Trust | None]) -> pd.DataFrame:
    """Return one row for each test that is done.

    Returns:
        Columns map, test, value, at_random (mean of the random orders, for deletion and insertion), grade, finding.
        Value is the area under the curve (deletion, insertion) or the rank correlation (shuffled, repeated).
    """
    columns = ["map", "test", "value", "at_random", "grade", "finding"]
    rows = [
        (name, line.label.lower(), line.number, line.at_random, line.grade, line.words)
        for name, found in maps.items()
        for line in (lines(found) if found is not None else ())
    ]
    return pd.DataFrame(rows, columns=columns)


def short(sentence: str) -> str:
    """Return the doctor's sentence up to its first semicolon, for a strip below a map."""
    return sentence.split(";")[0].rstrip(".") + "."
