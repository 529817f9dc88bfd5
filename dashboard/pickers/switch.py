"""Choices that the address keeps: yes or no, and one of a few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeVar

import streamlit as st

from dashboard import state

Name = TypeVar("Name", bound=str)


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
