"""All faces of a photo side by side, each with its answer and its map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.inspect import results
from dashboard.app_pages.inspect.answer import headline, usual_look
from dashboard.drawing import figures
from dashboard.drawing.look import colour_limit
from dashboard.pickers.network import await_network
from dashboard.pickers.switch import choose_one
from dashboard.pickers.usual import choose_all_seen
from dashboard.services import networks
from dashboard.subject import Subject
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.maps import map_overlay
from interp import METHODS
from interp.render import limits, palette_stops

WHO = "who"
ONE, ALL = "one", "all"
VIEWS = {ONE: "One face", ALL: "All faces"}
TILE_SIDE = 144
"""Pixels of a side of a face on the wall."""
TILE_WIDTH = 104
"""Pixels that a face takes at least, so that three stand beside the photo on a screen of 1280."""


def choose_view() -> str:
    """Draw the switch between one face and all faces, and return a key of `VIEWS`."""
    return choose_one("Show", WHO, VIEWS, "One face in detail, or all faces side by side.", is_labelled=False)


def show_wall(subject: Subject) -> None:
    """Show every face with its map and answer; a click on one shows its reasons."""
    faces = [replace(subject, index=index) for index in range(len(subject.analysis.faces))]
    views = [networks.view(face, face.network_name) for face in faces]
    place = st.empty()
    if not results.is_shipped(subject):
        await_network(subject.network_name)
    place.markdown(f":gray[Computing the maps of {len(faces)} faces…]")
    questions, maps = zip(*results.maps_of_all(faces, views), strict=True)
    with place.container(gap="xsmall"):
        wall_place = st.container(gap="xsmall")
        shown, is_minus_usual = choose_all_seen(questions, maps)
    tiles = []
    for face, view, found in zip(faces, views, shown, strict=True):
        look = usual_look(is_signed=found.signed)
        picture = map_overlay(view, found.values, look, colour_limit(found), TILE_SIDE)
        said = headline(face)
        blank = f"Nothing raised the score for “{face.winner}”." if found.is_blank else ""
        number = face.index + 1
        tiles.append(Tile(picture, f"Face {number}, {said}: show why", f"{number} {said}", blank))
    with wall_place:
        gallery(tiles, key="wall_of_faces", alt="All faces with their maps", width=TILE_WIDTH, on_pick=_pick)
        method = METHODS[maps[0].method].label
        if is_minus_usual:
            look = usual_look(is_signed=True)
            low, high = limits(np.array([1.0]), signed=True)
            st.html(figures.slim_colour_bar(palette_stops(look.palette), low, high, ("less than usual", "more")))
            said = f"What is special about each face: its map ({method}) minus the average one for its answer."
        else:
            said = f"Bright areas raised the score for each face's own answer ({method})."
        st.caption(f"{said} Click a face to see why.")


def _pick(index: int) -> None:
    st.session_state[state.FACE] = index + 1
    st.session_state[WHO] = ONE
