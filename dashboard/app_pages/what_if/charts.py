"""Charts of the What if page: shares before and after, curves along a change, spread over boxes. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.drawing import axes
from dashboard.drawing.axes import ink
from dashboard.drawing.figures import add_threshold
from dashboard.drawing.words import percent, strongest, three_digits
from models.faces.steadiness import Curve

NAMED_CROSSINGS = 12
"""So many places where the answer flips are marked on a curve."""
WORDS_AT = 1.01
"""Where on the axis of shares the numbers stand, beside the longest bar."""
TICKS = 7


def difference(before: float, after: float) -> str:
    """Write by how many points of a hundred a share has changed: "+12", "−3", "±0"."""
    points = round(100 * after) - round(100 * before)
    return f"{points:+d}".replace("-", "−") if points else "±0"


def before_after(before: Mapping[str, float], after: Mapping[str, float], threshold: float | None = None) -> go.Figure:
    """Draw a bar chart of class probabilities after a change in the accent colour, above those before it.

    Args:
        before: probability (0 to 1) of each class.
        after: the same after the change.
        threshold: float, the share below which the app says "uncertain"; drawn as a dotted line. Defaults to None.
    """
    names = strongest({name: max(before[name], after[name]) for name in before})
    figure = go.Figure()
    for label, values in (("After", after), ("Before", before)):
        figure.add_bar(
            x=[values[name] for name in names],
            y=[name.capitalize() for name in names],
            orientation="h",
            hovertemplate=f"%{{y}} {label.lower()}: %{{x:.1%}}<extra></extra>",
            name=ink(label),
        )
    if threshold is not None:
        add_threshold(figure, threshold, names)
    figure.add_scatter(
        x=[WORDS_AT] * len(names),
        y=[name.capitalize() for name in names],
        text=[ink(f"{percent(after[name])} ({difference(before[name], after[name])})") for name in names],
        mode="text",
        textposition="middle right",
        cliponaxis=False,
        hoverinfo="skip",
        showlegend=False,
        name="Difference",
    )
    return figure.update_layout(
        axes.layout(372, has_legend=True),
        bargap=0.28,
        bargroupgap=0.06,
        barmode="group",
        xaxis={"visible": False, "range": [0, 1.36], "fixedrange": True},
        yaxis=axes.rows([name.capitalize() for name in names]),
    )


def curve(
    found: Curve, labels: Sequence[str], value: float, unit: str, strong: int, threshold: float | None = None
) -> go.Figure:
    """Draw a line chart of each class's probability along a change, with the present number and the flips marked.

    Args:
        found: models.faces.steadiness.Curve.
        labels: of the classes.
        value: float, the change's present number.
        unit: str, behind each number.
        strong: int, the class whose line is thick.
        threshold: float, the share below which the app says "uncertain"; drawn as a dotted line. Defaults to None.
    """
    figure = go.Figure()
    drawn = strongest(dict(zip(labels, found.shares.max(axis=0).tolist(), strict=True)))
    for index, label in enumerate(labels):
        if label not in drawn:
            continue
        figure.add_scatter(
            x=found.values,
            y=found.shares[:, index],
            mode="lines+markers",
            line={"width": 3.5 if index == strong else 1.75},
            marker={"size": 5 if index == strong else 3},
            name=ink(label.capitalize()),
            hovertemplate=f"{label.capitalize()} %{{y:.1%}} at %{{x:.4~g}} {unit}<extra></extra>",
        )
    low, high = float(found.values[0]), float(found.values[-1])
    if threshold is not None:
        figure.add_scatter(
            x=[low, high],
            y=[threshold, threshold],
            mode="lines",
            line={"dash": "dot", "width": 1.5, "color": "gray"},
            hovertemplate=f"Under {percent(threshold)} we say “uncertain”<extra></extra>",
            name=ink("Uncertain below"),
        )
    crossings = found.crossings[:NAMED_CROSSINGS]
    if crossings:
        middles = [
            (place, float(np.interp(place, found.values, found.shares[:, before]))) for place, before, _ in crossings
        ]
        figure.add_scatter(
            x=[place for place, _ in middles],
            y=[share for _, share in middles],
            text=[f"{labels[before]} → {labels[after]}" for _, before, after in crossings],
            mode="markers",
            marker={"symbol": "diamond-open", "size": 11, "color": "gray", "line": {"width": 2}},
            name=ink("The answer flips"),
            hovertemplate="%{text} at %{x:.3~g} " + unit + "<extra></extra>",
        )
    figure.add_vline(x=value, line={"width": 2, "dash": "dash", "color": "gray"})
    figure.add_annotation(
        x=value, y=1.03, yref="paper", yanchor="bottom", showarrow=False, text=ink("now"), font={"size": 12}
    )
    figure.update_layout(
        height=372,
        margin={"l": 0, "r": 8, "t": 24, "b": 0},
        dragmode=False,
        hovermode="closest",
        legend={"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top", "title": None, "font": {"size": 12}},
        xaxis={
            "title": {"text": ink(f"{found.change.label}{f', {unit}' if unit else ''}"), "font": {"size": 12}},
            "fixedrange": True,
            "showgrid": False,
            "zeroline": False,
            "range": [low - 0.015 * (high - low), high + 0.015 * (high - low)],
            "tickvals": ticks(low, high),
            "ticktext": [ink(three_digits(tick)) for tick in ticks(low, high)],
        },
        yaxis=axes.shares("") | {"range": [-0.02, 1.02]},
    )
    return figure


def ticks(low: float, high: float) -> list[float]:
    """Return round numbers from one to the other, about `TICKS` of them."""
    rough = (high - low) / TICKS
    unit = 10 ** np.floor(np.log10(rough))
    step = unit * next(factor for factor in (1, 2, 5, 10) if factor * unit >= rough * (1 - 1e-9))
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    return [round(float(count * step), 6) for count in np.arange(first, last + 1)]


def spread(shares: np.ndarray, labels: Sequence[str], now: Sequence[float]) -> go.Figure:
    """Box and strip plot of each class's probability over many draws, and the one without jitter.

    Args:
        shares: float32 (n, classes).
        labels: of the classes.
        now: the probability of each class without jitter.
    """
    figure = go.Figure()
    most = dict(zip(labels, shares.max(axis=0).tolist(), strict=True))
    places = [labels.index(label) for label in strongest(most)]
    shares, now, labels = shares[:, places], [now[place] for place in places], [labels[place] for place in places]
    for index, label in enumerate(labels):
        figure.add_box(
            x=shares[:, index],
            y0=label.capitalize(),
            name=label.capitalize(),
            orientation="h",
            boxpoints="all",
            jitter=0.6,
            pointpos=0,
            marker={"size": 4, "opacity": 0.45},
            line={"width": 1.5},
            hovertemplate="%{x:.1%}<extra></extra>",
            showlegend=False,
        )
    figure.add_scatter(
        x=list(now),
        y=[label.capitalize() for label in labels],
        mode="markers",
        marker={"symbol": "line-ns", "size": 22, "line": {"width": 3, "color": "gray"}},
        name="The box as found",
        hovertemplate="%{y} in the box as found: %{x:.1%}<extra></extra>",
        showlegend=False,
    )
    return figure.update_layout(
        axes.layout(60 + 44 * len(labels)),
        hovermode="closest",
        xaxis=axes.shares("") | {"range": [-0.02, 1.02], "zeroline": False},
        yaxis=axes.rows([label.capitalize() for label in labels]),
    )
