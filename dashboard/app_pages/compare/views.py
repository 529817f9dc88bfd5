"""What the Compare page shows: two sides through the same lens, what differs, and all networks on one face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.compare import comparison
from dashboard.app_pages.compare.second import (
    choose_second_face,
    choose_second_layer,
    choose_second_network,
    choose_second_photo,
    read_second,
)
from dashboard.drawing import figures, pictures, wording
from dashboard.drawing.figures import CHART_CONFIG
from dashboard.drawing.limits import colour_limit, shared_limit
from dashboard.drawing.words import duration
from dashboard.pickers.detector import chosen_detector
from dashboard.pickers.expression import choose_expression
from dashboard.pickers.layer import choose_layer, layers_to_choose
from dashboard.pickers.look import Look, choose_look, choose_looks, choose_palette
from dashboard.pickers.method import choose_method, choose_parameters, default_settings
from dashboard.pickers.network import await_network, expression_networks
from dashboard.services import asking, explanations, networks, photos
from dashboard.services.asking import Wall
from dashboard.subject import Question, Subject
from dashboard.tasks import inputs, targets
from dashboard.tasks.aim import Aim, blank_advice
from dashboard.tasks.inputs import View
from dashboard.tasks.regions import regions_of_face
from dashboard.widgets.downloads import download_png, download_table
from dashboard.widgets.gallery import Tile, gallery
from dashboard.widgets.maps import FACE_SIDE, map_overlay, show_colour_bar
from dashboard.widgets.subject_bar import verdict
from dashboard.widgets.wall import wall_progress, watch_wall

Mode = Literal["networks", "faces", "photos", "ladder"]

MODES: dict[Mode, str] = {
    "networks": "Two networks",
    "faces": "Two faces",
    "photos": "Two photos",
    "ladder": "The ladder",
}
LENSES = {"map": "Map", "probabilities": "Probabilities", "activations": "Activations"}
CHANNELS = 8
"""The strongest channels that stand for a layer."""
TILE_SIDE = 144


@dataclass(frozen=True)
class Side:
    """One of the things that are compared.

    Args:
        name: str, what it is called on the page, other than the other side's name.
        subject: the face, as this side's network reads it.
        view: what this side's network is shown.
    """

    name: str
    subject: Subject
    view: View

    @property
    def network_name(self) -> str:
        return self.subject.network_name

    @property
    def answer(self) -> dict[str, float]:
        """The probability of each class."""
        found: dict[str, float] = self.subject.face.emotion
        return found


Sides = Sequence[Side]


# Choices -------------------------------------------------------------------------------------------------------------


def choose_mode() -> Mode:
    """Draws the switch between what is compared, and returns a key of `MODES`."""
    names = list(MODES)
    state.keep_choice(state.COMPARE, names, names[0])
    chosen = st.segmented_control(
        "Compare",
        names,
        default=names[0],
        format_func=MODES.__getitem__,
        key=state.COMPARE,
        required=True,
        bind="query-params",
        label_visibility="collapsed",
        help="Two networks on the same face, two faces of the photo, two photos, or all networks on one face.",
    )
    return chosen or names[0]


def choose_lens() -> str:
    """Draws the switch between the lenses, and returns a key of `LENSES`."""
    names = list(LENSES)
    state.keep_choice(state.LENS, names, names[0])
    chosen = st.segmented_control(
        "Lens",
        names,
        default=names[0],
        format_func=LENSES.__getitem__,
        key=state.LENS,
        required=True,
        bind="query-params",
        help="What is shown of both sides: where they look, what they answer, or what a layer makes of the face.",
    )
    return chosen or names[0]


def choose_sides(subject: Subject, mode: Mode) -> list[Side]:
    """Draws the pickers of the second side and returns both; where there is no second one, says so and stops."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="second_side"):
        names, second = {"networks": _other_network, "faces": _other_face, "photos": _other_photo}[mode](subject)
    return [_side(name, one) for name, one in zip(names, (subject, second), strict=True)]


