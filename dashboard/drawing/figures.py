"""Plotly figures and the colour bar. No Streamlit.

The figures name no colours or fonts of their own: the theme's first categorical colour marks what is chosen, the
second everything else, the third a guide line, so that they fit the light and the dark theme.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from dashboard.drawing import axes
from dashboard.drawing.axes import ink
from dashboard.drawing.words import percent, three_digits

CHART_CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "responsive": True}
NUMBER_WIDTH = 0.25
"""How much of the bars' axis a number beside its bar takes on the narrowest chart, 140 pixels."""


def probabilities(values: Mapping[str, float], winner: str, threshold: float | None = None) -> go.Figure:
    """Draw a bar chart of class probabilities, in the network's own order, with the winning class in the accent colour.

    Args:
        values: probability (0 to 1) of each class.
        winner: the class to accent.
        threshold: float, the share below which the app says "uncertain"; drawn as a dotted line. Defaults to None.
    """
    written = {name: percent(value) for name, value in values.items()}
    axis: dict[str, object] = {"visible": False, "range": [0, 1 + NUMBER_WIDTH], "fixedrange": True}
    figure = _class_bars(values, winner, written, ".2%", axis)
    if threshold is not None:
        covered = {name for name, value in values.items() if value < threshold < value + NUMBER_WIDTH}
        add_threshold(figure, threshold, [None if name in covered else name for name in values])
    return figure


def add_threshold(figure: go.Figure, threshold: float, names: Sequence[str | None]) -> None:
    """Add a dotted line across the bars at the share below which the app says "uncertain", with a gap at each None."""
    figure.add_scatter(
        x=[threshold] * len(names),
        y=[name and name.capitalize() for name in names],
        mode="lines",
        line={"dash": "dot", "width": 2},
        hovertemplate=f"Under {percent(threshold)} we say “uncertain”<extra></extra>",
        showlegend=False,
        name="Threshold",
    )


def scores(values: Mapping[str, float], winner: str) -> go.Figure:
    """Bar chart of each class's score before the softmax, beside `probabilities`: same order, height and colours."""
    low, high = min(0.0, *values.values()), max(0.0, *values.values())
    room = 0.16 * ((high - low) or 1.0)
    written = {name: f"{value:.2f}".replace("-", "−") for name, value in values.items()}
    axis: dict[str, object] = {"range": [low - room if low else 0, high + room], "fixedrange": True, "showgrid": False}
    axis |= {"showticklabels": False, "zeroline": True, "title": None}
    return _class_bars(values, winner, written, ".4f", axis)


def courses(
    times: np.ndarray, shares: np.ndarray, names: Sequence[str], strongest: int, span: tuple[float, float], title: str
) -> go.Figure:
    """Draw the probability of each class over time: a strip a class, in the network's own order, its share at the end.

    Args:
        times: float (n,), seconds.
        shares: float (n, classes), 0 to 1; nan where nothing was seen.
        names: of the classes.
        strongest: int, position of the class in the accent colour.
        span: first and last second of the axis.
        title: str, of the axis.
    """
    figure = go.Figure()
    last = len(names) - 1
    for is_strongest in (True, False):
        xs: list[float | None] = []
        ys: list[float | None] = []
        words: list[str | None] = []
        for index, name in enumerate(names):
            if (index == strongest) is not is_strongest:
                continue
            for first, stop in _stretches(shares[:, index]):
                x, y = times[first:stop].tolist(), (last - index + 0.86 * shares[first:stop, index]).tolist()
                xs += [x[0], *x, x[-1], None]
                ys += [last - index, *y, last - index, None]
                said = [f"{name.capitalize()} {percent(share)}" for share in shares[first:stop, index].tolist()]
                words += [said[0], *said, said[-1], None]
        figure.add_scatter(
            x=xs,
            y=ys,
            text=words,
            mode="lines",
            fill="toself",
            line={"width": 1},
            hoveron="points",
            hovertemplate="%{text}, %{x:.1f} s<extra></extra>",
            name="Strongest" if is_strongest else "Others",
        )
    ends = shares[np.isfinite(shares).all(axis=1)][-1:] if len(shares) else shares
    labels = [
        f"{name.capitalize()} {percent(float(ends[0, index])) if len(ends) else ''}".strip()
        for index, name in enumerate(names)
    ]
    figure.update_layout(
        height=46 * len(names) + 56,
        margin={"l": 0, "r": 12, "t": 4, "b": 40},
        showlegend=False,
        dragmode=False,
        xaxis={"range": list(span), "title": title, "title_standoff": 6, "fixedrange": True, "zeroline": False},
        yaxis={
            "range": [-0.1, len(names)],
            "tickvals": [last - index for index in range(len(names))],
            "ticktext": [ink(label) for label in labels],
            "ticklabelposition": "outside top",
            "fixedrange": True,
            "zeroline": False,
            "ticks": "",
            "title": None,
            "ticksuffix": "  ",
        },
    )
    return figure


def _stretches(values: np.ndarray) -> list[tuple[int, int]]:
    """Return the first and the last-but-one position of each run of numbers between nans."""
    is_there = np.concatenate([[False], np.isfinite(values), [False]])
    edges = np.flatnonzero(is_there[1:] != is_there[:-1])
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


