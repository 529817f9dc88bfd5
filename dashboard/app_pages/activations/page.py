"""Inside: what does the network see, layer by layer?"""

import streamlit as st

from dashboard import state
from dashboard.app_pages.activations import views as shown
from dashboard.app_pages.activations.results import CHANNEL_DREAM
from dashboard.pickers.channel import choose_channel, choose_place
from dashboard.pickers.goal import choose_goal
from dashboard.pickers.look import choose_look
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.services import explanations
from dashboard.services.runs import watch
from dashboard.widgets.subject_bar import subject_bar_with_drawer

subject = open_page("Inside", "What does the network see, layer by layer?")
view = look_through(subject)
network = await_network(subject.network_name)
with st.spinner("Asking every layer what it makes of the picture…"):
    maps = explanations.all_activations(subject.network_name, view.pixels)
seen = shown.Seen(subject, view, network, maps)


@st.fragment
def show() -> None:
    with subject_bar_with_drawer(subject, view, "activations_settings"):
        layer = shown.choose_layer(seen)
        values = maps[layer]
        channel = choose_channel(values.shape[-1], shown.strongest(values))
        sort = shown.choose_sort()
        goal = choose_goal(subject, view, with_other=False) if sort == "importance" else None
        look = choose_look(is_signed=bool(values.min() < 0))
    shown.network_diagram(seen, shown.cards_of(seen), layer)
    st.markdown(shown.layer_words(seen, layer))
    gains = None
    if goal is not None:
        with st.spinner("Asking what each channel adds…"):
            gains = shown.gains_of(seen, layer, goal.target)
    order = shown.order_of(values, sort, gains)
    with st.container(key="main_picture"):
        wall_column, large_column = st.columns([3, 2], gap="large")
    with wall_column:
        st.markdown(f"##### All {len(order)} channels")
        shown.channel_wall(seen, layer, order, channel, look)
    with large_column:
        st.markdown(f"##### {shown.channel_names(seen, layer)[channel]} over {view.noun}")
        shown.channel_large(seen, layer, channel, look)
    facts_column, likes_column = st.columns([3, 2], gap="large")
    with facts_column:
        st.subheader(f"Channel {channel} in numbers", anchor=False)
        shown.channel_facts(values[..., channel], channel, None if gains is None else float(gains[channel]))
    with likes_column:
        st.subheader("What this channel likes best", anchor=False)
        watch(lambda: shown.channel_dream(seen, layer, channel), CHANNEL_DREAM)
    st.subheader("How one number is calculated", anchor=False)
    row, column = choose_place(values[..., channel], "Or click a place on the output's map below.")
    with st.spinner("Working it out…"):
        shown.place_working(seen, layer, (channel, row, column), look)
    with st.expander("How to read this", icon=":material/info:", key="activations_details"):
        st.markdown(shown.reading_words(seen, layer))
        st.markdown("**Details**")
        st.markdown(shown.layer_details(seen, layer))
        st.caption(
            "References: Zeiler and Fergus 2014, arXiv:1311.2901; Wang et al. 2020, CNN Explainer, arXiv:2004.15004; "
            "Araujo et al. 2019, doi:10.23915/distill.00021."
        )
    state.note_address()


show()
