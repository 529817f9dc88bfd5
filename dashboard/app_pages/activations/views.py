"""What the page Inside shows below the canvas: one channel, and all layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.app_pages.activations import results
from dashboard.drawing import figures, pictures, tables
from dashboard.drawing.look import Look
from dashboard.drawing.words import percent, three_digits, time_left
from dashboard.pickers.layer import draw_layers
from dashboard.pickers.switch import choose_from
from dashboard.services import explanations, networks
from dashboard.services.runs import show_progress
from dashboard.subject import Subject
from dashboard.tasks.task import View
from dashboard.widgets.arithmetic import block_end
from dashboard.widgets.canvas import strongest, thumbnail
from dashboard.widgets.chart import draw_chart
from dashboard.widgets.diagram import PICTURE, Card, arrange, diagram
from dashboard.widgets.downloads import download_png
from dashboard.widgets.maps import map_overlay, show_colour_bar
from interp import Network, Target, receptive_fields

SORT = "sort"

SORTS = {"index": "Index", "strength": "Strength", "importance": "Importance"}
WITHOUT_MAPS = {"Permute", "Reshape"}
"""Kinds whose output may have three dimensions that are no rows, columns and channels."""
KIND_WORDS = {
    "Conv2D": "a convolution",
    "SeparableConv2D": "a separable convolution",
    "DepthwiseConv2D": "a depthwise convolution",
    "BatchNormalization": "a batch normalisation",
    "LayerNormalization": "a layer normalisation",
    "ReLU": "a ReLU, which keeps what is above zero",
    "MaxPooling2D": "a pooling, which keeps the largest of each window",
    "AveragePooling2D": "a pooling, which keeps the mean of each window",
    "UpSampling2D": "an enlargement",
    "Add": "a sum of branches",
    "Concatenate": "branches set side by side",
    "Rescaling": "the picture on another scale",
}


@dataclass(frozen=True)
class Seen:
    """The photo and the face, what the network gets of them, and what every layer makes of that, by its name."""

    subject: Subject
    view: View
    network: Network
    maps: Mapping[str, np.ndarray]

    def has_maps(self, layer: str) -> bool:
        """Return whether a layer's output is a stack of maps."""
        return self.maps[layer].ndim == 3 and self.network.layer(layer).kind not in WITHOUT_MAPS

    @property
    def pixels(self) -> np.ndarray:
        """What the network gets, uint8 (h, w) or (h, w, 3)."""
        return self.view.pixels

    @property
    def network_name(self) -> str:
        return self.subject.network_name

    @property
    def title(self) -> str:
        return self.subject.title


# The network ---------------------------------------------------------------------------------------------------------


def cards_of(seen: Seen) -> list[Card]:
    """Return a card for the picture and for each layer, in order, each in its place."""
    layers = [layer for layer in seen.network.layers if layer.name in seen.maps]
    names = {layer.name for layer in layers}
    cards = [Card(PICTURE, "what goes in", _times(seen.pixels.shape), 0, (), is_pickable=False)]
    for layer in layers:
        sources = tuple(name for name in seen.network.sources[layer.name] if name in names) or (PICTURE,)
        shape, is_map = _times(seen.maps[layer.name].shape), seen.has_maps(layer.name)
        cards.append(Card(layer.name, layer.kind, shape, layer.parameters, sources, is_map))
    return arrange(cards)


def _times(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) if len(shape) != 1 else f"{shape[0]} numbers"


def sprite(seen: Seen, cards: Sequence[Card]) -> np.ndarray:
    """Return the thumbnails of all cards side by side, RGB uint8: of each layer the map with the strongest value."""
    tiles = []
    for card in cards:
        if card.name == PICTURE:
            tiles.append(thumbnail(pictures.as_rgb(seen.pixels)))
            continue
        values = seen.maps[card.name]
        tiles.append(thumbnail(values[..., strongest(values)] if seen.has_maps(card.name) else _tile_up(values)))
    return np.concatenate(tiles, axis=1)


def _tile_up(values: np.ndarray) -> np.ndarray:
    """Lay numbers without a place into a square, as far as they go."""
    flat = values.ravel()
    side = int(np.ceil(np.sqrt(len(flat))))
    square = np.zeros(side * side, np.float32)
    square[: len(flat)] = flat
    return square.reshape(side, side)


def network_diagram(seen: Seen, cards: Sequence[Card], layer: str) -> None:
    """Show the network; a click on a layer chooses it."""
    diagram(
        cards,
        pictures.png(sprite(seen, cards)),
        key="diagram",
        alt=f"The network {seen.network_name} as a diagram of {len(cards) - 1} layers, from the picture to the answer",
        chosen=layer,
        on_pick=pick_layer,
    )


def pick_layer(name: str) -> None:
    st.session_state[state.LAYER] = name


def inner(maps: np.ndarray) -> np.ndarray:
    """Return maps (h, w, …) with nothing on their border, where what lies outside of the picture is seen."""
    if min(maps.shape[:2]) < 3 or not maps[1:-1, 1:-1].any():
        return maps
    found = np.zeros_like(maps)
    found[1:-1, 1:-1] = maps[1:-1, 1:-1]
    return found


