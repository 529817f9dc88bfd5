"""A picture with clickable rectangles and skeletons: faces and people on a photo, channels on a wall of maps.

Streamlit has no native picture that reports where it was clicked, and a Plotly figure keeps its height when the page
gets narrow; this component scales with the page, and each rectangle is a real button for keyboard and screen reader.
On request the pointer draws a new rectangle, or paints with a brush.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import streamlit as st

from dashboard.drawing.pictures import MANY, MOST_POINTS, Dot, Region, Skeleton

_HTML = """<figure class="picture"><img alt=""><div class="regions"></div><svg class="people"></svg>
<div class="dots" aria-hidden="true"></div><div class="draft" hidden></div>
<svg class="stroke" aria-hidden="true"></svg><div class="tip" hidden></div></figure>
"""

_CSS = """
.picture { position: relative; margin: 0; line-height: 0; container-type: inline-size; }
.picture img { width: 100%; height: auto; display: block; border-radius: var(--st-base-radius); }
.picture.pixels img { image-rendering: pixelated; }
.regions, .dots, .people { position: absolute; inset: 0; }
.regions { z-index: 1; pointer-events: none; }
.regions.cut { overflow: clip; border-radius: var(--st-base-radius); }
.people { width: 100%; height: 100%; overflow: hidden; pointer-events: none; }
.people path { fill: none; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.people .casing { stroke: rgba(0, 0, 0, .8); }
.people .grip { stroke: transparent; stroke-width: 16px; pointer-events: stroke; cursor: pointer; }
.people g { outline: none; }
.people g.behind:not(:hover) .bone { opacity: .7; }
.people.crowd g.behind:not(:hover):not(:focus-visible) { opacity: .5; }
.people g:hover .casing { stroke: #000; }
.people g:focus-visible .casing { stroke: var(--st-primary-color); }
.people g:focus-visible .bone { stroke: #fff; }
.dots { pointer-events: none; z-index: 4; }
.dots i {
  position: absolute; width: var(--size); height: var(--size); transform: translate(-50%, -50%); border-radius: 50%;
  background: var(--colour); box-shadow: 0 0 0 1px rgba(0, 0, 0, .75);
}
.dots i.unsure {
  background: rgba(0, 0, 0, .55); box-shadow: inset 0 0 0 1.5px var(--colour), 0 0 0 1px rgba(0, 0, 0, .6);
}
.draft {
  position: absolute; z-index: 6; box-sizing: border-box; pointer-events: none; border: 2px dashed #fff;
  border-radius: 3px; background: rgba(255, 180, 84, .18); box-shadow: 0 0 0 2px rgba(0, 0, 0, .7);
}
.draft[hidden] { display: none; }
.stroke { position: absolute; inset: 0; width: 100%; height: 100%; z-index: 6; pointer-events: none; overflow: hidden; }
.stroke path { fill: none; stroke: #ffb454; stroke-opacity: .6; stroke-linecap: round; stroke-linejoin: round; }
.drawing { cursor: crosshair; touch-action: none; user-select: none; }
.drawing button, .drawing .grip { pointer-events: none; }
.dots i.named { background: #fff; scale: 1.5; }
.tip {
  position: absolute; z-index: 5; pointer-events: none; transform: translate(-50%, calc(-100% - 10px));
  padding: .3rem .45rem; border-radius: 5px; background: rgba(12, 18, 17, .92); color: #fff; white-space: nowrap;
  font: 600 0.8125rem/1.2 var(--st-font);
}
.tip[hidden] { display: none; }
button {
  position: absolute; padding: 0; background: transparent; cursor: pointer; box-sizing: border-box;
  pointer-events: auto;
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
  position: absolute; left: -2px; bottom: 100%; margin-bottom: 3px; padding: .42em .5em; min-width: 1.8em;
  font-size: clamp(9px, calc(var(--width) * .24), .8125rem);
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
  figure.className = ["picture", data.framed && "framed", data.pixelated && "pixels", data.drawable && "drawing"]
    .filter(Boolean).join(" ")
  image.style.aspectRatio = data.ratio
  if (image.src !== data.source) image.src = data.source
  image.alt = data.alt
  figure.style.maxWidth = `calc(80vh * ${data.ratio})`
  const root = figure.getRootNode()
  const turned = data.regions.some((region) => region.angle)
  const isCrowded = data.regions.length > data.many  // one stop for the Tab key then, from where arrows walk on
  const stop = data.chosen ?? 0
  const focused = [...holder.children].indexOf(root.activeElement)
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
    button.style.setProperty("--width", region.width * 100 + "cqw")
    if (region.angle) button.style.transform = `rotate(${region.angle}deg)`
    if (region.badge) {
      const badge = document.createElement("span")
      badge.textContent = region.badge
      if (region.angle) badge.style.transform = `rotate(${-region.angle}deg)`
      button.append(badge)
    }
    button.onclick = () => setTriggerValue("picked", index)
    button.tabIndex = isCrowded && index !== stop ? -1 : 0
    button.onkeydown = (event) => {
      const next = holder.children[neighbour(data.regions, index, event.key)]
      if (!next) return
      event.preventDefault()
      if (isCrowded) button.tabIndex = -1
      next.tabIndex = 0
      next.focus()
    }
    return button
  }))
  if (focused >= 0) holder.children[focused]?.focus({ preventScroll: true })

  const drawn = (name, children, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name)
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value))
    element.append(...children)
    return element
  }
  const people = figure.querySelector(".people")
  people.setAttribute("class", data.skeletons.length >= data.many ? "people crowd" : "people")
  people.setAttribute("viewBox", "0 0 1 1")
  people.setAttribute("preserveAspectRatio", "none")
  const focusedPerson = [...people.children].indexOf(root.activeElement)
  people.replaceChildren(...data.skeletons.map((skeleton, index) => {
    const thick = `clamp(1.25px, ${skeleton.width * 100}cqw, 5px)`
    const lines = skeleton.bones.map(({ start, end, colour, is_sure }) => {
      const d = `M${start.join(" ")}L${end.join(" ")}`
      const dash = is_sure ? "" : "stroke-dasharray: 7px 6px; stroke-linecap: butt;"
      return [
        drawn("path", [], { d, class: "casing", style: `stroke-width: calc(${thick} * 1.5 + 1.5px); ${dash}` }),
        drawn("path", [], { d, class: "bone", style: `stroke: ${colour}; stroke-width: ${thick}; ${dash}` }),
        drawn("path", [], { d, class: "grip" }),
      ]
    })
    const parts = [0, 1, 2].flatMap((layer) => lines.map((line) => line[layer]))
    const group = drawn("g", parts, { role: "button", tabindex: "0", "aria-label": skeleton.label })
    const isBehind = data.chosenSkeleton !== null && index !== data.chosenSkeleton
    group.setAttribute("class", isBehind ? "behind" : "")
    group.setAttribute("aria-pressed", String(index === data.chosenSkeleton))
    group.onclick = () => setTriggerValue("person", index)
    group.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return
      event.preventDefault()
      setTriggerValue("person", index)
    }
    return group
  }))
  if (focusedPerson >= 0) people.children[focusedPerson]?.focus({ preventScroll: true })

  const tip = figure.querySelector(".tip")
  const joints = data.skeletons.flatMap((skeleton) => skeleton.joints)
  const dots = [...data.dots, ...joints]
  const marks = dots.map((dot, index) => {
    const mark = document.createElement("i")
    mark.className = dot.is_sure ? "" : "unsure"
    mark.dataset.name = dot.label
    mark.style.left = dot.x * 100 + "%"
    mark.style.top = dot.y * 100 + "%"
    const [least, most] = index < data.dots.length ? [2.5, 7] : [4, 12]
    mark.style.setProperty("--size", `clamp(${least}px, ${dot.size * 100}cqw, ${most}px)`)
    mark.style.setProperty("--colour", dot.colour)
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
    const dot = dots[index]
    marks[index].classList.add("named")
    tip.textContent = dot.label
    tip.style.left = Math.min(85, Math.max(15, dot.x * 100)) + "%"
    tip.style.top = dot.y * 100 + "%"
  }
  const nameNearest = (event) => {  // the nearest point is named, for on a small face they lie close together
    const box = image.getBoundingClientRect()
    const far = dots.map((dot) =>
      Math.hypot(box.left + dot.x * box.width - event.clientX, box.top + dot.y * box.height - event.clientY))
    const nearest = far.indexOf(Math.min(...far))
    name(nearest >= 0 && far[nearest] < 12 ? nearest : null)
  }
  figure.onpointerleave = () => name(null)

  const draft = figure.querySelector(".draft")
  const show = (box) => {
    draft.hidden = !box
    if (box) ["left", "top", "width", "height"].forEach((side) => { draft.style[side] = box[side] * 100 + "%" })
  }
  const stroke = figure.querySelector(".stroke")
  const paint = (points) => {
    const { clientWidth, clientHeight } = image
    const path = points.map(({ x, y }) => `${x * clientWidth} ${y * clientHeight}`).join("L")
    const width = data.brush * clientWidth
    stroke.replaceChildren(...path ? [drawn("path", [], { d: `M${path}h.01`, "stroke-width": width })] : [])
  }
  // What is being drawn stays with the figure, for the page may send a new picture meanwhile.
  const now = figure.now ??= { begun: null, points: [] }
  if (!now.begun) show(data.draft)
  paint(now.points)
  const place = (event) => {
    const box = image.getBoundingClientRect()
    const within = (share) => Math.min(1, Math.max(0, share))
    return { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) }
  }
  const stretch = (event) => {
    const { x, y } = place(event)
    return {
      left: Math.min(x, now.begun.x), top: Math.min(y, now.begun.y),
      width: Math.abs(x - now.begun.x), height: Math.abs(y - now.begun.y),
    }
  }
  image.draggable = false
  figure.onpointerdown = !data.drawable ? null : (event) => {
    if (event.button !== 0) return
    event.preventDefault()
    figure.setPointerCapture(event.pointerId)
    now.begun = place(event)
    now.points = data.brush ? [now.begun] : []
    paint(now.points)
  }
  const walk = (event) => {
    if (!data.brush) return show(stretch(event))
    const { x, y } = place(event), last = now.points.at(-1)
    if (now.points.length >= data.most || Math.hypot(x - last.x, y - last.y) < data.brush / 4) return
    now.points.push({ x, y })
    paint(now.points)
  }
  figure.onpointermove = (event) => now.begun ? walk(event) : nameNearest(event)
  figure.onpointerup = (event) => {
    if (!now.begun) return
    const box = stretch(event), points = now.points.map(({ x, y }) => [x, y])
    now.begun = null
    now.points = []
    if (data.brush) return setTriggerValue("drawn", { points })  // it stays until the new picture shows it
    const isMeant = box.width * image.clientWidth >= 6 && box.height * image.clientHeight >= 6
    show(isMeant ? box : data.draft)
    if (isMeant) setTriggerValue("drawn", box)
  }
  figure.onpointercancel = () => {
    now.begun = null
    now.points = []
    paint([])
    show(data.draft)
  }
}

