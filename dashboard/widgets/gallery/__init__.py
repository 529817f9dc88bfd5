"""Many small pictures side by side, as many in a row as the page has room for; each is a button."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.drawing.pictures import data_url, png
from dashboard.widgets.component import component, picked


@dataclass(frozen=True)
class Tile:
    """One picture of a gallery.

    Args:
        image: grey or RGB uint8.
        label: str, what it is: read aloud, and shown when the pointer is over it.
        caption: str, a few words below it. Defaults to none.
        note: str, a sentence below that. Defaults to none.
        edge: str, the colour of an edge beside that. Defaults to none.
        facts: (label, value, mark, words) of each line of a small table below that, its words for the pointer.
            Defaults to none.
        source: str, the address of the picture's file, made by `data_url` once for all runs. Defaults to none.
        is_faint: bool, whether the picture only keeps a place until there is something to show. Defaults to no.
    """

    image: np.ndarray
    label: str
    caption: str = ""
    note: str = ""
    edge: str = ""
    facts: Sequence[tuple[str, str, str, str]] = ()
    source: str = ""
    is_faint: bool = False


_HTML = '<div class="gallery" role="group"></div>\n'


_component = component("gallery", _HTML)


def gallery(
    tiles: Sequence[Tile],
    *,
    key: str,
    alt: str,
    width: int = 72,
    on_pick: Callable[[int], None] | None = None,
    chosen: int | None = None,
) -> None:
    """Show the pictures; a click on one calls `on_pick` with its index before the page runs again."""
    data = {
        "alt": alt,
        "width": width,
        "chosen": chosen,
        "pickable": on_pick is not None,
        "tiles": [
            {
                "source": tile.source or data_url(png(tile.image)),
                "label": tile.label,
                "caption": tile.caption,
                "note": tile.note,
                "edge": tile.edge,
                "facts": [list(fact) for fact in tile.facts],
                "faint": tile.is_faint,
            }
            for tile in tiles
        ],
    }

    _component(key=key, data=data, on_picked_change=picked(key, "picked", len(tiles), on_pick or (lambda index: None)))