def _side(name: str, subject: Subject) -> Side:
    await_network(subject.network_name)
    return Side(name, subject, inputs.view(subject, subject.network_name))


def _read_by(subject: Subject, network_name: str) -> Subject:
    """Returns the same face as another network reads it."""
    await_network(network_name)
    photo = subject.photo
    analysis = photos.analysis(photo, chosen_detector(), state.by_hand(photo), network_name)
    return replace(subject, analysis=analysis, network_name=network_name)


def _other_network(subject: Subject) -> tuple[list[str], Subject]:
    names = [name for name in expression_networks() if name != subject.network_name]
    if not names:
        st.info(
            "There is only one network here that reads expressions. Compare two faces or two photos instead.",
            icon=":material/info:",
        )
        st.stop()
    name = choose_second_network(comparison.smallest_first(names, networks.cards()))
    return [subject.network_name, name], _read_by(subject, name)


def _other_face(subject: Subject) -> tuple[list[str], Subject]:
    count = len(subject.analysis.faces)
    if count < 2:
        st.info(
            "Only one face was found on this photo. Choose a photo with several faces on the left, or compare two "
            "photos.",
            icon=":material/group:",
        )
        st.button(
            "Show the group sample",
            key="show_group",
            icon=":material/image:",
            on_click=st.session_state.update,
            args=({state.SOURCE: "Sample", state.SAMPLE: "group"},),
        )
        st.stop()
    index = choose_second_face(count, default=1 if subject.index else 2)
    names = [f"Face {subject.index + 1}", f"Face {index + 1}"]
    return _told_apart(names), replace(subject, index=index)


def _other_photo(subject: Subject) -> tuple[list[str], Subject]:
    photo = choose_second_photo()
    if photo is None:
        st.info("Choose the second photo above; then both stand side by side.", icon=":material/add_photo_alternate:")
        st.stop()
    image, analysis = read_second(photo, subject.network_name)
    index = choose_second_face(len(analysis.faces), default=1)
    second = Subject(photo, image, analysis, index, subject.network_name)
    return _told_apart([subject.title, second.title]), second


def _told_apart(names: list[str]) -> list[str]:
    return names if names[0] != names[1] else [names[0], f"{names[1]} (again)"]


# Probabilities -------------------------------------------------------------------------------------------------------


def show_probabilities(sides: Sides, mode: Mode) -> None:
    """Shows both faces with their answers, and the probabilities as paired bars."""
    for column, side in zip(st.columns(2, gap="large"), sides, strict=True):
        with column:
            _head(side)
            st.image(side.view.enlarged(240), width=240, alt=f"{side.name}: the face as the network gets it")
    st.markdown(f"**{comparison.say_answers([side.name for side in sides], [side.answer for side in sides])}**")
    _answers(sides)


def _head(side: Side) -> None:
    st.subheader(side.name, anchor=False)
    st.caption(f"{side.subject.title}; {side.network_name} says {verdict(side.subject)}")


def _answers(sides: Sides) -> None:
    table = comparison.probability_table([side.name for side in sides], [side.answer for side in sides])
    st.subheader("Probabilities", anchor=False)
    shares = {side.name: [float(share) for share in table[side.name].fillna(0)] for side in sides}
    words = [
        f"{row.expression} " + " and ".join(figures.percent(shares[side.name][number]) for side in sides)
        for number, row in enumerate(table.itertuples())
    ]
    st.plotly_chart(
        figures.paired_bars(list(table["expression"]), shares),
        key="paired_probabilities",
        config=CHART_CONFIG,
        alt=f"Bar chart of the probabilities by {sides[0].name} and {sides[1].name}: " + ", ".join(words),
    )
    elsewhere = comparison.distance(sides[0].answer, sides[1].answer)
    st.caption(
        f"{figures.percent(elsewhere)} of the probability lies on other expressions: 0 % would be the same answer."
    )
    with st.container(horizontal=True, gap="small", key="table_downloads"):
        download_table(
            table,
            "",
            "compare",
            *(side.name for side in sides),
            key="download_compare",
            help_text="The probabilities in a table.",
        )


