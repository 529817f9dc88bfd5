"""A chart on the page."""

import plotly.graph_objects as go
import streamlit as st

from dashboard.drawing.figures import CHART_CONFIG


def draw_chart(figure: go.Figure, key: str, alt: str) -> None:
    """Draw a chart under a key of its own, with what a screen reader says."""
    st.plotly_chart(figure, key=f"{key}_chart", config=CHART_CONFIG, alt=alt)
