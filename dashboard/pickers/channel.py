"""The pickers of a channel and of a place on its map."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.pickers.switch import choose_number


def choose_place(values: np.ndarray, hint: str = "") -> tuple[int, int]:
    """Draw row and column of a place of a map and return them; the strongest one to begin with."""
    best = np.unravel_index(np.abs(values).argmax(), values.shape)
    places = []
    with st.container(horizontal=True, gap="small", key="place_bar"):
        for label, key, size, strongest in (
            ("Row", state.ROW, values.shape[0], int(best[0])),
            ("Column", state.COLUMN, values.shape[1], int(best[1])),
        ):
            help = f"Counted from 0. Starts at the strongest place on the channel's map. {hint}".strip()
            places.append(min(choose_number(label, key, 0, size - 1, strongest, help, width=130), size - 1))
    return places[0], places[1]


def choose_channel(
    count: int,
    strongest: int,
    help: str = "Click a map on the page, or enter its number. Starts with the strongest one.",
) -> int:
    """Draw the channel number's input and return the channel; the strongest one to begin with."""
    return min(choose_number("Channel", state.CHANNEL, 0, count - 1, strongest, help), count - 1)
