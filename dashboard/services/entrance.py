"""The page of somebody who comes while the server is full: one sentence, until there is room."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.visits import Entrance

LOOK = 5.0
"""Seconds between two looks at whether there is room."""


@st.cache_resource(max_entries=1, show_spinner=False)
def _entrance() -> Entrance:
    return Entrance()


def _refusal() -> str:
    context = get_script_run_ctx()
    return "" if context is None else _entrance().admit(context.session_id)


def is_inside() -> bool:
    """Return whether the session may go on, and let it in if it may."""
    return not _refusal()


def wait() -> NoReturn:
    """Say that the server is full, and look again and again; the run ends here."""
    st.title("Glassface", anchor=False)

    @st.fragment(run_every=LOOK)
    def look() -> None:
        if refusal := _refusal():
            st.info(f"{refusal} This page opens by itself as soon as there is room.", icon=":material/hourglass_empty:")
        else:
            st.rerun()

    look()
    st.stop()
