"""Whether the usual map is taken away from what is shown: what is left is particular to this picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import state
from dashboard.services import explanations
from dashboard.subject import Question
from dashboard.tasks.aim import Aim
from interp import Explanation

MINUS_USUAL = "minus_usual"


def choose_minus_usual(*, is_there: bool) -> bool:
    """Draw the switch that takes the usual map of the class away, and return whether it is on.

    Args:
        is_there: whether the usual map is known; else the switch is off and can't be turned on.
    """
    state.keep_choice(MINUS_USUAL, (True, False), False)
    is_on = st.toggle(
        "Minus the usual map",
        key=MINUS_USUAL,
        bind="query-params",
        disabled=not is_there,
        help="Shows what is special about this picture: its map minus the network's average map for this answer, both "
        "scaled to the same mean."
        if is_there
        else "There is no average map for these settings: there is one for the network's usual method and layer, and "
        "for one class at a time.",
    )
    return is_on and is_there


def choose_seen(question: Question, found: Explanation, aim: Aim) -> tuple[Explanation, Aim]:
    """Draw the switch for one map, and return the map that is to be shown with what it is about.

    Args:
        question: what was asked.
        found: its map.
        aim: what it is about.
    """
    is_on = choose_minus_usual(is_there=explanations.usual_map(question) is not None)
    return (explanations.minus_usual(question, found) if is_on else found), replace(aim, is_minus_usual=is_on)


def choose_all_seen(questions: Sequence[Question], found: Sequence[Explanation]) -> tuple[list[Explanation], bool]:
    """Draw one switch for several maps; return those to show, and whether the usual ones are taken away from them.

    Args:
        questions: what was asked.
        found: of each question its map.
    """
    is_on = choose_minus_usual(is_there=explanations.usual_map(questions[0]) is not None)
    if not is_on:
        return list(found), False
    return [explanations.minus_usual(asked, one) for asked, one in zip(questions, found, strict=True)], True