function neighbour(regions, index, key) {  // along the order to the sides, by place up and down
  const steps = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: regions.length - 1 }
  if (key in steps) return steps[key]
  const sign = { ArrowUp: -1, ArrowDown: 1 }[key]
  if (!sign) return null
  const far = ({ left, top, width, height }) => {
    const own = regions[index]
    const down = sign * (top + height / 2 - own.top - own.height / 2)
    return down < own.height / 2 ? Infinity : down + 2 * Math.abs(left + width / 2 - own.left - own.width / 2)
  }
  const all = regions.map(far)
  const least = Math.min(...all)
  return least < Infinity ? all.indexOf(least) : null
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
    skeletons: Sequence[Skeleton] = (),
    chosen_skeleton: int | None = None,
    on_pick_person: Callable[[int], None] | None = None,
    on_draw: Callable[[Any], None] | None = None,
    draft: Region | None = None,
    brush: float | None = None,
    strokes: int = 0,
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
        dots: named points; a click on one is a click on what lies below. Defaults to none.
        skeletons: of people, each a button. Defaults to none.
        chosen_skeleton: int, index of the skeleton that the others stand back behind. Defaults to None.
        on_pick_person: callable that takes the index of the clicked skeleton. Defaults to None: clicks do nothing.
        on_draw: callable that takes what `pictures.box_of_shares` reads, once the pointer has drawn a rectangle on the
            picture; nothing can be clicked then. Defaults to None: nothing is drawn.
        draft: a rectangle to show as if it were being drawn. Defaults to None.
        brush: float, width in shares of the picture's: the pointer paints, and `on_draw` takes {"points": [[x, y], …]}
            in shares of width and height. Defaults to None: it draws a rectangle.
        strokes: int, how many the picture shows: the trace of the last one goes once this changes. Defaults to 0.
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
        "skeletons": [asdict(skeleton) for skeleton in skeletons],
        "many": MANY,
        "chosenSkeleton": chosen_skeleton,
        "drawable": on_draw is not None,
        "draft": vars(draft) if draft else None,
        "brush": brush,
        "strokes": strokes,
        "most": MOST_POINTS,
    }

    def report(name: str, count: int, act: Callable[[int], None] | None) -> None:
        picked = st.session_state[key].get(name)
        if act is not None and isinstance(picked, int | float) and 0 <= int(picked) < count:
            act(int(picked))

    def report_drawn() -> None:
        drawn = st.session_state[key].get("drawn")
        if on_draw is not None and drawn is not None:
            on_draw(drawn)

    _component(
        key=key,
        data=data,
        on_picked_change=lambda: report("picked", len(regions), on_pick),
        on_person_change=lambda: report("person", len(skeletons), on_pick_person),
        on_drawn_change=report_drawn,
    )
