"""Inside: how does the network see?"""

import streamlit as st

from dashboard import state
from dashboard.app_pages.activations import canvas, switching
from dashboard.app_pages.activations import views as shown
from dashboard.app_pages.activations.results import CHANNEL_DREAM
from dashboard.pickers.channel import choose_channel, choose_place
from dashboard.pickers.goal import choose_goal
from dashboard.pickers.look import choose_looks
from dashboard.pickers.network import await_network
from dashboard.pickers.projector import beside_projector, choose_projector, projector_bar
from dashboard.pickers.subject import look_through, open_page
from dashboard.services import explanations
from dashboard.services.runs import watch
from dashboard.widgets.arithmetic import block_end
from dashboard.widgets.canvas import strongest
from dashboard.widgets.drawer import drawer

with beside_projector("head"):
    subject = open_page("Inside", "How does the network see?", needs=("layers",))
    view = look_through(subject)
    network = await_network(subject.network_name)
with st.spinner("Computing what every layer makes of the picture…"):
    maps = explanations.all_activations(subject.network_name, view.pixels)
seen = shown.Seen(subject, view, network, maps)


@st.fragment
def show() -> None:
    with projector_bar():
        change = switching.choose_change()
        with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
            is_projected = choose_projector("the canvas", "Space plays, the arrow keys step.")
            with beside_projector("settings", width="content"):
                settings = drawer("activations_settings")
    canvas_place, below = st.container(key="main_picture"), beside_projector("below")
    with settings:
        layer = shown.choose_layer(seen)
        values = maps[layer]
        end = block_end(network, layer)
        found = shown.inner(maps[end])
        channel = choose_channel(values.shape[-1], strongest(found))
        row, column = choose_place(found[..., channel], "Or click a place on the output map.")
        sort = shown.choose_sort()
        looks = choose_looks()
    with below:
        st.subheader("Which channels carry the answer?", anchor=False)
        goal = choose_goal(subject, view, with_other=False)
    gains = None
    if sort == "importance":
        with st.spinner("Computing what each channel adds…"):
            gains = shown.gains_of(seen, layer, goal.target)
    order = shown.order_of(values, sort, gains)
    channels, factor = switching.channels_of(change, maps[end], channel), 2.0 if change.endswith("double") else 0.0
    switched = switching.switch(subject, view, network, end, channels, factor, goal) if channels else None
    with canvas_place:
        canvas.show_canvas(seen, layer, (channel, row, column), order, looks, switched, goal, is_projected=is_projected)
    with below:
        watch(
            lambda: switching.carriers(subject, view, goal, end, values, channel, canvas.pick_channel),
            switching.DROPS,
            choices=(state.CHANNEL,),
        )
        large_column, facts_column = st.columns([2, 3], gap="large")
        with large_column:
            st.subheader(f"{shown.channel_names(seen, layer)[channel]} over {view.noun}", anchor=False)
            shown.channel_large(seen, layer, channel, looks[bool(values.min() < 0)])
            with st.container(horizontal=True, gap="small"):
                canvas.offer_pictures(seen, layer, (channel, row, column), order, looks)
        with facts_column:
            st.subheader(f"Channel {channel} in numbers", anchor=False)
            shown.channel_facts(values[..., channel], channel, None if gains is None else float(gains[channel]))
            st.subheader("What this channel likes best", anchor=False)
            watch(lambda: shown.channel_dream(seen, layer, channel), CHANNEL_DREAM)
        with st.expander("All layers of the network", icon=":material/account_tree:", key="activations_layers"):
            shown.network_diagram(seen, shown.cards_of(seen), layer)
            st.markdown(shown.layer_words(seen, layer))
        with st.expander("How to read this", icon=":material/info:", key="activations_details"):
            st.markdown(shown.reading_words(seen, layer))
            st.markdown("**Details**")
            st.markdown(shown.layer_details(seen, layer))
            st.caption(
                "References: Zeiler and Fergus 2014, arXiv:1311.2901; Wang et al. 2020, CNN Explainer, "
                "arXiv:2004.15004; Morcos et al. 2018, arXiv:1803.06959; Araujo et al. 2019, "
                "doi:10.23915/distill.00021."
            )
    state.note_address()


show()
