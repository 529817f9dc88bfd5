"""Plotly figures of a network's card: errors, calibration, robustness, learning, comparison. No Streamlit.

As in `figures`, colours are the theme's: the first trace is what the page is about, the second everything else, the
third a guide line.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go

from dashboard.app_pages.networks.wording import Curve
from dashboard.drawing.figures import ink
from dashboard.drawing.scores import Block
from dashboard.drawing.words import amount, duration, percent, share

TEAL = "29, 138, 130"
"""The colour of the one picture that needs a scale; it fades into either theme's background."""
SHARES = [0, 0.25, 0.5, 0.75, 1]


def confusion(matrix: Sequence[Sequence[float]], labels: Sequence[str], *, is_normalised: bool) -> go.Figure:
    """Matrix of labels (rows) against answers (columns), coloured by the share of each row.

    Args:
        matrix: numbers of faces, one row a label.
        labels: the classes.
        is_normalised: bool, write shares of the row rather than numbers of faces.
    """
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
            hovertemplate="Labelled %{y}, answered %{x}: %{customdata:,} faces, %{z:.1%} of the row<extra></extra>",
        )
    )
    for row, label in enumerate(names):
        for column, answer in enumerate(names):
            text = percent(shares[row][column]) if is_normalised else f"{matrix[row][column]:,}"
            figure.add_annotation(x=answer, y=label, text=ink(text.removesuffix(" %")), showarrow=False)
    figure.update_layout(
        height=430,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
        dragmode=False,
        xaxis=_categories(names, "Answer") | {"side": "top"},
        yaxis=_categories(names, "Label") | {"autorange": "reversed"},
    )
    return figure


def reliability(bins: Sequence[Mapping[str, float]]) -> go.Figure:
    """Share of right answers against the stated probability; the dotted line is perfect calibration.

    Args:
        bins: each with confidence and either accuracy and faces, or right and points or joints.
    """
    what = next((kind for kind in ("faces", "joints") if all(kind in row for row in bins)), "points")
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
        mode="lines",
        line={"dash": "dot", "width": 2},
        hoverinfo="skip",
        name="Perfect calibration",
    )
    figure.update_layout(
        _layout(380),
        xaxis=_shares("Probability that the network states"),
        yaxis=_shares("Share"),
        legend=_legend(),
        showlegend=True,
    )
    return figure


