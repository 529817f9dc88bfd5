"""Two sides' maps by one method, and how they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.app_pages.compare import comparison
from dashboard.app_pages.compare.probabilities import answer_bars, say_sides
from dashboard.app_pages.compare.second import (
    choose_second_layer,
)
from dashboard.app_pages.compare.views import Mode, Side, Sides, side_head
from dashboard.drawing import figures
from dashboard.drawing.look import Look, colour_limit, shared_limit
from dashboard.drawing.words import duration, three_digits
from dashboard.pickers.goal import draw_choice
from dashboard.pickers.layer import choose_layer, layers_to_choose
from dashboard.pickers.look import choose_look, choose_looks, look_drawer
from dashboard.pickers.method import choose_method, draw_parameters
from dashboard.pickers.network import await_network
from dashboard.pickers.usual import choose_minus_usual
from dashboard.services import asking, explanations
from dashboard.services.asking import Answer, Wall
from dashboard.subject import Question, Value
from dashboard.tasks.aim import Aim, blank_advice
from dashboard.tasks.task import Choice, Choose, Goal, Option
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.downloads import download_png
from dashboard.widgets.drawer import drawer
from dashboard.widgets.maps import FACE_SIDE, map_overlay, show_colour_bar
from dashboard.widgets.wall import wall_progress, watch_wall
from interp import Explanation, Method, render


def show_maps(sides: Sides, mode: Mode, bar: DeltaGenerator) -> None:
    """Show one method's map on both sides, then what differs between the maps and between the answers."""
    with bar:
        chosen = drawer("compare_settings")
    with chosen:
        goals = choose_goals(sides)
        method = choose_method(explanations.usual_method(sides[0].network_name))
        usual = explanations.usual_layer(sides[0].network_name, method.name)
        layers = choose_layers(sides, usual, is_used=method.needs_layer)
        settings = draw_parameters(method)
    questions = [
        question_of(side, method, goal, layer, settings) for side, goal, layer in zip(sides, goals, layers, strict=True)
    ]
    aims = [Aim(method, goal) for goal in goals]
    is_comparable = len({(side.network_name, layer) for side, layer in zip(sides, layers, strict=True)}) == 1

    has_usual = all(explanations.usual_map(question) is not None for question in questions)

    def draw(wall: Wall) -> None:
        is_waiting = wall.run is not None or bool(wall.waiting)
        if is_waiting:
            wall_progress(wall)
        place = st.container()
        with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="look_bar"):
            is_minus = choose_minus_usual(is_there=has_usual)
            seen = [replace(aim, is_minus_usual=is_minus) for aim in aims]
            with look_drawer():
                looks = choose_two_looks(is_signed=seen[0].is_signed, with_difference=mode == "networks")
        st.caption(f"**{method.label}.** {method.summary}")
        shown = asking.minus_usual(wall) if is_minus else wall
        with place:
            _pair_of_maps(sides, shown, seen, looks[seen[0].is_signed], is_comparable=is_comparable)
        if not is_waiting:
            wall_progress(wall)
        if len(maps := [answer for answer in wall.found if asking.is_map(answer)]) == len(sides):
            is_one_place = mode == "networks" and goals[0].words == goals[1].words
            _differences(sides, maps, goals, looks[True] if is_one_place else None)

    watch_wall(questions, draw, at_once=not method.is_slow)
    answer_bars(sides)


def choose_layers(sides: Sides, usual: str = "", *, is_used: bool = True) -> list[str]:
    """Draw the layer picker, and for another network one more; return the layer of each side."""
    networks = [await_network(side.network_name) for side in sides]
    first = choose_layer(networks[0], sides[0].view.task, usual, is_used=is_used)
    if sides[0].network_name == sides[1].network_name:
        return [first, first]
    offered = list(layers_to_choose(networks[0], sides[0].view.task, usual))
    matched = comparison.layer_at_same_depth(first, offered, list(layers_to_choose(networks[1], sides[1].view.task)))
    return [first, choose_second_layer(networks[1], sides[1].view.task, matched, is_used=is_used)]


