"""A picture with clickable rectangles: faces on a photo, channels on a wall of maps.

Streamlit has no native picture that reports where it was clicked, and a Plotly figure keeps its height when the page
gets narrow; this component scales with the page, and each rectangle is a real button for keyboard and screen reader.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.pictures import Region

_HTML = '<figure class="picture"><img><div class="regions"></div></figure>\n'

_CSS = """
.picture { position: relative; margin: 0; line-height: 0; }
.picture img { width: 100%; height: auto; display: block; border-radius: var(--st-base-radius); }
.picture.pixels img { image-rendering: pixelated; }
.regions { position: absolute; inset: 0; }
button {
  position: absolute; padding: 0; background: transparent; cursor: pointer; box-sizing: border-box;
  border: 2px solid transparent; border-radius: 3px; font: 600 0.8125rem/1 var(--st-font); color: #fff;
}
.framed button {
  border-color: rgba(255, 255, 255, .92);
  box-shadow: 0 0 0 1.5px rgba(0, 0, 0, .6), inset 0 0 0 1px rgba(0, 0, 0, .45);
}
button:hover { border-color: #fff; box-shadow: 0 0 0 2px rgba(0, 0, 0, .7); z-index: 1; }
button.chosen {
  border: 3px solid #ffb454; z-index: 2;
  box-shadow: 0 0 0 1.5px rgba(0, 0, 0, .75), inset 0 0 0 1px rgba(0, 0, 0, .5);
}
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; z-index: 3; }
button span {
  position: absolute; left: -2px; bottom: 100%; margin-bottom: 3px; padding: .35rem .45rem; min-width: 1.5rem;
  box-sizing: border-box; text-align: center; white-space: nowrap;
  border-radius: 5px; background: rgba(12, 18, 17, .86);
}
button.high span { bottom: auto; top: 2px; left: 2px; margin: 0; }
button.chosen span { background: #ffb454; color: #1c1407; }
"""

_JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const figure = parentElement.querySelector(".picture")
  const image = figure.querySelector("img")
  const holder = figure.querySelector(".regions")
  figure.className = "picture" + (data.framed ? " framed" : "") + (data.pixelated ? " pixels" : "")
  image.style.aspectRatio = data.ratio
  if (image.src !== data.source) image.src = data.source
  image.alt = data.alt
  figure.style.maxWidth = `calc(80vh * ${data.ratio})`
  holder.replaceChildren(...data.regions.map((region, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.title = region.label
    button.setAttribute("aria-label", region.label)
    button.setAttribute("aria-pressed", String(index === data.chosen))
    button.className = (index === data.chosen ? "chosen" : "") + (region.top < 0.08 ? " high" : "")
    button.style.left = region.left * 100 + "%"
    button.style.top = region.top * 100 + "%"
    button.style.width = region.width * 100 + "%"
    button.style.height = region.height * 100 + "%"
    if (region.badge) {
      const badge = document.createElement("span")
      badge.textContent = region.badge
      button.append(badge)
    }
    button.onclick = () => setTriggerValue("picked", index)
    return button
  }))
}
"""

_component = st.components.v2.component("glassface_hotspots", html=_HTML, css=_CSS, js=_JS)


def hotspots(
    picture: bytes,
    size: tuple[int, int],
    regions: Sequence[Region],
    *,
    key: str,
    alt: str,
    on_pick: Callable[[int], None] | None = None,
    chosen: int | None = None,
    is_framed: bool = True,
    is_pixelated: bool = False,
    mime: str = "image/jpeg",
) -> None:
    """Shows the picture; a click on a region calls `on_pick` with its index before the page runs again.

    Args:
        picture: bytes, the encoded picture.
        size: (width, height) in pixels; only the ratio counts.
        regions: the rectangles, each a button.
        key: str, the element's key.
        alt: str, what the picture shows.
        on_pick: callable that takes the index of the clicked region. Defaults to None: clicks do nothing.
        chosen: int, index of the region to highlight. Defaults to None.
        is_framed: bool, draw every region's frame, not only the chosen one's. Defaults to True.
        is_pixelated: bool, keep hard pixel edges when the page enlarges the picture. Defaults to False.
        mime: str, media type of `picture`. Defaults to "image/jpeg".
    """
    data = {
        "source": f"data:{mime};base64,{base64.b64encode(picture).decode()}",
        "ratio": f"{size[0]} / {size[1]}",
        "alt": alt,
        "chosen": chosen,
        "framed": is_framed,
        "pixelated": is_pixelated,
        "regions": [vars(region) for region in regions],
    }

    def report() -> None:
        picked = st.session_state[key].get("picked")
        if on_pick is not None and isinstance(picked, int | float) and 0 <= int(picked) < len(regions):
            on_pick(int(picked))

    _component(key=key, data=data, on_picked_change=report)
