"""One row that says what the page is about."""

from __future__ import annotations

import streamlit as st

from dashboard.drawing import figures, pictures
from dashboard.subject import Subject
from dashboard.tasks import EXPRESSION_TASK
from dashboard.tasks.inputs import View


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
