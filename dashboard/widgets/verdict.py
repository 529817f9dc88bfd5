"""Whether to trust a map, in one line below it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import streamlit as st

from dashboard.services.trust import Standing, Verdict

COLOURS: dict[Standing, str] = {
    "untested": "#7b8684",
    "trust": "#2e8b57",
    "care": "#c98a1b",
    "distrust": "#c0392b",
}
"""Of the edge of the line, in both themes; the words say the same."""
TESTS_HELP = (
    "Do the marked pixels matter more than random ones? Is the map the same when computed again? Does it change when "
    "the network's weights are shuffled? Takes a few seconds."
)
"""What the button that runs the tests of a map says about them."""
SIGNS: dict[Standing, str] = {"untested": "?", "trust": "✓", "care": "~", "distrust": "✗"}


def show_verdict(verdict: Verdict, on_test: Callable[[], None] | None = None) -> None:
    """Draw a verdict: a coloured edge, its sign and words, and the reason.

    Args:
        verdict: what is known of a map.
        on_test: callback of the button beside the verdict that runs the map's tests. Defaults to no button.
    """
    if on_test is None:
        st.html(verdict_html(verdict))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch"):
            st.html(verdict_html(verdict))
        st.button("Run the tests", key="test_map", icon=":material/science:", on_click=on_test, help=TESTS_HELP)


def verdict_html(verdict: Verdict) -> str:
    """Write a verdict as HTML."""
    style = f"border-left:.375rem solid {COLOURS[verdict.standing]};padding:.125rem 0 .125rem .75rem;line-height:1.45"
    reason = escape(" ".join(filter(None, (verdict.reason, verdict.note))))
    return (
        f'<div role="note" class="verdict {verdict.standing}" style="{style}">'
        f"<b>{SIGNS[verdict.standing]} {escape(verdict.words)}.</b> {reason}</div>"
    )
