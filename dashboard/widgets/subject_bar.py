"""One row that says what the page is about."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.drawing import pictures
from dashboard.subject import Subject
from dashboard.tasks.task import View
from dashboard.widgets.drawer import drawer


def subject_bar(subject: Subject, view: View) -> None:
    """One row that says what the page is about: what the network gets, whose it is, and the answer or what it is."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="subject_bar"):
        picture = pictures.enlarge(view.pixels, 144, is_smooth=view.pixels.shape[0] > 144)
        st.image(picture, width=72, alt=f"{view.noun.capitalize()} as the network gets it")
        with st.container(gap="xxsmall", width="stretch"):
            many = len(subject.analysis.faces if subject.person is None else subject.analysis.people) > 1
            st.markdown(f"**{subject.photo.name}**" + subject.title.removeprefix(subject.photo.name) * many)
            said = view.task.verdict(subject)
            st.caption(f"The network says: {said}" if said else f"The network sees: {view.words}.")


def subject_bar_with_drawer(subject: Subject, view: View, key: str) -> DeltaGenerator:
    """Draw the row that says what the page is about, with a drawer at its end; return the place in the drawer."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"{key}_bar"):
        with st.container(width="stretch"):
            subject_bar(subject, view)
        return drawer(key)
