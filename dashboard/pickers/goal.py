"""The pickers of what of a network's answer is explained, as its task asks for."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import state
from dashboard.pickers.switch import choose_from
from dashboard.services import explanations
from dashboard.subject import Subject
from dashboard.tasks.task import Choice, Goal, Option, View

OPPOSITE = "opposite_of"
"""The session key of the goal in whose place its opposite is explained."""

CHIPS = 4
"""What is offered to set an answer against: nothing, and the likeliest others."""


def choose_goal(
    subject: Subject,
    view: View,
    *,
    with_other: bool = True,
    is_other_used: bool = True,
    help: str = "",
) -> Goal:
    """Draw the pickers of what to explain and return it; the one to set it against may be left out, or greyed out."""
    helps = iter((help,))

    def choose(choice: Choice[Option]) -> Option:
        told = next(helps, "") or choice.help
        if choice.is_other and not with_other:
            return choice.default
        return draw_choice(choice, told) if not choice.is_other else _draw_chips(choice, is_used=is_other_used)

    maps = partial(explanations.answer_maps, subject.network_name, view.pixels)
    goal = view.task.ask(subject, view, choose, maps)
    return goal.opposite if with_other and st.session_state.get(OPPOSITE) == goal else goal


def offer_opposite(goal: Goal, *, is_blank: bool) -> None:
    """Offer to explain what speaks against a goal whose map is blank, and the way back."""
    against = goal.opposite_of
    if against is not None:
        words = f"Shown is what speaks against {against.quoted}."
        label = f"Show the evidence for {against.quoted}"
    elif is_blank:
        words, label = "", "Show the evidence against it"
    else:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if words:
            st.markdown(words, width="content")
        st.button(label, key="explain_opposite", on_click=_turn_round, args=(None if against else goal,))


def _turn_round(goal: Goal | None) -> None:
    st.session_state[OPPOSITE] = goal


def choose_contrast(subject: Subject, view: View) -> Goal:
    """Draw chips that set the network's own answer against one of the likeliest others, and return the goal.

    For a network whose answer is set against nothing it draws nothing.
    """

    def choose(choice: Choice[Option]) -> Option:
        return _draw_chips(choice) if choice.is_other else choice.default

    return view.task.ask(subject, view, choose, partial(explanations.answer_maps, subject.network_name, view.pixels))


def _draw_chips(choice: Choice[Option], *, is_used: bool = True) -> Option:
    """Draw the first options of a choice side by side, and with them the chosen one, and return what is chosen."""
    state.keep_choice(choice.key, list(choice.options), choice.default)
    chosen, asked = st.session_state.get(choice.key, choice.default), st.query_params.get(choice.key)
    shown = [
        option
        for number, (option, words) in enumerate(choice.options.items())
        if number < CHIPS or option == chosen or words == asked
    ]
    found = st.pills(
        choice.label,
        shown,
        default=choice.default,
        format_func=choice.options.__getitem__,
        key=choice.key,
        bind="query-params",
        required=True,
        disabled=not is_used,
        help=choice.help,
    )
    return found if is_used and found is not None else choice.default


def draw_choice(choice: Choice[Option], help: str) -> Option:
    """Draw the picker of one choice, with what it says on request, and return what is chosen."""
    if len(choice.options) == 1:
        st.selectbox(choice.label, list(choice.options.values()), disabled=True, key=choice.key, help=help)
        return choice.default
    return choose_from(choice.label, choice.key, choice.options, choice.default, help)
