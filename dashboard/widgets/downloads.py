"""Buttons that deliver a picture, a table or a notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.drawing import pictures, tables
from dashboard.drawing.notebooks import Lines, Words, notebook

MIMES = {
    "csv": "text/csv",
    "gif": "image/gif",
    "html": "text/html",
    "ipynb": "application/x-ipynb+json",
    "json": "application/json",
    "png": "image/png",
}
"""The kinds of file, by the ends of their names."""


def download_file(
    label: str,
    make: Callable[[], bytes | str],
    *parts: str,
    suffix: str,
    key: str,
    help_text: str | None = None,
    icon: str = ":material/download:",
    disabled: bool = False,
) -> None:
    """A button that makes and delivers a file when it is clicked, under a speaking name of some parts."""
    st.download_button(
        label,
        data=make,
        file_name=pictures.file_name(*parts, suffix=suffix),
        mime=MIMES[suffix],
        on_click="ignore",
        icon=icon,
        key=key,
        help=help_text,
        disabled=disabled,
    )


def download_table(table: pd.DataFrame, label: str, *parts: str, key: str, help_text: str | None = None) -> None:
    """Two buttons for a table, as CSV and as JSON, named `label` and the format; their keys are `key` and that."""
    for suffix, write in (("csv", tables.to_csv), ("json", tables.to_json)):
        words = f"{label} as {suffix.upper()}" if label else suffix.upper()
        download_file(words, partial(write, table), *parts, suffix=suffix, key=f"{key}_{suffix}", help_text=help_text)


def download_png(label: str, image: Callable[[], np.ndarray], *parts: str, key: str) -> None:
    """A button that encodes and delivers the picture when it is clicked."""
    download_file(label, lambda: pictures.png(image()), *parts, suffix="png", key=key)


def download_notebook(cells: Callable[[], Sequence[Words | Lines]], *parts: str) -> None:
    """A button that writes and delivers a notebook when it is clicked."""
    words = "A Jupyter notebook that makes these pictures in Python, for you to build on."
    download_file(
        "Open as notebook",
        lambda: notebook(cells()),
        *parts,
        suffix="ipynb",
        key="download_notebook",
        help_text=words,
        icon=":material/edit_note:",
    )