# Maps ----------------------------------------------------------------------------------------------------------------


def show_maps(sides: Sides, mode: Mode) -> None:
    """Shows one method's map on both sides, then what differs between the maps and between the answers."""
    grid = st.grid(4, gap="small", min_column_width=150)
    with grid.cell():
        method = choose_method()
    with grid.cell():
        expression = choose_expression(sides[0].subject)
    layers = _choose_layers(sides, grid, is_used=method.needs_layer)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="method_bar"):
        st.markdown(f"**{method.label}.** {method.summary}", width="stretch")
        settings = choose_parameters(method)
    _require_class(sides, expression)
    questions = [_ask(side, method, expression, layer, settings) for side, layer in zip(sides, layers, strict=True)]
    aim = Aim(method, targets.of_class(sides[0].subject, expression))
    is_comparable = len({(side.network_name, layer) for side, layer in zip(sides, layers, strict=True)}) == 1

    def draw(wall: Wall) -> None:
        looks = _choose_looks(is_signed=method.signed, with_difference=mode == "networks")
        wall_progress(wall)
        _pair_of_maps(sides, wall, aim, looks[method.signed], is_comparable=is_comparable)
        if all(asking.is_map(answer) for answer in wall.found):
            _differences(sides, wall.found, looks[True] if mode == "networks" else None)

    watch_wall(questions, draw, at_once=not method.is_slow)
    _answers(sides)


def _choose_layers(sides: Sides, grid: Any, *, is_used: bool = True) -> list[str]:
    """Draws the layer picker, and for another network one more; returns the layer of each side."""
    networks = [await_network(side.network_name) for side in sides]
    with grid.cell():
        first = choose_layer(networks[0], is_used=is_used)
    if sides[0].network_name == sides[1].network_name:
        return [first, first]
    names = [list(layers_to_choose(network)) for network in networks]
    with grid.cell():
        matched = comparison.layer_at_same_depth(first, *names)
        return [first, choose_second_layer(networks[1], matched, is_used=is_used)]


def _require_class(sides: Sides, expression: str) -> None:
    for side in sides:
        if expression not in side.answer:
            st.info(
                f"{side.network_name} knows no “{expression}”. Choose another expression or network.",
                icon=":material/info:",
            )
            st.stop()


def _ask(side: Side, method: Any, expression: str, layer: str, settings: dict[str, Any]) -> Question:
    return Question(
        side.network_name,
        side.view.pixels,
        method.name,
        targets.of_class(side.subject, expression).target,
        layer if method.needs_layer else None,
        tuple(sorted(settings.items())),
    )


def _choose_looks(*, is_signed: bool, with_difference: bool) -> dict[bool, Look]:
    with st.grid(4, gap="small", min_column_width=150):
        if with_difference and not is_signed:
            return choose_looks()
        return {is_signed: choose_look(is_signed=is_signed)}


def _pair_of_maps(sides: Sides, wall: Wall, aim: Aim, look: Look, *, is_comparable: bool) -> None:
    limit = shared_limit(filter(asking.is_map, wall.found)) if is_comparable else None
    shown = []
    for column, side, answer in zip(st.columns(2, gap="large"), sides, wall.found, strict=True):
        with column:
            _head(side)
            picture = _map(side, aim, answer, look, limit)
            _scale(aim, answer, look, limit, "one scale for both" if is_comparable else "its own scale")
        shown.append((picture, side.name))
    if not is_comparable:
        st.caption(
            "The networks' scores have scales of their own, so each map does too: compare places, not strengths."
        )
    download_png(
        "Both maps",
        lambda: _strip(shown),
        "compare",
        aim.method.label,
        aim.goal.words,
        *(side.name for side in sides),
        key="download_maps",
    )


