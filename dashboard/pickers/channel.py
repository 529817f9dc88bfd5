"""The pickers of a channel and of a place on its map."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import state


def choose_place(values: np.ndarray, hint: str = "") -> tuple[int, int]:
    """Draw row and column of a place of a map and return them; the strongest one to begin with."""
    best = np.unravel_index(np.abs(values).argmax(), values.shape)
    places = []
    with st.container(horizontal=True, gap="small", key="place_bar"):
        for label, key, size, strongest in (
            ("Row", state.ROW, values.shape[0], int(best[0])),
            ("Column", state.COLUMN, values.shape[1], int(best[1])),
        ):
            state.keep_choice(key, range(size), strongest)
            chosen = st.number_input(
                label,
                0,
                size - 1,
                strongest,
                key=key,
                bind="query-params",
                width=130,
                help=f"Counted from 0. Starts at the strongest place on the channel's map. {hint}".strip(),
            )
            places.append(min(int(chosen), size - 1))
    return places[0], places[1]


def choose_channel(
    count: int,
    strongest: int,
    help: str = "Click a map on the page, or enter its number. Starts with the strongest one.",
) -> int:
    """Draw the channel number's input and return the channel; the strongest one to begin with."""
    state.keep_choice(state.CHANNEL, range(count), strongest)
    chosen = st.number_input(
        "Channel",
        0,
        count - 1,
        strongest,
        key=state.CHANNEL,
        bind="query-params",
        help=help,
    )
    return min(int(chosen), count - 1)
