"""A page's head and what the page looks at: photo, face or person, network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import state
from dashboard.pickers.by_hand import enter_box, photo_with_pen, ways_without_face
from dashboard.pickers.detector import chosen_detector, offer_detectors
from dashboard.pickers.network import await_network, choose_network, face_reader, say_why_not, suited_networks
from dashboard.pickers.person import choose_person, chosen_person
from dashboard.pickers.photo import back_to_sample
from dashboard.services import networks, photos
from dashboard.services.runs import wait_for, watch
from dashboard.subject import DEFAULT_NETWORK, Photo, Subject
from dashboard.tasks.task import Need, NoInputError, View
from models import Analysis, ImageError

POINTS = "keypoints"
"""The network that every photo's analysis needs, whoever reads the expressions."""
HEAD_WIDTH = 368
"""Pixels of a page's title and question (the style sheet has more for wide screens); without room pickers go below."""
FACES_IN_A_ROW = 8
"""More faces than that are chosen from a list."""


def open_page(title: str, question: str, *, needs: Sequence[Need] = (), without_input: bool = False) -> Subject:
    """Draw the page's head, offer the networks that give what the page needs, and return what the page looks at.

    A page ends here on a photo with nothing that the network looks at, with a way forward.
    """
    slot, network_name = _open_head(title, question, needs)
    photo: Photo = st.session_state[state.PHOTO]
    image, detector = _decode(photo), chosen_detector()
    with st.container():  # whatever is said while waiting, the page below keeps its place
        analysis = _analyse(photo, detector, network_name)
        if not networks.task(network_name).looks_at_area:
            analysis = _with_bodies(photo, detector, network_name, analysis)
    if not (without_input or networks.task(network_name).has_input(analysis)):
        _no_face(photo, image, detector)
        st.stop()
    with slot:
        return _choose_who(Subject(photo, image, analysis, _choose_face(len(analysis.faces)), network_name))


def open_film_page(title: str, question: str, *, needs: Sequence[Need] = ()) -> str:
    """Draw the head of a page that looks at films and not at the photo; return the network to use."""
    return _open_head(title, question, needs)[1]


def _open_head(title: str, question: str, needs: Sequence[Need]) -> tuple[DeltaGenerator, str]:
    """Draw a page's head with the network picker; return the place for more pickers, and the network."""
    slot = page_head(title, question)
    _require_networks()
    names = suited_networks(needs)
    if not names:
        st.info("No network on this server can do what this page needs.", icon=":material/info:")
        st.stop()
    with slot:
        name = choose_network(names)
    say_why_not(needs, name)
    return slot, name


def _analyse(photo: Photo, detector: str, network_name: str) -> Analysis:
    """Return what is found on the photo; where a network that it is read with is broken, say so and stop.

    A network that looks for no face answers by itself.
    """
    if networks.task(network_name).looks_at_area:
        await_network(network_name)
        return photos.analysis(photo, detector, state.by_hand(photo), network_name)
    reader, by_hand = face_reader(), state.by_hand(photo)
    if reader == networks.usual() and photos.is_known(photo, detector, by_hand):
        return photos.analysis(photo, detector, by_hand)
    if reader != networks.usual():
        await_network(reader)
    else:
        wait_for(
            networks.start_loading(reader),
            lambda run: (
                "The first photo takes a little longer, because the networks are loading: "
                f"{networks.loading_words(run)}…"
            ),
        )
    with st.spinner(f"Looking for faces on “{photo.name}”…"):
        broken = networks.first_broken(_readers(detector))
        if not broken:
            analysis = photos.analysis(photo, detector, by_hand, reader)
    if broken:
        _say_broken(broken)
    return analysis


