"""Plotly figures of networks beside each other: what they get right against what they cost. No Streamlit."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboard.drawing import axes
from dashboard.drawing.axes import ink
from dashboard.drawing.words import amount, duration, share


def ladder(rungs: pd.DataFrame, column: str, title: str, chosen: str) -> go.Figure:
    """Accuracy of the networks of one task against what they cost; the chosen one is accented.

    A network that lacks the column is left out; one without parameters is a line.
    """
    figure = go.Figure()
    shown = rungs[(rungs[column] > 0) & rungs["accuracy"].notna()]
    write = amount if column == "parameters" else lambda value: duration(value / 1000)
    sides = _sides(shown, column, rungs["accuracy"].min()) if len(shown) else {}
    for is_chosen in (True, False):
        part = shown[(shown["name"] == chosen) == is_chosen]
        rows = part.to_dict("records")
        figure.add_scatter(
            x=part[column],
            y=100 * part["accuracy"],
            mode="markers+text",
            marker={"size": 12},
            zorder=int(is_chosen),
            text=[ink(f"  {name}  ") for name in part["name"]],
            textposition=[sides[name] for name in part["name"]],
            cliponaxis=False,
            error_y=axes.interval(rows, 100),
            customdata=[[row["title"], write(row[column])] for row in rows],
            hovertemplate="%{customdata[0]}<br>%{y:.1f} % right, %{customdata[1]}<extra></extra>",
        )
    floor = rungs[rungs["parameters"] == 0]
    if len(shown):
        low, high = _padded(shown[column])
        for row in floor.to_dict("records"):
            figure.add_scatter(
                x=[low, high],
                y=[100 * row["accuracy"]] * 2,
                mode="lines",
                line={"dash": "dot", "width": 2},
                hovertemplate=f"{row['title']}: {share(row['accuracy'])}<extra></extra>",
            )
            figure.add_annotation(
                x=math.log10(low),
                y=100 * row["accuracy"],
                text=ink(row["title"]),
                showarrow=False,
                xanchor="left",
                yanchor="bottom",
            )
        figure.update_xaxes(type="log", range=[math.log10(low), math.log10(high)], **_decades(low, high, write))
    return figure.update_layout(axes.layout(340), xaxis=axes.axis(title), yaxis=axes.per_cent("Accuracy"))


def folds(rounds: Mapping[str, Sequence[float]], mean: float, floor: float) -> go.Figure:
    """Draw the score of every fold as a dot, a row for each round of the cross-validation."""
    names = list(rounds)
    values = [(100 * value, row) for row, name in enumerate(names) for value in rounds[name]]
    figure = go.Figure()
    figure.add_scatter(
        x=[value for value, _ in values],
        y=[row for _, row in values],
        mode="markers",
        marker={"size": 11, "opacity": 0.75},
        customdata=[names[row] for _, row in values],
        hovertemplate="%{customdata}: %{x:.1f} % right on one fold<extra></extra>",
        name="One fold",
    )
    for name, at, dash in (("Mean of all folds", mean, "solid"), ("Always the commoner class", floor, "dot")):
        figure.add_scatter(
            x=[100 * at] * 2,
            y=[-0.5, len(names) - 0.5],
            mode="lines",
            line={"width": 2, "dash": dash},
            hovertemplate=f"{name}: {share(at)}<extra></extra>",
            name=name,
        )
    low, high = min(100 * floor, *(value for value, _ in values)), max(value for value, _ in values)
    room = max(1.0, 0.08 * (high - low))
    return figure.update_layout(
        axes.layout(130 + 46 * len(names), has_legend=True),
        xaxis=axes.per_cent("Accuracy") | {"range": [low - room, high + room]},
        yaxis=axes.axis("")
        | {
            "range": [len(names) - 0.5, -0.5],
            "tickvals": list(range(len(names))),
            "ticktext": [ink(f"{name}  ") for name in names],
            "showgrid": False,
            "zeroline": False,
        },
    )


def _sides(shown: pd.DataFrame, column: str, floor: float) -> dict[str, str]:
    """On which side of its point each name stands: inside the chart, and clear of other names and points."""
    low, high = (math.log10(end) for end in _padded(shown[column]))
    bottom, top = floor, float(shown["accuracy"].max())
    points = {
        row["name"]: (
            (math.log10(row[column]) - low) / (high - low),
            (row["accuracy"] - bottom) / ((top - bottom) or 1.0),
        )
        for row in shown.sort_values(column).to_dict("records")
    }
    taken = [(x - 0.02, x + 0.02, y - 0.03, y + 0.03) for x, y in points.values()]
    sides = {}
    for name, (x, y) in points.items():
        near, far = ("left", "right") if x > 0.5 else ("right", "left")
        places = [f"{height} {side}" for height in ("middle", "top", "bottom") for side in (near, far)]
        boxes = {place: _name_box(name, x, y, place) for place in places}
        free = [place for place in places if _is_free(boxes[place], taken)]
        sides[name] = free[0] if free else places[0]
        taken.append(boxes[sides[name]])
    return sides


def _name_box(name: str, x: float, y: float, place: str) -> tuple[float, float, float, float]:
    """(left, right, bottom, top) of a name beside its point, in shares of a small chart."""
    width, height = 0.02 * (len(name) + 2), 0.06
    height_word, side = place.split()
    left = x - 0.025 - width if side == "left" else x + 0.025
    middle = y + {"middle": 0, "top": 0.06, "bottom": -0.06}[height_word]
    return left, left + width, middle - height / 2, middle + height / 2


def _is_free(box: tuple[float, float, float, float], taken: Sequence[tuple[float, float, float, float]]) -> bool:
    left, right, bottom, top = box
    if left < -0.02 or right > 1.02:
        return False
    return not any(left < b and a < right and bottom < d and c < top for a, b, c, d in taken)


def _padded(values: pd.Series) -> tuple[float, float]:
    """Room to both sides of the values on a logarithmic axis, for the names at the points."""
    low, high = float(values.min()), float(values.max())
    room = max(1.6, (high / low) ** 0.2)
    return low / room, high * room


def _decades(low: float, high: float, write: Callable[[float], str]) -> dict[str, object]:
    """Return a few round ticks on a logarithmic axis."""
    steps = [
        digit * 10.0**power
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for digit in (1, 2, 5)
    ]
    ticks = [value for value in steps if low <= value <= high]
    kept = ticks[:: math.ceil(len(ticks) / 5)] if len(ticks) > 6 else ticks
    return {"tickvals": kept, "ticktext": [ink(write(value)) for value in kept]}
