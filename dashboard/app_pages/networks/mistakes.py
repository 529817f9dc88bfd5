"""The faces that a network misreads, where the operator points the app at the data."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.app_pages.networks import dataset, results
from dashboard.app_pages.networks.data_views import choose_page, chosen_faces, progress, words_of
from dashboard.app_pages.networks.dataset import FaceSet, Source
from dashboard.app_pages.networks.parts import read
from dashboard.drawing import figures, pictures
from dashboard.drawing.words import percent, share
from dashboard.pickers.switch import choose_from
from dashboard.services.runs import wait_for
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.gallery import Tile, gallery
from models import Card

LABELLED = "labelled"
ANSWERED = "answered"
MISTAKES_PAGE = "mistakes_page"
MISTAKE = "chosen_mistake"
FACES_A_PAGE = 48
ANY = "any"


def mistakes(card: Card) -> None:
    """Show the faces that a network misreads, the surest error first."""
    found = chosen_faces()
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
        page = choose_page(MISTAKES_PAGE, len(positions), FACES_A_PAGE)
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


def _scores(source: Source, usage: str, network_name: str) -> np.ndarray | None:
    words = f"Reading the expressions with {network_name}"
    run = wait_for(results.scoring(source, usage, network_name), lambda run: progress(run, words))
    if run.result is None:
        results.scoring.clear(source, usage, network_name)  # so that it is tried again
        st.error(f"{run.error} Choose another network, or try again.", icon=":material/error:")
        return None
    return run.result


def _choose_class(title: str, key: str, labels: list[str]) -> int | None:
    chosen = choose_from(title, key, {name: name.capitalize() for name in (ANY, *labels)})
    return None if chosen == ANY else labels.index(chosen)


def _mistake_tile(faces: FaceSet, shares: np.ndarray, position: int) -> Tile:
    row = shares[position]
    order = np.argsort(-row)
    told = "\n".join(f"{faces.labels[index].capitalize()} {percent(float(row[index]))}" for index in order)
    return Tile(
        faces.faces.images[position],
        f"{words_of(faces, position)}\n{told}",
        f"{faces.label(position)} → {faces.labels[order[0]]}",
    )


def _one_mistake(faces: FaceSet, shares: np.ndarray, position: int) -> None:
    values = dict(zip(faces.labels, shares[position].tolist(), strict=True))
    answer = max(values, key=lambda name: values[name])
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(
            pictures.enlarge(faces.faces.images[position], 288, is_smooth=False),
            width=132,
            alt=f"{words_of(faces, position)}; the network says {answer}",
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
