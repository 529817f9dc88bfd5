"""One slide of the tour: words on the left, pictures on the right, and the keys that walk through the tour.

A slide must fit any screen without scrolling, from a phone to a projector, and the next one must take its place without
a flicker. Streamlit's columns can't do that; this component draws the whole slide and hears the arrow keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import streamlit as st

from dashboard.drawing import pictures
from dashboard.drawing.words import unbroken
from dashboard.subject import digest
from dashboard.widgets.bars import Bars
from dashboard.widgets.component import Sent, component, index_of

JPEG_SIDE = 1000
"""Larger side, in pixels, of a photo on a slide."""
HEARD = "slide_heard"
"""The session key of the last press that was heard. The slide tells a press again until it is."""


@dataclass(frozen=True)
class Picture:
    """A picture on a slide."""

    source: str = field(repr=False)
    alt: str
    caption: str = ""
    ratio: float = 1.0
    is_pixelated: bool = False
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True)
class Lines:
    """A small line chart: one line, and the range of others. Both axes go from 0 to 1."""

    across: tuple[float, ...]
    line: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    names: tuple[str, str]
    alt: str
    caption: str = ""
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True)
class Sliding:
    """A window that slides over a map: it plays by itself, and the space bar holds it."""

    working: Mapping[str, object] = field(repr=False)
    caption: str = ""
    kind: Literal["sliding"] = "sliding"

    @property
    def alt(self) -> str:
        """What it shows."""
        return str(self.working["alt"])


Panel = Picture | Bars | Lines | Sliding


@dataclass(frozen=True)
class Slide:
    """What one step of the tour shows.

    Args:
        title: str, what the step is called.
        lead: two sentences.
        panels: the pictures.
        columns: how wide each column of pictures is, in parts.
        note: str, how to read them. Defaults to nothing.
        legend: str, HTML of a colour bar. Defaults to none.
        progress: float, how far the pictures are that are still to come. Defaults to None: all are there.
        action: str, what a button below the progress does. Defaults to no button.
        strip: from `canvas.strip_data`, the way through the network, above everything. Defaults to none.
    """

    title: str
    lead: tuple[str, str]
    panels: tuple[Panel, ...]
    columns: tuple[int, ...]
    note: str = ""
    legend: str = ""
    progress: float | None = None
    action: str = ""
    strip: Mapping[str, object] | None = field(default=None, repr=False)


def as_png(image: np.ndarray) -> str:
    """Return a small picture as a data URL without loss."""
    return pictures.data_url(pictures.png(image))


def as_jpeg(image: np.ndarray) -> str:
    """Return a photo as a data URL, as large as a slide needs it."""
    return pictures.data_url(pictures.jpeg(image, JPEG_SIDE))


_HTML = """<article class="slide"><div class="frame"><div class="way"></div><div class="words"><p class="count"></p>
<div class="said" aria-live="polite"></div><div class="legend"></div></div><div class="panels"></div></div></article>
"""


_component = component("slide", _HTML)


def slide(
    shown: Slide,
    step: int,
    steps: int,
    *,
    key: str,
    is_projected: bool,
    is_awaited: bool,
    on_step: Callable[[int], None],
    on_leave: Callable[[], None],
    on_act: Callable[[], None],
) -> None:
    """Show a slide and hear the keys: arrows and page keys step through the tour, Escape leaves the projector's mode.

    Args:
        shown: the slide.
        step: int, its number, from 0.
        steps: int, how many there are.
        key: str, the element's key.
        is_projected: bool, whether the slide has the screen to itself, in large type.
        is_awaited: bool, whether more is to come: the slide asks for it until this is no longer so.
        on_step: callable that takes the number of the step that is asked for.
        on_leave: called when Escape is pressed in the projector's mode.
        on_act: called when the slide's button is pressed.
    """
    data: dict[str, object] = asdict(shown) | {"step": step, "steps": steps, "projected": is_projected}
    data["lead"] = [unbroken(words) for words in shown.lead]
    data["id"] = digest(repr(data).encode())
    data["awaited"] = is_awaited
    data["heard"] = st.session_state.get(HEARD, 0)

    def hear() -> None:
        sent: Sent = st.session_state[key].get("asked")
        if not isinstance(sent, dict) or not isinstance(sent.get("at"), int):
            return
        is_new = sent["at"] != st.session_state.get(HEARD)
        st.session_state[HEARD] = sent["at"]
        if (found := index_of(sent.get("step"), steps)) is not None:
            on_step(found)
        if sent.get("leaves") is True:
            on_leave()
        if sent.get("acts") is True and is_new:
            on_act()

    _component(key=key, data=data, on_asked_change=hear, on_looked_change=lambda: None)
