"""The switch between a page's lenses: the ways in which it shows its subject."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from dashboard import state


def choose_lens(lenses: Mapping[str, str], key: str) -> str:
    """Draw the switch between a page's lenses and return the chosen one.

    Args:
        lenses: the label of each lens by its name, the first one to begin with.
        key: session key, which also stands in the address.
    """
    names = list(lenses)
    state.keep_choice(key, names, names[0])
    chosen = st.segmented_control(
        "Show",
        names,
        default=names[0],
        format_func=lenses.__getitem__,
        key=key,
        required=True,
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or names[0]