def _map(side: Side, aim: Aim, answer: Any, look: Look, limit: float | None) -> np.ndarray:
    if not asking.is_map(answer):
        picture = side.view.enlarged(FACE_SIDE)
        st.image(picture, width="stretch", alt=f"{side.name}: the face, no map yet")
        if answer is not None:
            st.info(answer, icon=":material/info:")
        return picture
    picture = map_overlay(side.view, answer.values, look, limit or colour_limit(answer))
    st.image(picture, width="stretch", alt=f"{side.name}: {aim.method.label} for {aim.goal.words} over the face")
    if answer.is_blank:
        st.info(blank_advice(aim, answer.layer), icon=":material/info:")
    return picture


def _scale(aim: Aim, answer: Any, look: Look, limit: float | None, scale: str) -> None:
    if asking.is_map(answer):
        where = f"layer {answer.layer}" if answer.layer else "the picture itself"
        title = f"{aim.meaning}; {where}, {scale}"
        show_colour_bar(answer.values, look, title, aim.ends, limit or colour_limit(answer))
        st.caption(f"Computed in {duration(answer.seconds)}.")


def _strip(shown: Sequence[tuple[np.ndarray, str]]) -> np.ndarray:
    from interp import render

    return render.strip([picture for picture, _ in shown], [name for _, name in shown], height=480)


def _differences(sides: Sides, found: Sequence[Any], look: Look | None) -> None:
    """Shows how alike two maps are, on which parts they lie, and for one face where one is stronger than the other."""
    st.subheader("What differs", anchor=False)
    names = [side.name for side in sides]
    size = sides[0].view.size
    maps = [answer.values for answer in found]
    st.markdown(f"**{comparison.say_answers(names, [side.answer for side in sides])}**")
    left, right = st.columns(2, gap="large")
    with left:
        if look is not None:
            _difference_map(sides, comparison.difference(maps[0], maps[1], size, is_same_scale=False), look)
        if not any(answer.is_blank for answer in found):
            rank, structure = comparison.likeness(maps[0], maps[1], size)
            with st.container(horizontal=True, gap="medium", key="likeness"):
                st.metric(
                    "Rank correlation",
                    figures.number(rank),
                    width="content",
                    help="Of the two maps' values at each place: 1 the same order, 0 nothing in common, −1 reversed.",
                )
                st.metric(
                    "Structural similarity",
                    figures.number(structure),
                    width="content",
                    help="How alike the two maps look (SSIM), each by its own greatest value: 1 means the same.",
                )
            turned = "" if look is not None else " Both faces are turned upright, with the eyes at one place."
            st.caption(comparison.say_likeness(rank) + turned)
    with right:
        _parts(sides, maps)


def _difference_map(sides: Sides, values: np.ndarray, look: Look) -> None:
    picture = map_overlay(sides[0].view, values, look)
    first, second = (side.name for side in sides)
    st.image(
        picture, width="stretch", alt=f"Where the map of {second} is stronger than that of {first}, and where weaker"
    )
    title = "Difference of the two maps, each divided by its greatest value; faint means alike"
    show_colour_bar(values, look, title, (f"more in {first}", f"more in {second}"))
    download_png("Difference", lambda: picture, "compare", "difference", first, second, key="download_difference")


