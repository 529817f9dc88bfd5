"""What pages show: the photo with its faces, walls of channels, maps over faces, with colour bars and downloads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import figures, pictures, tables
from dashboard.controls import EXPRESSION_TASK, Look, Subject
from dashboard.inputs import View

FACE_SIDE = 576
"""Pixels of a side of the enlarged face under a map."""


def subject_bar(subject: Subject, view: View) -> None:
    """One row that says what the page is about: what the network gets, whose it is, and the answer or what it is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="subject_bar"):
        picture = pictures.enlarge(view.pixels, 144, is_smooth=view.pixels.shape[0] > 144)
        st.image(picture, width=72, alt=f"{view.noun.capitalize()} as the network gets it")
        with st.container(gap="xxsmall", width="stretch"):
            many = len(subject.analysis.faces if subject.person is None else subject.analysis.people) > 1
            st.markdown(f"**{subject.photo.name}**" + subject.title.removeprefix(subject.photo.name) * many)
            is_read = view.task == EXPRESSION_TASK
            st.caption(f"The network says: {verdict(subject)}" if is_read else f"The network gets: {view.words}.")


def verdict(subject: Subject) -> str:
    """The network's answer in a few words: "happy, 93 %", or "uncertain (sad 31 %)"."""
    share = figures.percent(subject.face.emotion[subject.winner])
    if subject.face.expression == subject.winner:
        return f"{subject.winner}, {share}"
    return f"{subject.face.expression} ({subject.winner} {share})"


def map_overlay(view: View, values: np.ndarray, look: Look, limit: float | None = None) -> np.ndarray:
    """Returns what the network gets, enlarged, with a map over it, RGB uint8."""
    from interp import render

    face = view.enlarged(FACE_SIDE)
    return render.overlay(face, values, opacity=look.opacity, palette=look.palette, signed=look.is_signed, limit=limit)


def show_colour_bar(
    values: np.ndarray,
    look: Look,
    title: str,
    ends: tuple[str, str] | None = None,
    limit: float | None = None,
) -> None:
    """Shows the scale of a map that is drawn with this look; `ends` puts words to its two ends."""
    from interp import render

    low, high = render.limits(values if limit is None else np.array([limit]), signed=look.is_signed)
    st.html(figures.colour_bar(render.palette_stops(look.palette), low, high, title, ends))


def download_text(
    label: str, text: Callable[[], str], *parts: str, suffix: str, key: str, help_text: str | None = None
) -> None:
    """A button that writes and delivers a table when it is clicked.

    Args:
        label: str, the button's.
        text: callable that returns the file's text.
        parts: of the file's name.
        suffix: str, "csv" or "json".
        key: str, the button's.
        help_text: str, what is in it. Defaults to nothing.
    """
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
