"""Inspect: what does the network answer, and which part of the face led to that?"""

import streamlit as st

from dashboard.app_pages.inspect import answer, area, drawn, everybody, views
from dashboard.pickers.by_hand import ways_without_face
from dashboard.pickers.detector import chosen_detector
from dashboard.pickers.subject import look_through, open_page
from dashboard.services import networks
from dashboard.services.reasons import HOW_TESTED

subject = open_page(
    "Inspect",
    "What does the network read, and why?",
    needs=("classes",),
    without_input=True,
)
card = networks.card(subject.network_name)
if networks.task(subject.network_name).looks_at_area:
    area.show(subject, card)
    st.stop()
has_input = networks.task(subject.network_name).has_input(subject.analysis)

photo_column, answer_column = st.columns(2, gap="medium")
with photo_column:
    photo_slot = st.container(key="main_picture")
    show, kind = drawn.choose_actions(subject)
    draft = drawn.enter_by_hand(subject, kind) if kind else None
    with photo_slot:
        drawn.photo(subject, show, kind, draft)

places = None
with answer_column, st.container(gap="xsmall"):
    if has_input:
        who = everybody.ONE
        if len(subject.analysis.faces) > 1:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.caption(answer.whose(subject))
                who = everybody.choose_view()
        if who == everybody.ALL:
            everybody.show_wall(subject)
        else:
            view = look_through(subject)
            places = answer.show_answer(subject, view, card)
    else:
        ways_without_face(subject.photo, subject.image, chosen_detector())
        st.markdown("Or use **Add face** below the photo.")

more = st.container()
if places is not None:  # what may take a moment comes last, in the place that is kept for it
    answer.show_why(subject, view, places)

with more:
    if subject.analysis.faces:
        views.network_sees(subject, card)
    views.people_section(subject)
    views.faces_table(subject)
    views.detectors_section(subject)
    with st.expander("How to read this", icon=":material/info:", key="inspect_details"):
        if places is not None:
            st.markdown(HOW_TESTED)
        st.markdown(views.how_to_read(subject))
        st.markdown("\n".join(f"- {line}" for line in views.details(subject, card)))
        views.times(subject)
