"""Whether a map can be trusted: what the doctor says of it, and the tests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import streamlit as st

from dashboard.app_pages.attribution import charts
from dashboard.drawing.words import three_digits, time_left
from dashboard.services import asking, explanations, trust
from dashboard.services.runs import Run, show_progress
from dashboard.subject import Question
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.downloads import download_table
from dashboard.widgets.verdict import show_verdict
from interp import Explanation
from interp.faithfulness import Curves


def show_standing(question: Question, explanation: Explanation) -> None:
    """Show the verdict on a map, with the button that runs its tests or how far they are."""
    found, run = asking.trust_of(question)
    is_active = run is not None and run.is_active

    verdict = explanations.verdict(question, explanation, _so_far(found, run))
    show_verdict(
        verdict, None if found is not None or is_active else partial(asking.start_trust, question, explanation)
    )
    if found is None and run is not None:
        _trust_progress(run)


def show_tests(question: Question, explanation: Explanation) -> None:
    """Show what the tests of a map found so far; nothing before the first."""
    if (shown := _so_far(*asking.trust_of(question))) is not None:
        _trust_results(shown)
        download_tests({explanation.method: shown}, explanation.method)


def _so_far(found: trust.Trust | None, run: Run[trust.Trust] | None) -> trust.Trust | None:
    return found or (run.result if run is not None else None)


def _trust_progress(run: Run[trust.Trust]) -> None:
    if run.is_active:
        show_progress(run, f"Testing the map{time_left(run.seconds_left)}", "trust")
    elif run.status == "failed":
        st.error(run.error, title="The tests stopped", icon=":material/error:")
    else:
        st.caption("Cancelled. What was found so far is shown below.")


def _trust_results(found: trust.Trust) -> None:
    with st.grid(4, gap="medium", min_column_width=190):
        for curves, title in ((found.deletion, "Deletion"), (found.insertion, "Insertion")):
            if curves is not None:
                _curves_card(curves, title)
        if found.randomisation is not None:
            with st.container(gap="xsmall"):
                st.markdown("**Randomisation**")
                draw_chart(
                    charts.cascade(found.randomisation),
                    "trust_randomisation",
                    "Line chart of the rank correlation with the original map while one layer after another is "
                    f"shuffled: it ends at {three_digits(found.randomisation.final_correlation)}",
                )
                st.caption(trust.say_randomisation(found.randomisation))
        if found.repeatability is not None:
            with st.container(gap="xsmall"):
                st.markdown("**Repeatability**")
                st.metric(
                    "Rank correlation",
                    three_digits(found.repeatability.mean),
                    help="The average over all pairs of maps from different seeds; 1 means they are the same.",
                )
                st.caption(trust.say_repeatability(found.repeatability))


def download_tests(tests: Mapping[str, trust.Trust | None], *parts: str) -> None:
    with st.container(horizontal=True, gap="small"):
        download_table(trust.table(tests), "Tests", *parts, "tests of trust", key="download_tests")


def _curves_card(curves: Curves, title: str) -> None:
    with st.container(gap="xsmall"):
        st.markdown(f"**{title}**")
        draw_chart(
            charts.curves(curves),
            f"trust_{curves.kind}",
            f"Line chart of the answer during {curves.kind}: area {three_digits(curves.area)} by the map, "
            f"{three_digits(float(curves.random_areas.mean()))} at random",
        )
        st.caption(trust.say_curves(curves))
