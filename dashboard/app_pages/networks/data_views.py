"""The data explorer and the browser of misclassified faces, where the operator points the app at the data."""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
import streamlit as st

from dashboard import state, tasks
from dashboard.app_pages.networks import charts, dataset, results
from dashboard.app_pages.networks.averages import average_faces
from dashboard.app_pages.networks.card_views import Draw
from dashboard.app_pages.networks.dataset import DataError, FaceSet, Source
from dashboard.app_pages.networks.parts import read
from dashboard.drawing import figures, pictures
from dashboard.drawing.words import percent, share, time_left
from dashboard.services import networks
from dashboard.services.runs import Run, wait_for
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.gallery import Tile, gallery
from models import Card

USAGE = "usage"
LABELLED = "labelled"
ANSWERED = "answered"
MISTAKES_PAGE = "mistakes_page"
DUPLICATES_PAGE = "duplicates_page"
SHUFFLES = "shuffles"
MISTAKE = "chosen_mistake"

T = TypeVar("T")

FACES_A_PAGE = 48
GROUPS_A_PAGE = 8
RANDOM_FACES = 12
DISPUTED_FACES = 24
ANY = "any"


def tabs(card: Card) -> dict[str, Draw]:
    """Return what draws each tab on the faces that a network of this kind is tested on, by the tab's words."""
    found: dict[str, Draw] = {"Data": explore, "Mistakes": mistakes}
    return {name: draw for name, draw in found.items() if name in tasks.of(card).tabs}


def explore(card: Card) -> None:
    """Show what the faces are that expression networks learn from and are judged by."""
    found = _faces()
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


def mistakes(card: Card) -> None:
    """Show the faces that a network misreads, the surest error first."""
    found = _faces()
    if found is None:
        return
    source, usage, faces = found
    shares = _scores(source, usage, card.name)
    if shares is None:
        return
    labels = list(faces.labels)
    wrong = int((shares.argmax(axis=1) != faces.faces.labels).sum())
    with st.grid(4, gap="small", min_column_width=150):
        label = _choose_class("Label", LABELLED, labels)
        answer = _choose_class("Answer", ANSWERED, labels)
        positions = dataset.mistakes(faces, shares, label, answer)
        page = _choose_page(MISTAKES_PAGE, len(positions), FACES_A_PAGE)
    st.markdown(
        f"{wrong:,} of {len(shares):,} faces are misread ({share(wrong / len(shares))}); {len(positions):,} of "
        "them fit the choice, the surest error first."
    )
    if not len(positions):
        st.info("No misread face matches. Choose another label or answer.", icon=":material/info:")
        return
    shown = positions[page * FACES_A_PAGE : (page + 1) * FACES_A_PAGE]
    chosen = st.session_state.get(MISTAKE)
    index = shown.tolist().index(chosen) if chosen in shown.tolist() else 0
    wall_column, face_column = st.columns([3, 2], gap="large")
    with wall_column:
        gallery(
            [_mistake_tile(faces, shares, int(position)) for position in shown],
            key="mistakes",
            alt=f"{len(shown)} misread faces",
            width=76,
            on_pick=lambda picked: st.session_state.update({MISTAKE: int(shown[picked])}),
            chosen=index,
        )
    with face_column:
        _one_mistake(faces, shares, int(shown[index]))
    read(
        "Below each face stand its label and the answer. Point at a face to see all probabilities; click to enlarge "
        "it. The first faces are those where the network is surest and the label says something else. Often it is the "
        "label that is wrong."
    )


# The operator's file -------------------------------------------------------------------------------------------------


def _faces() -> tuple[Source, str, FaceSet] | None:
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
    run = wait_for(results.reading(source, usage), lambda run: _progress(run, f"Reading {source.path.name}"))
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


def _scores(source: Source, usage: str, network_name: str) -> np.ndarray | None:
    words = f"Reading the expressions with {network_name}"
    run = wait_for(results.scoring(source, usage, network_name), lambda run: _progress(run, words))
    if run.result is None:
        results.scoring.clear(source, usage, network_name)  # so that it is tried again
        st.error(f"{run.error} Choose another network, or try again.", icon=":material/error:")
        return None
    return run.result


def _progress(run: Run[T], words: str) -> str:
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
                [Tile(faces.faces.images[at], _words(faces, int(at))) for at in positions],
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
    page = _choose_page(DUPLICATES_PAGE, len(faces.groups), GROUPS_A_PAGE)
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
                    _words(faces, int(at)),
                    f"{faces.label(int(at))}; voters: {faces.crowd_says(int(at))}",
                )
                for at in shown
            ],
            key="disputed",
            alt=f"{len(shown)} faces whose label the voters reject most clearly",
            width=84,
        )
        st.caption(f"Of {len(disputed):,} faces whose voters chose something else, those with the clearest vote.")


# The mistakes --------------------------------------------------------------------------------------------------------


def _choose_class(title: str, key: str, labels: list[str]) -> int | None:
    options = [ANY, *labels]
    state.keep_choice(key, options, ANY)
    chosen = st.selectbox(title, options, format_func=str.capitalize, key=key, bind="query-params")
    return None if chosen == ANY else labels.index(chosen)


def _choose_page(key: str, count: int, each: int) -> int:
    """Draw the number of the page where there are several; return it, from 0."""
    pages = max(1, math.ceil(count / each))
    state.keep_choice(key, range(1, pages + 1), 1)
    if pages == 1:
        return 0
    return int(st.number_input(f"Page, of {pages:,}", 1, pages, 1, key=key, width=150)) - 1


def _mistake_tile(faces: FaceSet, shares: np.ndarray, position: int) -> Tile:
    row = shares[position]
    order = np.argsort(-row)
    told = "\n".join(f"{faces.labels[index].capitalize()} {percent(float(row[index]))}" for index in order)
    return Tile(
        faces.faces.images[position],
        f"{_words(faces, position)}\n{told}",
        f"{faces.label(position)} → {faces.labels[order[0]]}",
    )


def _words(faces: FaceSet, position: int) -> str:
    crowd = faces.crowd_says(position)
    return f"Row {int(faces.faces.rows[position])}, labelled {faces.label(position)}" + (
        f", voters say {crowd}" if crowd else ""
    )


def _one_mistake(faces: FaceSet, shares: np.ndarray, position: int) -> None:
    values = dict(zip(faces.labels, shares[position].tolist(), strict=True))
    answer = max(values, key=lambda name: values[name])
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(
            pictures.enlarge(faces.faces.images[position], 288, is_smooth=False),
            width=132,
            alt=f"{_words(faces, position)}; the network says {answer}",
        )
        with st.container(gap="xxsmall", width="stretch"):
            st.caption(f"Row {int(faces.faces.rows[position])}")
            st.markdown(f"Labelled **{faces.label(position)}**, answered **{answer}**.")
            if faces.faces.votes is not None:
                st.caption(f"Votes: {_votes(faces.faces.votes[position])}")
    draw_chart(
        figures.probabilities(values, answer),
        "mistake_probabilities",
        "Probabilities: " + ", ".join(f"{name} {percent(part)}" for name, part in values.items()),
    )


def _votes(votes: np.ndarray) -> str:
    order = np.argsort(-votes.astype(int), kind="stable")
    return ", ".join(f"{dataset.VOTES[index]} {votes[index]}" for index in order if votes[index]) or "none"
