"""The pickers of the expression to explain and of one to set it against."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.subject import Subject


def choose_expression(
    subject: Subject,
    help: str = "Which expression to explain. The maps show what speaks for it, whether or not it won.",
) -> str:
    """Draws the picker of a class, by default the one to explain; it follows the network's own answer at first."""
    options = [state.PREDICTED, *subject.face.emotion]
    state.keep_choice(state.EXPRESSION, options, state.PREDICTED)
    chosen = st.selectbox(
        "Expression",
        options,
        format_func=lambda name: f"Strongest: {subject.winner}" if name == state.PREDICTED else name.capitalize(),
        key=state.EXPRESSION,
        bind="query-params",
        help=help,
    )
    return subject.winner if chosen == state.PREDICTED else chosen


def choose_other(subject: Subject, expression: str, *, is_used: bool = True) -> str | None:
    """Draws the picker of a class to set the explained one against; returns None where it is explained by itself."""
    options = [state.NO_OTHER, *(name for name in subject.face.emotion if name != expression)]
    state.keep_choice(state.AGAINST, options, state.NO_OTHER)
    chosen = st.selectbox(
        "Rather than",
        options,
        format_func=lambda name: "No other" if name == state.NO_OTHER else name.capitalize(),
        key=state.AGAINST,
        bind="query-params",
        disabled=not is_used,
        help="Set the expression against another one: the map then shows what speaks for the first rather than the "
        "second. What both share drops out.",
    )
    return None if chosen == state.NO_OTHER else chosen
