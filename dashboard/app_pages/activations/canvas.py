"""The canvas of the Inside page: the network on one screen, a layer's maps, and how one number comes about."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.activations import wall
from dashboard.app_pages.activations.switching import Switched, say_switched
from dashboard.app_pages.activations.views import Seen, channel_names, maps_words, pick_layer
from dashboard.drawing import figures
from dashboard.drawing.look import Look
from dashboard.drawing.words import unbroken
from dashboard.pickers.projector import leave_projector
from dashboard.services import explanations, networks
from dashboard.tasks.task import Goal
from dashboard.widgets.arithmetic import Working, data_of, work_out
from dashboard.widgets.bars import Bars, bars_of
from dashboard.widgets.canvas import Wall, canvas, stops_of, strip_data
from dashboard.widgets.downloads import download_png
from dashboard.widgets.maps import map_overlay
from interp import render, seen_box
from interp.arithmetic import Arithmetic

OUTLINED_SIDE = 480
"""Pixels of a side of the downloaded picture with a receptive field."""
PHOTO_SIDE = 240
WALL_RATIO = 0.8
"""Width over height of the canvas's place for a layer's maps."""


def show_canvas(
    seen: Seen,
    layer: str,
    place: tuple[int, int, int],
    order: np.ndarray,
    looks: Mapping[bool, Look],
    switched: Switched | None,
    goal: Goal,
    *,
    is_projected: bool,
) -> None:
    """Show the network on one screen."""
    stops = stops_of(seen.network, seen.maps, seen.view.size)
    names, count, (height, width) = [stop.name for stop in stops], len(order), seen.maps[layer].shape[:2]
    on_the_way = [known.name for known in seen.network.layers]
    behind = [index for index, name in enumerate(names) if on_the_way.index(name) <= on_the_way.index(layer)]
    made = f"{layer} turns its input into {maps_words(count)} of {height}×{width} numbers"
    said = f"{made}. Press a layer, a map, or Play."
    canvas(
        strip_data(
            seen.view.enlarged(PHOTO_SIDE),
            seen.view.title,
            stops,
            behind[-1:],
            answer_of(seen, switched, goal),
        ),
        said if switched is None else unbroken(say_switched(switched, layer)),
        wall_of(seen, layer, order, place[0], looks[bool(seen.maps[layer].min() < 0)], switched),
        working_data(seen, layer, place, looks),
        key="canvas",
        is_projected=is_projected,
        on_layer=lambda index: pick_layer(names[index]),
        on_channel=pick_channel,
        on_place=lambda index: _pick_place(*divmod(index, width)),
        on_leave=leave_projector,
    )


def _pick_place(row: int, column: int) -> None:
    st.session_state[state.ROW], st.session_state[state.COLUMN] = row, column


def pick_channel(channel: int) -> None:
    """Callback: look at a channel."""
    st.session_state[state.CHANNEL] = channel


def answer_of(seen: Seen, switched: Switched | None, goal: Goal) -> Bars:
    """Return the bars of the answer, with those before beside them where channels were changed."""
    if seen.view.labels:
        shares = seen.subject.face.emotion if switched is None else switched.after
        caption = "" if switched is None else "Hollow: before"
        before = None if switched is None else switched.before
        return bars_of(shares, seen.view.task.answer.lower(), before=before, caption=caption)
    return Bars((), "", f"Asked about: {goal.words}")


def wall_picture(seen: Seen, layer: str, order: np.ndarray, look: Look) -> tuple[np.ndarray, int]:
    """Return all maps of a layer side by side, RGBA uint8, and how many stand in a row."""
    columns = int(np.ceil(np.sqrt(len(order) * WALL_RATIO)))
    mosaic, is_map = wall.tiled(seen.maps[layer][..., order], columns)
    colours = render.colorize(mosaic, palette=look.palette, signed=look.is_signed)
    return np.dstack([colours, np.where(is_map, 255, 0).astype(np.uint8)]), columns  # the gaps are transparent


def wall_of(seen: Seen, layer: str, order: np.ndarray, channel: int, look: Look, switched: Switched | None) -> Wall:
    """Return what the canvas shows of a layer: all its maps, on one scale."""
    maps, names = seen.maps[layer], channel_names(seen, layer)
    picture, columns = wall_picture(seen, layer, order, look)
    low, high = render.limits(maps, signed=look.is_signed)
    return Wall(
        picture,
        wall.regions_of(maps.shape, columns, [names[number] for number in order]),
        order,
        f"{layer}: {'all ' * (len(order) > 1)}{maps_words(len(order))}",
        f"{maps_words(len(order))} of layer {layer}, {columns} in a row, on one scale",
        figures.colour_bar(render.palette_stops(look.palette), low, high, "Activation, one scale for all"),
        channel,
        () if switched is None else switched.channels,
        switched is None or switched.factor == 0,
    )


def working_data(seen: Seen, layer: str, place: tuple[int, int, int], looks: Mapping[bool, Look]) -> dict[str, object]:
    """Return how one number of a map comes about, or why there is no sum to show, as plain values for the browser."""
    _, row, column = place
    size, found = seen.view.size, working_of(seen, layer, place)
    source = "" if isinstance(found, str) else found.source
    return data_of(
        found,
        background=seen.view.enlarged(320),
        side=size,
        spans=networks.seen_spans(seen.network_name, source, size) if source else None,
        box=seen_box(seen.network, layer, row, column, size),
        stops={is_signed: render.palette_stops(look.palette) for is_signed, look in looks.items()},
    )


def working_of(seen: Seen, layer: str, place: tuple[int, int, int]) -> Working | str:
    """Return how a number comes about, or the sentence on why there is nothing to show."""

    def ask(convolution: str, channel: int, row: int, column: int) -> Arithmetic:
        return explanations.arithmetic(seen.network_name, seen.pixels, convolution, channel, row, column)

    return work_out(seen.network, seen.maps, seen.pixels, layer, place, ask)


def offer_pictures(
    seen: Seen, layer: str, place: tuple[int, int, int], order: np.ndarray, looks: Mapping[bool, Look]
) -> None:
    """Offer the downloads of a channel, of all, and of the picture with a frame around what a place sees."""
    channel, row, column = place
    look = looks[bool(seen.maps[layer].min() < 0)]
    download_png(
        "Channel",
        lambda: map_overlay(seen.view, seen.maps[layer][..., channel], look),
        seen.title,
        layer,
        f"channel {channel}",
        key="download_channel",
    )
    download_png(
        "All channels",
        lambda: wall_picture(seen, layer, order, look)[0],
        seen.title,
        layer,
        "channels",
        key="download_wall",
    )
    download_png(
        f"{seen.view.title} with frame",
        lambda: outline(seen, seen_box(seen.network, layer, row, column, seen.view.size)),
        seen.title,
        layer,
        f"channel {channel} row {row} column {column}",
        key="download_outline",
    )


def outline(seen: Seen, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return what the network gets, enlarged, with a frame around a box, RGB uint8."""
    times = max(1, OUTLINED_SIDE // max(seen.pixels.shape[:2]))
    framed = render.outline(seen.pixels, box, enlarge=times)
    x, y, width, height = (times * number for number in box)
    return render.outline(framed, (x + 1, y + 1, width - 2, height - 2))  # a second pixel, to be seen on any photo
