"""Choices that the address keeps: yes or no, one of a few or of many, and a number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import streamlit as st

from dashboard import state

Name = TypeVar("Name", bound=str)
Option = TypeVar("Option")


def choose_switch(label: str, key: str, default: bool, meaning: str) -> bool:
    """Draw a toggle and return whether it is on."""
    state.keep_choice(key, (True, False), default)
    return st.toggle(label, default, key=key, bind="query-params", help=meaning)


def choose_one(
    label: str,
    key: str,
    options: Mapping[Name, str],
    help: str | None = None,
    *,
    is_labelled: bool = True,
    width: Literal["content", "stretch"] = "content",
) -> Name:
    """Draw a switch between a few options, the first one to begin with, and return the chosen one."""
    names = list(options)
    state.keep_choice(key, names, names[0])
    chosen = st.segmented_control(
        label,
        names,
        default=names[0],
        format_func=options.__getitem__,
        key=key,
        required=True,
        bind="query-params",
        label_visibility="visible" if is_labelled else "collapsed",
        width=width,
        help=help,
    )
    return chosen or names[0]


def choose_from(
    label: str,
    key: str,
    options: Mapping[Option, str],
    usual: Option | None = None,
    help: str | None = None,
    *,
    is_used: bool = True,
) -> Option:
    """Draw a list of options, greyed out where the choice is of no use, and return the chosen one.

    It begins with the usual one, or else with the first.
    """
    names = list(options)
    first = names[0] if usual is None else usual
    state.keep_choice(key, names, first)
    return st.selectbox(
        label,
        names,
        index=names.index(first),
        format_func=options.__getitem__,
        key=key,
        bind="query-params",
        disabled=not is_used,
        help=help,
    )


def choose_number(
    label: str,
    key: str,
    low: int,
    high: int,
    usual: int,
    help: str | None = None,
    *,
    width: int | Literal["stretch"] = "stretch",
) -> int:
    """Draw the input of a whole number from low to high and return it; the usual one to begin with."""
    state.keep_choice(key, range(low, high + 1), usual)
    return int(st.number_input(label, low, high, usual, key=key, bind="query-params", width=width, help=help))
