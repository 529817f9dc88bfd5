"""A drawer: what a page can be set to, out of the way of its picture."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def drawer(key: str, label: str = "Settings") -> DeltaGenerator:
    """Draw a button that opens a drawer, and return the place in it.

    It is an expander that the app's style sheet lays over the page. A popover's widgets are not on the page while it is
    closed, and so miss what a click elsewhere sets them to.
    """
    with st.container(width="content", key=f"drawer_{key}"):
        return st.expander(label, icon=":material/tune:", key=key).container()
