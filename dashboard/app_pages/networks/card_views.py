"""What the Networks page shows of a card: its head, and one tab for each thing that the card tells.

A tab whose figures a card lacks is not offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard import tasks
from dashboard.app_pages.networks import results
from dashboard.app_pages.networks.averages import averages
from dashboard.app_pages.networks.certainty import certainty, confidence
from dashboard.app_pages.networks.detectors import beside_haar, precision_and_recall
from dashboard.app_pages.networks.errors import errors, robustness, voters
from dashboard.app_pages.networks.glance import glance, glance_title
from dashboard.app_pages.networks.joints import condition_rates, distances, joints, look_sentences
from dashboard.app_pages.networks.ladder import ladder, rungs_beside
from dashboard.app_pages.networks.map_quality import map_quality, scored
from dashboard.app_pages.networks.parts import read
from dashboard.app_pages.networks.points import points, spread
from dashboard.app_pages.networks.training import training
from dashboard.drawing.scores import scores
from dashboard.drawing.tables import words
from dashboard.services import networks
from models import Card

TAB = "view"

Draw = Callable[[Card], None]


def head(card: Card) -> None:
    """Show a card's title and its summary."""
    st.header(card.title, anchor=False)
    st.markdown(tasks.of(card).summary(card))


def _key_figures(card: Card) -> None:
    found = tasks.of(card).key_figures(card)
    with st.grid(2, gap="small", min_column_width=140, key="key_figures"):
        for figure in found:
            with st.container(gap=None):
                st.metric(figure.label, figure.value, help=figure.help)
                st.caption(figure.note or "\u00a0")


def tabs(card: Card) -> dict[str, Draw]:
    """Return what draws each tab that this card has figures for, by the tab's words."""
    block, task = scores(card)[1], tasks.of(card)
    log = results.training_log(card.name)
    own: list[tuple[str, object, Draw]] = [
        ("Errors", block.get("confusion") or block.get("per_class"), errors),
        ("Points", block.get("per_point") and card.mean_shape, points),
        ("Spread", block.get("cumulative") or block.get("per_pose"), spread),
        ("Joints", block.get("per_joint") or condition_rates(block), joints),
        ("Distances", block.get("curve") or look_sentences(block), distances),
        ("Precision and recall", block.get("curve"), precision_and_recall),
        ("Beside Haar", block.get("haar"), beside_haar),
        ("Certainty", block.get("calibration"), certainty),
        ("Confidence", block.get("reliability"), confidence),
        ("Robustness", block.get("robustness"), robustness),
        ("Voters", block.get("voters"), voters),
        ("Averages", networks.average_faces(), averages),
        ("Maps", scored(card), map_quality),
    ]
    offered = [
        ("Overview", True, overview),
        *(tab for tab in own if tab[0] in task.tabs),
        ("Layers", networks.has_network(card.name), layers),
        ("Training", log is not None or card.configuration, training),
        ("Ladder", rungs_beside(card) is not None, ladder),
    ]
    return {name: draw for name, is_there, draw in offered if is_there}


def overview(card: Card) -> None:
    """How good the network is, whom it is for, and what it was made of."""
    if title := glance_title(card):
        picture_column, figures_column = st.columns([3, 2], gap="large")
        with picture_column, st.container(key="main_picture"):
            st.subheader(title, anchor=False)
            glance(card)
    with figures_column if title else st.container():
        _key_figures(card)
    for_column, against_column = st.columns(2, gap="large")
    with for_column:
        st.subheader("Made for", anchor=False)
        st.markdown(card.intended_use or "The card does not say.")
        _facts(card)
    with against_column:
        st.subheader("Not for", anchor=False)
        st.markdown(card.not_for or "The card does not say.")
        if card.limits:
            st.subheader("Where it fails", anchor=False)
            st.markdown("\n".join(f"- {line}" for line in card.limits))
    if card.command:
        st.subheader("Train it again", anchor=False)
        st.code(card.command, language=None, wrap_lines=True)
    if not tasks.is_known(card):
        _all_scores(card)
    words = "Every number here comes from the network's card, a file written by its training and one scoring run."
    read(f"{words} {tasks.of(card).card_note}")


def _facts(card: Card) -> None:
    for heading, text in facts(card):
        with st.container(gap=None):
            st.caption(heading)
            st.text(text)


def _all_scores(card: Card) -> None:
    table = all_scores(card)
    if table is not None:
        st.subheader("Scores", anchor=False)
        st.dataframe(table, hide_index=True, key="all_scores", alt=f"All scores of {card.title}")


def layers(card: Card) -> None:
    """What the network is built of."""
    with st.spinner("Listing the layers…"):
        table = networks.layers(card.name)
    convolutions = int(table["kind"].str.contains("Conv").sum())
    st.markdown(f"{len(table)} layers, {convolutions} of them convolutions, from the picture down to the answer.")
    st.dataframe(
        table,
        hide_index=True,
        column_config={
            "name": "Layer",
            "kind": "Kind",
            "output": "Output",
            "parameters": st.column_config.ProgressColumn(
                "Parameters", format="localized", min_value=0, max_value=int(table["parameters"].max()) or 1
            ),
            "sees": st.column_config.NumberColumn("Sees", format="%.0f px", width=72),
        },
        placeholder="all",
        height=520,
        key="layers",
        alt=f"Table of the {len(table)} layers with kind, output, parameters and receptive field",
    )
    read(
        "The output of a layer is height × width × channels: on the way down there are more maps, and coarser ones. "
        "**Sees** is how large a square of the picture one number of a layer depends on (its receptive field): early "
        "layers see a few pixels, late ones most of the picture. A layer without parameters only rearranges or clips "
        "numbers."
    )


def facts(card: Card) -> list[tuple[str, str]]:
    """Return what a card says of data, split and making, as pairs of a heading and its text."""
    counts = [
        f"{value:,} {words(key).lower()}"
        for key, value in card.data.items()
        if isinstance(value, int) and not isinstance(value, bool)
    ]
    told = [
        ("Data", "; ".join([str(card.data["name"]), *counts]) if "name" in card.data else ""),
        ("Licence of the data", card.data.get("licence", "")),
        ("Split", card.split),
        ("Input", _input(card.input_shape)),
    ]
    return [(heading, text) for heading, text in told if text]


def _input(shape: Sequence[int | None]) -> str:
    colours = {1: "grey", 3: "colour"}.get(shape[-1] or 0, "")
    size = "any number of" if None in shape[:-1] else "×".join(map(str, shape[:-1]))
    return f"{size} {colours} pixels"


def all_scores(card: Card) -> pd.DataFrame | None:
    """Return every single number of a card's scores, for a task that this page has no pictures for."""
    rows = [
        {"Set": words(name), "Score": label, "Value": value}
        for name, block in card.metrics.items()
        for label, value in _numbers(block)
    ]
    return pd.DataFrame(rows) if rows else None


def _numbers(block: object, path: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(block, Mapping):
        for key, value in block.items():
            yield from _numbers(value, f"{path}, {words(key).lower()}" if path else words(str(key)))
    elif isinstance(block, int | float) and not isinstance(block, bool):
        yield path, float(block)
