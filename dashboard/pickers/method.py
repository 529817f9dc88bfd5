"""The pickers of methods and of their settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.pickers.switch import choose_from
from dashboard.services import networks
from dashboard.subject import Value
from interp import METHODS, Method, Parameter

SIDE_BY_SIDE = "methods"

LONGEST_SLIDER = 100  # steps; a longer range is entered as a number


def choose_method(usual: str = "", *, is_used: bool = True) -> Method:
    """Draw the picker over interp.METHODS, greyed out where the choice is of no use, and return the method."""
    names = list_methods(st.session_state.get(state.NETWORK))
    usual = usual or names[0]
    state.follow_usual(state.METHOD, usual)
    labels = {name: METHODS[name].label for name in names}
    help = (
        "From top to bottom: methods that use a layer's maps (coarse, but true to the target), the gradient at each "
        "pixel (sharper, noisier), or many changed pictures (slower, needs only answers)."
    )
    return METHODS[choose_from("Method", state.METHOD, labels, usual, help, is_used=is_used)]


def choose_methods() -> list[str]:
    """Draw a popover with the methods that stand side by side, all to begin with; return their names in order."""
    names = list_methods(st.session_state.get(state.NETWORK))
    with st.popover("Choose methods", icon=":material/checklist:", key="choose_methods"), st.container(width=320):
        chosen = st.pills(
            "Methods",
            names,
            selection_mode="multi",
            default=names,
            format_func=lambda name: METHODS[name].label,
            key=SIDE_BY_SIDE,
            persist_state="session",
        )
    return [name for name in names if name in chosen] or names[:1]


def list_methods(network_name: str | None = None) -> list[str]:
    """Return the names of interp.METHODS in the picker's order; of all, or of those that suit a network."""
    is_function = network_name is not None and networks.is_function(network_name)
    return [name for name, method in METHODS.items() if method.asks_alone or not is_function]


def draw_parameters(method: Method) -> dict[str, Value]:
    """Draw one widget for each Parameter of a method, with a way back to the defaults; return the values by name."""
    if not method.parameters:
        return {}
    keys = {parameter.name: f"{method.name}_{parameter.name}" for parameter in method.parameters}
    values = {parameter.name: parameter_widget(parameter, keys[parameter.name]) for parameter in method.parameters}
    changed = {
        keys[parameter.name]: parameter.default
        for parameter in method.parameters
        if values[parameter.name] != parameter.default
    }
    st.button(
        "Back to defaults",
        key="default_settings",
        icon=":material/undo:",
        disabled=not changed,
        on_click=st.session_state.update,
        args=(changed,),
    )
    return values


def parameter_widget(parameter: Parameter, key: str) -> Value:
    """Turn one interp Parameter into a widget: a toggle, a selectbox, a slider, or an input for a long range."""
    if parameter.kind == "bool":
        return st.toggle(parameter.label, parameter.default, key=key, help=parameter.help, persist_state="session")
    if parameter.kind == "choice":
        choices = list(parameter.choices)
        return st.selectbox(
            parameter.label,
            choices,
            index=choices.index(parameter.default),
            format_func=str.capitalize,
            key=key,
            help=parameter.help,
            persist_state="session",
        )
    cast: Callable[[Any], Any] = int if parameter.kind == "int" else float  # of a number, whichever it is
    low, high = cast(parameter.minimum), cast(parameter.maximum)
    step = cast(parameter.step) if parameter.step else None
    is_long = (high - low) / (step or 1) > LONGEST_SLIDER
    draw = st.number_input if is_long else st.slider
    return draw(
        parameter.label,
        low,
        high,
        cast(parameter.default),
        step,
        key=key,
        help=f"{parameter.help} From {low:,} to {high:,}." if is_long else parameter.help,
        persist_state="session",
    )
