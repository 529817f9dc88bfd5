"""What a detector finds and misses, beside the classic one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.app_pages.networks import charts
from dashboard.app_pages.networks.parts import PER_CENT, read
from dashboard.drawing.scores import Block, scores
from dashboard.drawing.words import share
from dashboard.widgets.chart import draw_chart
from models import Card


def precision_and_recall(card: Card) -> None:
    """What a lower or higher threshold would trade."""
    block = scores(card)[1]
    others = {
        name: (figures["recall"], figures["precision"])
        for name, figures in detectors(block).items()
        if "recall" in figures and "precision" in figures
    }
    names = {"This network": "as used here"}
    st.subheader("Found faces against false alarms", anchor=False)
    draw_chart(
        charts.precision_recall(block["curve"], {names.get(name, name): at for name, at in others.items()}),
        "precision_recall",
        "Precision against recall: "
        + ", ".join(f"{name} {share(at[0], 0)} recall, {share(at[1], 0)} precision" for name, at in others.items()),
    )
    read(
        "Along the curve the threshold falls: more faces are found (recall, to the right), and more frames are wrong "
        "(precision, down). The dots are what each detector does as the app uses it."
    )


def beside_haar(card: Card) -> None:
    """The detector beside the classic one, also on rotated photos."""
    block = scores(card)[1]
    table = detector_table(block)
    rates = {name: PER_CENT for name in table.columns if name not in ("Detector", "Time")}
    st.dataframe(
        table,
        hide_index=True,
        column_config={**rates, "Time": st.column_config.NumberColumn(format="%.0f ms", help="A photo of 640×480.")},
        key="detectors",
        alt="Table of this detector and both Haar cascades with their scores and times",
    )
    rotated = rotation_table(block)
    if rotated:
        st.subheader("On rotated photos", anchor=False)
        draw_chart(
            charts.rotations(rotated),
            "rotations",
            "Recall on rotated photos: "
            + "; ".join(
                f"{name} " + ", ".join(f"{angle}° {share(value, 0)}" for angle, value in by_angle.items())
                for name, by_angle in rotated.items()
            ),
        )
    read(
        "A Haar cascade compares light and dark rectangles as they lie on an upright face from the front (Viola and "
        "Jones 2001), so it loses faces that are tilted. All detectors were run on the same photos by the same "
        "command; a frame counts as right if it shares at least 0.4 of the union of both areas with a labelled face."
    )


def detectors(block: Block) -> dict[str, Block]:
    """Return the figures of this detector and of those it is set beside, by the words for each."""
    others = {f"Haar cascade ({name})": figures for name, figures in block.get("haar", {}).items()}
    return {"This network": block, **others}


def detector_table(block: Block) -> pd.DataFrame:
    """Return one row for each detector: its scores in per cent and its time in milliseconds."""
    times = {_plain(name): value for name, value in block.get("milliseconds", {}).items()}
    rows = []
    for name, figures in detectors(block).items():
        row: dict[str, object] = {"Detector": name}
        for key, label in (
            ("f1", "F1"),
            ("precision", "Precision"),
            ("recall", "Recall"),
            ("recall_50", "Recall ≥ 50 px"),
        ):
            if key in figures:
                row[label] = 100 * figures[key]
        time = times.get("cnn") if name == "This network" else times.get(_plain(name))
        if time is not None:
            row["Time"] = time
        rows.append(row)
    return pd.DataFrame(rows)


def rotation_table(block: Block) -> dict[str, dict[int, float]]:
    """Return for each detector its recall by the angle in degrees by which the photos were rotated."""
    found = {
        name: {int(angle): row["recall"] for angle, row in figures.get("rotations", {}).items() if "recall" in row}
        for name, figures in detectors(block).items()
    }
    return {name: dict(sorted(by_angle.items())) for name, by_angle in found.items() if by_angle}


def _plain(name: str) -> str:
    """ "Haar cascade (alt2)", "haar_alt2" and "haar alt2" are the same detector."""
    return "".join(letter for letter in name.lower().replace("cascade", "") if letter.isalnum())