def _class_bars(
    values: Mapping[str, float], winner: str, written: Mapping[str, str], digits: str, axis: dict[str, object]
) -> go.Figure:
    """Draw one bar a class, the winner's as a trace of its own: the first, and so in the accent colour."""
    figure = go.Figure()
    for is_winner in (True, False):
        chosen = [name for name in values if (name == winner) is is_winner]
        figure.add_bar(
            x=[values[name] for name in chosen],
            y=[name.capitalize() for name in chosen],
            orientation="h",
            text=[ink(written[name]) for name in chosen],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{y}}: %{{x:{digits}}}<extra></extra>",
            name="Strongest" if is_winner else "Others",
        )
    rows = axes.rows([name.capitalize() for name in values])
    return figure.update_layout(axes.layout(300), bargap=0.32, barmode="overlay", xaxis=axis, yaxis=rows)


def paired_bars(
    labels: Sequence[str], sides: Mapping[str, Sequence[float]], write: Callable[[float], str] = percent
) -> go.Figure:
    """Draw a bar chart of values from 0 up with one bar a side for each label, the first side in the accent colour."""
    names = [label.capitalize() for label in labels]
    figure = go.Figure()
    for side, values in sides.items():
        figure.add_bar(
            x=list(values),
            y=names,
            orientation="h",
            text=[ink(write(value)) for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{y}}: %{{text}}<extra>{ink(side)}</extra>",
            name=ink(side),
        )
    most = max((value for values in sides.values() for value in values), default=1.0)
    return figure.update_layout(
        axes.layout(56 + 44 * len(names), has_legend=True),
        bargap=0.28,
        bargroupgap=0.05,
        barmode="group",
        xaxis={"visible": False, "range": [0, max(most, 0.01) * 1.2], "fixedrange": True},
        yaxis=axes.rows(names),
    )


def colour_bar(
    stops: Sequence[tuple[float, str]],
    low: float,
    high: float,
    title: str,
    ends: tuple[str, str] | None = None,
) -> str:
    """HTML of a horizontal colour bar that takes its type from the page.

    Args:
        stops: (position 0 to 1, "#rrggbb") from the palette.
        low: float, value at the left end.
        high: float, value at the right end.
        title: str, what the colours mean.
        ends: words for the left and the right end. Defaults to None: the numbers alone.
    """
    gradient = ", ".join(f"{colour} {position:.1%}" for position, colour in stops)
    middle = f"<span>{three_digits((low + high) / 2)}</span>"
    meaning = f" ({ends[0]}) to {three_digits(high)} ({ends[1]})" if ends else f" to {three_digits(high)}"
    words = escape(f"Colour bar: {title}, from {three_digits(low)}{meaning}")
    legend = (
        '<div style="display:flex;justify-content:space-between;gap:1rem;font-weight:600">'
        f'<span>{escape(ends[0])}</span><span style="text-align:right">{escape(ends[1])}</span></div>'
        if ends
        else ""
    )
    return (
        f'<div role="img" aria-label="{words}" style="font-size:0.8125rem;line-height:1.4">'
        f'<div style="height:0.625rem;border-radius:0.3125rem;background:linear-gradient(to right, {gradient});'
        'box-shadow:inset 0 0 0 1px rgba(128,128,128,0.35)"></div>'
        '<div style="display:flex;justify-content:space-between;margin-top:0.25rem;font-variant-numeric:tabular-nums">'
        f"<span>{three_digits(low)}</span>{middle}<span>{three_digits(high)}</span></div>{legend}"
        f'<div style="opacity:0.75">{escape(title)}</div></div>'
    )


def slim_colour_bar(stops: Sequence[tuple[float, str]], low: float, high: float, ends: tuple[str, str]) -> str:
    """HTML of a colour bar in one line, with a word at each end; the numbers are told to who can't see it."""
    gradient = ", ".join(f"{colour} {position:.1%}" for position, colour in stops)
    words = escape(f"Colour bar from {three_digits(low)} ({ends[0]}) to {three_digits(high)} ({ends[1]})")
    return (
        f'<div role="img" aria-label="{words}" style="display:flex;align-items:center;gap:0.5rem;font-size:0.8125rem">'
        f'<span>{escape(ends[0])}</span><div style="flex:1;height:0.5rem;border-radius:0.25rem;'
        f"background:linear-gradient(to right, {gradient});"
        f'box-shadow:inset 0 0 0 1px rgba(128,128,128,0.35)"></div><span>{escape(ends[1])}</span></div>'
    )


def histogram(values: np.ndarray, bins: int = 24) -> go.Figure:
    """Small bar chart of how often which values occur in a map."""
    counts, edges = np.histogram(values, bins=bins)
    middles = (edges[:-1] + edges[1:]) / 2
    figure = go.Figure()
    figure.add_bar(
        x=middles,
        y=counts,
        width=np.diff(edges) * 0.92,
        hovertemplate="%{y} places near %{x:.3g}<extra></extra>",
        name="Places",
    )
    figure.update_layout(
        height=150,
        margin={"l": 12, "r": 12, "t": 4, "b": 40},
        showlegend=False,
        dragmode=False,
        xaxis={
            "title": "Activation, and how many places have it",
            "title_standoff": 4,
            "fixedrange": True,
            "nticks": 5,
            "zeroline": bool(edges[0] < 0),
        },
        yaxis={"visible": False, "fixedrange": True},
    )
    return figure