def choose_goals(sides: Sides) -> list[Goal]:
    """Draw one picker for all sides and return what each is asked: about its own answer, or the class that is chosen.

    Where a network has no such class, the page says so and stops.
    """
    chosen: dict[str, Any] = {}

    def choose(choice: Choice[Option]) -> Option:
        if choice.is_other:
            return choice.default
        options = dict(choice.options)
        if choice.default not in sides[0].view.labels:  # it stands for the network's own answer
            options[choice.default] = "Each one's own answer"
        chosen[choice.key] = draw_choice(replace(choice, options=options), choice.help)
        return cast(Option, chosen[choice.key])

    def follow(side: Side) -> Callable[[Choice[Option]], Option]:
        def answer(choice: Choice[Option]) -> Option:
            asked = chosen.get(choice.key, choice.default)
            if asked not in choice.options:
                words = f"{side.network_name} has no “{asked}”. Choose another answer or network."
                st.info(words, icon=":material/info:")
                st.stop()
            return cast(Option, asked)

        return answer

    def ask(side: Side, choose: Choose) -> Goal:
        maps = partial(explanations.answer_maps, side.network_name, side.view.pixels)
        return side.view.task.ask(side.subject, side.view, choose, maps)

    return [ask(sides[0], choose), *(ask(side, follow(side)) for side in sides[1:])]


def question_of(side: Side, method: Method, goal: Goal, layer: str, settings: Mapping[str, Value]) -> Question:
    """Return what is asked of a side: its map for what it is to explain."""
    return Question(
        side.network_name,
        side.view.pixels,
        method.name,
        goal.target,
        layer if method.needs_layer else None,
        tuple(sorted(settings.items())),
    )


def choose_two_looks(*, is_signed: bool, with_difference: bool) -> dict[bool, Look]:
    """Draw the pickers of how maps and their difference look; return the looks by whether a map is signed."""
    if with_difference and not is_signed:
        return choose_looks()
    return {is_signed: choose_look(is_signed=is_signed)}


def _pair_of_maps(sides: Sides, wall: Wall, aims: Sequence[Aim], look: Look, *, is_comparable: bool) -> None:
    limit = shared_limit(filter(asking.is_map, wall.found)) if is_comparable else None
    shown: list[tuple[np.ndarray, str]] = []
    for column, side, aim, answer in zip(st.columns(2, gap="large"), sides, aims, wall.found, strict=True):
        with column, st.container(key=f"main_picture_{len(shown)}"):
            side_head(side)
            picture = side_map(side, aim, answer, look, limit)
            side_scale(aim, answer, look, limit, "one scale for both" if is_comparable else "its own scale")
        shown.append((picture, side.name))
    if not is_comparable:
        st.caption("Each network's scores have their own scale, and so does each map: compare places, not strengths.")
    download_png(
        "Both maps",
        lambda: _strip(shown),
        "compare",
        aims[0].method.label,
        aims[0].goal.words,
        *(side.name for side in sides),
        key="download_maps",
    )


def side_map(side: Side, aim: Aim, answer: Answer | None, look: Look, limit: float | None) -> np.ndarray:
    """Draw a side's map, or its picture while there is none, and return the picture."""
    if not asking.is_map(answer):
        picture = side.view.enlarged(FACE_SIDE)
        st.image(picture, width="stretch", alt=f"{side.name}: {side.view.noun}, no map yet")
        if answer is not None:
            st.info(answer, icon=":material/info:")
        return picture
    picture = map_overlay(side.view, answer.values, look, limit or colour_limit(answer))
    words = f"{side.name}: {aim.method.label} for {aim.goal.words} over {side.view.noun}"
    st.image(picture, width="stretch", alt=words)
    if answer.is_blank:
        st.info(blank_advice(aim, answer.layer), icon=":material/info:")
    return picture


