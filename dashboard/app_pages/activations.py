"""Activations: what does each layer see?"""

import streamlit as st

from dashboard import cache, controls, figures, views

subject = controls.open_page("Activations", "What does each channel of a layer respond to on this face?")
views.subject_bar(subject)
network = cache.network(controls.NETWORK)

layer = controls.choose_layer(network)
activations = cache.activations(controls.NETWORK, subject.face.crop, layer)
height, width, count = activations.shape


@st.fragment
def show() -> None:
    with st.grid(3, gap="small", min_column_width=150):
        channel = controls.choose_channel(count, int(activations.max(axis=(0, 1)).argmax()))
        look = controls.choose_look(is_signed=bool(activations.min() < 0))
    wall_column, large_column = st.columns([3, 2], gap="large")
    with wall_column:
        st.subheader(f"All {count} channels", anchor=False)
        views.channel_wall(subject, activations, layer, channel, look)
    with large_column:
        st.subheader(f"Channel {channel} over the face", anchor=False)
        views.channel_large(subject, activations[..., channel], layer, channel, look)


show()

with st.expander("How to read this", icon=":material/info:", key="activations_details"):
    st.markdown(
        f"Each map is one channel of **{layer}**: {height}×{width} numbers, one for each place on the face. "
        "A bright place means that the channel's pattern is there. All maps share one scale, so a dark map is a "
        "channel that found little; the large map has its own scale. Click a map, or enter its number, to see it "
        "over the face.\n\n"
        f"Over the whole layer: mean {figures.number(float(activations.mean()))}, "
        f"largest {figures.number(float(activations.max()))}, "
        f"exactly zero {figures.percent(float((activations == 0).mean()))} of all values."
    )
