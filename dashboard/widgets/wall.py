"""How far a wall of maps and its tests are, with the buttons that go with it."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.drawing.words import time_left
from dashboard.services import asking
from dashboard.services.asking import Wall


def wall_progress(wall: Wall) -> None:
    """Show how far a wall's run is, with Cancel or a button to go on; and the button for what takes long."""
    run = wall.run
    done = sum(answer is not None for answer in wall.found)
    if run is not None and run.status == "failed":
        st.error(run.error, title="The maps stopped", icon=":material/error:")
    elif run is not None:
        words = f"{done} of {len(wall.questions) - len(wall.waiting)} maps"
        cancelled = "Cancelled at " if not run.is_active else ""
        st.progress(run.progress, text=f"{cancelled}{words}")
        if run.is_active:
            st.button("Cancel", key="cancel_wall", icon=":material/stop:", on_click=run.cancel)
        else:
            sought = [question for question in wall.questions if question not in wall.waiting]
            st.button("Go on", key="go_on", icon=":material/play_arrow:", on_click=asking.start_all, args=(sought,))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="wall_bar"):
        if wall.waiting:
            count = len(wall.waiting)
            st.button(
                f"Compute the {count} that take{'s' if count == 1 else ''} longer",
                key="compute_slow",
                icon=":material/hourglass_top:",
                on_click=st.session_state.update,
                args=({state.SLOW_TOO: True},),
            )
        if run is None or not run.is_active:
            _wall_tests(wall)


def _wall_tests(wall: Wall) -> None:
    """Draw the button that tests all maps of a wall, or how far the tests are, with Cancel."""
    tests, run = asking.trusts_of(wall)
    if run is not None and run.is_active:
        count = sum(asking.is_map(answer) for answer in wall.found)
        done = sum(found is not None and found.is_whole for found in tests)
        words = f"Testing map {min(done + 1, count)} of {count}{time_left(run.seconds_left)}"
        st.progress(run.progress, text=words, width=320)
        st.button("Cancel", key="cancel_trusts", icon=":material/stop:", on_click=run.cancel)
        return
    if run is not None and run.status == "failed":
        st.error(run.error, title="The tests stopped", icon=":material/error:")
    if any(
        asking.is_map(answer) and not getattr(found, "is_whole", False)
        for answer, found in zip(wall.found, tests, strict=True)
    ):
        st.button(
            "Test these maps",
            key="test_maps",
            icon=":material/science:",
            on_click=asking.start_trusts,
            args=(wall,),
            help="Hides and shows pixels in each map's order, computes the map again, and shuffles the network's "
            "weights. Takes some seconds for each map.",
        )
