"""What a network that reads expressions mistakes, when it does, and what people say of it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard.app_pages.networks import charts
from dashboard.app_pages.networks.parts import PER_CENT, read
from dashboard.drawing.scores import Block, interval, scores
from dashboard.drawing.words import share
from dashboard.widgets.chart import draw_chart
from models import Card

CONFUSION = "confusion"


def errors(card: Card) -> None:
    """Which classes are mistaken for which."""
    block = scores(card)[1]
    matrix = block.get("confusion")
    matrix_column, class_column = st.columns([1, 1], gap="large")
    if matrix:
        with matrix_column:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.subheader("Label and answer", anchor=False, width="stretch")
                kind = st.segmented_control(
                    "Numbers",
                    ("Per cent", "Faces"),
                    default="Per cent",
                    required=True,
                    key=CONFUSION,
                    persist_state="session",
                    label_visibility="collapsed",
                    help="Percentages of each row, or numbers of faces.",
                )
            draw_chart(
                charts.confusion(matrix, card.labels, is_normalised=kind == "Per cent"),
                "confusion",
                "Confusion matrix: " + "; ".join(confusions(matrix, card.labels)),
            )
            st.markdown("Most often confused: " + "; ".join(confusions(matrix, card.labels)) + ".")
    table = class_table(block)
    if table is not None:
        with class_column:
            st.subheader("Each class", anchor=False)
            bar: dict[str, ColumnConfig | str | None] = {
                name: st.column_config.ProgressColumn(name, format="%.0f %%", min_value=0, max_value=100, width=96)
                for name in ("Precision", "Recall", "F1")
            }
            bar |= {"Class": st.column_config.TextColumn(width=76), "Faces": st.column_config.NumberColumn(width=58)}
            st.dataframe(
                table,
                hide_index=True,
                column_config=bar,
                height="content",
                row_height=48,
                key="per_class",
                alt="Precision, recall and F1 of each class",
            )
    read(
        "Each row of the matrix holds the faces with one label, each column those with one answer; the diagonal is "
        "right. Colours are shares of the row, so that rare classes can be read too. **Precision**: of the faces "
        "with this answer, how many have this label. **Recall**: of the faces with this label, how many get this "
        "answer. **F1** is high only if both are."
    )


def robustness(card: Card) -> None:
    """How the accuracy falls when faces arrive worse than in the test set."""
    rows = scores(card)[1]["robustness"]
    worst = min(rows, key=lambda row: row["accuracy"])
    st.subheader("Accuracy on changed faces", anchor=False)
    draw_chart(
        charts.conditions(rows),
        "conditions",
        "Accuracy: " + ", ".join(f"{row['label']} {share(row['accuracy'], 0)}" for row in rows),
    )
    st.markdown(f"Hardest: {worst['label'].lower()}, {share(worst['accuracy'])}.")
    st.dataframe(
        robustness_table(scores(card)[1]),
        hide_index=True,
        column_config={"Accuracy": PER_CENT, "Drop": PER_CENT, "Same answer": PER_CENT},
        height="content",
        key="robustness",
        alt="Table of the changes with accuracy, drop and share of unchanged answers",
    )
    read(
        "The same test faces, changed as photos change them: cut too wide or too narrow, tilted, blurred, dark, partly "
        "hidden. **Drop** is how much accuracy that costs; **same answer** the share of faces that keep their answer, "
        "right or wrong."
    )


def voters(card: Card) -> None:
    """What ten people said about the same faces."""
    block = scores(card)[1]["voters"]
    said_column, class_column = st.columns([3, 2], gap="large")
    with said_column:
        st.subheader("What ten people say", anchor=False)
        st.markdown("\n".join(f"- {line}" for line in voter_sentences(block)))
    agreement = {
        name.capitalize(): row["label_and_crowd"]
        for name, row in block.get("per_class", {}).items()
        if row.get("label_and_crowd") is not None
    }
    if agreement:
        with class_column:
            st.subheader("Labels that the crowd confirms", anchor=False)
            draw_chart(
                charts.bars(agreement),
                "agreement",
                "Share of each label that the voters confirm: "
                + ", ".join(f"{name} {share(value, 0)}" for name, value in agreement.items()),
            )
    read(
        "FER+ asked ten people what each face of FER2013 shows (Barsoum et al. 2016, arXiv:1608.01041). They often "
        "disagree with FER2013's own label, and with each other. So a network that agreed with every label would have "
        "learned its mistakes as well, and nothing honest gets near 100 %."
    )


def class_table(block: Block) -> pd.DataFrame | None:
    """Return precision, recall and F1 of each class in per cent, with its number of faces."""
    rows = [
        {
            "Class": name.capitalize(),
            "Precision": 100 * row["precision"],
            "Recall": 100 * row["recall"],
            "F1": 100 * row["f1"],
            "Faces" if "faces" in row else "Pictures": row.get("faces", row.get("pictures")),
        }
        for name, row in block.get("per_class", {}).items()
    ]
    return pd.DataFrame(rows) if rows else None


def confusions(matrix: Sequence[Sequence[int]], labels: Sequence[str]) -> list[str]:
    """Say which three labels are most often answered as which other class, the largest share of a row first."""
    pairs = [
        (count / total, labels[label], labels[answer])
        for label, row in enumerate(matrix)
        for answer, count in enumerate(row)
        if answer != label and (total := sum(row))
    ]
    worst = sorted(pairs, reverse=True)[:3]
    return [f"{share(part, 0)} of “{label}” is read as “{answer}”" for part, label, answer in worst if part]


def robustness_table(block: Block) -> pd.DataFrame | None:
    """Return one row for each way in which the faces were changed."""
    rows = [
        {
            "Change": row["label"],
            "What was done": row.get("description", ""),
            "Accuracy": 100 * row["accuracy"],
            "Drop": 100 * row["drop"] if "drop" in row else None,
            "Same answer": 100 * row["same_answer"] if "same_answer" in row else None,
        }
        for row in block.get("robustness", [])
    ]
    return pd.DataFrame(rows) if rows else None


def voter_sentences(voters: Block) -> list[str]:
    """Say in plain words what ten people's votes tell about the network and about the labels."""
    said = []
    if decided := _told(voters, "decided", "label_and_crowd", "network_and_crowd"):
        said.append(
            f"On {decided['faces']:,} of {voters['faces']:,} faces the voters' most frequent choice is one of the "
            f"seven classes. There the label says the same as the crowd on {share(decided['label_and_crowd'], 0)} of "
            f"the faces, the network on {share(decided['network_and_crowd'], 0)}."
        )
    if clear := _told(voters, "clear", "network_and_crowd"):
        crowd = clear["network_and_crowd"]
        said.append(
            f"Where at least five of the ten agree ({clear['faces']:,} faces), the network answers as they do on "
            f"{share(crowd['accuracy'])} of the faces ({interval(crowd)})."
        )
    if sides := _told(voters, "sides", "with_label", "with_crowd", "with_neither"):
        said.append(
            f"Where label and crowd differ ({sides['faces']:,} faces), the network sides with the label on "
            f"{share(sides['with_label'], 0)}, with the crowd on {share(sides['with_crowd'], 0)}, and with neither on "
            f"{share(sides['with_neither'], 0)}."
        )
    if errors := _told(voters, "errors", "crowd_with_network", "crowd_with_label"):
        said.append(
            f"Of its {errors['faces']:,} “errors”, {share(errors['crowd_with_network'], 0)} are what the crowd says as "
            "well: there the label is more likely to be wrong than the network. In "
            f"{share(errors['crowd_with_label'], 0)} the crowd confirms the label."
        )
    if "undecided" in voters and "outside" in voters:
        said.append(
            f"On {share(voters['undecided'], 0)} of the faces two choices are level, and on "
            f"{share(voters['outside'], 0)} the crowd chooses something else, such as contempt or “no face”."
        )
    return said


def _told(block: Block, key: str, *needed: str) -> Block | None:
    """Return a part of a block if it has every figure that a sentence needs."""
    part = block.get(key) or {}
    return part if part.get("faces") and all(part.get(name) is not None for name in needed) else None
