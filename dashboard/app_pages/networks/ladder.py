"""The networks of one kind beside each other, from the simplest to the best."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from dashboard import tasks
from dashboard.app_pages.networks import ladder_charts, results
from dashboard.app_pages.networks.errors import class_table
from dashboard.app_pages.networks.parts import PER_CENT, read
from dashboard.drawing.scores import Block, interval, scores
from dashboard.drawing.words import share
from dashboard.services import networks
from dashboard.widgets.chart import draw_chart
from models import Card


def ladder(card: Card) -> None:
    """The networks of one task beside each other, from the simplest to the best."""
    table = rungs_beside(card)
    if table is None:
        return
    axes = [("parameters", "Parameters"), ("batch_1", "Time for one face")]
    shown = [(column, title) for column, title in axes if (table[column] > 0).sum() > 1]
    for place, (column, title) in zip(st.columns(2, gap="large"), shown, strict=False):
        with place:
            st.subheader(f"Accuracy against {title.split()[0].lower()}", anchor=False)
            draw_chart(
                ladder_charts.ladder(table, column, title, card.name),
                f"ladder_{column}",
                f"Accuracy of {len(table)} networks against {title.lower()}",
            )
    _rung_table(table, card.name)
    if small := tasks.of(card).small_tables:
        _small_tasks(*map(results.table, small))
    read(
        "From bottom to top: what the simplest answer scores, and what more parameters and better training add. All "
        "were trained on the same faces and tested on the same others. The thin lines are 95 % intervals; both axes "
        "of cost are logarithmic: each step to the right multiplies."
    )


def rungs_beside(card: Card) -> pd.DataFrame | None:
    """Return `rungs` of the networks that a card stands beside; None where there is no other."""
    table = tasks.of(card).ladder_table
    return rungs(results.table(table) if table else None, tasks.alike(card, networks.cards().values()))


def _small_tasks(happy_sad: Block | None, five: Block | None) -> None:
    said = small_task_sentences(happy_sad, five)
    if not said:
        return
    st.subheader("Two smaller tasks" if len(said) > 1 else "A smaller task", anchor=False)
    st.markdown("\n".join(f"- {line}" for line in said))
    left, right = st.columns(2, gap="large")
    rounds = fold_accuracies(happy_sad)
    if happy_sad and rounds:
        with left:
            draw_chart(
                ladder_charts.folds(rounds, happy_sad["accuracy"]["mean"], happy_sad["majority"]),
                "folds",
                f"Accuracy of {sum(map(len, rounds.values()))} folds, from "
                f"{share(min(map(min, rounds.values())))} to {share(max(map(max, rounds.values())))}",
            )
            _made_by(happy_sad)
    block = (five or {}).get("public_test") or (five or {}).get("validation") or {}
    table = class_table(block)
    if five and table is not None:
        with right:
            st.dataframe(
                table,
                hide_index=True,
                column_config=dict.fromkeys(("Precision", "Recall", "F1"), PER_CENT),
                height="content",
                key="five_classes",
                alt=f"Precision, recall and F1 of each of {len(table)} classes",
            )
            _made_by(five)


def _made_by(table: Block) -> None:
    length = epochs_of(table)
    short = f" Trained for {length} only, so more is in it." if length else ""
    st.caption(f"{table.get('note', '')}{short}")
    st.code(table["command"], language=None, wrap_lines=True)


def _rung_table(table: pd.DataFrame, chosen: str) -> None:
    shown = table.assign(
        accuracy=100 * table["accuracy"].astype(float),
        interval=[
            f"{100 * low:.1f} to {100 * high:.1f} %" if low == low and low is not None else ""
            for low, high in zip(table["low"], table["high"], strict=True)
        ],
        macro_f1=100 * table["macro_f1"].astype(float),
        calibration_error=100 * table["calibration_error"].astype(float),
        here=table["name"] == chosen,
    )
    config: dict[str, ColumnConfig | str | None] = {
        "here": st.column_config.CheckboxColumn("Shown"),
        "name": "Network",
        "title": st.column_config.TextColumn("What it is", width="medium"),
        "parameters": st.column_config.NumberColumn("Parameters", format="localized"),
        "accuracy": st.column_config.NumberColumn("Accuracy", format="%.1f %%"),
        "interval": "95 % interval",
        "macro_f1": st.column_config.NumberColumn("Macro F1", format="%.1f %%"),
        "calibration_error": st.column_config.NumberColumn("Calibration error", format="%.1f %%"),
        "batch_1": st.column_config.NumberColumn("One face", format="%.1f ms"),
        "batch_32": st.column_config.NumberColumn("Each of 32", format="%.1f ms"),
    }
    kept = [name for name in config if shown[name].notna().any() and (shown[name].astype(str) != "").any()]
    st.dataframe(
        shown[kept],
        hide_index=True,
        column_config=config,
        placeholder="–",
        key="rungs",
        alt="Table of the networks of this task",
    )


def rungs(table: Block | None, cards: Iterable[Card]) -> pd.DataFrame | None:
    """Return the networks of one kind from the smallest to the best; without a table the cards are compared.

    Returns:
        Columns name, title, parameters, size_bytes, accuracy, low, high, macro_f1, calibration_error, batch_1, batch_32
        (milliseconds); None where there are fewer than two networks.
    """
    if table and table.get("rungs"):
        rows = [_rung(row, row.get("seconds_a_face"), 1000) for row in table["rungs"]]
    else:
        rows = [_card_rung(card) for card in cards]
        rows.sort(key=lambda row: row["accuracy"] or 0)
    return pd.DataFrame(rows) if len(rows) > 1 else None


def _card_rung(card: Card) -> Block:
    block = scores(card)[1]
    error = block.get("calibration", {}).get("expected_calibration_error")
    told = {
        **block,
        "name": card.name,
        "title": card.title,
        "parameters": card.parameters,
        "size_bytes": card.size_bytes,
        "expected_calibration_error": error,
    }
    return _rung(told, block.get("milliseconds_a_face"), 1)


def _rung(row: Block, times: Block | None, milliseconds_each: float) -> Block:
    low, high = row.get("interval") or (None, None)
    return {
        "name": row["name"],
        "title": row["title"],
        "parameters": row.get("parameters") or 0,
        "size_bytes": row.get("size_bytes"),
        "accuracy": row.get("accuracy", row.get("f1")),
        "low": low,
        "high": high,
        "macro_f1": row.get("macro_f1"),
        "calibration_error": row.get("expected_calibration_error"),
        **{key: times[key] * milliseconds_each if times and key in times else None for key in ("batch_1", "batch_32")},
    }


def small_task_sentences(happy_sad: Block | None, five: Block | None) -> list[str]:
    """Say how the smaller tasks of the ladder came out; one sentence for each that there is."""
    said = []
    if happy_sad:
        accuracy, folds, repeats = happy_sad["accuracy"], happy_sad["folds"], happy_sad["repeats"]
        often = "once" if repeats == 1 else f"{repeats} times over"
        said.append(
            f"**{' against '.join(happy_sad['classes']).capitalize()}**, {folds}-fold cross-validation, "
            f"{often}: {share(accuracy['mean'])} ± {share(accuracy['deviation'])} of "
            f"{happy_sad['faces']:,} faces right (mean and deviation over the folds); always giving the more common "
            f"class would get {share(happy_sad['majority'])}."
        )
    if five:
        block = five.get("public_test") or five.get("validation") or {}
        if block:
            said.append(
                f"**{len(five['classes'])} classes**, without {' and '.join(five['left_out'])}: "
                f"{share(block['accuracy'])} ({interval(block)}) of {block['faces']:,} faces right; always giving the "
                f"most common class would get {share(five['majority'])}."
            )
    return said


def fold_accuracies(table: Block | None) -> dict[str, list[float]]:
    """Return the accuracy of every fold of a cross-validation, by the words for its repeat."""
    found: dict[str, list[float]] = {}
    for row in (table or {}).get("rows", []):
        found.setdefault(f"Round {row['repeat']}", []).append(row["accuracy"])
    return found


def epochs_of(table: Block) -> str:
    """Say how long a smaller task's networks were trained, where the command shortened it: "8 epochs"; else ""."""
    words_of_command = str(table.get("command", "")).split()
    if "--epochs" not in words_of_command:
        return ""
    return f"{words_of_command[words_of_command.index('--epochs') + 1]} epochs"
