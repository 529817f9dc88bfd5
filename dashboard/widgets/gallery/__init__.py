"""Many small pictures side by side, as many in a row as the page has room for; each is a button."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.drawing.pictures import png


@dataclass(frozen=True)
class Tile:
    """One picture of a gallery.

    Args:
        image: grey or RGB uint8.
        label: str, what it is: read aloud, and shown when the pointer is over it.
        caption: str, a few words below it. Defaults to none.
        note: str, a sentence below that. Defaults to none.
        facts: (label, value, mark, words) of each line of a small table below that, its words for the pointer.
            Defaults to none.
        is_faint: bool, whether the picture only keeps a place until there is something to show. Defaults to no.
    """

    image: np.ndarray
    label: str
    caption: str = ""
    note: str = ""
    facts: Sequence[tuple[str, str, str, str]] = ()
    is_faint: bool = False


_HTML = '<div class="gallery" role="group"></div>\n'

_CSS = """
.gallery { display: grid; gap: .5rem; align-items: start; }
.gallery.told { gap: 1rem .75rem; }
.tile { min-width: 0; color: var(--st-text-color); font: 400 0.75rem/1.35 var(--st-font); }
.tile p { margin: .2rem 0 0; opacity: .85; }
.told button { font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(0, 1fr) auto 1.1em; gap: .1rem .35rem; margin: .35rem 0 0; }
dt, dd { margin: 0; }
dd { font-variant-numeric: tabular-nums; text-align: right; }
dd.mark { text-align: center; font-weight: 700; }
button {
  padding: 0; margin: 0; border: 0; background: transparent; text-align: center; cursor: pointer; min-width: 0;
  width: 100%;
  font: 400 0.75rem/1.3 var(--st-font); color: var(--st-text-color);
}
button:disabled { cursor: default; }
img {
  width: 100%; aspect-ratio: 1; object-fit: contain; display: block; image-rendering: pixelated;
  border-radius: 6px; box-sizing: border-box;
  box-shadow: 0 0 0 1px var(--st-border-color);
}
img.faint { opacity: .3; }
button:not(:disabled):hover img { box-shadow: 0 0 0 2px var(--st-text-color); }
button.chosen img { box-shadow: 0 0 0 3px #ffb454, 0 0 0 4.5px rgba(0, 0, 0, .6); }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 3px; border-radius: 6px; }
span { display: block; padding-top: .2rem; overflow-wrap: anywhere; }
"""

_JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const gallery = parentElement.querySelector(".gallery")
  gallery.setAttribute("aria-label", data.alt)
  gallery.className = data.tiles.some((tile) => tile.note || tile.facts.length) ? "gallery told" : "gallery"
  const focused = [...gallery.querySelectorAll("button")].indexOf(gallery.getRootNode().activeElement)
  gallery.style.gridTemplateColumns = `repeat(auto-fill, minmax(${data.width}px, 1fr))`
  gallery.replaceChildren(...data.tiles.map((tile, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.title = tile.label
    button.setAttribute("aria-label", tile.label)
    button.disabled = !data.pickable
    if (data.pickable) button.setAttribute("aria-pressed", String(index === data.chosen))
    button.className = index === data.chosen ? "chosen" : ""
    const image = document.createElement("img")
    image.src = tile.source
    image.alt = ""
    image.className = tile.faint ? "faint" : ""
    button.append(image)
    if (tile.caption) {
      const caption = document.createElement("span")
      caption.textContent = tile.caption
      button.append(caption)
    }
    button.onclick = () => setTriggerValue("picked", index)
    const holder = document.createElement("div")
    holder.className = "tile"
    holder.append(button)
    if (tile.note) holder.append(made("p", tile.note))
    if (tile.facts.length) {
      const list = document.createElement("dl")
      list.setAttribute("aria-label", `Tests of ${tile.caption || tile.label}`)
      for (const [label, value, mark, words] of tile.facts) {
        const [name, found, sign] = [made("dt", label), made("dd", value), made("dd", mark)]
        sign.className = "mark"
        name.title = found.title = sign.title = words
        list.append(name, found, sign)
      }
      holder.append(list)
    }
    return holder
  }))
  if (focused >= 0) gallery.querySelectorAll("button")[focused]?.focus({ preventScroll: true })
}

function made(kind, words) {
  const element = document.createElement(kind)
  element.textContent = words
  return element
}
"""

_component = st.components.v2.component("glassface_gallery", html=_HTML, css=_CSS, js=_JS)


def gallery(
    tiles: Sequence[Tile],
    *,
    key: str,
    alt: str,
    width: int = 72,
    on_pick: Callable[[int], None] | None = None,
    chosen: int | None = None,
) -> None:
    """Shows the pictures; a click on one calls `on_pick` with its index before the page runs again.

    Args:
        tiles: the pictures.
        key: str, the element's key.
        alt: str, what the pictures are.
        width: int, pixels that a picture takes at least. Defaults to 72.
        on_pick: callable that takes the index of the clicked picture. Defaults to None: clicks do nothing.
        chosen: int, index of the picture to highlight. Defaults to None.
    """
    data = {
        "alt": alt,
        "width": width,
        "chosen": chosen,
        "pickable": on_pick is not None,
        "tiles": [
            {
                "source": f"data:image/png;base64,{base64.b64encode(png(tile.image)).decode()}",
                "label": tile.label,
                "caption": tile.caption,
                "note": tile.note,
                "facts": [list(fact) for fact in tile.facts],
                "faint": tile.is_faint,
            }
            for tile in tiles
        ],
    }

    def report() -> None:
        picked = st.session_state[key].get("picked")
        if on_pick is not None and isinstance(picked, int | float) and 0 <= int(picked) < len(tiles):
            on_pick(int(picked))

    _component(key=key, data=data, on_picked_change=report)
