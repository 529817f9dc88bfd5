"""Charts of the Attribution page: shares of a map, and the curves that test it. No Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import ink, percent


def region_bars(regions: Sequence[Any]) -> go.Figure:
    """Bar chart of each region's share of a map in the accent colour, beside its share of the picture's area.

    Args:
        regions: interp.regions.Region, in the order from the top.
    """
    names = [region.name.capitalize() for region in regions]
    figure = go.Figure()
    for label, shares in (
        ("Of the map", [region.share for region in regions]),
        ("Of the picture's area", [region.area for region in regions]),
    ):
        figure.add_bar(
            x=shares,
            y=names,
            orientation="h",
            text=[ink(percent(share)) for share in shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{y}}: %{{x:.1%}} {label[0].lower()}{label[1:]}<extra></extra>",
            name=ink(label),
        )
    most = max((max(region.share, region.area) for region in regions), default=1.0)
    figure.update_layout(
        height=44 + 44 * len(regions),
        margin={"l": 0, "r": 8, "t": 4, "b": 4},
        bargap=0.28,
        bargroupgap=0.05,
        dragmode=False,
        barmode="group",
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal", "title": None},
        xaxis={"visible": False, "range": [0, max(most, 0.01) * 1.2], "fixedrange": True},
        yaxis={
            "autorange": "reversed",
            "fixedrange": True,
            "showgrid": False,
            "title": None,
            "ticks": "",
            "ticksuffix": "  ",
            "tickvals": names,
            "ticktext": [ink(name) for name in names],
        },
    )
    return figure


def curves(found: Any) -> go.Figure:
    """Line chart of a deletion or insertion: by the map, in random orders (their mean), and from the middle outwards.

    Args:
        found: interp.faithfulness.Curves.
    """
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


def cascade(found: Any) -> go.Figure:
    """Line chart of what is left of a map while one layer after another is shuffled.

    Args:
        found: interp.faithfulness.Randomisation.
    """
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
