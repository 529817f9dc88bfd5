"""Whether to trust a map, in one line below it."""

from __future__ import annotations

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
SIGNS: dict[Standing, str] = {"untested": "?", "trust": "✓", "care": "~", "distrust": "✗"}


def show_verdict(verdict: Verdict) -> None:
    """Draw a verdict: a coloured edge, its sign and words, and the reason."""
    st.html(verdict_html(verdict))


def verdict_html(verdict: Verdict) -> str:
    """Write a verdict as HTML."""
    style = f"border-left:.375rem solid {COLOURS[verdict.standing]};padding:.125rem 0 .125rem .75rem;line-height:1.45"
    reason = escape(" ".join(filter(None, (verdict.reason, verdict.note))))
    return (
        f'<div role="note" class="verdict {verdict.standing}" style="{style}">'
        f"<b>{SIGNS[verdict.standing]} {escape(verdict.words)}.</b> {reason}</div>"
    )