def choose_layer(seen: Seen) -> str:
    """Draw the layer picker and return the layer's name; the first convolution to begin with, which finds edges.

    The layer that other pages begin with is no choice of the visitor's here, nor is this one there.
    """
    names = [layer.name for layer in seen.network.layers if layer.name in seen.maps and seen.has_maps(layer.name)]
    default = next((name for name in names if seen.network.layer(name).is_convolution), names[0])
    choices = st.session_state[state.CHOICES]
    if state.LAYER not in st.session_state and choices.get(state.LAYER) == seen.view.task.default_layer(seen.network):
        del choices[state.LAYER]
    help = "From the picture (top of the list) to the answer, with the layers that the strip above leaves out."
    name = draw_layers(names, default, help)
    if name == default:
        choices.pop(state.LAYER, None)
    return name


def layer_words(seen: Seen, layer: str) -> str:
    """Say in a sentence what a layer is."""
    height, width, channels = seen.maps[layer].shape
    known = seen.network.layer(layer)
    weights = f", {known.parameters:,} parameters" if known.parameters else ", with nothing to learn"
    kind = KIND_WORDS.get(known.kind, f"a layer of the kind {known.kind}")
    return f"**{layer}** is {kind}: {maps_words(channels)} of {height}×{width} numbers{weights}."


def maps_words(count: int) -> str:
    """Say how many maps there are."""
    return f"{count} map{'' if count == 1 else 's'}"


def channel_names(seen: Seen, layer: str) -> tuple[str, ...]:
    """Return each channel of a layer in words, "Channel 10 (left elbow)"; just its number where nobody knows."""
    count = seen.maps[layer].shape[-1]
    labels = networks.cards()[seen.network_name].labels
    if layer != seen.view.task.maps_layer or len(labels) != count:
        return tuple(f"Channel {number}" for number in range(count))
    return tuple(f"Channel {number} ({tables.words(label).lower()})" for number, label in enumerate(labels))


# Channels ------------------------------------------------------------------------------------------------------------


def choose_sort() -> str:
    """Draw by what the maps are sorted and return it."""
    help = (
        "Index: the network's own order. Strength: the highest value first. Importance: first the channel that adds "
        "most to the answer (gradient × activation)."
    )
    return choose_from("Sort by", SORT, SORTS, help=help)


def order_of(maps: np.ndarray, sort: str, gains: np.ndarray | None) -> np.ndarray:
    """Return the channels in the order in which they are shown, int (channels,)."""
    if sort == "importance" and gains is not None:
        return np.argsort(-gains, kind="stable")
    if sort == "strength":
        return np.argsort(-np.abs(maps).max(axis=(0, 1)), kind="stable")
    return np.arange(maps.shape[-1])


def channel_large(seen: Seen, layer: str, channel: int, look: Look) -> None:
    """Show one channel over the picture with its own scale."""
    values = seen.maps[layer][..., channel]
    picture, name = map_overlay(seen.view, values, look), channel_names(seen, layer)[channel]
    st.image(picture, width="stretch", alt=f"{name} of layer {layer} over {seen.view.noun}")
    if values.any():
        show_colour_bar(values, look, f"Activation of channel {channel}, on its own scale (faint = near\u00a00)")
    else:
        st.info(f"{name} is zero everywhere: its pattern isn't in this picture.", icon=":material/info:")


def channel_facts(values: np.ndarray, channel: int, gain: float | None) -> None:
    """Show a map's statistics and how often which values occur; `gain` is what the answer gains by it, if asked."""
    with st.container(horizontal=True, gap="medium", key="channel_facts"):
        for label, words, meaning in statistics(values, gain):
            st.metric(label, words, width="content", help=meaning)
    draw_chart(
        figures.histogram(values),
        "channel_histogram",
        f"Histogram of the {values.size} values of channel {channel}",
    )


def statistics(values: np.ndarray, gain: float | None = None) -> list[tuple[str, str, str]]:
    """Return (label, value, meaning) of what describes a map.

    Args:
        values: float32 (h, w).
        gain: float, what the answer gains by the channel. Defaults to None: not asked.
    """
    found = [
        ("Mean", three_digits(float(values.mean())), "The mean of the whole map."),
        ("Largest", three_digits(float(values.max())), "The highest value on the map."),
    ]
    if values.min() < 0:
        found.append(("Smallest", three_digits(float(values.min())), "The lowest value on the map."))
    found.append(("Exactly 0", percent(float((values == 0).mean())), "The share of the map that is exactly 0."))
    if gain is not None:
        found.append(("Importance", three_digits(gain), "Mean over the map of gradient × activation."))
    return found


# What a channel likes best -------------------------------------------------------------------------------------------