def _with_bodies(photo: Photo, detector: str, network_name: str, found: Analysis) -> Analysis:
    """Return the analysis with its people; while those of many are looked for, with the ones found so far."""
    asked = (photo, detector, state.by_hand(photo), face_reader())
    analysis = photos.with_bodies(*asked, found)
    run = photos.BODIES.run
    if run is None or not run.is_active:
        return analysis
    words = f"There are {len(found.faces)} faces. We are still looking for their bodies."
    if networks.task(network_name).looks_at_people:
        wait_for(run, lambda _: words)
        return photos.with_bodies(*asked, found)

    def draw() -> None:
        if run.is_active:
            st.caption(words)

    watch(draw, photos.BODIES, step_by_step=True)
    return analysis


def _choose_who(subject: Subject) -> Subject:
    """Return the subject with its person, if the network looks at people; draw the picker if some have no face."""
    people = subject.analysis.people
    if not people or not networks.task(subject.network_name).looks_at_people:
        return subject
    has_strangers = any(person.face is None for person in people)
    person = choose_person(subject, width=260) if has_strangers else chosen_person(subject)
    return replace(subject, person=person, people_by_hand=state.by_hand(subject.photo).people)


def look_through(subject: Subject) -> View:
    """Return what the chosen network is shown; where there is nothing, say so and stop."""
    try:
        return networks.view(subject, subject.network_name)
    except NoInputError as error:
        st.info(f"{error} Choose another photo, or another network above.", icon=":material/person_off:")
        st.stop()


def page_head(title: str, question: str) -> DeltaGenerator:
    """Draw a page's title and the question it answers; return the place beside them for its pickers."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", gap="small", key="page_head"
    ):
        with st.container(gap="xxsmall", width=HEAD_WIDTH, key="head_words"):
            st.title(title, anchor=False)
            st.markdown(question)
        return st.container(horizontal=True, vertical_alignment="bottom", gap="small", width="content")


def _require_networks() -> None:
    """Say which networks can't be used, and stop where no photo is read without one."""
    reader = networks.usual()
    for name in (reader, POINTS):
        if words := networks.trouble(name):
            st.error(f"The network “{name}” {words}.", icon=":material/error:")
            st.stop()
    if reader != DEFAULT_NETWORK:
        words = f"{networks.trouble(DEFAULT_NETWORK)}. “{reader}” reads expressions in its place"
        st.warning(f"The network “{DEFAULT_NETWORK}” {words}.", icon=":material/warning:")
    if networks.has_network(networks.POSE) and not photos.has_people():
        words = f"{networks.trouble(networks.POSE)}. So we look for faces only, not for people"
        st.warning(f"The network “{networks.POSE}” {words}.", icon=":material/warning:")


def _readers(detector: str) -> list[str]:
    """Return the networks that the analysis of a photo asks, those that every one needs before the others."""
    others = (networks.DETECTOR_NETWORKS.get(detector, ""), networks.POSE if photos.has_people() else "")
    return [networks.usual(), POINTS, *(name for name in others if networks.has_network(name))]


def _say_broken(name: str) -> NoReturn:
    """Say that a network that every photo needs can't be read, offer another detector if it is that, and stop."""
    words = networks.trouble(name) or (
        f"can't be read on this server, and every photo needs it: its file {name}.keras is broken, or was made by "
        "another version"
    )
    st.error(f"The network “{name}” {words}.", icon=":material/error:")
    if name in networks.DETECTOR_NETWORKS.values():
        offer_detectors(chosen_detector())
    st.stop()


def _decode(photo: Photo) -> np.ndarray:
    try:
        return photos.image(photo)
    except ImageError as error:
        st.error(str(error), title="This file can't be used as a photo", icon=":material/broken_image:")
        st.markdown(
            "Choose another file on the left: a JPEG, HEIC, PNG, WebP, AVIF, BMP, GIF or TIFF. Or "
            "look at a sample first."
        )
        st.button("Show the sample photo", on_click=back_to_sample, key="back_to_sample", icon=":material/image:")
        st.stop()


def _choose_face(count: int) -> int:
    """Draw the face picker where there is more than one face; return the index, from 0."""
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
        photo_with_pen(photo, image, "Face", draft, ", on which no face was found")
