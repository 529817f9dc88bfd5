"""A choice between yes and no that the address keeps."""

from __future__ import annotations

import streamlit as st

from dashboard import state


def choose_switch(label: str, key: str, default: bool, meaning: str) -> bool:
    """Draw a toggle and return whether it is on.

    Args:
        label: what is switched on.
        key: the widget's, also in the address.
        default: whether it is on to begin with.
        meaning: what it does.
    """
    state.keep_choice(key, (True, False), default)
    return st.toggle(label, default, key=key, bind="query-params", help=meaning)
