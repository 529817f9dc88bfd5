"""Tour: from the photo to the answer in five steps, for a class in front of a projector."""

import streamlit as st

from dashboard.app_pages.tour import views
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page

with st.container(key="tour_head"):
    subject = open_page("Tour", "How does a photo become an answer, and can we believe it?", needs=("classes",))
    view = look_through(subject)
    network = await_network(subject.network_name)

views.show(views.topic_of(subject, view, network))
