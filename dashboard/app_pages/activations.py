"""Activations: what does each layer see?"""

import streamlit as st

from dashboard import cache, controls, figures, views

subject = controls.open_page("Activations", "What does each channel of a layer respond to here?", every_task=True)
view = controls.look_through(subject)
views.subject_bar(subject, view)
network = controls.await_network(subject.network_name)

layer = controls.choose_layer(network, task=view.task)
activations = cache.activations(subject.network_name, view.pixels, layer)
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
        st.subheader(f"Channel {channel} over {view.noun}", anchor=False)
        views.channel_large(subject, view, activations[..., channel], layer, channel, look)


show()

with st.expander("How to read this", icon=":material/info:", key="activations_details"):
    meaning = (
        "One end of the colours means that the channel's pattern is there, the other end its opposite; the middle is 0."
        if activations.min() < 0
        else "A bright place means that the channel's pattern is there; a dark map is a channel that found little."
    )
    st.markdown(
        f"Each map is one channel of **{layer}**: {height}×{width} numbers, one for each place on {view.noun}. "
        f"{meaning} All maps share one scale; the large one has its own. Click a map, or enter its number, to see it "
        f"over {view.noun}.\n\n"
        f"Over the whole layer: mean {figures.number(float(activations.mean()))}, "
        f"largest {figures.number(float(activations.max()))}, "
        f"exactly zero {figures.percent(float((activations == 0).mean()))} of all values."
    )
