"""A network on one screen: the way from the picture to the answer, a layer's maps, and one map as it is worked out.

A press on a layer opens it, one on a map shows how the window slides: that animation runs in the browser alone, from
numbers that were sent once. In the manner of CNN Explainer (Wang et al. 2020, arXiv:2004.15004).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from PIL import Image

from dashboard.drawing import pictures
from dashboard.drawing.pictures import Region
from dashboard.widgets.arithmetic import block_end
from dashboard.widgets.bars import Bars
from dashboard.widgets.component import component, picked
from interp import Network, receptive_fields
from interp.receptive_field import ReceptiveField
from interp.render import colorize

THUMBNAIL_SIDE = 56
PHOTO_SIDE = 240
"""Pixels of a side of the picture that goes in."""
EDGE = 1 / 4
"""Share of the picture's side up to which a place sees no more than edges and corners; an eye of a face takes it."""

Zone = Literal["Edges", "Parts", "The whole"]


@dataclass(frozen=True)
class Stop:
    """A layer on the way from the picture to the answer: what it sees, and its strongest map as a thumbnail."""

    name: str
    words: str
    sees: str
    zone: Zone
    thumbnail: np.ndarray = field(repr=False)


def stops_of(network: Network, maps: Mapping[str, np.ndarray], size: tuple[int, int]) -> list[Stop]:
    """Return a stop for each convolution of a network, with the map of the channel that answers most."""
    fields = receptive_fields(network, size)
    found = []
    for layer in network.layers:
        values = maps.get(layer.name)
        if values is None or values.ndim != 3 or not layer.is_convolution:
            continue
        zone = zone_of(fields[layer.name], size)
        seen = round(max(fields[layer.name].size))
        sees = "sees all" if zone == "The whole" else f"{seen}×{seen} px"
        height, width, channels = values.shape
        words = f"{layer.name}: {layer.kind}, {channels} maps of {height}×{width}; each number {sees_words(zone, seen)}"
        channel = strongest(maps[block_end(network, layer.name)])
        found.append(Stop(layer.name, words, sees, zone, thumbnail(values[..., channel])))
    return found


def zone_of(seen: ReceptiveField, size: tuple[int, int]) -> Zone:
    """Return whether what a number of a layer sees holds edges, parts, or all of a picture of this size."""
    if seen.is_everything or max(seen.size) >= max(size):
        return "The whole"
    return "Edges" if max(seen.size) <= EDGE * max(size) else "Parts"


def sees_words(zone: Zone, seen: int) -> str:
    """Say how much of the picture a number of a layer sees, as the end of a sentence."""
    return "sees the whole picture" if zone == "The whole" else f"sees {seen}×{seen} pixels"


def strongest(maps: np.ndarray) -> int:
    """Return the channel with the greatest value, positive or negative, of maps (h, w, channels)."""
    return int(np.abs(maps).max(axis=(0, 1)).argmax())


def thumbnail(values: np.ndarray) -> np.ndarray:
    """Return a map (h, w), or a picture uint8 RGB, as a small square."""
    picture = values if values.ndim == 3 else colorize(values, signed=bool(values.min() < 0))
    method = Image.Resampling.NEAREST if max(picture.shape[:2]) < THUMBNAIL_SIDE else Image.Resampling.BOX
    return np.asarray(Image.fromarray(picture).resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), method))


def strip_data(
    photo: np.ndarray, words: str, stops: Sequence[Stop], chosen: Sequence[int], answer: Bars
) -> dict[str, object]:
    """Return the way from the picture to the answer as plain values for the browser."""
    sprite = np.concatenate([stop.thumbnail for stop in stops], axis=1) if stops else np.zeros((1, 1, 3), np.uint8)
    return {
        "photo": pictures.data_url(pictures.jpeg(photo, PHOTO_SIDE)),
        "photo_alt": f"What the network gets: {words}",
        "photo_words": words,
        "sprite": pictures.data_url(pictures.png(sprite)),
        "stops": [{"name": stop.name, "words": stop.words, "sees": stop.sees, "zone": stop.zone} for stop in stops],
        "chosen": list(chosen),
        "answer": asdict(answer),
    }


@dataclass(frozen=True)
class Wall:
    """All maps of a layer side by side.

    Args:
        picture: RGB or RGBA uint8.
        regions: where each map is, in the order in which they are shown.
        order: int (channels,), the channel of each.
        title: str, above them.
        alt: str, what they are.
        legend: str, HTML of a colour bar.
        chosen: int, the channel that stands out.
        changed: the channels that were switched off or turned up. Defaults to none.
        is_silent: bool, whether those are off. Defaults to yes.
    """

    picture: np.ndarray = field(repr=False)
    regions: Sequence[Region]
    order: np.ndarray
    title: str
    alt: str
    legend: str = field(repr=False)
    chosen: int
    changed: Sequence[int] = ()
    is_silent: bool = True

    def data(self) -> dict[str, object]:
        """Return it as plain values for the browser."""
        place = {int(channel): index for index, channel in enumerate(self.order)}
        height, width = self.picture.shape[:2]
        return {
            "picture": pictures.data_url(pictures.png(self.picture)),
            "ratio": f"{width} / {height}",
            "regions": [vars(region) for region in self.regions],
            "title": self.title,
            "alt": self.alt,
            "legend": self.legend,
            "chosen": place[self.chosen],
            "changed": [place[channel] for channel in self.changed],
            "is_silent": self.is_silent,
        }


_HTML = """<div class="place"><section class="canvas"><h1 class="aloud">Inside</h1><div class="strip"></div>
<p class="said" role="status"></p><div class="stage"><div class="wall"></div><div class="sliding"></div></div></section>
</div>
"""


_component = component("canvas", _HTML)


def canvas(
    strip: Mapping[str, object],
    said: str,
    wall: Wall,
    working: Mapping[str, Any],
    *,
    key: str,
    is_projected: bool,
    on_layer: Callable[[int], None],
    on_channel: Callable[[int], None],
    on_place: Callable[[int], None],
    on_leave: Callable[[], None],
) -> None:
    """Show the network; each press calls what listens to it before the page runs again.

    Args:
        strip: from `strip_data`.
        said: str, a sentence below it.
        wall: the maps of the chosen layer.
        working: from `arithmetic.data_of`: JSON for the browser, of any kind.
        key: str, the element's key.
        is_projected: bool, whether it has the screen to itself.
        on_layer: callable that takes the number of a stop.
        on_channel: callable that takes a channel.
        on_place: callable that takes a place's number, rows first.
        on_leave: called when Escape is pressed in the projector's mode.
    """
    data = {"strip": strip, "said": said, "wall": wall.data(), "working": working, "projected": is_projected}
    stops = strip["stops"]
    count = len(stops) if isinstance(stops, list) else 0
    output = working.get("output") or {"width": 0, "height": 0}
    _component(
        key=key,
        data=data,
        on_layer_change=picked(key, "layer", count, on_layer),
        on_channel_change=picked(key, "channel", len(wall.order), lambda index: on_channel(int(wall.order[index]))),
        on_place_change=picked(key, "place", output["width"] * output["height"], on_place),
        on_left_change=on_leave,
    )
