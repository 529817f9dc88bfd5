"""Which of the people on a photo is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import streamlit as st

from dashboard import state
from dashboard.drawing import pictures, tables
from models import Person

if TYPE_CHECKING:
    from dashboard.subject import Subject


def person_words(number: int, person: Person) -> str:
    """Name a person: whose face it is, and how many joints are sure enough to be drawn."""
    seen = int((person.joints[:, 2] >= pictures.joint_thresholds()[0]).sum())
    face = "no face" if person.face is None else f"face {person.face + 1}"
    return f"Person {number}: {face}, {seen} of {len(person.joints)} joints"


def chosen_person(subject: Subject) -> int:
    """Return the index of the chosen person: the one of the face chosen last, or one picked since."""
    people, analysis = subject.analysis.people, subject.analysis
    numbers = range(1, len(people) + 1)
    state.keep_choice(state.PERSON, numbers, 1)
    seen = (subject.photo.id, subject.index, len(people))
    if st.session_state[state.PERSON_OF] != seen or state.PERSON not in st.session_state:
        newest = [number for number, person in enumerate(people, start=1) if person.source == "by hand"]
        if st.session_state[state.PERSON_OF] == state.NEWEST and newest:
            st.session_state[state.PERSON] = newest[-1]
        elif (asked := _asked_for()) in numbers:
            st.session_state[state.PERSON] = asked
        elif (number := tables.person_of(analysis, subject.index)) is not None:
            st.session_state[state.PERSON] = number
        st.session_state[state.PERSON_OF] = seen
    return min(max(1, st.session_state.get(state.PERSON) or 1), len(people)) - 1


def _asked_for() -> int:
    """Return the number of the person that a link asks for, at its first run; else 0."""
    asked = st.query_params.get(state.PERSON, "")
    return int(asked) if st.session_state[state.PERSON_OF] is None and asked.isdecimal() else 0


def choose_person(subject: Subject, *, width: int | Literal["stretch"] = "stretch") -> int:
    """Draw the picker of a person where there are several; return the index of the chosen one."""
    people, index = subject.analysis.people, chosen_person(subject)
    if len(people) < 2:
        return 0
    st.session_state[state.PERSON] = index + 1
    chosen = st.selectbox(
        "Person",
        range(1, len(people) + 1),
        format_func=lambda number: person_words(number, people[number - 1]),
        key=state.PERSON,
        bind="query-params",
        width=width,
        help="Choosing a face also chooses its person.",
    )
    return int(chosen) - 1
