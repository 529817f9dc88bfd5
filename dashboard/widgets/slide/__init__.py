"""One slide of the tour: words on the left, pictures on the right, and the keys that walk through the tour.

A slide must fit any screen without scrolling, from a phone to a projector, and the next one must take its place without
a flicker. Streamlit's columns can't do that; this component draws the whole slide and hears the arrow keys.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
import streamlit as st

from dashboard.drawing import pictures
from dashboard.subject import digest

JPEG_SIDE = 1000
"""Larger side, in pixels, of a photo on a slide."""


@dataclass(frozen=True)
class Picture:
    """A picture on a slide.

    Args:
        source: str, a data URL.
        alt: str, what it shows.
        caption: str, a few words below it. Defaults to none.
        is_pixelated: bool, keep hard pixel edges. Defaults to no.
        ratio: float, its width over its height. Defaults to 1, a square.
    """

    source: str = field(repr=False)
    alt: str
    caption: str = ""
    ratio: float = 1.0
    is_pixelated: bool = False
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True)
class Bar:
    """A bar: its name, its share (0 to 1) in numbers and in words, and whether it is the longest one."""

    name: str
    share: float
    words: str
    is_first: bool = False


@dataclass(frozen=True)
class Bars:
    """A bar chart of shares.

    Args:
        bars: from the top.
        alt: str, what it shows.
        caption: str, a few words below it. Defaults to none.
        threshold: float, the share where a dotted line stands. Defaults to none.
    """

    bars: tuple[Bar, ...]
    alt: str
    caption: str = ""
    threshold: float | None = None
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True)
class Lines:
    """A small line chart: one line, and the range of others. Both axes go from 0 to 1.

    Args:
        across: the places from left to right.
        line: the heights of the line.
        low: the lower edge of the range.
        high: its upper edge.
        names: str, what the line is, and what the range is.
        alt: str, what it shows.
        caption: str, a few words below it. Defaults to none.
    """

    across: tuple[float, ...]
    line: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    names: tuple[str, str]
    alt: str
    caption: str = ""
    kind: Literal["lines"] = "lines"


Panel = Picture | Bars | Lines


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
    """

    title: str
    lead: tuple[str, str]
    panels: tuple[Panel, ...]
    columns: tuple[int, ...]
    note: str = ""
    legend: str = ""
    progress: float | None = None
    action: str = ""


def as_png(image: np.ndarray) -> str:
    """Returns a small picture as a data URL without loss."""
    return f"data:image/png;base64,{base64.b64encode(pictures.png(image)).decode()}"


def as_jpeg(image: np.ndarray) -> str:
    """Returns a photo as a data URL, as large as a slide needs it."""
    return f"data:image/jpeg;base64,{base64.b64encode(pictures.jpeg(image, JPEG_SIDE)).decode()}"


_HTML = """<article class="slide"><div class="frame"><div class="words"><p class="count"></p>
<div class="said" aria-live="polite"></div><div class="legend"></div></div><div class="panels"></div></div></article>
"""

