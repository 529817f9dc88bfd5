"""How maps are coloured: opacity and palette."""

from __future__ import annotations

import contextlib

import streamlit as st

from dashboard.drawing.look import Look
from interp.render import DEFAULT_PALETTES, PALETTES

OPACITY = "opacity"
PALETTE = "palette"
SIGNED_PALETTE = "signed_palette"


def choose_looks() -> dict[bool, Look]:
    """Draw opacity and both palettes, and return the look of maps by whether they are signed."""
    opacity = _choose_opacity()
    return {
        is_signed: Look(opacity, _choose_palette(is_signed, label), is_signed)
        for is_signed, label in ((False, "Palette"), (True, "Palette of signed maps"))
    }


def choose_look(*, is_signed: bool) -> Look:
    """Draw opacity and palette and return them; changing them recomputes nothing."""
    return Look(_choose_opacity(), _choose_palette(is_signed), is_signed)


def look_drawer() -> contextlib.AbstractContextManager[object]:
    """Return the drawer behind a button in which the pickers of opacity and palette are drawn."""
    return st.popover("Colours", icon=":material/palette:", key="look_drawer")


def choose_palette() -> Look:
    """Draw the palette alone, for maps that stand by themselves, and return their look."""
    return Look(1.0, _choose_palette(False), False)


def chosen_look(*, is_signed: bool) -> Look:
    """Return the look that the page's pickers say."""
    key = SIGNED_PALETTE if is_signed else PALETTE
    palette = st.session_state.get(key, DEFAULT_PALETTES[is_signed])  # the other one's picker may be drawn alone
    return Look(st.session_state[OPACITY] / 100, palette, is_signed)


def _choose_opacity() -> float:
    return st.slider("Opacity", 0, 100, 70, 5, format="%d %%", key=OPACITY, persist_state="session") / 100


def _choose_palette(is_signed: bool, label: str = "Palette") -> str:
    names = [name for name, palette in PALETTES.items() if palette.diverging is is_signed]
    return st.selectbox(
        label,
        names,
        format_func=lambda name: PALETTES[name].label,
        key=SIGNED_PALETTE if is_signed else PALETTE,
        persist_state="session",
    )
