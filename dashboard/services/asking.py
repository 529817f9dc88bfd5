"""Asking for a map: fast methods answer at once, slow ones run beside the page, one at a time in a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.services import explanations
from dashboard.services.runs import Run
from dashboard.subject import Question

GLANCE = 0.5
"""Seconds the page waits for a slow method before it shows progress, so that a short run draws the page only once."""
PATIENCE = 4.0
"""Seconds up to which a run starts by itself; one that is known to take longer waits for its button."""


def ask(question: Question, *, is_slow: bool) -> tuple[Any | None, Run | None]:
    """Returns the explanation where it is known, and else the run that looks for it.

    Args:
        question: what is asked.
        is_slow: bool, whether the method may take long.

    Returns:
        The interp.Explanation or None, and the Run or None. Neither is there where a run would take long and waits
        to be started.
    """
    run = _current(question)
    if not is_slow:
        return explanations.explanation(question), None
    if (kept := explanations.kept(question.key)) is not None:
        return kept, None
    if run is None and expected_seconds(question) <= PATIENCE:
        start(question)
        run = st.session_state[state.EXPLANATION]
        run.join(GLANCE)
    if run is None:
        return None, None
    _learn(run)
    if run.status == "done":
        return explanations.keep(question.key, run.result), None
    return None, run


def start(question: Question) -> None:
    """Starts the run of a question; also a button's callback."""
    st.session_state[state.EXPLANATION] = explanations.start_explanation(question)


def has_changed(run: Run | None, *, was_active: bool) -> bool:
    """Whether the page that was drawn for this run must be drawn anew: it ended, or another one took its place."""
    return st.session_state[state.EXPLANATION] is not run or (run is not None and run.is_active is not was_active)


def expected_seconds(question: Question) -> float:
    """Returns the seconds that such a question took before in this session; 0 where none was asked."""
    paces: dict[tuple[Any, ...], float] = st.session_state[state.PACES]
    return paces.get(_cost(question), 0.0)


def _current(question: Question) -> Run | None:
    """Returns the session's run if it is about this question; any other is cancelled, for nobody waits for it."""
    run: Run | None = st.session_state[state.EXPLANATION]
    if run is not None and run.settings["question"].key != question.key:
        _learn(run)
        run.cancel()
        run = st.session_state[state.EXPLANATION] = None
    return run


@dataclass(frozen=True)
class Wall:
    """Several questions, what is known of their answers, and the run that looks for the others.

    Args:
        questions: what is asked.
        found: for each question its interp.Explanation, the sentence that says why there is none, or None.
        waiting: the questions about slow methods, which are not looked for until they are asked for.
        run: the run. Defaults to none: all is known that is looked for.
    """

    questions: tuple[Question, ...]
    found: tuple[Any, ...]
    waiting: tuple[Question, ...]
    run: Run | None = None


def ask_all(questions: Sequence[Question], *, include_slow: bool) -> Wall:
    """Returns what is known of several questions; what is not is looked for beside the page.

    Args:
        questions: what is asked.
        include_slow: bool, whether slow methods are looked for as well.
    """
    from interp import METHODS

    sought = tuple(question for question in questions if include_slow or not METHODS[question.method].is_slow)
    keys = tuple(question.key for question in sought)
    run: Run | None = st.session_state[state.WALL]
    if run is not None and run.settings["keys"] != keys:
        run.cancel()
        run = st.session_state[state.WALL] = None
    missing = _missing(sought, run)
    if missing and run is None:
        start_all(sought)
        run = st.session_state[state.WALL]
        run.join(GLANCE)
        missing = _missing(sought, run)
    found = tuple(explanations.kept(question.key) for question in questions)
    waiting = tuple(
        question for question, answer in zip(questions, found, strict=True) if answer is None and question not in sought
    )
    return Wall(tuple(questions), found, waiting, run if missing else None)


def start_all(questions: Sequence[Question]) -> None:
    """Starts the run that looks for all answers that are not known; also a button's callback."""
    unknown = [question for question in questions if explanations.kept(question.key) is None]
    keys = tuple(question.key for question in questions)
    st.session_state[state.WALL] = explanations.start_explanations(unknown, {"keys": keys})


def _missing(questions: Sequence[Question], run: Run | None) -> list[Question]:
    """Returns the questions without an answer, after keeping what the run has found so far."""
    for key, answer in ((run.result or {}) if run is not None else {}).items():
        explanations.keep(key, answer)
    return [question for question in questions if explanations.kept(question.key) is None]


def trust_of(question: Question) -> tuple[Any | None, Run | None]:
    """Returns the `trust.Trust` of a question's map where it is known, and else the run that looks for it, if any."""
    key = ("trust", *question.key)
    if (kept := explanations.kept(key)) is not None:
        return kept, None
    run: Run | None = st.session_state[state.TRUST]
    if run is not None and run.settings["question"].key != question.key:
        run.cancel()
        run = st.session_state[state.TRUST] = None
    if run is not None and run.status == "done":
        return explanations.keep(key, run.result), None
    return None, run


def start_trust(question: Question, explanation: Any) -> None:
    """Callback: starts the tests of a map."""
    st.session_state[state.TRUST] = explanations.start_trust(question, explanation)


def trusts_of(wall: Wall) -> tuple[tuple[Any | None, ...], Run | None]:
    """Returns for each map of a wall the `trust.Trust` as far as it is known, and the run that tests them, if any."""
    keys = tuple(question.key for question in wall.questions)
    run: Run | None = st.session_state[state.TRUSTS]
    if run is not None and run.settings["keys"] != keys:
        run.cancel()
        run = st.session_state[state.TRUSTS] = None
    so_far = (run.result or {}) if run is not None else {}
    for key, found in so_far.items():
        if found.is_whole:
            explanations.keep(("trust", *key), found)
    return tuple(explanations.kept(("trust", *key)) or so_far.get(key) for key in keys), run


def start_trusts(wall: Wall) -> None:
    """Callback: starts the tests of all maps of a wall that are there and not tested yet."""
    untested = [
        (question, answer)
        for question, answer in zip(wall.questions, wall.found, strict=True)
        if is_map(answer) and explanations.kept(("trust", *question.key)) is None
    ]
    questions, answers = zip(*untested, strict=True)
    settings = {"keys": tuple(question.key for question in wall.questions)}
    st.session_state[state.TRUSTS] = explanations.start_trusts(questions, answers, settings)


def is_map(answer: Any | None) -> bool:
    """Whether a wall's answer is an explanation, not the sentence that says why there is none."""
    return answer is not None and not isinstance(answer, str)


def _learn(run: Run) -> None:
    if run.progress:
        st.session_state[state.PACES][_cost(run.settings["question"])] = run.seconds + (run.seconds_left or 0)


def _cost(question: Question) -> tuple[Any, ...]:
    """What the time of a question depends on: all but the picture and the class."""
    return (question.network_name, question.method, question.layer, *question.settings)
