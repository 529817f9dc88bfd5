"""Tour: from the photo to the answer in five steps, for a class in front of a projector."""

import streamlit as st

from dashboard import controls, tour_views

with st.container(key="tour_head"):
    subject = controls.open_page("Tour", "How does a photo become an answer, and may we believe it?")
    view = controls.look_through(subject)
    network = controls.await_network(subject.network_name)

tour_views.show(tour_views.shown_of(subject, view, network))