def conditions(rows: Sequence[Block]) -> go.Figure:
    """Bars of accuracy under each change of the faces, with intervals; the first, unchanged, is accented."""
    figure = go.Figure()
    for name, part in (("As it is", rows[:1]), ("Changed", rows[1:])):
        figure.add_bar(
            x=[row["accuracy"] for row in part],
            y=[row["label"] for row in part],
            orientation="h",
            error_x=_interval(part),
            hovertemplate="%{y}: %{x:.1%}<extra></extra>",
            name=name,
        )
    figure.add_scatter(
        x=[rows[0]["accuracy"]] * 2,
        y=[rows[0]["label"], rows[-1]["label"]],
        mode="lines",
        line={"dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    names = [row["label"] for row in rows]
    figure.update_layout(
        _layout(60 + 30 * len(rows)),
        barmode="overlay",
        bargap=0.32,
        xaxis=_shares("Accuracy"),
        yaxis=_rows(names),
    )
    return figure


def bars(values: Mapping[str, float], unit: str = "share", *, accent: str | None = None) -> go.Figure:
    """Horizontal bars with their values written at their ends.

    Args:
        values: by the words for each bar, from the top.
        unit: "share" writes per cent, "count" whole numbers.
        accent: the bar to accent. Defaults to None: all.
    """
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
    figure.update_layout(
        _layout(30 + 34 * len(values)),
        barmode="overlay",
        bargap=0.32,
        xaxis={"visible": False, "range": [0, 1.22 * max(values.values(), default=1) or 1], "fixedrange": True},
        yaxis=_rows(list(values)),
    )
    return figure


def learning(curve: Curve) -> go.Figure:
    """One score over the epochs, for validation (accented) and training."""
    figure = go.Figure()
    unit, value = (100, "%{y:.1f} %") if curve.is_share else (1, "%{y:.4g}")
    for name, points in (("Validation", curve.validation), ("Training", curve.training)):
        figure.add_scatter(
            x=list(range(1, len(points) + 1)),
            y=[unit * point for point in points],
            mode="lines",
            name=name,
            hovertemplate=f"{name}, epoch %{{x}}: {value}<extra></extra>",
            visible=bool(points),
        )
    axis = _per_cent("") if curve.is_share else _axis("")
    figure.update_layout(
        _layout(300), xaxis=_axis("Epoch"), yaxis=axis, legend=_legend(), showlegend=True, hovermode="closest"
    )
    return figure


def ladder(rungs: pd.DataFrame, column: str, title: str, chosen: str) -> go.Figure:
    """Accuracy of the networks of one task against what they cost; the chosen one is accented.

    Args:
        rungs: of `report.rungs`.
        column: "parameters" or "batch_1"; networks without it are left out, one without parameters is a line.
        title: str, what the column is.
        chosen: name of the network to accent.
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
            error_y=_interval(rows, 100),
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
    figure.update_layout(_layout(340), xaxis=_axis(title), yaxis=_per_cent("Accuracy"))
    return figure


def folds(rounds: Mapping[str, Sequence[float]], mean: float, floor: float) -> go.Figure:
    """The score of every fold as a dot, a row for each round of the cross-validation.

    Args:
        rounds: accuracies of the folds by the words for the round.
        mean: over all folds, a thin line.
        floor: what always naming the commonest class gets, a dotted line.
    """
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
    figure.update_layout(
        _layout(130 + 46 * len(names)),
        xaxis=_per_cent("Accuracy") | {"range": [low - room, high + room]},
        yaxis=_axis("")
        | {
            "range": [len(names) - 0.5, -0.5],
            "tickvals": list(range(len(names))),
            "ticktext": [ink(f"{name}  ") for name in names],
            "showgrid": False,
            "zeroline": False,
        },
        legend=_legend(),
        showlegend=True,
    )
    return figure


def cumulative(error: Sequence[float], part: Sequence[float], limit: float) -> go.Figure:
    """Share of the faces whose mean error is at most the one on the axis; the dotted line is where a face is lost."""
    figure = go.Figure()
    figure.add_scatter(
        x=[100 * value for value in error],
        y=list(part),
        mode="lines",
        hovertemplate="Error up to %{x:.1f} %: %{y:.1%} of the faces<extra></extra>",
    )
    figure.add_scatter(x=[], y=[])
    figure.add_scatter(x=[100 * limit] * 2, y=[0, 1], mode="lines", line={"dash": "dot", "width": 2}, hoverinfo="skip")
    figure.update_layout(
        _layout(340),
        xaxis=_per_cent("Mean error of a face") | {"rangemode": "tozero"},
        yaxis=_shares("Share of the faces"),
    )
    return figure


def face_template(
    shape: Sequence[Sequence[float]], errors: Sequence[float], names: Sequence[str], outlines: Sequence[Sequence[int]]
) -> go.Figure:
    """The mean face as points, each the larger the larger its error.

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
    figure.update_layout(
        _layout(430), xaxis=hidden, yaxis=hidden | {"autorange": "reversed", "scaleanchor": "x", "scaleratio": 1}
    )
    return figure


def within_reach(threshold: Sequence[float], part: Sequence[float], limit: float) -> go.Figure:
    """Share of the joints within each distance of their label, in torsos; the dotted line is what counts as right."""
    figure = go.Figure()
    figure.add_scatter(
        x=list(threshold),
        y=list(part),
        mode="lines",
        hovertemplate="Within %{x:.2f} torsos: %{y:.1%} of the joints<extra></extra>",
    )
    figure.add_scatter(x=[], y=[])
    figure.add_scatter(x=[limit] * 2, y=[0, 1], mode="lines", line={"dash": "dot", "width": 2}, hoverinfo="skip")
    figure.update_layout(
        _layout(340),
        xaxis=_axis("Distance from the label, in torsos") | {"rangemode": "tozero"},
        yaxis=_shares("Share of the joints"),
    )
    return figure


def joints(rates: Mapping[str, Mapping[str, float]]) -> go.Figure:
    """Bars of right answers by joint from the head down, right and left beside each other.

    Args:
        rates: of `report.joint_rates`; what has no side is one bar, as if it were of the right.
    """
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
    figure.update_layout(
        _layout(60 + 44 * len(rates)),
        barmode="group",
        bargap=0.3,
        bargroupgap=0.08,
        xaxis={"visible": False, "range": [0, 1.15], "fixedrange": True},
        yaxis=_rows(list(rates)),
        legend=_legend(),
        showlegend=True,
    )
    return figure


def precision_recall(curve: Mapping[str, Sequence[float]], others: Mapping[str, tuple[float, float]]) -> go.Figure:
    """Precision against recall as the threshold falls; other detectors are points.

    Args:
        curve: precision, recall and threshold, of equal length.
        others: (recall, precision) by name.
    """
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
        textposition=["top center" if index % 2 == 0 else "bottom center" for index in range(len(others))],
        customdata=list(others),
        hovertemplate="%{customdata}: recall %{x:.1%}, precision %{y:.1%}<extra></extra>",
    )
    figure.update_layout(_layout(380), xaxis=_shares("Recall"), yaxis=_shares("Precision"))
    return figure


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
    figure.update_layout(
        _layout(380),
        xaxis=_categories(angles, "Photos rotated by"),
        yaxis=_shares("Recall"),
        legend=_legend(),
        showlegend=True,
    )
    return figure


# Parts ---------------------------------------------------------------------------------------------------------------


def _layout(height: int) -> dict[str, object]:
    return {
        "height": height,
        "margin": {"l": 4, "r": 12, "t": 8, "b": 4},
        "showlegend": False,
        "dragmode": False,
    }


def _legend() -> dict[str, object]:
    return {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}}