def side_scale(aim: Aim, answer: Answer | None, look: Look, limit: float | None, scale: str) -> None:
    """Draw the colour bar of a side's map, and how long it took."""
    if asking.is_map(answer):
        where = f"layer {answer.layer}" if answer.layer else "the picture itself"
        title = f"{aim.meaning}; {where}, {scale}"
        show_colour_bar(answer.values, look, title, aim.ends, limit or colour_limit(answer))
        st.caption(f"Computed in {duration(answer.seconds)}.")


def _strip(shown: Sequence[tuple[np.ndarray, str]]) -> np.ndarray:
    return render.strip([picture for picture, _ in shown], [name for _, name in shown], height=480)


def _differences(sides: Sides, found: Sequence[Explanation], goals: Sequence[Goal], look: Look | None) -> None:
    """Show how alike two maps are, on which parts they lie, and for one face where one is stronger than the other."""
    st.subheader("What differs", anchor=False)
    size = sides[0].view.size
    maps = [answer.values for answer in found]
    st.markdown(f"**{say_sides(sides)}**")
    if goals[0].words != goals[1].words:
        st.markdown(
            f"The maps explain different answers, {goals[0].words} and {goals[1].words}. Choose one answer above "
            "to see both sides explained for it."
        )
    left, right = st.columns(2, gap="large")
    with left:
        if look is not None:
            _difference_map(sides, comparison.difference(maps[0], maps[1], size, is_same_scale=False), look)
        if not any(answer.is_blank for answer in found):
            rank, structure = comparison.likeness(maps[0], maps[1], size)
            with st.container(horizontal=True, gap="medium", key="likeness"):
                st.metric(
                    "Rank correlation",
                    three_digits(rank),
                    width="content",
                    help="Compares the order of the two maps' values: 1 = the same, 0 = nothing in common, −1 = "
                    "reversed.",
                )
                st.metric(
                    "Structural similarity",
                    three_digits(structure),
                    width="content",
                    help="How alike the two maps look (SSIM), each scaled to its own peak: 1 means the same.",
                )
            turned = "" if look is not None else " Both faces are straightened, with the eyes in the same place."
            st.caption(comparison.say_likeness(rank) + turned)
    with right:
        _parts(sides, maps)


def _difference_map(sides: Sides, values: np.ndarray, look: Look) -> None:
    picture = map_overlay(sides[0].view, values, look)
    first, second = (side.name for side in sides)
    st.image(
        picture, width="stretch", alt=f"Where the map of {second} is stronger than that of {first}, and where weaker"
    )
    title = "Difference of the two maps, each scaled to its own peak (faint = alike)"
    show_colour_bar(values, look, title, (f"more in {first}", f"more in {second}"))
    download_png("Difference", lambda: picture, "compare", "difference", first, second, key="download_difference")


def _parts(sides: Sides, maps: Sequence[np.ndarray]) -> None:
    found = [side.view.task.regions(side.subject, side.view, values) for side, values in zip(sides, maps, strict=True)]
    regions = [one for one in found if one is not None]
    if not any(side.view.task.parts for side in sides):
        return
    if len(regions) < len(sides):
        st.caption("No points were found on one of the faces, so its parts are unknown.")
        return
    names = [side.name for side in sides]
    st.markdown(comparison.say_parts(names, regions))
    densities = {name: [region.density for region in side] for name, side in zip(names, regions, strict=True)}
    labels = [region.name for region in regions[0]]
    written = comparison.times_its_area
    draw_chart(
        figures.paired_bars(labels, densities, written),
        "paired_parts",
        f"Bar chart of how dense each map is on each part of the face, {names[0]} and {names[1]}: "
        + ", ".join(
            f"{label} {' and '.join(written(densities[name][number]) for name in names)}"
            for number, label in enumerate(labels)
        ),
    )
    st.caption(
        "Each map's share on each part of its face, divided by the part's share of the picture: 1× is what its area "
        "alone would get. “Rest” is forehead, hair and background."
    )