_CSS = """
.slide { container-type: inline-size; color: var(--st-text-color); font-family: var(--st-font); }
.frame {
  display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 8fr); gap: 1.25em 2em;
  font-size: clamp(1rem, 1.75cqw, 1.3125rem); line-height: 1.4;
  height: clamp(27rem, calc(100vh - 17.5rem), 42rem);
}
.projected .frame {
  font-size: clamp(1.0625rem, min(2.1vw, 3.45vh), 3.25rem); line-height: 1.32; height: 100%;
}
@media (min-width: 721px) {
  .projected { position: fixed; inset: 5.25rem clamp(1rem, 2.5vw, 3.5rem) 1.25rem; }
}
.words { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
.count { margin: 0; font-size: .72em; opacity: .8; font-variant-numeric: tabular-nums; }
h1, h2 { margin: 0 0 .35em; font-size: 1.75em; line-height: 1.15; font-weight: 650; letter-spacing: -.01em; }
.lead { margin: 0 0 .7em; }
.note { margin: 0; font-size: .74em; opacity: .85; }
.legend { margin-top: auto; padding-top: .75em; }
.legend > div { font-size: .68em !important; }
.legend:empty { display: none; }
.panels {
  display: grid; grid-auto-rows: minmax(0, 1fr); gap: .9em; min-height: 0; min-width: 0; height: 100%;
}
.panels.row { grid-template-rows: fit-content(100%); grid-auto-rows: auto; align-content: center; }
figure { display: flex; flex-direction: column; min-height: 0; min-width: 0; margin: 0; }
figure > div { flex: 1; min-height: 0; position: relative; }
figure > .shot { flex: 0 1 auto; width: 100%; aspect-ratio: var(--ratio); }
figcaption { font-size: .72em; line-height: 1.3; padding-top: .35em; text-align: center; }
img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; display: block; }
img.pixels { image-rendering: pixelated; }
.bars { display: flex; flex-direction: column; justify-content: space-between; gap: .5em; font-size: .84em; }
.bar { display: grid; grid-template-columns: 4.4em minmax(0, 1fr) 2.9em; align-items: center; gap: .5em; }
.bar b { font-weight: 400; text-align: right; }
.bar.first b, .bar.first em { font-weight: 700; }
.bar em { font-style: normal; font-variant-numeric: tabular-nums; white-space: nowrap; }
.track { position: relative; height: 1.35em; }
figure > .bars { padding-bottom: .5em; }
.track i {
  position: absolute; inset: 0 auto 0 0; border-radius: .2em; background: var(--st-text-color); opacity: .32;
  min-width: 2px;
}
.first .track i { background: var(--st-primary-color); opacity: 1; }
.track u { position: absolute; top: -.3em; bottom: -.3em; border-left: 2px dotted var(--st-text-color); opacity: .7; }
.chart { display: grid; grid-template: minmax(0, 1fr) auto / auto minmax(0, 1fr); gap: .15em .4em; font-size: .72em; }
.chart svg { width: 100%; height: 100%; min-height: 5em; overflow: visible; }
.chart .up, .chart .along { display: flex; justify-content: space-between; opacity: .85; line-height: 1; }
.chart .up { flex-direction: column; text-align: right; }
.chart .along { grid-column: 2; padding-top: .3em; }
.chart .axis { fill: none; stroke: var(--st-text-color); stroke-opacity: .35; vector-effect: non-scaling-stroke; }
.chart .range { fill: var(--st-text-color); fill-opacity: .22; }
.chart .line {
  fill: none; stroke: var(--st-primary-color); stroke-width: 3.5px; vector-effect: non-scaling-stroke;
  stroke-linejoin: round;
}
.keys { display: flex; flex-wrap: wrap; gap: .1em 1em; justify-content: center; }
.keys span::before {
  content: ""; display: inline-block; width: 1.3em; height: .3em; border-radius: .15em; margin-right: .4em;
  vertical-align: middle; background: var(--st-primary-color);
}
.keys span + span::before { background: var(--st-text-color); opacity: .35; height: .7em; }
.wait { grid-column: 1 / -1; align-self: center; justify-self: center; width: min(100%, 24em); text-align: center; }
progress { width: 100%; height: .7em; accent-color: var(--st-primary-color); }
button {
  font: 500 .85em/1.2 var(--st-font); color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: .5em 1em;
  min-height: 2.5rem; cursor: pointer; margin-top: .75em;
}
button:hover { border-color: var(--st-primary-color); }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
@container (max-width: 720px) {
  .frame, .projected .frame {
    display: flex; flex-direction: column; height: auto; font-size: 1.0625rem; line-height: 1.4; gap: 1em;
  }
  .panels, .panels.row { height: auto; grid-auto-rows: auto; grid-template-rows: none; flex: none; }
  figure > .shot { aspect-ratio: auto; }
  .panels.single { grid-template-columns: minmax(0, 1fr) !important; }
  img { position: static; height: auto; max-height: 70vh; }
  .bars { padding: .25em 0; }
  .chart { height: 11em; }
  .legend { margin-top: 0; }
}
"""

