"""Compare: what differs between two networks, two faces or two photos?"""

import streamlit as st

from dashboard.app_pages.compare.activations import show_activations
from dashboard.app_pages.compare.ladder import show_ladder
from dashboard.app_pages.compare.maps import show_maps
from dashboard.app_pages.compare.probabilities import show_probabilities
from dashboard.app_pages.compare.views import choose_lens, choose_mode, choose_sides, details
from dashboard.pickers.subject import open_page
from dashboard.services import networks

subject = open_page(
    "Compare",
    "What changes with another network, face or photo?",
    needs=("classes",),
)
mode = choose_mode(subject)
if mode == "ladder":
    show_ladder(subject)
else:
    bar = st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="compare_bar")
    with bar:
        sides = choose_sides(subject, mode)
        lens = choose_lens(sides)
    {
        "probabilities": show_probabilities,
        "map": show_maps,
        "activations": show_activations,
    }[lens](sides, mode, bar)

with st.expander("How to read this", icon=":material/info:", key="compare_details"):
    details(mode, networks.task(subject.network_name))
