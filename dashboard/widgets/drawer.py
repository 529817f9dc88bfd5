"""A drawer: what a page can be set to, out of the way of its picture."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

WIDTH = 320
"""Pixels of the open drawer, less than a phone's screen has."""


def drawer(key: str, label: str = "Settings") -> DeltaGenerator:
    """Draw a button that opens a drawer, and return the place in it.

    Args:
        key: the button's.
        label: what it holds. Defaults to "Settings".
    """
    return st.popover(label, icon=":material/tune:", key=key).container(width=WIDTH)
