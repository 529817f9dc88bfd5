"""Compare: what differs between two networks, two faces or two photos?"""

import streamlit as st

from dashboard import compare_views, controls

subject = controls.open_page(
    "Compare", "What changes when another network looks, or when the same network looks at another face?"
)
mode = compare_views.choose_mode()
if mode == "ladder":
    compare_views.show_ladder(subject)
else:
    sides = compare_views.choose_sides(subject, mode)
    lens = compare_views.choose_lens()
    {
        "probabilities": compare_views.show_probabilities,
        "map": compare_views.show_maps,
        "activations": compare_views.show_activations,
    }[lens](sides, mode)

with st.expander("How to read this", icon=":material/info:", key="compare_details"):
    compare_views.details(mode)
