"""What the faces are that expression networks learn from, where the operator points the app at them."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.networks import charts, dataset, results
from dashboard.app_pages.networks.averages import average_faces
from dashboard.app_pages.networks.dataset import DataError, FaceSet, Source
from dashboard.app_pages.networks.parts import read
from dashboard.drawing.words import share, time_left
from dashboard.services import networks
from dashboard.services.runs import Run, wait_for
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.gallery import Tile, gallery
from models import Card

USAGE = "usage"
DUPLICATES_PAGE = "duplicates_page"
SHUFFLES = "shuffles"

T = TypeVar("T")

GROUPS_A_PAGE = 8
RANDOM_FACES = 12
DISPUTED_FACES = 24


def explore(card: Card) -> None:
    """Show what the faces are that expression networks learn from and are judged by."""
    found = chosen_faces()
    if found is None:
        _shipped_averages()
        return
    source, usage, faces = found
    total = len(faces.faces)
    names = [name.capitalize() for name in faces.labels]
    balance_column, words_column = st.columns([3, 2], gap="large")
    with balance_column:
        st.subheader("Faces of each class", anchor=False)
        draw_chart(
            charts.bars(dict(zip(names, faces.counts, strict=True)), "count"),
            "balance",
            "Faces of each class: " + ", ".join(map("{} {:,}".format, names, faces.counts)),
        )
    with words_column:
        st.subheader(f"{total:,} faces", anchor=False)
        st.markdown("\n".join(f"- {line}" for line in _facts(faces, source, usage)))
    average_faces(dict(zip(faces.labels, zip(faces.averages, faces.counts, strict=True), strict=True)))
    _random_faces(faces)
    _duplicates(faces)
    _noise(faces)
    read(
        "The balance shows what a network sees often and what rarely. The average of thousands of faces shows nobody, "
        "but what its class has in common. Identical pictures with different labels can't both be right. Where ten "
        "voters see something else, the label may be wrong, or the face may show no clear expression."
    )


# The operator's file -------------------------------------------------------------------------------------------------


def chosen_faces() -> tuple[Source, str, FaceSet] | None:
    """Draw the picker of a part and return the faces; without any it says how they come here."""
    try:
        source = dataset.find_source()
    except DataError as error:
        st.error(f"{error} Correct the setting and start the app again.", icon=":material/folder_off:")
        return None
    if source is None:
        _how_to_point()
        return None
    usage = dataset.PARTS[0]
    if source.usages:
        usage = st.segmented_control(
            "Part",
            source.usages,
            default=usage,
            required=True,
            key=USAGE,
            persist_state="session",
            help="No network was trained on PublicTest; every one has seen most of Training.",
        )
    run = wait_for(results.reading(source, usage), lambda run: progress(run, f"Reading {source.path.name}"))
    if run.result is None:
        st.error(f"{run.error} Correct the file or the setting.", icon=":material/folder_off:")
        return None
    return source, usage, run.result


def _how_to_point() -> None:
    st.markdown(
        "The faces of FER2013 belong to their own licence and are not part of this app. Whoever runs the app can "
        "point it to a copy of `fer2013.csv`, or at a prepared `.npz` file:"
    )
    st.code(f"{dataset.VARIABLE}=/path/to/fer2013.csv make run", language=None, wrap_lines=True)
    st.markdown(
        "The file is read into memory; nothing is written anywhere. Every visitor of the app can then look "
        "at its faces, so set it on a machine of your own. Visitors can't choose files on the server."
    )


def _shipped_averages() -> None:
    shipped = networks.average_faces()
    if shipped:
        average_faces(shipped)
        st.caption("An average of hundreds or thousands of training faces, so it shows nobody in particular.")


def progress(run: Run[T], words: str) -> str:
    """Say how far a shared run is."""
    if not run.total:
        return f"{words}… {run.age:.0f} s"
    return f"{words}: {run.done:,} of {run.total:,}{time_left(run.seconds_left)}"


# The explorer --------------------------------------------------------------------------------------------------------


def _facts(faces: FaceSet, source: Source, usage: str) -> list[str]:
    most, least = int(np.argmax(faces.counts)), int(np.argmin(faces.counts))
    repeated = sum(len(group.positions) - 1 for group in faces.groups)
    conflicts = sum(group.is_conflict for group in faces.groups)
    part = f"{usage} of {source.path.name}" if source.usages else source.path.name
    said = [
        f"From {part}.",
        f"The most common class, {faces.labels[most]}, has {faces.counts[most] / max(faces.counts[least], 1):.0f} "
        f"times as many faces as the rarest, {faces.labels[least]}.",
        f"Faces that repeat a picture of this part: {repeated:,}. Groups of identical pictures with different labels: "
        f"{conflicts:,}.",
    ]
    if faces.repeated:
        said.append(f"Pictures that are also in Training: {faces.repeated:,}.")
    if faces.blank:
        said.append(f"Pictures that are all black: {faces.blank:,}.")
    if faces.crowd is None:
        said.append(
            "This file holds no votes, so label noise can't be shown. A prepared file with FER+ votes shows it."
        )
    return said


def _random_faces(faces: FaceSet) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader("Faces drawn at random", anchor=False, width="stretch")
        st.button("Draw others", key="shuffle", icon=":material/shuffle:", on_click=_shuffle)
    for index, name in enumerate(faces.labels):
        positions = dataset.random_faces(faces, index, RANDOM_FACES, st.session_state.get(SHUFFLES, 0))
        if len(positions):
            st.caption(name.capitalize())
            gallery(
                [Tile(faces.faces.images[at], words_of(faces, int(at))) for at in positions],
                key=f"random_{name}",
                alt=f"Random faces labelled {name}",
                width=64,
            )


def _shuffle() -> None:
    st.session_state[SHUFFLES] = st.session_state.get(SHUFFLES, 0) + 1


def _duplicates(faces: FaceSet) -> None:
    st.subheader("Identical pictures", anchor=False)
    if not faces.groups:
        st.markdown("Every picture stands here once.")
        return
    conflicts = sum(group.is_conflict for group in faces.groups)
    st.markdown(f"Groups: {len(faces.groups):,}. With different labels, shown first: {conflicts:,}.")
    page = choose_page(DUPLICATES_PAGE, len(faces.groups), GROUPS_A_PAGE)
    groups = faces.groups[page * GROUPS_A_PAGE : (page + 1) * GROUPS_A_PAGE]
    gallery(
        [
            Tile(
                faces.faces.images[group.positions[0]],
                f"Rows {', '.join(str(int(faces.faces.rows[at])) for at in group.positions)}",
                f"{len(group.positions)}× {', '.join(dict.fromkeys(map(faces.label, group.positions)))}",
            )
            for group in groups
        ],
        key="duplicates",
        alt=f"{len(groups)} groups of identical pictures with their labels",
        width=100,
    )


def _noise(faces: FaceSet) -> None:
    if faces.crowd is None:
        return
    st.subheader("Labels against ten voters", anchor=False)
    agreement = {name.capitalize(): part for name, part in dataset.agreement(faces).items()}
    disputed = dataset.disputed(faces)
    chart_column, faces_column = st.columns([2, 3], gap="large")
    with chart_column:
        draw_chart(
            charts.bars(agreement),
            "noise",
            "Share of each label that the voters confirm: "
            + ", ".join(f"{name} {share(part, 0)}" for name, part in agreement.items()),
        )
        st.caption("Share of the faces with a label on which most voters chose the same.")
    with faces_column:
        shown = disputed[:DISPUTED_FACES]
        gallery(
            [
                Tile(
                    faces.faces.images[at],
                    words_of(faces, int(at)),
                    f"{faces.label(int(at))}; voters: {faces.crowd_says(int(at))}",
                )
                for at in shown
            ],
            key="disputed",
            alt=f"{len(shown)} faces whose label the voters reject most clearly",
            width=84,
        )
        st.caption(f"Of {len(disputed):,} faces whose voters chose something else, those with the clearest vote.")


def choose_page(key: str, count: int, each: int) -> int:
    """Draw the number of the page where there are several; return it, from 0."""
    pages = max(1, math.ceil(count / each))
    state.keep_choice(key, range(1, pages + 1), 1)
    if pages == 1:
        return 0
    return int(st.number_input(f"Page, of {pages:,}", 1, pages, 1, key=key, width=150)) - 1


def words_of(faces: FaceSet, position: int) -> str:
    crowd = faces.crowd_says(position)
    return f"Row {int(faces.faces.rows[position])}, labelled {faces.label(position)}" + (
        f", voters say {crowd}" if crowd else ""
    )
