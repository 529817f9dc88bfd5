"""The curve of the answer along one change, on the What if page."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.app_pages.what_if import changing, charts, results
from dashboard.app_pages.what_if.views import Case, winner
from dashboard.drawing import tables
from dashboard.drawing.figures import CHART_CONFIG
from dashboard.widgets.downloads import download_file
from models.faces.changes import CHANGES, NOTHING, Setting
from models.faces.steadiness import Curve

NAMED_FLIPS = 3
"""So many places where the answer flips are told in words."""


def show(shown: Case, setting: Setting) -> None:
    """Show the curve of each probability along one change, where a click chooses the number."""
    st.subheader("Along one slider", anchor=False)
    with st.grid(2, gap="small", min_column_width=140):
        name = changing.choose_along()
        changing.choose_value(name, setting)
    change = CHANGES[name]
    others = setting.replace(**{name: change.neutral})
    found = results.curve(shown.key, shown.scene, shown.name, others, name)
    value = float(getattr(setting, name))
    first = shown.labels.index(winner(shown.read(NOTHING)[0]))
    flips = say_crossings(found, shown.labels)
    st.plotly_chart(
        charts.curve(found, shown.labels, value, change.unit, first, shown.threshold),
        key="curve",
        config=CHART_CONFIG,
        on_select=lambda: _pick(name),
        selection_mode="points",
        alt=f"Line chart of the probabilities along {change.label.lower()}, "
        f"from {changing.written(change, change.low)} to {changing.written(change, change.high)}. {flips}",
    )
    rest = "" if others.is_neutral else f" All else stays: {changing.describe(others)}."
    st.caption(f"{flips}{rest} Click a point to go there.")
    with st.container(horizontal=True, gap="small"):
        parts = (shown.subject.title, change.label, "curve")
        download_file("Curve as CSV", lambda: curve_csv(shown, found), *parts, suffix="csv", key="download_curve_csv")
        download_file(
            "Curve as JSON", lambda: curve_json(shown, setting, found), *parts, suffix="json", key="download_curve_json"
        )


def _pick(name: str) -> None:
    points = st.session_state["curve"].get("selection", {}).get("points", [])
    if points:
        changing.set_value(name, points[0].get("x"))


def say_crossings(found: Curve, labels: Sequence[str]) -> str:
    """Say where along a curve the answer flips."""
    crossings = found.crossings
    if not crossings:
        return f"The answer is {labels[int(found.shares[0].argmax())]} all the way."
    places = [
        f"{changing.written(found.change, place)} ({labels[before]} → {labels[after]})"
        for place, before, after in crossings[:NAMED_FLIPS]
    ]
    more = len(crossings) - len(places)
    return f"The answer flips at {', '.join(places)}{f' and {more} more' if more else ''}."


def curve_csv(shown: Case, found: Curve) -> str:
    """Return a curve as comma-separated values: the change's number and the probability of each class."""
    table = pd.DataFrame(found.shares, columns=shown.labels)
    table.insert(0, found.change.name, found.values)
    return tables.to_csv(table)


def curve_json(shown: Case, setting: Setting, found: Curve) -> str:
    """Return a curve as indented JSON, with all that it depends on."""
    return json.dumps(
        {
            "photo": shown.subject.photo.name,
            "face": shown.subject.index + 1,
            "network": shown.name,
            "along": found.change.name,
            "unit": found.change.unit,
            "now": getattr(setting, found.change.name),
            "other_changes": setting.replace(**{found.change.name: found.change.neutral}).to_dict(),
            "values": found.values.tolist(),
            "probabilities": {
                label: found.shares[:, number].round(6).tolist() for number, label in enumerate(shown.labels)
            },
            "flips": [
                {"at": round(place, 4), "from": shown.labels[before], "to": shown.labels[after]}
                for place, before, after in found.crossings
            ],
        },
        indent=2,
        ensure_ascii=False,
    )
