"""Layout and axes of charts. No Streamlit."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dashboard.drawing.scores import Block
from dashboard.drawing.words import percent

SHARES = [0, 0.25, 0.5, 0.75, 1]


def ink(words: str) -> str:
    """Write words of a chart in the page's own text colour; the theme's grey is too pale to read on white."""
    return f'<span style="color:currentColor">{words}</span>'


def layout(height: int, *, has_legend: bool = False) -> dict[str, object]:
    """Return the layout of a chart of so many pixels, with a legend above it or none."""
    legend = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}}
    margin = {"l": 4, "r": 12, "t": 8, "b": 4}
    return {"height": height, "margin": margin, "legend": legend, "showlegend": has_legend, "dragmode": False}


GUIDE = {"mode": "lines", "line": {"dash": "dot", "width": 2}, "hoverinfo": "skip"}
"""A dotted line to compare with."""


def axis(title: str) -> dict[str, object]:
    """Return an axis with words in the page's text colour."""
    start, end = ink("|").split("|")
    words = {"text": ink(title) if title else None}
    return {"title": words, "fixedrange": True, "tickprefix": start, "ticksuffix": end}


def per_cent(title: str) -> dict[str, object]:
    """Return an axis of numbers that are per cent."""
    plain = axis(title)
    return plain | {"ticksuffix": f" %{plain['ticksuffix']}"}


def shares(title: str) -> dict[str, object]:
    """Return an axis of shares from 0 to 1, written in per cent."""
    ticks = {"tickvals": SHARES, "ticktext": [ink(percent(value)) for value in SHARES]}
    return axis(title) | ticks | {"range": [0, 1.02]}


def categories(names: Sequence[str], title: str = "") -> dict[str, object]:
    """Return an axis of names in their order."""
    order = {"type": "category", "categoryorder": "array", "categoryarray": list(names), "showgrid": False, "ticks": ""}
    return axis(title) | order | {"tickvals": list(names), "ticktext": [ink(name) for name in names]}


def rows(names: Sequence[str]) -> dict[str, object]:
    """Return names beside horizontal bars, from the top."""
    axis = categories(names)
    return axis | {"autorange": "reversed", "ticksuffix": f"{axis['ticksuffix']}  "}


def interval(rows: Sequence[Block], unit: float = 1) -> dict[str, object]:
    """Error bars from accuracy, in these units, to the ends of its interval, "low" and "high" or "interval"."""
    ends = [row.get("interval") or (row.get("low"), row.get("high")) for row in rows]
    above, below = [], []
    for row, (low, high) in zip(rows, ends, strict=True):
        has_interval = low is not None and high is not None and not math.isnan(low)
        above.append(unit * (high - row["accuracy"]) if has_interval else 0)
        below.append(unit * (row["accuracy"] - low) if has_interval else 0)
    return {"array": above, "arrayminus": below, "thickness": 1.2, "width": 3}
