"""All faces of a photo side by side, each with its answer and its map."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import state
from dashboard.app_pages.inspect import results
from dashboard.app_pages.inspect.answer import headline, usual_look
from dashboard.drawing.look import colour_limit
from dashboard.pickers.network import await_network
from dashboard.pickers.switch import choose_one
from dashboard.services import networks
from dashboard.subject import Subject
from dashboard.widgets.gallery import Tile, gallery
from interp import METHODS, render

WHO = "who"
ONE, ALL = "one", "all"
VIEWS = {ONE: "One face", ALL: "All faces"}
TILE_SIDE = 144
"""Pixels of a side of a face on the wall."""
TILE_WIDTH = 104
"""Pixels that a face takes at least, so that three stand beside the photo on a screen of 1280."""


def choose_view() -> str:
    """Draw the switch between one face and all faces, and return a key of `VIEWS`."""
    return choose_one("Show", WHO, VIEWS, "One face with the reasons, or all faces with their maps.", is_labelled=False)


def show_wall(subject: Subject) -> None:
    """Show every face with its map and answer; a click on one shows its reasons."""
    faces = [replace(subject, index=index) for index in range(len(subject.analysis.faces))]
    views = [networks.view(face, face.network_name) for face in faces]
    place = st.empty()
    if not results.is_shipped(subject):
        await_network(subject.network_name)
    place.markdown(f":gray[Computing the maps of {len(faces)} faces…]")
    maps = results.maps_of_all(faces, views)
    tiles = []
    for face, view, found in zip(faces, views, maps, strict=True):
        look = usual_look(is_signed=found.signed)
        picture = render.overlay(
            view.enlarged(TILE_SIDE),
            found.values,
            opacity=look.opacity,
            palette=look.palette,
            signed=look.is_signed,
            limit=colour_limit(found),
        )
        said = headline(face)
        blank = f"No place raised the score for “{face.winner}”." if found.is_blank else ""
        number = face.index + 1
        tiles.append(Tile(picture, f"Face {number}, {said}: show why", f"{number} {said}", blank))
    with place.container(gap="xsmall"):
        gallery(tiles, key="wall_of_faces", alt="All faces with their maps", width=TILE_WIDTH, on_pick=_pick)
        method = METHODS[maps[0].method].label
        st.caption(f"Bright areas raised the score for each face's own answer ({method}). Click a face to see why.")


def _pick(index: int) -> None:
    st.session_state[state.FACE] = index + 1
    st.session_state[WHO] = ONE
