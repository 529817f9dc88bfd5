"""Dream: what would excite the network?"""

import streamlit as st

from dashboard import cache, controls, state, targets, views

subject = controls.open_page(
    "Dream",
    "What would the network like to see? The picture is changed until a part of it responds more.",
    every_task=True,
)
view = controls.look_through(subject)
views.subject_bar(subject, view)
network = controls.await_network(subject.network_name)

run = st.session_state[state.DREAM]
settings_column, picture_column = st.columns([1, 2], gap="large")
with settings_column:
    objective = targets.choose_objective(subject, view, network)
    settings = controls.choose_dream(network, view)
    if st.button(
        "Start dreaming",
        icon=":material/play_arrow:",
        key="start_dream",
        type="primary",
        disabled=run is not None and run.is_active,
        width="stretch",
    ):
        face = view.pixels if view.is_colour else view.crisp(settings["size"])
        run = cache.start_dream(subject.network_name, face, objective, settings, title=subject.title)
        st.session_state[state.DREAM] = run
        st.rerun()
    st.caption("A run goes on while you look at other pages, and ends when you cancel it or close the page.")


is_watched = run is not None and run.is_active


@st.fragment(run_every=0.4 if is_watched else None)
def watch() -> None:
    views.dream_progress(view, run)
    if is_watched and not run.is_active:
        st.rerun()


with picture_column:
    watch()

with st.expander("How to read this", icon=":material/info:", key="dream_details"):
    st.markdown(
        "DeepDream climbs: at each step every pixel moves a little in the direction in which the chosen part of the "
        "network responds more strongly. It starts at a coarse scale and goes on at finer ones, called octaves, so "
        "that large and small patterns both grow. What appears is what that part looks for, not what is on the photo: "
        "early layers draw edges and textures, late layers parts of faces. A dream of an expression raises its score, "
        "often by marks that no person would take for that expression."
    )
    st.caption("Reference: Mordvintsev, Olah and Tyka 2015, Inceptionism: going deeper into neural networks.")
