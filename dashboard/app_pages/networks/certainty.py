"""Whether a network's own doubts can be believed."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import tasks
from dashboard.app_pages.networks import charts
from dashboard.app_pages.networks.parts import read
from dashboard.drawing.scores import Block, interval, scores
from dashboard.drawing.words import percent, share
from dashboard.widgets.chart import draw_chart
from models import Card


def certainty(card: Card) -> None:
    """Whether the stated probabilities can be believed."""
    block = scores(card)[1]
    calibration = block["calibration"]
    error = calibration["expected_calibration_error"]
    with _stated_and_true(calibration, f"of {len(calibration['bins'])} bins"):
        st.markdown(
            f"On average the probability it gives is off by {share(error)} (expected calibration error, "
            f"{len(calibration['bins'])} bins)."
        )
        named = block.get("named")
        if named and "uncertain" in card.thresholds:
            st.markdown(
                f"Under {percent(card.thresholds['uncertain'])} we say “uncertain”. It gave an answer for "
                f"{share(named['share'], 0)} of the faces; {share(named['accuracy'])} of those were right "
                f"({interval(named)})."
            )
        if card.temperature is not None:
            st.markdown(
                f"Its scores were divided by a temperature of {card.temperature:.2f}, chosen on validation faces."
            )
    read(
        "All test faces are sorted by the probability of the network's answer and put into bins. A point on the dotted "
        "line is honest: of the answers stated with 70 %, 70 % are right. Below the line the network is too sure of "
        "itself, above it, too modest. The bars say how many faces a bin holds; a bin of few faces is mostly chance."
    )


def confidence(card: Card) -> None:
    """Whether the confidence of the points, or of the joints, can be believed."""
    block = scores(card)[1]
    reliability = block["reliability"]
    error = reliability["expected_calibration_error"]
    task = tasks.of(card)
    what = task.landmark
    with _stated_and_true(reliability, f"of the {what}s' confidence"):
        st.markdown(f"On average the stated confidence of a {what} is off by {share(error)}.")
        if block.get("hidden"):
            st.markdown(hidden_sentence(block["hidden"]))
        if {"drawn", "sure"} <= set(card.thresholds):
            st.markdown(drawing_sentence(card.thresholds))
    read(
        f"With each {what} the network states how sure it is that it lies close to the right place. All {what}s of the "
        f"{task.scored} are sorted by that confidence and cut into bins; on the "
        f"dotted line, of the {what}s stated with 70 %, 70 % are right. {task.confidence_note}"
    )


def _stated_and_true(found: Block, of: str) -> DeltaGenerator:
    """Draw the reliability curve, and return the place for the words beside it."""
    chart_column, words_column = st.columns([3, 2], gap="large")
    error = found["expected_calibration_error"]
    with chart_column:
        st.subheader("Stated and true", anchor=False)
        alt = f"Reliability curve {of}; expected calibration error {share(error)}"
        draw_chart(charts.reliability(found["bins"]), "reliability", alt)
    words_column.subheader("Can it be believed?", anchor=False)
    return words_column


def drawing_sentence(thresholds: Mapping[str, float]) -> str:
    """Say from which confidence on a joint is drawn, and how: thresholds "drawn" and "sure", 0 … 1."""
    drawn, sure = percent(thresholds["drawn"]), percent(thresholds["sure"])
    if thresholds["sure"] >= 1:
        return f"Below {drawn} a joint isn't drawn; above, it is drawn hollow, as no confidence says that it is right."
    return f"Below {drawn} a joint isn't drawn, below {sure} it is hollow and its bones are dashed."


def hidden_sentence(hidden: Block) -> str:
    """Say what covering a part of the face does to the confidence of its points."""
    return (
        f"Where a part of the face is covered, the confidence of its points falls from "
        f"{share(hidden['confidence_before'], 0)} to {share(hidden['confidence_hidden'], 0)} on average; it falls on "
        f"{share(hidden['share_lower'])} of the faces."
    )
