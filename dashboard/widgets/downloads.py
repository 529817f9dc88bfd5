"""Buttons that deliver a picture or a table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.drawing import pictures, tables


def download_text(
    label: str, text: Callable[[], str], *parts: str, suffix: str, key: str, help_text: str | None = None
) -> None:
    """A button that writes and delivers a table when it is clicked."""
    st.download_button(
        label,
        data=text,
        file_name=pictures.file_name(*parts, suffix=suffix),
        mime={"csv": "text/csv", "json": "application/json"}[suffix],
        on_click="ignore",
        icon=":material/download:",
        key=key,
        help=help_text,
    )


def download_table(table: pd.DataFrame, label: str, *parts: str, key: str, help_text: str | None = None) -> None:
    """Two buttons for a table, as CSV and as JSON, named `label` and the format; their keys are `key` and that."""
    for suffix, write in (("csv", tables.to_csv), ("json", tables.to_json)):
        words = f"{label} as {suffix.upper()}" if label else suffix.upper()
        download_text(words, partial(write, table), *parts, suffix=suffix, key=f"{key}_{suffix}", help_text=help_text)


def download_png(label: str, image: Callable[[], np.ndarray], *parts: str, key: str) -> None:
    """A button that encodes and delivers the picture when it is clicked, under a speaking file name."""
    st.download_button(
        label,
        data=lambda: pictures.png(image()),
        file_name=pictures.file_name(*parts),
        mime="image/png",
        on_click="ignore",
        icon=":material/download:",
        key=key,
    )
