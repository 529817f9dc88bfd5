"""The papers that the source cites, read once."""

from __future__ import annotations

import streamlit as st

from dashboard.app_pages.about.references import Paper, find_papers


@st.cache_data(max_entries=1, show_spinner=False)
def papers() -> tuple[Paper, ...]:
    """Return the papers that the source cites."""
    return find_papers()
