"""How far off a face's points are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard.app_pages.networks import charts
from dashboard.app_pages.networks.parts import PER_CENT, read
from dashboard.drawing.scores import Block, scores
from dashboard.drawing.tables import words
from dashboard.drawing.words import share
from dashboard.widgets.chart import draw_chart
from models import Card
from models.keypoints import GROUPS, NAMES68

FAILURE = 0.1
"""Normalised mean error above which the points of a face count as lost."""


def points(card: Card) -> None:
    """Where on the face the points are hard to find."""
    per_point = scores(card)[1]["per_point"]
    table = point_table(per_point, NAMES68)
    parts = part_errors(per_point, GROUPS)
    face_column, table_column = st.columns([3, 2], gap="large")
    with face_column:
        st.subheader("Error of each point", anchor=False)
        draw_chart(
            charts.face_template(card.mean_shape, per_point, [words(name) for name in NAMES68], outlines(NAMES68)),
            "face_template",
            "The mean face; a larger dot is a larger error. Mean error: "
            + ", ".join(f"{part} {share(error)}" for part, error in parts.items()),
        )
        st.caption(
            f"The larger a dot, the larger the error: from {share(min(per_point))} to "
            f"{share(max(per_point))} of the distance between the eyes."
        )
    with table_column:
        st.subheader("Parts of the face", anchor=False)
        draw_chart(
            charts.bars({part.capitalize(): error for part, error in parts.items()}),
            "parts",
            "Mean error of each part: " + ", ".join(f"{part} {share(error)}" for part, error in parts.items()),
        )
        st.dataframe(
            table,
            hide_index=True,
            column_config={"Error": PER_CENT},
            height=240,
            key="point_errors",
            alt="Table of the 68 points with their errors, the worst first",
        )
    read(
        "Each dot stands at its mean place over the training faces. Its error is the mean distance between found and "
        "labelled place, as a share of the distance between the outer eye corners. Points in the middle of a line, as "
        "on the jaw, have no exact place, and people disagree about them too."
    )


def outlines(names: Sequence[str]) -> list[list[int]]:
    """Return the points that one line joins: those with one name but for their number; eyes and lips are closed.

    A point without a number, the tip of the nose, ends the line before it.
    """
    lines: dict[str, list[int]] = {}
    part = ""
    for index, name in enumerate(names):
        before, _, number = name.rpartition("_")
        part = before if number.isdigit() else part
        lines.setdefault(part, []).append(index)
    return [[*line, line[0]] if part.endswith(("eye", "lip")) else line for part, line in lines.items()]


def spread(card: Card) -> None:
    """How the errors are spread over faces, and over head poses."""
    block = scores(card)[1]
    curve_column, pose_column = st.columns(2, gap="large")
    if curve := block.get("cumulative"):
        with curve_column:
            st.subheader("How far off the points are", anchor=False)
            draw_chart(
                charts.cumulative(curve["error"], curve["share"], FAILURE),
                "cumulative",
                "Cumulative error curve: share of the faces whose mean error is at most the one on the axis",
            )
    five = block.get("five_points", {})
    with pose_column:
        _poses(block, "nme", "Mean error by head pose")
        _poses(five, "error", f"Of five points, on {five.get('faces', 0):,} other faces")
    read(
        "The curve says which share of the test faces has a mean error of at most the one on the axis: the steeper "
        "it rises, the better. To the right of the dotted line, at 10 %, a face counts as lost. A turned head hides "
        "points, so its error is larger. In brackets: how many faces."
    )


def _poses(block: Block, key: str, title: str) -> None:
    poses = {
        f"{words(name)} ({row['faces']:,})": row[key]
        for name, row in block.get("per_pose", {}).items()
        if row.get(key) is not None
    }
    if poses:
        st.subheader(title, anchor=False)
        told = ", ".join(f"{name} {share(error)}" for name, error in poses.items())
        draw_chart(charts.bars(poses), f"poses_{key}", f"{title}: {told}")


def point_table(errors: Sequence[float], names: Sequence[str]) -> pd.DataFrame:
    """Return the points with their errors in per cent of the eyes' distance, the worst first."""
    rows = [{"Point": words(name), "Error": 100 * error} for name, error in zip(names, errors, strict=True)]
    return pd.DataFrame(rows).sort_values("Error", ascending=False, ignore_index=True)


def part_errors(errors: Sequence[float], groups: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """Return the mean error of each part of the face, the largest first."""
    means = {part: sum(errors[index] for index in indices) / len(indices) for part, indices in groups.items()}
    return dict(sorted(means.items(), key=lambda item: -item[1]))