_JS = """
const ARROWS = { ArrowRight: 1, ArrowLeft: -1 }
const PAGES = { PageDown: 1, PageUp: -1 }  // a presenter's remote control sends them
const TYPING = "input:not([type=radio]), textarea, select, [contenteditable=true], [role=slider], [role=combobox], " +
  "[role=listbox], [role=menu], [role=dialog], [role=application]"
const POLL = 400  // milliseconds between two questions after what is to come
const PATIENCE = 3000  // milliseconds for which a step that was asked for counts as the present one

function make(kind, className, words) {
  const element = document.createElement(kind)
  if (className) element.className = className
  if (words !== undefined) element.textContent = words
  return element
}

function drawn(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name)
  Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value))
  return element
}

const kinds = {
  picture(panel) {
    const place = make("div", "shot")
    place.style.setProperty("--ratio", panel.ratio)
    const image = make("img", panel.is_pixelated ? "pixels" : "")
    image.src = panel.source
    image.alt = panel.alt
    place.append(image)
    return [place]
  },
  bars(panel) {
    const place = make("div", "bars")
    place.setAttribute("role", "img")
    place.setAttribute("aria-label", panel.alt)
    const longest = Math.max(...panel.bars.map((bar) => bar.share), panel.threshold ?? 0, 0.01)
    place.append(...panel.bars.map((bar) => {
      const row = make("div", bar.is_first ? "bar first" : "bar")
      const track = make("div", "track")
      const length = make("i")
      length.style.width = 100 * bar.share / longest + "%"
      track.append(length)
      if (panel.threshold !== null) {
        const mark = make("u")
        mark.style.left = 100 * panel.threshold / longest + "%"
        track.append(mark)
      }
      row.append(make("b", "", bar.name), track, make("em", "", bar.words))
      return row
    }))
    return [place]
  },
  lines(panel) {
    const chart = make("div", "chart")
    chart.setAttribute("role", "img")
    chart.setAttribute("aria-label", panel.alt)
    const up = make("div", "up")
    up.append(make("span", "", "100 %"), make("span", "", "0 %"))
    const along = make("div", "along")
    along.append(make("span", "", "0 %"), make("span", "", "100 %"))
    const svg = drawn("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none", "aria-hidden": "true" })
    const at = (heights) => heights.map((height, index) => `${panel.across[index]},${1 - height}`)
    svg.append(
      drawn("path", { class: "axis", d: "M0 0V1H1" }),
      drawn("polygon", { class: "range", points: [...at(panel.low), ...at(panel.high).reverse()].join(" ") }),
      drawn("polyline", { class: "line", points: at(panel.line).join(" ") }),
    )
    chart.append(up, svg, along)
    const keys = make("figcaption", "keys")
    keys.append(...panel.names.map((name) => make("span", "", name)))
    return [chart, keys]
  },
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const slide = parentElement.querySelector(".slide")
  if (slide.wish === undefined || data.step === slide.wish || Date.now() > slide.until) slide.wish = data.step
  if (slide.shown !== data.id) draw(slide, data, setTriggerValue)
  slide.shown = data.id
  slide.ask = () => setTriggerValue("looked", true)
  if (!data.awaited) clearInterval(slide.poll)
  else if (!slide.awaited) slide.poll = setInterval(() => slide.ask(), POLL)
  slide.awaited = data.awaited

  const go = (step) => {
    if (step < 0 || step >= data.steps || step === slide.wish) return
    slide.wish = step
    slide.until = Date.now() + PATIENCE
    setTriggerValue("step", step)
  }
  const hear = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const from = event.composedPath()[0]
    if (from instanceof Element && from.closest(TYPING)) return
    if (from instanceof Element && from.closest("[role=radiogroup]") && !from.closest(".st-key-step")) return
    if (event.key === "Escape" && data.projected) setTriggerValue("left", true)
    else if (event.key in ARROWS) go(slide.wish + ARROWS[event.key])
    else if (event.key in PAGES && data.projected) go(slide.wish + PAGES[event.key])
    else if (event.key === "Home" && data.projected) go(0)
    else if (event.key === "End" && data.projected) go(data.steps - 1)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  if (slide.hear) document.removeEventListener("keydown", slide.hear, true)
  slide.hear = hear
  document.addEventListener("keydown", hear, true)
  return () => {
    document.removeEventListener("keydown", slide.hear, true)
    clearInterval(slide.poll)
    slide.awaited = false
  }
}

function draw(slide, data, setTriggerValue) {
  slide.className = data.projected ? "slide projected" : "slide"
  slide.querySelector(".count").textContent = `${data.step + 1} of ${data.steps}`
  const said = [make(data.projected ? "h1" : "h2", "", data.title)]
  said.push(...data.lead.map((words) => make("p", "lead", words)))
  if (data.note) said.push(make("p", "note", data.note))
  slide.querySelector(".said").replaceChildren(...said)
  slide.querySelector(".legend").innerHTML = data.legend  // made by figures.colour_bar, which escapes its words
  const panels = slide.querySelector(".panels")
  panels.style.gridTemplateColumns = data.columns.map((part) => `minmax(0, ${part}fr)`).join(" ")
  panels.classList.toggle("row", data.panels.length === data.columns.length)
  panels.classList.toggle("single", data.columns.length === 2 && data.panels.length === 2)
  panels.replaceChildren(...data.panels.map((panel) => {
    const figure = make("figure")
    figure.append(...kinds[panel.kind](panel))
    if (panel.caption) figure.append(make("figcaption", "", panel.caption))
    return figure
  }))
  if (data.progress === null) return
  const wait = make("div", "wait")
  const bar = make("progress")
  bar.max = 1
  bar.value = data.progress
  bar.setAttribute("aria-label", "How far the tests of the map are")
  wait.append(bar)
  if (data.action) {
    const button = make("button", "", data.action)
    button.type = "button"
    button.onclick = () => setTriggerValue("acted", true)
    wait.append(button)
  }
  panels.append(wait)
}
"""

_component = st.components.v2.component("glassface_slide", html=_HTML, css=_CSS, js=_JS)


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
    """Shows a slide and hears the keys: arrows and page keys step through the tour, Escape leaves the projector's mode.

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
    data: dict[str, Any] = asdict(shown) | {"step": step, "steps": steps, "projected": is_projected}
    data["lead"] = [words.replace(" %", "\u00a0%") for words in shown.lead]
    data["id"] = digest(repr(data).encode())
    data["awaited"] = is_awaited

    def report(name: str, act: Callable[[Any], None]) -> None:
        found = st.session_state[key].get(name)
        if found is not None:
            act(found)

    def go(asked: Any) -> None:
        if isinstance(asked, int | float) and 0 <= int(asked) < steps:
            on_step(int(asked))

    _component(
        key=key,
        data=data,
        on_step_change=lambda: report("step", go),
        on_left_change=lambda: report("left", lambda _: on_leave()),
        on_acted_change=lambda: report("acted", lambda _: on_act()),
        on_looked_change=lambda: None,
    )
