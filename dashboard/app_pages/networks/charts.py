"""Plotly figures of a network's card: errors, calibration, robustness, learning, comparison. No Streamlit.

As in `figures`, colours are the theme's: the first trace is what the page is about, the second everything else, the
third a guide line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from dashboard.drawing import axes
from dashboard.drawing.axes import ink
from dashboard.drawing.scores import Block
from dashboard.drawing.words import percent, share

TEAL = "29, 138, 130"
"""The colour of the one picture that needs a scale; it fades into either theme's background."""


@dataclass(frozen=True)
class Curve:
    """Draw one score over the epochs of a training; a side that the log lacks is empty."""

    title: str
    training: tuple[float, ...]
    validation: tuple[float, ...]
    is_share: bool


def confusion(
    matrix: Sequence[Sequence[float]], labels: Sequence[str], *, is_normalised: bool, what: str = "faces"
) -> go.Figure:
    """Matrix of labels (rows) against answers (columns), coloured by the share of each row."""
    names = [name.capitalize() for name in labels]
    shares = [[value / (sum(row) or 1) for value in row] for row in matrix]
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=names,
            y=names,
            zmin=0,
            zmax=1,
            colorscale=[(0, f"rgba({TEAL}, 0.03)"), (1, f"rgba({TEAL}, 0.85)")],
            showscale=False,
            xgap=2,
            ygap=2,
            customdata=matrix,
            hovertemplate="Labelled %{y}, answered %{x}: %{customdata:,} "
            + what
            + ", %{z:.1%} of the row<extra></extra>",
        )
    )
    for row, label in enumerate(names):
        for column, answer in enumerate(names):
            text = percent(shares[row][column]) if is_normalised else f"{matrix[row][column]:,}"
            figure.add_annotation(x=answer, y=label, text=ink(text.removesuffix(" %")), showarrow=False)
    return figure.update_layout(
        height=430,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        dragmode=False,
        xaxis=axes.categories(names, "Answer") | {"side": "top"},
        yaxis=axes.categories(names, "Label") | {"autorange": "reversed"},
    )


def reliability(bins: Sequence[Mapping[str, float]]) -> go.Figure:
    """Draw the share of right answers against the stated probability; the dotted line is perfect calibration.

    Args:
        bins: each with confidence and either accuracy and faces or pictures, or right and points or joints.
    """
    what = next((kind for kind in ("faces", "pictures", "joints") if all(kind in row for row in bins)), "points")
    counts = [row.get(what, 0) for row in bins]
    total = sum(counts) or 1
    confidence = [row["confidence"] for row in bins]
    figure = go.Figure()
    figure.add_scatter(
        x=confidence,
        y=[row.get("accuracy", row.get("right")) for row in bins],
        mode="lines+markers",
        marker={"size": 9},
        customdata=counts,
        hovertemplate=f"States %{{x:.0%}}: right in %{{y:.0%}} of %{{customdata:,}} {what}<extra></extra>",
        name="Right",
    )
    figure.add_bar(
        x=confidence,
        y=[count / total for count in counts],
        width=0.045,
        hovertemplate=f"%{{y:.1%}} of the {what}<extra></extra>",
        name=f"Share of the {what}",
    )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        **axes.GUIDE,
        name="Perfect calibration",
    )
    return figure.update_layout(
        axes.layout(380, has_legend=True),
        xaxis=axes.shares("Probability that the network states"),
        yaxis=axes.shares("Share"),
    )


def conditions(rows: Sequence[Block]) -> go.Figure:
    """Draw bars of accuracy under each change of the faces, with intervals; the first, unchanged, is accented."""
    figure = go.Figure()
    for name, part in (("As it is", rows[:1]), ("Changed", rows[1:])):
        figure.add_bar(
            x=[row["accuracy"] for row in part],
            y=[row["label"] for row in part],
            orientation="h",
            error_x=axes.interval(part),
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
            name=name,
        )
    figure.add_scatter(
        x=[rows[0]["accuracy"]] * 2,
        y=[rows[0]["label"], rows[-1]["label"]],
        **axes.GUIDE,
    )
    names = [row["label"] for row in rows]
    return figure.update_layout(
        axes.layout(60 + 30 * len(rows)),
        barmode="overlay",
        bargap=0.32,
        xaxis=axes.shares("Accuracy"),
        yaxis=axes.rows(names),
    )


