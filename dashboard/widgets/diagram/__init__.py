"""A network as a diagram: its layers in order, branches in lanes of their own; a click on a layer chooses it.

Streamlit has no picture of a graph whose nodes are buttons; this component draws one card a layer in a strip that
scrolls by itself, so that the page never does.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

PICTURE = "picture"
"""Name of the card of what the network gets."""
THUMBNAIL_SIDE = 56
LONG_WAIT = 8
"""Columns that a branch has to wait for the others before it is drawn next to where it joins them."""


@dataclass(frozen=True)
class Card:
    """A layer in the diagram.

    Args:
        name: str, the layer's name, or `PICTURE`.
        kind: str, as in "Conv2D".
        shape: str, the output's shape in words.
        parameters: int, number of weights.
        sources: names of the cards that it takes.
        is_pickable: bool, whether it can be chosen. Defaults to True.
        column: int, how many steps it is from the picture. Defaults to 0, see `arrange`.
        lane: int, the row of its branch. Defaults to 0, see `arrange`.
    """

    name: str
    kind: str
    shape: str
    parameters: int
    sources: tuple[str, ...]
    is_pickable: bool = True
    column: int = 0
    lane: int = 0

    @property
    def words(self) -> str:
        """What a screen reader says."""
        weights = f", {self.parameters:,} parameters" if self.parameters else ""
        return f"{self.name}: {self.kind}, {self.shape}{weights}"


def arrange(cards: Sequence[Card]) -> list[Card]:
    """Gives each card its column and its lane.

    A column is the longest way from the picture. The longest branch runs in the first lane; each further one takes
    the first lane that is free from where it leaves to where it comes back. An answer beside others goes behind the
    last one of its lane rather than into a lane of its own.

    Args:
        cards: in an order in which sources come first.
    """
    columns: dict[str, int] = {}
    for card in cards:
        columns[card.name] = 1 + max((columns[source] for source in card.sources), default=-1)
    followers: dict[str, list[str]] = {card.name: [] for card in cards}
    for card in cards:
        for source in card.sources:
            followers[source].append(card.name)
    branches = _branches(columns, followers)
    for branch in branches:
        columns |= _moved(branch, columns, followers, first=cards[0].name)
    lanes, moved = _lanes(branches, columns, followers)
    columns |= moved
    return [replace(card, column=columns[card.name], lane=lanes[card.name]) for card in cards]


def _branches(columns: Mapping[str, int], followers: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Splits the graph into branches; each goes on into the follower with the longest way to the end."""
    ahead: dict[str, int] = {}
    for name in sorted(columns, key=lambda name: -columns[name]):
        ahead[name] = 1 + max((ahead[one] for one in followers[name]), default=0)
    taken: set[str] = set()
    found = []
    for name in sorted(columns, key=lambda name: (columns[name], -ahead[name])):
        if name in taken:
            continue
        branch = [name]
        while rest := [one for one in followers[branch[-1]] if one not in taken | set(branch)]:
            branch.append(max(rest, key=lambda one: ahead[one]))
        taken |= set(branch)
        found.append(branch)
    return found


def _moved(
    branch: Sequence[str], columns: Mapping[str, int], followers: Mapping[str, Sequence[str]], first: str
) -> dict[str, int]:
    """Moves a branch that waits long for the others next to where it joins them; others keep their columns."""
    own = set(branch)
    waits = [min((columns[one] for one in followers[name] if one not in own), default=None) for name in branch]
    slack = min((wait - 1 - columns[name] for name, wait in zip(branch, waits, strict=True) if wait), default=0)
    if slack < LONG_WAIT or columns[branch[0]] <= columns[first] + 1:
        return {}
    return {name: columns[name] + slack for name in branch}


def _lanes(
    branches: Sequence[Sequence[str]], columns: Mapping[str, int], followers: Mapping[str, Sequence[str]]
) -> tuple[dict[str, int], dict[str, int]]:
    """The lane of each card, and other columns for the answers that had to move."""
    end = max(columns.values(), default=0)
    spans: list[list[tuple[int, int]]] = []  # of each lane, what is taken
    lanes: dict[str, int] = {}
    moved: dict[str, int] = {}
    for branch in sorted(branches, key=len, reverse=True):
        first, last = columns[branch[0]], columns[branch[-1]]
        last = max([last, *(columns[one] - 1 for one in followers[branch[-1]])])
        free = (lane for lane, taken in enumerate(spans) if all(last < start or first > stop for start, stop in taken))
        lane = next(free, len(spans))
        if lane == len(spans):
            behind = 1 + max(stop for _, stop in spans[-1]) if spans else 0
            if lane > 1 and not followers[branch[0]] and behind <= end + 1:
                lane, first, last = lane - 1, behind, behind
                moved[branch[0]] = behind
            else:
                spans.append([])
        spans[lane].append((first, last))
        lanes.update(dict.fromkeys(branch, lane))
    return lanes, moved


