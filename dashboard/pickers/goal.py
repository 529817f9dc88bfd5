"""The pickers of what of a network's answer is explained, as its task asks for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import state
from dashboard.services import explanations
from dashboard.subject import Subject
from dashboard.tasks.task import Choice, Goal, Option, View

Place = Callable[[], contextlib.AbstractContextManager[object]]


def choose_goal(
    subject: Subject,
    view: View,
    *,
    place: Place = contextlib.nullcontext,
    with_other: bool = True,
    is_other_used: bool = True,
    help: str = "",
) -> Goal:
    """Draw the pickers of what to explain and return it.

    Args:
        subject: whose face.
        view: what the network is shown.
        place: gives the place of each picker. Defaults to one below the other.
        with_other: whether it can be set against something else. Defaults to yes.
        is_other_used: whether that picker is of use now, else it is greyed out. Defaults to yes.
        help: what the first picker says on request. Defaults to the task's own words.
    """
    helps = iter((help,))

    def choose(choice: Choice[Option]) -> Option:
        told = next(helps, "") or choice.help
        if choice.is_other and not with_other:
            return choice.default
        with place():
            chosen = draw_choice(choice, told, is_disabled=choice.is_other and not is_other_used)
        return choice.default if choice.is_other and not is_other_used else chosen

    return view.task.ask(subject, view, choose, partial(explanations.answer_maps, subject.network_name, view.pixels))


def draw_choice(choice: Choice[Option], help: str, *, is_disabled: bool = False) -> Option:
    """Draw the picker of one choice and return what is chosen.

    Args:
        choice: what is to be chosen.
        help: what the picker says on request.
        is_disabled: whether it is greyed out. Defaults to no.
    """
    options = list(choice.options)
    if len(options) == 1:
        st.selectbox(choice.label, list(choice.options.values()), disabled=True, key=choice.key, help=help)
        return choice.default
    state.keep_choice(choice.key, options, choice.default)
    return st.selectbox(
        choice.label,
        options,
        index=options.index(choice.default),
        format_func=choice.options.__getitem__,
        key=choice.key,
        bind="query-params",
        disabled=is_disabled,
        help=help,
    )