def _parts(sides: Sides, maps: Sequence[np.ndarray]) -> None:
    found = [regions_of_face(side.subject, side.view, values) for side, values in zip(sides, maps, strict=True)]
    regions = [one for one in found if one is not None]
    if len(regions) < len(sides):
        st.caption("On one of the faces no points were found, so its parts are unknown.")
        return
    names = [side.name for side in sides]
    st.markdown(comparison.say_parts(names, regions))
    densities = {name: [region.density for region in side] for name, side in zip(names, regions, strict=True)}
    labels = [region.name for region in regions[0]]
    written = comparison.times_its_area
    st.plotly_chart(
        figures.paired_bars(labels, densities, written),
        key="paired_parts",
        config=CHART_CONFIG,
        alt=f"Bar chart of how dense each map is on each part of the face, {names[0]} and {names[1]}: "
        + ", ".join(
            f"{label} {' and '.join(written(densities[name][number]) for name in names)}"
            for number, label in enumerate(labels)
        ),
    )
    st.caption(
        "Each map's share on each part of its face, divided by the part's share of the picture: 1× is what its area "
        "alone would get. “Rest” is forehead, hair and background."
    )


# Activations ---------------------------------------------------------------------------------------------------------


def show_activations(sides: Sides, mode: Mode) -> None:
    """Shows the channels of a layer that respond most on each side."""
    from interp import render

    grid = st.grid(4, gap="small", min_column_width=150)
    layers = _choose_layers(sides, grid)
    with grid.cell():
        look = choose_palette()
    found = [
        explanations.activations(side.network_name, side.view.pixels, layer)
        for side, layer in zip(sides, layers, strict=True)
    ]
    is_comparable = len({(side.network_name, layer) for side, layer in zip(sides, layers, strict=True)}) == 1
    limits = [max(float(np.abs(maps).max()), 1e-12) for maps in found]
    limits = [max(limits)] * len(limits) if is_comparable else limits
    for number, (column, side, maps, limit) in enumerate(
        zip(st.columns(2, gap="large"), sides, found, limits, strict=True)
    ):
        with column:
            _head(side)
            st.markdown(
                f"Layer {layers[number]}: the {min(CHANNELS, maps.shape[-1])} strongest of {maps.shape[-1]} channels"
            )
            tiles = [
                Tile(
                    pictures.enlarge(
                        render.colorize(np.abs(maps[..., channel]), look.palette, limit=limit),
                        TILE_SIDE,
                        is_smooth=False,
                    ),
                    f"Channel {channel}, mean {figures.number(float(np.abs(maps[..., channel]).mean()))}",
                    f"{channel}",
                )
                for channel in strongest(maps)
            ]
            gallery(
                tiles, key=f"channels_{number}", alt=f"{side.name}: strongest channels of {layers[number]}", width=96
            )
            scale = "one scale for both sides" if is_comparable else "its own scale"
            show_colour_bar(
                np.array([limit]), look, f"How strongly each place responds, without its sign; {scale}", limit=limit
            )
    if is_comparable:
        shared = set(strongest(found[0])) & set(strongest(found[1]))
        st.markdown(f"{len(shared)} of the {CHANNELS} strongest channels are the same on both sides.")
    else:
        st.caption(
            "Channels of different layers have nothing to do with each other: only the kind of pattern compares."
        )


def strongest(maps: np.ndarray) -> list[int]:
    """Returns the channels with the greatest mean magnitude, the strongest first.

    Args:
        maps: float (h, w, channels).
    """
    return [int(channel) for channel in np.argsort(-np.abs(maps).mean(axis=(0, 1)), kind="stable")[:CHANNELS]]


# Ladder --------------------------------------------------------------------------------------------------------------