_HTML = """<div class="strip" tabindex="-1"><div class="board" role="group">
<svg aria-hidden="true"></svg><div class="cards"></div></div></div>
"""

_CSS = """
.strip {
  overflow-x: auto; overscroll-behavior-x: contain; padding: 4px 2px 12px; scrollbar-width: thin;
  scrollbar-color: color-mix(in srgb, var(--st-text-color) 35%, transparent) transparent;
}
.board { position: relative; }
svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; pointer-events: none; }
path { fill: none; stroke: var(--st-text-color); stroke-opacity: .38; stroke-width: 1.5; }
path.near { stroke: var(--st-primary-color); stroke-opacity: 1; stroke-width: 2.5; }
.card {
  position: absolute; width: 116px; height: 134px; box-sizing: border-box; padding: 7px 7px 5px; margin: 0;
  display: flex; flex-direction: column; align-items: center; gap: 2px; text-align: center;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
  background: var(--st-background-color); color: var(--st-text-color); font: 400 0.75rem/1.25 var(--st-font);
}
button.card { cursor: pointer; }
button.card:hover { border-color: var(--st-primary-color); }
button.card[aria-pressed="true"] {
  border: 2px solid var(--st-primary-color); padding: 6px 6px 4px;
  background: color-mix(in srgb, var(--st-primary-color) 12%, var(--st-background-color));
}
button.card:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
.map { width: 56px; height: 56px; flex: none; border-radius: 4px; background-repeat: no-repeat; }
.map { image-rendering: pixelated; }
.name {
  font-weight: 600; max-width: 100%; overflow: hidden; overflow-wrap: anywhere; line-height: 1.15;
  display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2;
}
.more { opacity: .8; white-space: nowrap; font-size: 0.6875rem; }
.more.kind { white-space: normal; max-width: 100%; line-height: 1.15; }
"""

