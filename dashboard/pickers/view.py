"""The switch between a page's views."""

from __future__ import annotations

import streamlit as st

from dashboard import state


def choose_view(views: dict[str, str], key: str) -> str:
    """Draws the switch between a page's views and returns the chosen one.

    Args:
        views: the label of each view by its name, the first one to begin with.
        key: session key, which also stands in the address.
    """
    names = list(views)
    state.keep_choice(key, names, names[0])
    chosen = st.segmented_control(
        "Show",
        names,
        default=names[0],
        format_func=views.__getitem__,
        key=key,
        required=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    return str(chosen or names[0])
