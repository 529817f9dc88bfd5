"""Charts of the Compare page. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from dashboard.figures import ink, percent


def paired_bars(labels: Sequence[str], sides: Mapping[str, Sequence[float]]) -> go.Figure:
    """Bar chart of shares with one bar a side for each label, the first side in the accent colour.

    Args:
        labels: what the shares are of, from the top.
        sides: the shares of each side by its name.
    """
    names = [label.capitalize() for label in labels]
    figure = go.Figure()
    for side, shares in sides.items():
        figure.add_bar(
            x=list(shares),
            y=names,
            orientation="h",
            text=[ink(percent(share)) for share in shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
            name=ink(side),
        )
    most = max((share for shares in sides.values() for share in shares), default=1.0)
    figure.update_layout(
        height=56 + 44 * len(names),
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