_JS = """
const WIDTH = 116, HEIGHT = 134, ACROSS = 142, DOWN = 164, TOP = 24

const left = (card) => card.column * ACROSS + 3
const top = (card) => card.lane * DOWN + TOP
const middle = (card) => top(card) + HEIGHT / 2

function wire(from, to) {
  const start = left(from) + WIDTH, end = left(to), y0 = middle(from), y1 = middle(to)
  if (to.column === from.column + 1 && from.lane === to.lane) return `M${start} ${y0}H${end}`
  if (from.lane === to.lane) {  // a skip runs above the cards
    const x0 = start - 24, x1 = end + 24, y = top(from) - 13
    return `M${x0} ${top(from)}V${y + 8}Q${x0} ${y} ${x0 + 8} ${y}H${x1 - 8}Q${x1} ${y} ${x1} ${y + 8}V${top(to)}`
  }
  if (from.lane < to.lane && to.column > from.column + 1) {  // a far branch is reached above the cards
    const x0 = start - 36, x1 = end - 13, y = top(from) - 18
    return `M${x0} ${top(from)}V${y + 8}Q${x0} ${y} ${x0 + 8} ${y}H${x1 - 8}Q${x1} ${y} ${x1} ${y + 8}V${y1 - 8}`
      + `Q${x1} ${y1} ${x1 + 8} ${y1}H${end}`
  }
  const gap = ACROSS - WIDTH  // it changes lanes in the gap beside the lane that is not its own
  const turn = from.lane > to.lane ? end - gap : start
  const half = turn + gap / 2
  return `M${start} ${y0}H${turn}C${half} ${y0} ${half} ${y1} ${turn + gap} ${y1}H${end}`
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const strip = parentElement.querySelector(".strip")
  const board = parentElement.querySelector(".board")
  board.setAttribute("aria-label", data.alt)
  const columns = Math.max(...data.cards.map((card) => card.column)) + 1
  const lanes = Math.max(...data.cards.map((card) => card.lane)) + 1
  board.style.width = columns * ACROSS - (ACROSS - WIDTH) + 6 + "px"
  board.style.height = lanes * DOWN - (DOWN - HEIGHT) + TOP + 2 + "px"

  const named = Object.fromEntries(data.cards.map((card) => [card.name, card]))
  const svg = parentElement.querySelector("svg")
  svg.replaceChildren(...data.cards.flatMap((card) => card.sources.map((source) => {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path")
    path.setAttribute("d", wire(named[source], card))
    if (card.name === data.chosen || source === data.chosen) path.setAttribute("class", "near")
    return path
  })))

  const places = data.cards.filter((card) => card.is_pickable)
  const holder = parentElement.querySelector(".cards")
  const focused = holder.getRootNode().activeElement?.dataset?.name
  const buttons = {}
  holder.replaceChildren(...data.cards.map((card, index) => {
    const element = document.createElement(card.is_pickable ? "button" : "div")
    element.className = "card"
    element.style.left = left(card) + "px"
    element.style.top = top(card) + "px"
    element.title = card.words
    const map = document.createElement("span")
    map.className = "map"
    map.style.backgroundImage = `url(${data.sprite})`
    map.style.backgroundSize = `${56 * data.cards.length}px 56px`
    map.style.backgroundPosition = `-${56 * index}px 0`
    const name = document.createElement("span")
    name.className = "name"
    name.textContent = card.name.replaceAll("_", "_\\u200b")
    const more = [card.kind, card.shape].map((words) => {
      const line = document.createElement("span")
      line.className = "more"
      line.textContent = words
      return line
    })
    more[0].classList.add("kind")
    more[0].textContent = card.kind.replace(/([a-z])([A-Z])/g, "$1\\u200b$2")
    if (card.parameters) more[1].textContent += ` · ${short(card.parameters)}`
    element.append(map, name, ...more)
    if (card.is_pickable) {
      element.type = "button"
      element.dataset.name = card.name
      element.setAttribute("aria-label", card.words)
      element.setAttribute("aria-pressed", String(card.name === data.chosen))
      element.tabIndex = card.name === data.chosen ? 0 : -1
      element.onclick = () => setTriggerValue("picked", card.name)
      element.onkeydown = (event) => {
        const next = neighbour(places, card, event.key)
        if (!next) return
        event.preventDefault()
        element.tabIndex = -1
        buttons[next.name].tabIndex = 0
        buttons[next.name].focus()
      }
      buttons[card.name] = element
    }
    return element
  }))
  if (focused && buttons[focused]) buttons[focused].focus({ preventScroll: true })
  if (!buttons[data.chosen] && places.length) buttons[places[0].name].tabIndex = 0
  if (strip.dataset.chosen !== data.chosen) {
    strip.dataset.chosen = data.chosen
    const card = named[data.chosen]
    const isSeen = card && left(card) >= strip.scrollLeft && left(card) + WIDTH <= strip.scrollLeft + strip.clientWidth
    if (card && !isSeen) strip.scrollLeft = left(card) - (strip.clientWidth - WIDTH) / 2
  }
}

function short(count) {
  if (count < 1000) return String(count)
  return count < 1e6 ? (count / 1e3).toFixed(count < 1e4 ? 1 : 0) + " k" : (count / 1e6).toFixed(1) + " M"
}

function neighbour(cards, from, key) {
  const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }
  if (key === "Home") return cards[0]
  if (key === "End") return cards[cards.length - 1]
  if (!steps[key]) return null
  const [across, down] = steps[key]
  const ahead = cards.filter((card) => across
    ? Math.sign(card.column - from.column) === across
    : Math.sign(card.lane - from.lane) === down)
  const far = (card) => 100 * Math.abs(across ? card.lane - from.lane : card.column - from.column)
    + Math.abs(across ? card.column - from.column : card.lane - from.lane)
  return ahead.sort((one, other) => far(one) - far(other))[0]
}
"""

_component = st.components.v2.component("glassface_diagram", html=_HTML, css=_CSS, js=_JS)


def diagram(
    cards: Sequence[Card],
    sprite: bytes,
    *,
    key: str,
    alt: str,
    chosen: str,
    on_pick: Callable[[str], None],
) -> None:
    """Shows the network; a click on a layer calls `on_pick` with its name before the page runs again.

    Args:
        cards: arranged, see `arrange`.
        sprite: bytes, PNG with one square thumbnail for each card, side by side.
        key: str, the element's key.
        alt: str, what the diagram shows.
        chosen: str, name of the layer to highlight.
        on_pick: callable that takes a name.
    """
    names = {card.name for card in cards if card.is_pickable}
    data = {
        "alt": alt,
        "chosen": chosen,
        "sprite": f"data:image/png;base64,{base64.b64encode(sprite).decode()}",
        "cards": [vars(card) | {"words": card.words} for card in cards],
    }

    def report() -> None:
        picked = st.session_state[key].get("picked")
        if picked in names:
            on_pick(picked)

    _component(key=key, data=data, on_picked_change=report)
