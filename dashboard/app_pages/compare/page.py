"""Compare: what differs between two networks, two faces or two photos?"""

import streamlit as st

from dashboard.app_pages.compare import views
from dashboard.pickers.subject import open_page

subject = open_page(
    "Compare",
    "What changes when another network looks, or when the same network looks at another face?",
    needs=("classes",),
)
mode = views.choose_mode()
if mode == "ladder":
    views.show_ladder(subject)
else:
    sides = views.choose_sides(subject, mode)
    lens = views.choose_lens()
    {
        "probabilities": views.show_probabilities,
        "map": views.show_maps,
        "activations": views.show_activations,
    }[lens](sides, mode)

with st.expander("How to read this", icon=":material/info:", key="compare_details"):
    views.details(mode)
