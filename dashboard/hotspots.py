"""A picture with clickable rectangles: faces on a photo, channels on a wall of maps.

Streamlit has no native picture that reports where it was clicked, and a Plotly figure keeps its height when the page
gets narrow; this component scales with the page, and each rectangle is a real button for keyboard and screen reader.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence

import streamlit as st

from dashboard.pictures import Dot, Region

_HTML = """<figure class="picture"><img><div class="regions"></div><div class="dots" aria-hidden="true"></div>
<div class="tip" hidden></div></figure>
"""

_CSS = """
.picture { position: relative; margin: 0; line-height: 0; }
.picture img { width: 100%; height: auto; display: block; border-radius: var(--st-base-radius); }
.picture.pixels img { image-rendering: pixelated; }
.regions, .dots { position: absolute; inset: 0; }
.regions.cut { overflow: clip; border-radius: var(--st-base-radius); }
.dots { pointer-events: none; z-index: 4; container-type: inline-size; }
.dots i {
  position: absolute; width: var(--size); height: var(--size); transform: translate(-50%, -50%); border-radius: 50%;
  background: #ffb454; box-shadow: 0 0 0 1px rgba(0, 0, 0, .75);
}
.dots i.unsure { background: rgba(0, 0, 0, .4); box-shadow: inset 0 0 0 1.5px #ffb454, 0 0 0 1px rgba(0, 0, 0, .6); }
.dots i.named { background: #fff; scale: 1.5; }
.tip {
  position: absolute; z-index: 5; pointer-events: none; transform: translate(-50%, calc(-100% - 10px));
  padding: .3rem .45rem; border-radius: 5px; background: rgba(12, 18, 17, .92); color: #fff; white-space: nowrap;
  font: 600 0.8125rem/1.2 var(--st-font);
}
.tip[hidden] { display: none; }
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
  const turned = data.regions.some((region) => region.angle)
  holder.className = "regions" + (turned ? " cut" : "")
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
    if (region.angle) button.style.transform = `rotate(${region.angle}deg)`
    if (region.badge) {
      const badge = document.createElement("span")
      badge.textContent = region.badge
      if (region.angle) badge.style.transform = `rotate(${-region.angle}deg)`
      button.append(badge)
    }
    button.onclick = () => setTriggerValue("picked", index)
    return button
  }))

  const tip = figure.querySelector(".tip")
  const few = data.dots.length <= 15 * Math.max(1, data.regions.length)
  const marks = data.dots.map((dot) => {
    const mark = document.createElement("i")
    mark.className = dot.is_sure ? "" : "unsure"
    mark.dataset.name = dot.label
    mark.style.left = dot.x * 100 + "%"
    mark.style.top = dot.y * 100 + "%"
    mark.style.setProperty("--size", `clamp(2.5px, ${data.regions[dot.region].width * (few ? 6 : 3)}cqw, 7px)`)
    return mark
  })
  figure.querySelector(".dots").replaceChildren(...marks)
  tip.hidden = true
  let named = null
  const name = (index) => {
    if (index === named) return
    if (named !== null && marks[named]) marks[named].classList.remove("named")
    named = index
    tip.hidden = index === null
    if (index === null) return
    const dot = data.dots[index]
    marks[index].classList.add("named")
    tip.textContent = dot.label
    tip.style.left = Math.min(85, Math.max(15, dot.x * 100)) + "%"
    tip.style.top = dot.y * 100 + "%"
  }
  figure.onpointermove = (event) => {  // the nearest point is named, for on a small face they lie close together
    const box = image.getBoundingClientRect()
    const far = data.dots.map((dot) =>
      Math.hypot(box.left + dot.x * box.width - event.clientX, box.top + dot.y * box.height - event.clientY))
    const nearest = far.indexOf(Math.min(...far))
    name(nearest >= 0 && far[nearest] < 12 ? nearest : null)
  }
  figure.onpointerleave = () => name(null)
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
    dots: Sequence[Dot] = (),
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
        dots: named points; a click on one is a click on its region. Defaults to none.
    """
    data = {
        "source": f"data:{mime};base64,{base64.b64encode(picture).decode()}",
        "ratio": f"{size[0]} / {size[1]}",
        "alt": alt,
        "chosen": chosen,
        "framed": is_framed,
        "pixelated": is_pixelated,
        "regions": [vars(region) for region in regions],
        "dots": [vars(dot) for dot in dots],
    }

    def report() -> None:
        picked = st.session_state[key].get("picked")
        if on_pick is not None and isinstance(picked, int | float) and 0 <= int(picked) < len(regions):
            on_pick(int(picked))

    _component(key=key, data=data, on_picked_change=report)
