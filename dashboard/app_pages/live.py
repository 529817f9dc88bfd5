"""Live: how does the answer change from moment to moment?"""

import streamlit as st

from dashboard import controls, live_views

network_name = controls.open_film_page("Live", "How does the network's answer change from moment to moment?")
detector = controls.chosen_detector()
source = live_views.choose_source()
live_views.get_ready(network_name, detector)
if source == live_views.SOURCES[0]:
    live_views.camera(network_name, detector)
else:
    live_views.video_file(network_name, detector)

with st.expander("How to read this", icon=":material/info:", key="live_details"):
    st.markdown(live_views.reading_words(source))
    st.markdown("**Details**")
    st.markdown("\n".join(f"- {line}" for line in live_views.details()))
