"""The button that delivers what a page shows as a notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.drawing import pictures
from dashboard.drawing.notebooks import Lines, Words, notebook


def download_notebook(cells: Callable[[], Sequence[Words | Lines]], *parts: str, key: str) -> None:
    """A button that writes and delivers a notebook when it is clicked.

    Args:
        cells: callable that returns the notebook's cells.
        parts: of the file's name.
        key: str, the button's.
    """
    st.download_button(
        "Open as notebook",
        data=lambda: notebook(cells()),
        file_name=pictures.file_name(*parts, suffix="ipynb"),
        mime="application/x-ipynb+json",
        on_click="ignore",
        icon=":material/edit_note:",
        key=key,
        help="A Jupyter notebook that makes these pictures in Python, for you to build on.",
    )
