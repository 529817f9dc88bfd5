"""Inspect: what does the network see on this photo?"""

import streamlit as st

from dashboard import cache, controls, inspect_views

subject = controls.open_page(
    "Inspect",
    "Which faces are on the photo, and which expression does the network read?",
    needs_face=False,
)
card = cache.card(subject.network_name)

photo_column, answer_column = st.columns([3, 2], gap="large")
with photo_column:
    photo_slot = st.container()
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="switches"):
        show = inspect_views.choose_shown(subject)
    if show.pose:
        inspect_views.legend()
    kind, draft = inspect_views.photo_actions(subject, show)
    with photo_slot:
        inspect_views.photo(subject, show, kind, draft)

with answer_column:
    if subject.analysis.faces:
        inspect_views.face_card(subject, card)
    else:
        controls.ways_without_face(subject.photo, subject.image, controls.chosen_detector())
        st.markdown("Or add the face by hand, below the photo.")

inspect_views.people_section(subject)
inspect_views.faces_table(subject)
inspect_views.detectors_section(subject)

with st.expander("How to read this", icon=":material/info:", key="inspect_details"):
    st.markdown(inspect_views.how_to_read(subject))
    st.markdown("\n".join(f"- {line}" for line in inspect_views.details(subject, card)))
