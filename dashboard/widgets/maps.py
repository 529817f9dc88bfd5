"""A map over a picture, and its colour bar."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.drawing import figures
from dashboard.drawing.look import Look
from dashboard.tasks.task import View
from interp import render

FACE_SIDE = 576
"""Pixels of a side of the enlarged face under a map."""


def map_overlay(
    view: View, values: np.ndarray, look: Look, limit: float | None = None, side: int = FACE_SIDE
) -> np.ndarray:
    """Return what the network gets, enlarged, with a map over it, RGB uint8."""
    return render.overlay(view.enlarged(side), values, look.opacity, look.palette, look.is_signed, limit)


def show_colour_bar(
    values: np.ndarray,
    look: Look,
    title: str,
    ends: tuple[str, str] | None = None,
    limit: float | None = None,
) -> None:
    """Show the scale of a map that is drawn with this look; `ends` puts words to its two ends."""
    low, high = render.limits(values if limit is None else np.array([limit]), signed=look.is_signed)
    st.html(figures.colour_bar(render.palette_stops(look.palette), low, high, title, ends))


def show_scale(title: str, ends: tuple[str, str], *, is_signed: bool = False, limit: float = 1.0) -> None:
    """Show the scale of maps in their usual colours up to a limit, no wider than it needs to be."""
    with st.container(width=480):
        stops = render.palette_stops(render.DEFAULT_PALETTES[is_signed])
        st.html(figures.colour_bar(stops, -limit if is_signed else 0, limit, title, ends))
