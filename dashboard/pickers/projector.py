"""The projector's mode: a page's picture has the screen to itself, in large type, for a class."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.pickers.switch import choose_switch

PROJECTOR = "projector"
STYLE = Path(__file__).with_suffix(".css")
SCREEN_STYLE = "<style>.st-key-projector_bar { min-height: 2.75rem; }</style>"


def beside_projector(name: str, width: Literal["stretch", "content"] = "stretch") -> DeltaGenerator:
    """Return a container for what the projector's mode hides."""
    return st.container(key=f"beside_projector_{name}", width=width)


def projector_bar() -> DeltaGenerator:
    """Return the row above the picture, which the projector's mode keeps."""
    return st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", key="projector_bar"
    )


def choose_projector(shown: str, keys: str) -> bool:
    """Draw the switch of the projector's mode, or the way out of it, hide the page's menus or give them back.

    Returns:
        Whether the mode is on.
    """
    help = f"Large type, and nothing but {shown}. {keys} Escape leaves. F11 gives it the whole screen in most browsers."
    is_on = choose_switch("Projector", PROJECTOR, False, help)
    if is_on:
        st.button("Leave (Esc)", icon=":material/close_fullscreen:", key="leave_projector", on_click=leave_projector)
    st.html(STYLE if is_on else SCREEN_STYLE)
    return is_on


def leave_projector() -> None:
    """Callback: leave the projector's mode."""
    st.session_state[PROJECTOR] = False