def _axis(title: str) -> dict[str, object]:
    start, end = ink("|").split("|")
    words = {"text": ink(title) if title else None}
    return {"title": words, "fixedrange": True, "tickprefix": start, "ticksuffix": end}


def _per_cent(title: str) -> dict[str, object]:
    axis = _axis(title)
    return axis | {"ticksuffix": f" %{axis['ticksuffix']}"}


def _shares(title: str) -> dict[str, object]:
    ticks = {"tickvals": SHARES, "ticktext": [ink(percent(value)) for value in SHARES]}
    return _axis(title) | ticks | {"range": [0, 1.02]}


def _categories(names: Sequence[str], title: str = "") -> dict[str, object]:
    order = {"type": "category", "categoryorder": "array", "categoryarray": list(names), "showgrid": False, "ticks": ""}
    return _axis(title) | order | {"tickvals": list(names), "ticktext": [ink(name) for name in names]}


def _rows(names: Sequence[str]) -> dict[str, object]:
    """Names beside horizontal bars, from the top."""
    axis = _categories(names)
    return axis | {"autorange": "reversed", "ticksuffix": f"{axis['ticksuffix']}  "}


def _interval(rows: Sequence[Block], unit: float = 1) -> dict[str, object]:
    """Error bars from accuracy, in these units, to the ends of its interval, "low" and "high" or "interval"."""
    ends = [row.get("interval") or (row.get("low"), row.get("high")) for row in rows]
    above, below = [], []
    for row, (low, high) in zip(rows, ends, strict=True):
        has_interval = low is not None and high is not None and not math.isnan(low)
        above.append(unit * (high - row["accuracy"]) if has_interval else 0)
        below.append(unit * (row["accuracy"] - low) if has_interval else 0)
    return {"array": above, "arrayminus": below, "thickness": 1.2, "width": 3}


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
    """Few round ticks on a logarithmic axis."""
    steps = [
        digit * 10.0**power
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for digit in (1, 2, 5)
    ]
    ticks = [value for value in steps if low <= value <= high]
    kept = ticks[:: math.ceil(len(ticks) / 5)] if len(ticks) > 6 else ticks
    return {"tickvals": kept, "ticktext": [ink(write(value)) for value in kept]}
