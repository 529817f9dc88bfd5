"""A page's head and what the page looks at: photo, face or person, network."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.drawing import pictures
from dashboard.pickers.by_hand import add_drawn, enter_box, ways_without_face
from dashboard.pickers.detector import chosen_detector, offer_detectors
from dashboard.pickers.network import await_network, choose_network, expression_networks, known_networks
from dashboard.pickers.person import choose_person, chosen_person
from dashboard.pickers.photo import back_to_sample
from dashboard.services import networks, photos
from dashboard.subject import DEFAULT_NETWORK, Photo, Subject
from dashboard.tasks import POSE_TASK, inputs
from dashboard.tasks.inputs import View
from dashboard.widgets.picture import BoxPen, picture_with

READERS = (DEFAULT_NETWORK, "keypoints")
"""The networks that every photo's analysis needs."""
HEAD_WIDTH = 512
"""Pixels of a page's title and question; on a screen without room for more the pickers go below."""
FACES_IN_A_ROW = 8
"""More faces than that are chosen from a list."""


def open_page(title: str, question: str, *, every_task: bool = False, needs_face: bool = True) -> Subject:
    """Draws the page's head and returns what the page looks at.

    A page that `needs_face` ends here on a photo without one, with a way forward.

    Args:
        title: str, the page's title.
        question: str, the question it answers.
        every_task: bool, whether networks can be chosen that don't read expressions. Defaults to no.
        needs_face: bool, whether the page is about a face. Defaults to yes.
    """
    slot = page_head(title, question)
    _require_networks()
    with slot:
        network_name = choose_network(known_networks() if every_task else expression_networks())
    photo: Photo = st.session_state[state.PHOTO]
    image = _decoded(photo)
    detector = chosen_detector()
    reader = st.session_state[state.EXPRESSION_NETWORK]
    if reader != DEFAULT_NETWORK:
        await_network(reader)
    with st.skeleton(height=480):
        broken = networks.first_broken(_readers(detector))
        analysis: Any = None if broken else photos.analysis(photo, detector, state.by_hand(photo), reader)
    if broken:
        _say_broken(broken)
    has_people = networks.cards()[network_name].task == POSE_TASK and bool(analysis.people)
    if not analysis.faces and needs_face and not has_people:
        _no_face(photo, image, detector)
        st.stop()
    with slot:
        subject = Subject(photo, image, analysis, _choose_face(len(analysis.faces)), network_name)
        if not has_people:
            return subject
        has_strangers = any(person.face is None for person in analysis.people)
        person = choose_person(subject, width=260) if has_strangers else chosen_person(subject)
    return replace(subject, person=person, people_by_hand=state.by_hand(photo).people)


def open_film_page(title: str, question: str) -> str:
    """Draws the head of a page that looks at films and not at the photo; returns the network that reads expressions."""
    slot = page_head(title, question)
    _require_networks()
    with slot:
        return choose_network(expression_networks())


def look_through(subject: Subject) -> View:
    """Returns what the chosen network is shown; where there is nothing, says so and stops."""
    try:
        return inputs.view(subject, subject.network_name)
    except inputs.NoInputError as error:
        st.info(f"{error} Choose another photo, or another network above.", icon=":material/person_off:")
        st.stop()


def page_head(title: str, question: str) -> Any:
    """Draws a page's title and the question it answers; returns the place beside them for its pickers."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small"):
        with st.container(gap="xxsmall", width=HEAD_WIDTH):
            st.title(title, anchor=False)
            st.markdown(question)
        return st.container(horizontal=True, vertical_alignment="bottom", gap="small", width="content")


def _require_networks() -> None:
    """Says so and stops where a network or a card is missing without which no photo is read."""
    for name in READERS:
        words = ""
        if not networks.has_network(name):
            words = f"is missing on this server: its file {name}.keras belongs into models/weights"
        elif name not in networks.cards():
            words = f"lacks its card on this server: {name}.json is missing in models/weights, or can't be read"
        if words:
            st.error(f"The network “{name}” {words}.", icon=":material/error:")
            st.stop()


def _readers(detector: str) -> list[str]:
    """Returns the networks that the analysis of a photo asks, those that every one needs before the others."""
    others = (networks.DETECTOR_NETWORKS.get(detector, ""), "pose")
    return [*READERS, *(name for name in others if networks.has_network(name))]


def _say_broken(name: str) -> None:
    """Says that a network that every photo needs can't be read, offers another detector if it is that, and stops."""
    st.error(
        f"The network “{name}” can't be read on this server, and photos are read with it: its file {name}.keras is "
        "broken, or made by another version.",
        icon=":material/error:",
    )
    if name in networks.DETECTOR_NETWORKS.values():
        offer_detectors(chosen_detector())
    st.stop()


def _decoded(photo: Photo) -> np.ndarray:
    from models import ImageError

    try:
        return photos.image(photo)
    except ImageError as error:
        st.error(str(error), title="This file can't be used as a photo", icon=":material/broken_image:")
        st.markdown("Choose another file on the left: a JPEG, PNG, WebP, BMP, GIF or TIFF. Or look at a sample first.")
        st.button("Show the sample photo", on_click=back_to_sample, key="back_to_sample", icon=":material/image:")
        st.stop()


def _choose_face(count: int) -> int:
    """Draws the face picker where there is more than one face; returns the index, from 0."""
    if count < 2:
        return 0
    numbers = list(range(1, count + 1))
    state.keep_choice(state.FACE, numbers, 1)
    if count > FACES_IN_A_ROW:
        return int(st.selectbox("Face", numbers, key=state.FACE, bind="query-params", format_func=str, width=96)) - 1
    chosen = st.segmented_control(
        "Face", numbers, default=1, key=state.FACE, required=True, bind="query-params", format_func=str
    )
    return int(chosen or 1) - 1


def _no_face(photo: Photo, image: np.ndarray, detector: str) -> None:
    left, right = st.columns([3, 2], gap="large")
    with right:
        ways_without_face(photo, image, detector)
        st.markdown("Or draw a box around the face on the photo, or enter it:")
        draft = enter_box(photo, image, "Face")
    with left:
        size = (image.shape[1], image.shape[0])
        picture_with(
            [BoxPen(lambda drawn: add_drawn(photo, size, "Face", drawn), draft)],
            pictures.jpeg(image),
            size,
            key="photo_without_face",
            alt=f"Photo “{photo.name}”, on which no face was found",
        )
