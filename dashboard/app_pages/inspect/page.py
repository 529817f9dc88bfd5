"""Inspect: what does the network see on this photo?"""

import streamlit as st

from dashboard.app_pages.inspect import area, views
from dashboard.pickers.by_hand import ways_without_face
from dashboard.pickers.detector import chosen_detector
from dashboard.pickers.subject import open_page
from dashboard.services import networks

subject = open_page(
    "Inspect",
    "Which faces are on the photo, and which expression does the network read?",
    needs=("classes",),
    without_input=True,
)
card = networks.card(subject.network_name)
if networks.task(subject.network_name).looks_at_area:
    area.show(subject, card)
    st.stop()

photo_column, answer_column = st.columns([3, 2], gap="large")
with photo_column:
    photo_slot = st.container()
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="switches"):
        show = views.choose_drawn(subject)
    if show.pose:
        views.legend()
    kind, draft = views.photo_actions(subject, show)
    with photo_slot:
        views.photo(subject, show, kind, draft)

with answer_column:
    if subject.analysis.faces:
        views.face_card(subject, card)
    else:
        ways_without_face(subject.photo, subject.image, chosen_detector())
        st.markdown("Or add the face by hand, below the photo.")

views.people_section(subject)
views.faces_table(subject)
views.detectors_section(subject)

with st.expander("How to read this", icon=":material/info:", key="inspect_details"):
    st.markdown(views.how_to_read(subject))
    st.markdown("\n".join(f"- {line}" for line in views.details(subject, card)))
