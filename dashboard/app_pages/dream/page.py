"""Dream: what would excite the network?"""

from typing import Any

import streamlit as st

from dashboard.app_pages.dream import results, settings, views
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.pickers.switch import choose_one
from dashboard.services.runs import POLL, Slot, watch
from dashboard.widgets.subject_bar import subject_bar_with_drawer

subject = open_page("Dream", "What would a part of the network like to see?", needs=("layers",))
view = look_through(subject)
settings_place = subject_bar_with_drawer(subject, view, "dream_settings")
network = await_network(subject.network_name)

if st.query_params.get(views.DREAM_LENS) == "Ladder":  # as links from before call it
    del st.query_params[views.DREAM_LENS]
    st.session_state[views.DREAM_LENS] = "ladder"
with st.container(horizontal=True, vertical_alignment="center", gap="small", key="dream_bar"):
    shown = choose_one("Show", views.DREAM_LENS, views.LENSES, is_labelled=False)
    start_place = st.container(width="content")
slots: dict[str, Slot[Any]] = {"picture": results.DREAM, "ladder": results.LADDER, "atlas": results.ATLAS}
slot, is_active = slots[shown], slots[shown].is_active
words = {"picture": "Start dreaming", "ladder": "Start all four", "atlas": "Render the atlas"}[shown]

with settings_place:
    if shown == "atlas":
        layer = settings.choose_dream_layer(network, view)
    else:
        objective = settings.choose_objective(subject, view, network)
        start = settings.choose_start(view)
        chosen = settings.from_start(settings.choose_dream(network, view), start)
    seed = settings.choose_seed()
with start_place:
    if st.button(
        words,
        icon=":material/play_arrow:",
        key=f"start_{'dream' if shown == 'picture' else shown}",
        type="primary",
        disabled=is_active,
    ):
        if shown == "atlas":
            slot.put(results.start_atlas(subject.network_name, layer, seed))
        else:
            begin = results.start_dream if shown == "picture" else results.start_ladder
            first = settings.start_picture(view, start, chosen)
            title = subject.title if start == "picture" else f"{subject.network_name}, from noise"
            slot.put(begin(subject.network_name, first, objective, chosen | {"seed": seed}, title))
            st.session_state.pop(views.DREAM_FRAME, None)
        st.rerun()
if shown == "atlas":
    st.markdown(f"The picture that each channel of **{layer}** likes best. **Settings** has other layers.")
else:
    aim, origin = objective.describe(network), settings.start_words(view, start)
    st.markdown(f"Strengthens **{aim}**, starting from {origin}. **Settings** has other aims.")


def draw() -> None:
    if shown == "picture":
        views.dream_progress(view)
    elif shown == "ladder":
        views.ladder_progress()
    else:
        views.atlas_progress()


with st.container(key="main_picture"):
    every = 2 * POLL if shown == "atlas" else POLL
    watch(draw, slot, was_active=is_active, choices=[views.DREAM_LENS], every=every)  # a click in the atlas turns it
st.caption("A dream goes on while you look at other pages. It ends when you cancel it or close this tab.")

with st.expander("How to read this", icon=":material/info:", key="dream_details"):
    st.markdown(views.READING[shown])
    st.markdown("**Details**")
    st.markdown(views.DETAILS[shown])
    st.caption(
        "References: Mordvintsev, Olah and Tyka 2015, Inceptionism: going deeper into neural networks; Olah, "
        "Mordvintsev and Schubert 2017, Feature visualization, doi:10.23915/distill.00007."
    )
