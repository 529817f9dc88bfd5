"""Dream: what would excite the network?"""

import streamlit as st

from dashboard import state
from dashboard.app_pages.dream import results, views
from dashboard.app_pages.dream.settings import choose_dream
from dashboard.pickers.layer import choose_layer
from dashboard.pickers.lens import choose_lens
from dashboard.pickers.network import await_network
from dashboard.pickers.subject import look_through, open_page
from dashboard.widgets.subject_bar import subject_bar

subject = open_page("Dream", "Which picture would make a part of the network respond more?")
view = look_through(subject)
subject_bar(subject, view)
network = await_network(subject.network_name)

shown = choose_lens(views.LENSES, views.DREAM_LENS)
key = {"picture": state.DREAM, "ladder": state.LADDER, "atlas": state.ATLAS}[shown]
run = st.session_state[key]
is_watched = run is not None and run.is_active
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
        disabled=is_watched,
        width="stretch",
    ):
        if shown == "atlas":
            run = results.start_atlas(subject.network_name, layer, seed)
        else:
            begin = results.start_dream if shown == "picture" else results.start_ladder
            first = views.start_picture(view, start, settings)
            title = subject.title if start == "picture" else f"{subject.network_name}, from noise"
            run = begin(subject.network_name, first, objective, settings | {"seed": seed}, title=title)
        views.begin(key, run)
        st.rerun()
    st.caption("A run goes on while you look at other pages, and ends when you cancel it or close the page.")


@st.fragment(run_every=(1.0 if shown == "atlas" else 0.4) if is_watched else None)
def watch() -> None:
    if shown == "picture":
        views.dream_progress(view, run)
    elif shown == "ladder":
        views.ladder_progress(run)
    else:
        views.atlas_progress(run)
    if (is_watched and not run.is_active) or st.session_state[views.DREAM_LENS] != shown:
        st.rerun()  # a run has ended, or a click in the atlas asks for one picture


with picture_column:
    watch()

with st.expander("How to read this", icon=":material/info:", key="dream_details"):
    st.markdown(views.READING[shown])
    st.markdown("**Details**")
    st.markdown(views.DETAILS[shown])
    st.caption(
        "References: Mordvintsev, Olah and Tyka 2015, Inceptionism: going deeper into neural networks; Olah, "
        "Mordvintsev and Schubert 2017, Feature visualization, doi:10.23915/distill.00007."
    )
