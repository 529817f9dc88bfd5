"""How far a wall of maps and its tests are, with the buttons that go with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from dashboard import state
from dashboard.drawing.words import time_left
from dashboard.services import asking
from dashboard.services.asking import Wall
from dashboard.services.runs import show_progress, watch
from dashboard.subject import Question

SLOW_TOO = "slow_too"


def watch_wall(
    questions: Sequence[Question], draw: Callable[[Wall], None], *, with_slow: bool = False, at_once: bool = False
) -> None:
    """Draw a wall, and draw it again as its maps and their tests come.

    With slow methods these are looked for unasked; at once, the page waits for the maps of fast ones.
    """

    def ask() -> Wall:
        if at_once:
            return asking.ask_now(questions)
        return asking.ask_all(questions, include_slow=with_slow or st.session_state.get(SLOW_TOO, False))

    asking.trusts_of(ask())
    watch(lambda: draw(ask()), asking.TRUSTS, *([] if at_once else [asking.WALL]), choices=[state.SHOW])


def wall_progress(wall: Wall) -> None:
    """Show how far a wall's run is, with Cancel or a button to go on; and the button for what takes long."""
    run = wall.run
    done = sum(answer is not None for answer in wall.found)
    if run is not None and run.status == "failed":
        st.error(run.error, title="The maps stopped", icon=":material/error:")
    elif run is not None:
        words = f"{done} of {len(wall.questions) - len(wall.waiting)} maps"
        cancelled = "Cancelled at " if not run.is_active else ""
        show_progress(run, f"{cancelled}{words}", "wall")
        if not run.is_active:
            sought = [question for question in wall.questions if question not in wall.waiting]
            st.button("Continue", key="go_on", icon=":material/play_arrow:", on_click=asking.start_all, args=(sought,))
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="wall_bar"):
        if wall.waiting:
            count = len(wall.waiting)
            st.button(
                f"Compute the {count} that take{'s' if count == 1 else ''} longer",
                key="compute_slow",
                icon=":material/hourglass_top:",
                on_click=st.session_state.update,
                args=({SLOW_TOO: True},),
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
        show_progress(run, words, "trusts", width=320)
        return
    if run is not None and run.status == "failed":
        st.error(run.error, title="The tests stopped", icon=":material/error:")
    if any(
        asking.is_map(answer) and not (found is not None and found.is_whole)
        for answer, found in zip(wall.found, tests, strict=True)
    ):
        st.button(
            "Test these maps",
            key="test_maps",
            icon=":material/science:",
            on_click=asking.start_trusts,
            args=(wall,),
            help="For each map: hides and shows its strongest pixels first, computes it again, and shuffles the "
            "network's weights. Takes a few seconds per map.",
        )
