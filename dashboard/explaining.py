"""Asking for a map: fast methods answer at once, slow ones run beside the page, one at a time in a session."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import cache, state
from dashboard.cache import Question
from dashboard.jobs import Run

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
        return cache.explanation(question), None
    if (kept := cache.kept_explanation(question)) is not None:
        return kept, None
    if run is None and expected_seconds(question) <= PATIENCE:
        start(question)
        run = st.session_state[state.EXPLANATION]
        run.join(GLANCE)
    if run is None:
        return None, None
    _learn(run)
    if run.status == "done":
        return cache.keep_explanation(question, run.result), None
    return None, run


def start(question: Question) -> None:
    """Starts the run of a question; also a button's callback."""
    st.session_state[state.EXPLANATION] = cache.start_explanation(question)


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


def _learn(run: Run) -> None:
    if run.progress:
        st.session_state[state.PACES][_cost(run.settings["question"])] = run.seconds + (run.seconds_left or 0)


def _cost(question: Question) -> tuple[Any, ...]:
    """What the time of a question depends on: all but the picture and the class."""
    return (question.network_name, question.method, question.layer, *question.settings)