def bars(values: Mapping[str, float], unit: str = "share", *, accent: str | None = None) -> go.Figure:
    """Draw a bar for each value, from the top, as "share" or "count", with its number at its end."""
    figure = go.Figure()
    write = share if unit == "share" else lambda value: f"{value:,.0f}"
    chosen = [name for name in values if accent is None or name == accent]
    for part in (chosen, [name for name in values if name not in chosen]):
        figure.add_bar(
            x=[values[name] for name in part],
            y=part,
            orientation="h",
            text=[ink(write(values[name])) for name in part],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    return figure.update_layout(
        axes.layout(30 + 34 * len(values)),
        barmode="overlay",
        bargap=0.32,
        xaxis={"visible": False, "range": [0, 1.22 * max(values.values(), default=1) or 1], "fixedrange": True},
        yaxis=axes.rows(list(values)),
    )


def learning(curve: Curve, names: tuple[str, str] = ("Validation", "Training"), step: str = "Epoch") -> go.Figure:
    """Draw one score over the epochs, for validation (accented) and training."""
    figure = go.Figure()
    unit, value = (100, "%{y:.1f} %") if curve.is_share else (1, "%{y:.4g}")
    for name, points in zip(names, (curve.validation, curve.training), strict=True):
        figure.add_scatter(
            x=list(range(1, len(points) + 1)),
            y=[unit * point for point in points],
            mode="lines",
            name=name,
            hovertemplate=f"{name}, {step.lower()} %{{x}}: {value}<extra></extra>",
            visible=bool(points),
        )
    axis = axes.per_cent("") if curve.is_share else axes.axis("")
    return figure.update_layout(
        axes.layout(300, has_legend=True),
        xaxis=axes.axis(step),
        yaxis=axis,
        hovermode="closest",
    )


def _up_to(
    limits: Sequence[float], shares: Sequence[float], most: float, axis: dict[str, object], told: str
) -> go.Figure:
    """Draw the share of errors up to each limit; the dotted line is the greatest that counts as right."""
    figure = go.Figure()
    figure.add_scatter(x=list(limits), y=list(shares), mode="lines", hovertemplate=f"{told}<extra></extra>")
    figure.add_scatter(x=[], y=[])  # the line is the third trace, whose colour is that of guides
    figure.add_scatter(x=[most] * 2, y=[0, 1], **axes.GUIDE)
    return figure.update_layout(axes.layout(340), xaxis=axis | {"rangemode": "tozero"})


def cumulative(error: Sequence[float], part: Sequence[float], limit: float) -> go.Figure:
    """Share of the faces whose mean error is at most the one on the axis; the dotted line is where a face is lost."""
    told, axis = "Error up to %{x:.1f} %: %{y:.1%} of the faces", axes.per_cent("Mean error of a face")
    figure = _up_to([100 * value for value in error], part, 100 * limit, axis, told)
    return figure.update_layout(yaxis=axes.shares("Share of the faces"))


def within_reach(threshold: Sequence[float], part: Sequence[float], limit: float) -> go.Figure:
    """Share of the joints within each distance of their label, in torsos; the dotted line is what counts as right."""
    told, axis = "Within %{x:.2f} torsos: %{y:.1%} of the joints", axes.axis("Distance from the label, in torsos")
    return _up_to(threshold, part, limit, axis, told).update_layout(yaxis=axes.shares("Share of the joints"))


def face_template(
    shape: Sequence[Sequence[float]], errors: Sequence[float], names: Sequence[str], outlines: Sequence[Sequence[int]]
) -> go.Figure:
    """Draw the mean face as points, each the larger the larger its error.

    Args:
        shape: (68, 2) pixels, y down.
        errors: of each point, as shares.
        names: of each point.
        outlines: indices of points that one line joins.
    """
    figure = go.Figure()
    largest = max(errors) or 1
    figure.add_scatter(
        x=[x for x, _ in shape],
        y=[y for _, y in shape],
        mode="markers",
        marker={"size": [max(4.0, 30 * math.sqrt(error / largest)) for error in errors], "opacity": 0.75},
        customdata=[[name, share(error)] for name, error in zip(names, errors, strict=True)],
        hovertemplate="%{customdata[0]}: %{customdata[1]}<extra></extra>",
        zorder=1,
    )
    xs: list[float | None] = []
    ys: list[float | None] = []
    for outline in outlines:
        xs += [*(shape[index][0] for index in outline), None]
        ys += [*(shape[index][1] for index in outline), None]
    figure.add_scatter(x=xs, y=ys, mode="lines", line={"width": 2}, hoverinfo="skip")
    hidden = {"visible": False, "fixedrange": True}
    return figure.update_layout(
        axes.layout(430), xaxis=hidden, yaxis=hidden | {"autorange": "reversed", "scaleanchor": "x", "scaleratio": 1}
    )


def joints(rates: Mapping[str, Mapping[str, float]]) -> go.Figure:
    """Draw the rates of `joint_rates` from the head down, right and left beside each other; without a side, one bar."""
    figure = go.Figure()
    for side, name in (("right", "The person's right"), ("left", "The person's left")):
        rows = {joint: by.get(side, by.get("") if side == "right" else None) for joint, by in rates.items()}
        kept = {joint: rate for joint, rate in rows.items() if rate is not None}
        figure.add_bar(
            x=list(kept.values()),
            y=list(kept),
            orientation="h",
            name=name,
            text=[ink(share(rate, 0)) for rate in kept.values()],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
        )
    return figure.update_layout(
        axes.layout(60 + 44 * len(rates), has_legend=True),
        barmode="group",
        bargap=0.3,
        bargroupgap=0.08,
        xaxis={"visible": False, "range": [0, 1.15], "fixedrange": True},
        yaxis=axes.rows(list(rates)),
    )


def precision_recall(curve: Mapping[str, Sequence[float]], others: Mapping[str, tuple[float, float]]) -> go.Figure:
    """Precision against recall as the threshold falls; detectors are points, the first of them that of the curve."""
    figure = go.Figure()
    figure.add_scatter(
        x=list(curve["recall"]),
        y=list(curve["precision"]),
        customdata=list(curve.get("threshold", [])) or None,
        mode="lines",
        hovertemplate="Threshold %{customdata:.2f}: recall %{x:.1%}, precision %{y:.1%}<extra></extra>",
    )
    figure.add_scatter(
        x=[point[0] for point in others.values()],
        y=[point[1] for point in others.values()],
        mode="markers+text",
        marker={"size": 11},
        text=[ink(name) for name in others],
        textposition="bottom left",  # under the curve
        customdata=list(others),
        hovertemplate="%{customdata}: recall %{x:.1%}, precision %{y:.1%}<extra></extra>",
    )
    return figure.update_layout(axes.layout(380), xaxis=axes.shares("Recall"), yaxis=axes.shares("Precision"))


def rotations(scores: Mapping[str, Mapping[int, float]]) -> go.Figure:
    """Recall of each detector by the angle by which the photos were rotated; the first is accented."""
    figure = go.Figure()
    for name, by_angle in scores.items():
        figure.add_scatter(
            x=[f"{angle}°" for angle in by_angle],
            y=list(by_angle.values()),
            mode="lines+markers",
            name=name,
            hovertemplate=f"{name}, %{{x}}: %{{y:.1%}}<extra></extra>",
        )
    angles = list(dict.fromkeys(f"{angle}°" for by_angle in scores.values() for angle in by_angle))
    return figure.update_layout(
        axes.layout(380, has_legend=True),
        xaxis=axes.categories(angles, "Photos rotated by"),
        yaxis=axes.shares("Recall"),
    )
