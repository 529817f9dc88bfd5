"""The lens Concepts: a card for each, the strongest first, in words that follow from what was measured."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.attribution.concepts_views import drop_bar, strongest_sentence
from dashboard.services.concepts import ShippedConcepts, concepts_of
from dashboard.tasks.task import Goal
from interp import Class, ConceptExplanation, Concepts
from tests.support.screen import texts

OpenPage = Callable[..., AppTest]
LABELS = ("happy", "sad")


def test_each_concept_stands_with_its_bar_the_one_that_carries_most_first(open_page: OpenPage) -> None:
    app = open_page("attribution", show="Concepts")
    shipped = concepts_of("emotion")
    assert shipped is not None
    shown = [re.sub(r"\*", "", one.value) for one in app.markdown]
    names = [one for one in shown if one.lower() in shipped.names]
    assert sorted(name.lower() for name in names) == sorted(shipped.names)
    bars = [
        re.search(r">([−\d.]+)</span></div>$", one.value) for one in app.html if "Without it the score" in one.value
    ]
    drops = [float(found[1].replace("−", "-")) for found in bars if found]
    assert len(drops) == len(shipped.found)
    assert drops == sorted(drops, reverse=True)
    assert drops[0] > 0.5, "a smile is carried by something"
    sentence = next(one for one in shown if "matters most for" in one)
    assert sentence.startswith(f"“{names[0].lower()}” matters most for “happy” on this face.")
    assert f"Without it, the score falls by {drops[0]:.2f} of" in sentence
    assert "The names are ours" in texts(app)
    assert app.selectbox(key=state.METHOD).disabled


def test_a_network_without_concepts_has_no_such_lens(open_page: OpenPage) -> None:
    app = open_page("attribution", network="emotion-simple", show="Concepts")
    assert "Concepts" not in app.get_by_key(state.SHOW).options
    assert app.get_by_key(state.SHOW).value == "map"


def explained(drops: list[float], without: list[list[float]]) -> ConceptExplanation:
    return ConceptExplanation(np.ones((2, 2, 2)), np.array(drops), 3.0, np.array([0.9, 0.1]), np.array(without))


@pytest.mark.parametrize(
    ("drops", "without", "sentence"),
    [
        (
            [0.5, 1.0],
            [[0.8, 0.2], [0.4, 0.6]],
            r"^\*\*“mouth” .* by 1.00 of 3.00, and the top answer would be sad \(60 %\)",
        ),
        ([1.5, 0.2], [[0.7, 0.3], [0.9, 0.1]], r"^\*\*“eyes” .* top answer would still be happy \(70 %\)"),
        ([0.0, -0.2], [[0.9, 0.1], [0.9, 0.1]], r"^No concept supports “happy”"),
    ],
)
def test_the_strongest_is_named_with_what_the_network_would_say(
    drops: list[float], without: list[list[float]], sentence: str
) -> None:
    found = Concepts("maps", np.eye(2), np.eye(2), 0.1, 9, 0)
    shipped = ShippedConcepts(found, ("eyes", "mouth"), np.zeros((2, 4, 4, 1), np.uint8), LABELS, "", "")
    goal = Goal(Class(0), "happy", "“happy”", "", "", ("Score", ""), "", "happy")
    assert re.search(sentence, strongest_sentence(shipped, explained(drops, without), goal, LABELS))


@pytest.mark.parametrize(
    ("drop", "left", "width", "words"),
    [
        (2.0, "33.3%", "66.7%", "falls by 2.00"),
        (-1.0, "0.0%", "33.3%", "rises by 1.00"),
        (0.0, "33.3%", "0.0%", "0.00"),
    ],
)
def test_a_bar_goes_from_zero(drop: float, left: str, width: str, words: str) -> None:
    bar = drop_bar(drop, -1.0, 2.0)
    assert f"left:{left};width:{width}" in bar
    assert words in bar
