"""What several tabs of a network draw with."""

from __future__ import annotations

import plotly.graph_objects as go
import streamlit as st

from dashboard.drawing.figures import CHART_CONFIG

PER_CENT = st.column_config.NumberColumn(format="%.1f %%")


def draw_chart(figure: go.Figure, key: str, alt: str) -> None:
    """Draw a chart under a key of its own."""
    st.plotly_chart(figure, key=f"{key}_chart", config=CHART_CONFIG, alt=alt)


def read(words: str) -> None:
    """Draw the words that say how to read a tab."""
    with st.expander("How to read this", icon=":material/info:", key="networks_details"):
        st.markdown(words)
