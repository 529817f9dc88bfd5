"""Walls of maps: all methods for one question, or one method for all expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.attribution.trust_views import download_tests
from dashboard.drawing import figures, pictures
from dashboard.drawing.look import Look, colour_limit, shared_limit
from dashboard.drawing.words import duration, percent, strongest
from dashboard.pickers.look import choose_look, choose_looks, look_drawer
from dashboard.pickers.method import choose_methods
from dashboard.pickers.usual import choose_minus_usual
from dashboard.services import asking, explanations, trust
from dashboard.services.asking import Answer, Wall
from dashboard.subject import Question, Subject
from dashboard.tasks.aim import Aim
from dashboard.tasks.task import Goal, View
from dashboard.widgets.downloads import download_png
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.maps import show_colour_bar
from dashboard.widgets.verdict import COLOURS, SIGNS
from dashboard.widgets.wall import wall_progress, watch_wall
from interp import METHODS, Explanation, render

TILE_SIDE = 240
"""Pixels of a map in a wall."""
TILE_WIDTH = 160
"""Pixels of the page that a map in a wall takes at least."""
SHEET_COLUMNS = 5
STRIP_WORDS = (
    "Below each map: the area under the answer while pixels are hidden in the map's order (deletion, low is good) or "
    "shown (insertion, high is good), in brackets that of random orders as coarse as the map; the map's rank "
    "correlation with the map of a network whose weights are shuffled (near 0 is good), and with itself by another "
    "seed (1 is good). ✓ good, ~ unsure, ✗ bad; point at a line for more."
)


def show_methods(subject: Subject, view: View, goal: Goal, question: Question, layer: str) -> None:
    """Show the maps of all methods for one target side by side, each with its seconds.

    Where nobody chose another layer than the usual one, each method takes its own usual one.
    """
    place = st.container()
    names = choose_methods()
    name = question.network_name
    is_usual = layer == explanations.usual_layer(name, question.method)
    layers = {one: explanations.usual_layer(name, one) if is_usual else layer for one in names}
    questions = [
        replace(
            question,
            method=one,
            layer=layers[one] if METHODS[one].needs_layer else None,
            settings=explanations.default_settings(one),
            is_timed=True,
        )
        for one in names
    ]

    def pick(number: int) -> None:
        st.session_state[state.METHOD] = names[number]
        st.session_state[state.SHOW] = "map"

    def draw(wall: Wall) -> None:
        wall_progress(wall)
        picture_place = st.container(key="main_picture")
        with look_drawer():
            looks = choose_looks()
        labels = [METHODS[name].label for name in names]
        alt = f"Maps of {len(names)} methods for {goal.words}"
        chosen = names.index(question.method) if question.method in names else None
        with picture_place:
            tiles = show_wall(view, wall, labels, looks, alt=alt, on_pick=pick, chosen=chosen)
            wall_bars(wall, looks, goal)
        wall_end(tiles, subject.title, "all methods", goal.words)

    with place:
        watch_wall(questions, draw)


def show_classes(subject: Subject, view: View, aim: Aim, question: Question) -> None:
    """Show the maps of one method for all classes side by side, on one scale."""
    names = strongest(subject.face.emotion)
    questions = [replace(question, target=view.goal_of_class(name).target) for name in names]

    def pick(number: int) -> None:
        st.session_state.update(view.task.choices_of_class(names[number]))
        st.session_state[state.SHOW] = "map"

    def draw(wall: Wall) -> None:
        wall_progress(wall)
        place = st.container(key="main_picture")
        with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="look_bar"):
            is_minus_usual = choose_minus_usual(is_there=explanations.usual_map(questions[0]) is not None)
            with look_drawer():
                look = choose_look(is_signed=aim.method.signed or is_minus_usual)
        shown = asking.minus_usual(wall) if is_minus_usual else wall
        limit = shared_limit(filter(asking.is_map, shown.found))
        labels = [f"{name.capitalize()} {percent(subject.face.emotion[name])}" for name in names]
        answer = view.task.answer.lower()
        alt = f"Maps by {aim.method.label} for each {answer}"
        chosen = names.index(aim.goal.label or names[0])
        looks = {look.is_signed: look}
        ends = (f"against the {answer}", f"for the {answer}") if look.is_signed else None
        title = f"Evidence for each {answer}, same scale for all"
        if is_minus_usual:
            ends, title = ("less than usual", "more than usual"), f"Each map minus the average one for its {answer}"
        with place:
            tiles = show_wall(
                view, wall, labels, looks, alt=alt, limit=limit, on_pick=pick, chosen=chosen, drawn=shown.found
            )
            if limit is not None:
                show_colour_bar(np.array([limit]), look, title, ends, limit)
        wall_end(tiles, subject.title, aim.method.label, f"all {view.task.answers}")

    watch_wall(questions, draw)


def show_wall(
    view: View,
    wall: Wall,
    names: Sequence[str],
    looks: dict[bool, Look],
    *,
    alt: str,
    limit: float | None = None,
    on_pick: Callable[[int], None],
    chosen: int | None,
    drawn: Sequence[Answer | None] | None = None,
) -> list[Tile]:
    """Show the maps of several questions side by side, those still looked for as bare pictures; return the tiles.

    Below each map stands the verdict on it and, once they are done, what the tests of trust found.

    Args:
        view: what the network gets.
        wall: the questions and what is known of their answers.
        names: what each map is.
        looks: how a map is coloured, by whether it is signed.
        alt: str, what the maps are.
        limit: float, the value at which all maps' colours end. Defaults to None: each map has a scale of its own.
        on_pick: callable that takes the number of the clicked map.
        chosen: int, the number of the map to highlight; None for none.
        drawn: what is made of the maps to be looked at. Defaults to None: the maps themselves.
    """
    bare = view.enlarged(TILE_SIDE)
    tiles = []
    tests, _ = asking.trusts_of(wall)
    pictured = wall.found if drawn is None else drawn
    for name, answer, seen, question, tested in zip(names, wall.found, pictured, wall.questions, tests, strict=True):
        if answer is None:
            tiles.append(Tile(bare, f"{name}: no map yet", f"{name} · {_absence(wall, question)}", is_faint=True))
        elif isinstance(answer, str):
            tiles.append(Tile(bare, f"{name}: {answer}", f"{name} · no map", answer))
        elif asking.is_map(seen):
            tile = _tile(view, bare, name, seen, looks[seen.signed], limit)
            found, lines = strip_of(question, answer, tested)
            facts = [(line.label, line.value, line.mark, line.words) for line in lines]
            tiles.append(replace(tile, note=note_of(found), edge=COLOURS[found.standing], facts=facts))
    gallery(tiles, key="wall", alt=alt, width=TILE_WIDTH, on_pick=on_pick, chosen=chosen)
    if any(tile.facts for tile in tiles):
        st.caption(STRIP_WORDS)
        download_tests(dict(zip(names, tests, strict=True)))
    return tiles


def wall_end(tiles: Sequence[Tile], *parts: str) -> None:
    """Draw the download of a whole wall."""
    images, captions = [tile.image for tile in tiles], [tile.caption for tile in tiles]
    sheet = partial(pictures.sheet, images, captions, SHEET_COLUMNS, TILE_SIDE)
    download_png("All maps", sheet, *parts, key="download_wall")


def strip_of(
    question: Question, answer: Explanation, tested: trust.Trust | None
) -> tuple[trust.Verdict, list[trust.Line]]:
    """Return what stands below a small map: the verdict, and a line for each test that is done."""
    return explanations.verdict(question, answer, tested), trust.lines(tested) if tested is not None else []


def note_of(found: trust.Verdict) -> str:
    """Write a verdict in the room below a small map."""
    reason = "" if found.reason == trust.UNTESTED else f": {trust.short(found.reason)}"
    return f"{SIGNS[found.standing]} {found.words}{reason}"


def _tile(view: View, bare: np.ndarray, name: str, found: Explanation, look: Look, limit: float | None) -> Tile:
    picture = render.overlay(
        bare,
        found.values,
        opacity=look.opacity,
        palette=look.palette,
        signed=look.is_signed,
        limit=limit if limit is not None else colour_limit(found),
    )
    words = f"{name}, {duration(found.seconds)}"
    if found.is_blank:
        return Tile(picture, f"{words}: zero everywhere", f"{name} · blank")
    return Tile(picture, f"{words}. Click to see it large", f"{name} · {duration(found.seconds)}")


def _absence(wall: Wall, question: Question) -> str:
    return "takes longer" if question in wall.waiting else "to come"


def wall_bars(wall: Wall, looks: dict[bool, Look], goal: Goal) -> None:
    """Show the colour bars of a wall whose maps have scales of their own: from nothing to each map's strongest."""
    columns = st.columns(2, gap="large")
    for column, is_signed in zip(columns, (False, True), strict=True):
        if any(getattr(answer, "signed", None) is is_signed for answer in wall.found):
            ends = (goal.less, goal.more) if is_signed else ("nothing", "strongest")
            stops = render.palette_stops(looks[is_signed].palette)
            title = f"{'Signed' if is_signed else 'Unsigned'} maps, each on its own scale: 1 is its strongest value"
            column.html(figures.colour_bar(stops, -1.0 if is_signed else 0.0, 1.0, title, ends))