def show_ladder(subject: Subject) -> None:
    """Shows every network that reads expressions on one face, from the fewest parameters to the most."""
    from interp import METHODS

    cards = networks.cards()
    names = comparison.smallest_first(expression_networks(), cards)
    sides = [_side(name, _read_by(subject, name)) for name in names]
    grid = st.grid(3, gap="small", min_column_width=150)
    with grid.cell():
        method = choose_method()
    with grid.cell():
        expression = choose_expression(subject)
    with grid.cell():
        network = networks.network(subject.network_name)
        layer = choose_layer(network, is_used=method.needs_layer)
    layers = list(layers_to_choose(network))
    _require_class(sides, expression)
    settings = dict(default_settings(METHODS[method.name].name))
    questions = [
        _ask(
            side,
            method,
            expression,
            comparison.layer_at_same_depth(layer, layers, list(layers_to_choose(networks.network(side.network_name)))),
            settings,
        )
        for side in sides
    ]
    aim = Aim(method, targets.of_class(subject, expression))
    seconds = [explanations.forward_seconds(side.network_name, side.subject.face.crop) for side in sides]

    def draw(wall: Wall) -> None:
        looks = _choose_looks(is_signed=method.signed, with_difference=False)
        wall_progress(wall)
        rungs = st.grid(3, gap="medium", min_column_width=260)
        for side, answer, took in zip(sides, wall.found, seconds, strict=True):
            with rungs.cell(), st.container(border=True):
                _rung(side, cards[side.network_name], took)
                _map(side, aim, answer, looks[method.signed], None)
                _scale(aim, answer, looks[method.signed], None, "its own scale")

    watch_wall(questions, draw, at_once=not method.is_slow)
    _ladder_table(sides, seconds)


def _rung(side: Side, card: Any, seconds: float) -> None:
    st.subheader(side.name, anchor=False)
    block = wording.scores(card)[1]
    extent = f" ({wording.interval(block)})" if block.get("interval") else ""
    accuracy = f"Right on test faces: {wording.share(block['accuracy'])}{extent}" if "accuracy" in block else ""
    facts = [accuracy, f"{wording.amount(card.parameters)} parameters · {duration(seconds)} for this face"]
    st.caption("  \n".join(fact for fact in facts if fact))  # a line each, so that cards side by side are of one height
    st.markdown(f"Says **{verdict(side.subject)}**")
    st.plotly_chart(
        figures.probabilities(side.answer, side.subject.winner),
        key=f"rung_{side.name}",
        config=CHART_CONFIG,
        alt=f"Bar chart of the probabilities by {side.name}: "
        + ", ".join(f"{name} {figures.percent(share)}" for name, share in side.answer.items()),
    )


def _ladder_table(sides: Sides, seconds: Sequence[float]) -> None:
    st.subheader("All in one table", anchor=False)
    table = comparison.ladder_table(
        [side.network_name for side in sides],
        networks.cards(),
        [side.answer for side in sides],
        [side.subject.face.expression for side in sides],
        seconds,
    )
    share = st.column_config.NumberColumn(format="percent")
    st.dataframe(
        table,
        hide_index=True,
        key="ladder_table",
        column_config={name: share for name in table.select_dtypes(float).columns if name != "milliseconds"}
        | {"milliseconds": st.column_config.NumberColumn("ms a face", format="%.1f")},
        alt="Table of the networks: parameters, accuracy, answer, probabilities and time",
    )
    with st.container(horizontal=True, gap="small", key="table_downloads"):
        download_table(
            table,
            "",
            "ladder",
            sides[0].subject.title,
            key="download_ladder",
            help_text="The probabilities by each network in a table.",
        )
    said = {side.subject.winner for side in sides}
    st.caption(
        f"All say {said.pop()}." if len(said) == 1 else f"They disagree: {', '.join(sorted(said))} are all named."
    )


def details(mode: Mode) -> None:
    """Says how to read the two sides."""
    st.markdown(
        "Both sides answer the same question: one method, one expression, one palette. Where one network looks at two "
        "faces, the colours have one scale. Two networks have scales of their own, for nothing ties the size of one's "
        "scores to that of the other's."
    )
    if mode in ("networks", "ladder"):
        st.markdown(
            "Networks are built differently, so the layers are matched by depth: the layer that lies at the same share "
            "of the way from the picture to the answer. Under each map stands which one it is."
        )
    if mode == "ladder":
        st.caption("Accuracy and its 95 % interval come from the cards; the time is measured on this server just now.")
    st.caption("An expression is what a face looks like, not what a person feels.")
