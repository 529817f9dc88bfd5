"""Live: how does the answer change from moment to moment?"""

import streamlit as st

from dashboard.app_pages.live import game, views
from dashboard.pickers.detector import chosen_detector
from dashboard.pickers.subject import open_film_page
from dashboard.services import networks

network_name = open_film_page(
    "Live", "How does the network's answer change from moment to moment?", needs=("classes", "layers")
)
detector, kind = chosen_detector(), networks.task(network_name)
source = views.choose_source()
views.tell_news()
still = views.get_ready(network_name, detector)
if source == views.SOURCES[0]:
    above = st.container()
    is_idle = views.camera(network_name, detector, still)
    with st.container() if is_idle else above:
        game.show(network_name)
else:
    views.video_file(network_name, detector)

with st.expander("How to read this", icon=":material/info:", key="live_details"):
    st.markdown(views.reading_words(source, kind))
    st.markdown("**Details**")
    st.markdown("\n".join(f"- {line}" for line in views.details(kind)))
