"""Activations: what does each layer see?"""

import streamlit as st

from dashboard.app_pages.activations import views as shown
from dashboard.app_pages.activations.results import CHANNEL_DREAM
from dashboard.pickers.channel import choose_channel, choose_place
from dashboard.pickers.goal import choose_goal
from dashboard.pickers.look import choose_look
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.services import explanations
from dashboard.services.runs import watch
from dashboard.widgets.subject_bar import subject_bar

subject = open_page("Inside", "What does the network see, layer by layer?")
view = look_through(subject)
subject_bar(subject, view)
network = await_network(subject.network_name)

diagram_place = st.container(gap="xsmall")
with diagram_place:
    st.subheader("The network", anchor=False)
    with st.skeleton(height=190):
        maps = explanations.all_activations(subject.network_name, view.pixels)
seen = shown.Seen(subject, view, network, maps)

with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="layer_bar"):
    layer = shown.choose_layer(seen)
    st.markdown(shown.layer_words(seen, layer), width="stretch")
with diagram_place:
    shown.network_diagram(seen, shown.cards_of(seen), layer)
    st.caption("Each card is a layer with the map of its strongest channel. Click one; arrow keys walk along.")
values = maps[layer]
count = values.shape[-1]


@st.fragment
def show() -> None:
    with st.grid(4, gap="small", min_column_width=150):
        sort = shown.choose_sort()
        channel = choose_channel(count, shown.strongest(values))
        look = choose_look(is_signed=bool(values.min() < 0))
    gains = None
    if sort == "importance":
        with st.grid(4, gap="small", min_column_width=150):
            goal = choose_goal(subject, view, with_other=False)
        with st.spinner("Asking what each channel adds…"):
            gains = shown.gains_of(seen, layer, goal.target)
    order = shown.order_of(values, sort, gains)
    wall_column, large_column = st.columns([3, 2], gap="large")
    with wall_column:
        st.subheader(f"All {count} channels", anchor=False)
        shown.channel_wall(seen, layer, order, channel, look)
    with large_column:
        st.subheader(f"{shown.channel_names(seen, layer)[channel]} over {view.noun}", anchor=False)
        shown.channel_large(seen, layer, channel, look)
    facts_column, likes_column = st.columns([3, 2], gap="large")
    with facts_column:
        st.subheader(f"Channel {channel} in numbers", anchor=False)
        shown.channel_facts(values[..., channel], channel, None if gains is None else float(gains[channel]))
    with likes_column:
        st.subheader("What it likes best", anchor=False)
        watch(lambda: shown.channel_dream(seen, layer, channel), CHANNEL_DREAM)
    st.subheader("How one number comes about", anchor=False)
    row, column = choose_place(values[..., channel], "Or click a place on the output's map below.")
    with st.spinner("Working it out…"):
        shown.place_working(seen, layer, (channel, row, column), look)


show()

with st.expander("How to read this", icon=":material/info:", key="activations_details"):
    st.markdown(shown.reading_words(seen, layer))
    st.markdown("**Details**")
    st.markdown(shown.layer_details(seen, layer))
    st.caption(
        "References: Zeiler and Fergus 2014, arXiv:1311.2901; Wang et al. 2020, CNN Explainer, arXiv:2004.15004; "
        "Araujo et al. 2019, doi:10.23915/distill.00021."
    )