def channel_dream(seen: Seen, layer: str, channel: int) -> None:
    """Show the picture that a channel likes best, or a button that looks for it, with progress and Cancel."""
    place = (seen.network_name, layer, channel)
    picture, run = results.CHANNEL_DREAM.find(place)
    if picture is not None:
        large = pictures.as_rgb(pictures.enlarge(np.squeeze(picture), 288))
        st.image(large, width=220, alt=f"The picture that channel {channel} of {layer} likes best")
        st.caption("Made from noise, step by step; no photo was used.")
        download_png(
            "Pattern", lambda: large, seen.network_name, layer, f"channel {channel}", "likes", key="download_likes"
        )
        return
    if run is not None and run.is_active:
        if run.result is not None:
            st.image(
                pictures.as_rgb(pictures.enlarge(np.squeeze(run.result), 288)), width=220, alt="The pattern so far"
            )
        words = f"Step {run.done} of {run.total}{time_left(run.seconds_left)}" if run.total else "Getting ready…"
        show_progress(run, words, "likes")
        return
    if run is not None and run.status == "failed":
        st.error(f"{run.error} Try another channel.", title="There is no picture", icon=":material/error:")
    st.button(
        "Show what it likes",
        key="start_likes",
        icon=":material/auto_awesome:",
        on_click=_start_likes,
        args=place,
        help="Changes noise step by step until this channel responds everywhere. Takes a few seconds.",
    )


def _start_likes(network_name: str, layer: str, channel: int) -> None:
    results.CHANNEL_DREAM.put(results.start_channel_dream(network_name, layer, channel))


def gains_of(seen: Seen, layer: str, target: Target) -> np.ndarray | None:
    """Return for each channel the mean over its map of gradient × activation, float32 (channels,).

    Where the target does not depend on the layer, say so and return None.
    """
    height, width = seen.maps[layer].shape[:2]
    try:
        gains = explanations.importance(seen.network_name, seen.pixels, layer, target)
    except ValueError as error:
        st.info(f"{error} The maps stay in the network's own order.", icon=":material/info:")
        return None
    return gains / (height * width)


def reading_words(seen: Seen, layer: str) -> str:
    """Explain maps, sorting and arithmetic in a few sentences, as Markdown."""
    maps = seen.maps[layer]
    height, width, _ = maps.shape
    meaning = (
        "One end of the colours means that the channel's pattern is there, the other end its opposite; the middle is 0."
        if maps.min() < 0
        else "A bright place means that the channel's pattern is there; a dark map is a channel that found little."
    )
    return (
        "The picture comes in on the left and the answer goes out on the right. Each layer shown in between stands "
        "for a convolution, with its strongest map. What one of its numbers sees of the picture grows from edges to "
        "parts to the whole. **All layers of the network** shows the rest: there, a separate lane is a branch, and a "
        "line above the cards is a skip, which passes a layer's output on unchanged.\n\n"
        f"Each map is one channel of **{layer}**: {height}×{width} numbers, one for each place on the picture. "
        f"{meaning} All maps share one scale; the large one has its own. Press a map, or enter its number, to see it "
        "large. Where numbers can be negative, red is above zero and blue below, on maps and in tables.\n\n"
        "Every number of a convolution is a window of the maps before it, times a kernel of learned weights, added "
        "up. Point at a cell: the same cell lights up in window, kernel and products, and its place on the map "
        "before and on the picture. **Play** slides the window over all of them in your browser.\n\n"
        "**Off** means that all numbers of a map are replaced by 0 before the next layer gets them, **×2** that they "
        "are doubled; all later layers are then computed again. No network was trained without a channel, so what "
        "happens tells you what this network does with the channel here, not what the channel means. Strength says "
        "how much a channel responds; importance estimates, from the gradient, what switching it off would change."
    )


def layer_details(seen: Seen, layer: str) -> str:
    """Return names, shapes, formula and numbers on a layer, as Markdown."""
    values, known = seen.maps[layer], seen.network.layer(layer)
    field = receptive_fields(seen.network, seen.view.size).get(layer)
    height, width = seen.view.size
    sees_all = field is None or field.is_everything or (field.size[0] >= height and field.size[1] >= width)
    side = "the whole picture" if field is None or sees_all else "{:.0f}×{:.0f} pixels".format(*field.size)
    takes = ", ".join(seen.network.sources[layer]) or "the picture"
    return (
        f"- Layer `{layer}`: {known.kind}, output {_times(values.shape)}, {known.parameters:,} parameters; takes "
        f"{takes}.\n"
        f"- One number of a map sees {side}.\n"
        "- Convolution: sum over window rows i, columns j and input channels c of window(i, j, c) × kernel(i, j, c), "
        "plus bias. Batch normalisation: γ (x − mean) / √(variance + ε) + β. ReLU: max(0, x).\n"
        f"- Channels are changed at `{block_end(seen.network, layer)}`, behind normalisation and activation, which "
        "would add something of their own.\n"
        "- Importance of channel k: the mean over places of A(k) × ∂y/∂A(k), with y the target's value before "
        "softmax or sigmoid.\n"
        f"- Over the whole layer: mean {three_digits(float(values.mean()))}, largest "
        f"{three_digits(float(values.max()))}, exactly zero {percent(float((values == 0).mean()))} of all "
        "values."
    )
