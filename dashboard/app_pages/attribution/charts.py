"""Charts of the Attribution page: shares of a map, and the curves that test it. No Streamlit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.drawing.figures import ink, paired_bars
from interp.faithfulness import Curves, Randomisation
from interp.regions import Region


def region_bars(regions: Sequence[Region]) -> go.Figure:
    """Draw a bar chart of each region's share of a map in the accent colour, beside its share of the picture's area."""
    return paired_bars(
        [region.name for region in regions],
        {
            "Of the map": [region.share for region in regions],
            "Of the picture's area": [region.area for region in regions],
        },
    )


def curves(found: Curves) -> go.Figure:
    """Line chart of a deletion or insertion: by the map, in random orders (their mean), from the middle outwards."""
    figure = go.Figure()
    for name, scores, dash in (
        ("By the map", found.scores, "solid"),
        ("At random", found.random_scores.mean(axis=0), "dash"),
        ("From the middle", found.centre_scores, "dot"),
    ):
        figure.add_scatter(
            x=found.fractions,
            y=scores,
            mode="lines",
            line={"width": 2.5 if dash == "solid" else 1.75, "dash": dash},
            name=ink(name),
            hovertemplate=f"{name}: %{{y:.3g}} at %{{x:.0%}}<extra></extra>",
        )
    return _small(figure, "hidden" if found.kind == "deletion" else "shown", is_share=True)


def cascade(found: Randomisation) -> go.Figure:
    """Draw a line chart of what is left of a map while one layer after another is shuffled."""
    figure = go.Figure()
    figure.add_scatter(
        x=np.arange(len(found.layers) + 1),
        y=[1.0, *found.correlations],
        text=["as trained", *(f"down to {name}" for name in found.layers)],
        mode="lines+markers",
        line={"width": 2.5},
        marker={"size": 5},
        name="Rank correlation",
        hovertemplate="%{text}: %{y:.2f}<extra></extra>",
    )
    figure = _small(figure, "layers shuffled", is_share=False)
    figure.update_layout(showlegend=False, yaxis={"range": [min(-0.1, float(found.correlations.min()) - 0.05), 1.05]})
    return figure


def _small(figure: go.Figure, across: str, *, is_share: bool) -> go.Figure:
    figure.update_layout(
        height=190,
        margin={"l": 0, "r": 4, "t": 4, "b": 0},
        dragmode=False,
        hovermode="closest",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": None, "font": {"size": 11}},
        xaxis={
            "title": {"text": ink(across), "font": {"size": 12}},
            "fixedrange": True,
            "showgrid": False,
            "tickformat": ".0%" if is_share else "d",
            "nticks": 4,
        },
        yaxis={"fixedrange": True, "title": None, "nticks": 4, "zeroline": True},
    )
    return figure
