"""Dream: what would excite the network?"""

from typing import Any

import streamlit as st

from dashboard.app_pages.dream import results, views
from dashboard.app_pages.dream.settings import choose_dream
from dashboard.pickers.layer import choose_layer
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.pickers.switch import choose_one
from dashboard.services.runs import POLL, Slot, watch
from dashboard.widgets.subject_bar import subject_bar

subject = open_page("Dream", "Which picture would make a part of the network respond more?")
view = look_through(subject)
subject_bar(subject, view)
network = await_network(subject.network_name)

shown = choose_one("Show", views.DREAM_LENS, views.LENSES, is_labelled=False)
slots: dict[str, Slot[Any]] = {"picture": results.DREAM, "ladder": results.LADDER, "atlas": results.ATLAS}
slot, is_active = slots[shown], slots[shown].is_active
words = {"picture": "Start dreaming", "ladder": "Climb the ladder", "atlas": "Render the atlas"}[shown]

settings_column, picture_column = st.columns([1, 2] if shown == "picture" else [2, 5], gap="large")
with settings_column:
    if shown == "atlas":
        layer = choose_layer(network, view.task)
    else:
        objective = views.choose_objective(subject, view, network)
        start = views.choose_start(view)
        settings = views.from_start(choose_dream(network, view), start)
    seed = views.choose_seed()
    if st.button(
        words,
        icon=":material/play_arrow:",
        key=f"start_{'dream' if shown == 'picture' else shown}",
        type="primary",
        disabled=is_active,
        width="stretch",
    ):
        if shown == "atlas":
            slot.put(results.start_atlas(subject.network_name, layer, seed))
        else:
            begin = views.begin_dream if shown == "picture" else views.begin_ladder
            first = views.start_picture(view, start, settings)
            title = subject.title if start == "picture" else f"{subject.network_name}, from noise"
            begin(subject.network_name, first, objective, settings | {"seed": seed}, title)
        st.rerun()
    st.caption("A run goes on while you look at other pages, and ends when you cancel it or close the page.")


def draw() -> None:
    if shown == "picture":
        views.dream_progress(view)
    elif shown == "ladder":
        views.ladder_progress()
    else:
        views.atlas_progress()


with picture_column:
    every = 2 * POLL if shown == "atlas" else POLL
    watch(draw, slot, was_active=is_active, choices=[views.DREAM_LENS], every=every)  # a click in the atlas turns it

with st.expander("How to read this", icon=":material/info:", key="dream_details"):
    st.markdown(views.READING[shown])
    st.markdown("**Details**")
    st.markdown(views.DETAILS[shown])
    st.caption(
        "References: Mordvintsev, Olah and Tyka 2015, Inceptionism: going deeper into neural networks; Olah, "
        "Mordvintsev and Schubert 2017, Feature visualization, doi:10.23915/distill.00007."
    )
