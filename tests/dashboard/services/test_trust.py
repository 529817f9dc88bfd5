"""The verdict on a map: no better than its worst test."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboard.services import trust
from dashboard.services.trust import Trust, Verdict, verdict
from dashboard.widgets.verdict import verdict_html
from interp.doctor import Diagnosis
from interp.faithfulness import Curves, Randomisation, Repeatability

FINE = Diagnosis("fine", "Nothing looks wrong.")
USUAL = "Much like the average map for “happy”."


def curves(kind: Any, area: float, at_random: tuple[float, float] = (0.5, 0.6), centre: float = 0.4) -> Curves:
    return Curves(
        kind, np.linspace(0, 1, 3), np.ones(3), area, np.ones((2, 3)), np.array(at_random), np.ones(3), centre, "mean"
    )


def shuffled(left: float) -> Randomisation:
    return Randomisation(("a",), np.array([left]), np.ones(1), np.ones(1), np.ones((1, 2, 2)), 0)


GOOD = Trust(
    deletion=curves("deletion", 0.2),
    insertion=curves("insertion", 0.8, centre=0.7),
    repeatability=Repeatability((0, 1), np.array([1.0]), np.zeros((2, 2))),
    randomisation=shuffled(0.1),
    is_whole=True,
)


def test_a_map_is_not_tested_until_all_its_tests_are_done() -> None:
    assert verdict(None, FINE) == Verdict("untested", trust.UNTESTED)
    assert verdict(None).words == "Not tested yet"
    part = Trust(deletion=GOOD.deletion)
    assert verdict(part, FINE) == Verdict("untested", "Some tests haven't been run.")
    assert verdict(replace(GOOD, is_whole=False), FINE).standing == "untested"


def test_a_map_that_passes_all_tests_is_trusted() -> None:
    assert verdict(GOOD, FINE) == Verdict("trust", trust.TRUSTED)


@pytest.mark.parametrize(
    ("change", "standing", "words"),
    [
        ({"deletion": curves("deletion", 0.7)}, "distrust", "doesn't show what matters"),
        ({"insertion": curves("insertion", 0.4)}, "distrust", "doesn't show what matters"),
        ({"randomisation": shuffled(0.9)}, "distrust", "the picture's edges"),
        ({"randomisation": shuffled(-0.9)}, "distrust", "the picture's edges"),
        ({"deletion": curves("deletion", 0.52)}, "care", "may be down to chance"),
        ({"deletion": curves("deletion", 0.45)}, "care", "no faster than from the middle"),
        ({"randomisation": shuffled(0.5)}, "care", "in part"),
        ({"repeatability": Repeatability((0, 1), np.array([0.5]), np.zeros((2, 2)))}, "care", "take more samples"),
        ({"randomisation": None, "repeatability": None}, "care", "only half of the tests"),
        ({"problem": "Not this one."}, "care", "The tests ended early: Not this one."),
    ],
)
def test_one_bad_test_is_enough(change: dict[str, Any], standing: str, words: str) -> None:
    found = verdict(replace(GOOD, **change), FINE)
    assert found.standing == standing
    assert words in found.reason


def test_a_map_that_stays_when_the_last_layer_is_shuffled_does_not_say_why() -> None:
    edges = Randomisation(("a", "b"), np.array([0.97, 0.05]), np.ones(2), np.ones(2), np.ones((2, 2, 2)), 0)
    found = replace(GOOD, randomisation=edges)
    assert verdict(found, FINE).standing == "distrust"
    assert "last layer alone shuffled" in verdict(found, FINE).reason
    (line,) = [line for line in trust.lines(found) if line.label == trust.SHUFFLED]
    assert (line.grade, line.number) == ("bad", 0.97)
    learnt = replace(edges, correlations=np.array([0.7, 0.05]))
    assert verdict(replace(GOOD, randomisation=learnt), FINE).standing == "trust"


def test_a_bad_test_counts_before_all_are_done() -> None:
    assert verdict(Trust(deletion=curves("deletion", 0.7)), FINE).standing == "distrust"


def test_a_map_that_stays_with_shuffled_weights_says_that_first() -> None:
    worst = replace(GOOD, deletion=curves("deletion", 0.7), randomisation=shuffled(0.9))
    assert "weights shuffled" in verdict(worst, FINE).reason


@pytest.mark.parametrize(
    ("finding", "untested", "tested"),
    [("too early", "untested", "care"), ("too coarse", "untested", "care"), ("saturated", "distrust", "distrust")],
)
def test_what_the_doctor_says_comes_in(finding: Any, untested: str, tested: str) -> None:
    diagnosis = Diagnosis(finding, "It is ill.")
    assert verdict(None, diagnosis) == Verdict(untested, "It is ill.")
    assert verdict(GOOD, diagnosis) == Verdict(tested, "It is ill.")


def test_a_map_like_every_map_of_its_class_says_so() -> None:
    assert verdict(None, FINE, USUAL) == Verdict("untested", USUAL)
    assert verdict(GOOD, FINE, USUAL) == Verdict("care", USUAL)
    bad = verdict(replace(GOOD, randomisation=shuffled(0.9)), FINE, USUAL)
    assert (bad.standing, bad.note) == ("distrust", USUAL)


def test_a_verdict_is_read_without_its_colour() -> None:
    found = Verdict("care", "Hiding <it> does little.", "It looks usual.")
    assert found.sentence == "Use with care: hiding <it> does little. It looks usual."
    page = verdict_html(found)
    assert "~ Use with care." in page
    assert "&lt;it&gt; does little. It looks usual." in page
    pages = {standing: verdict_html(Verdict(standing, "")) for standing in trust.WORDS}
    assert len({page.split("border-left:")[1][:24] for page in pages.values()}) == 4
