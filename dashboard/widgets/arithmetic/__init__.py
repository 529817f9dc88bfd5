"""How one number of a map comes about: window × kernel, the sum, bias, normalisation, activation.

The same cell lights up in the window, the kernel and the products, and its place on the maps and on the picture; the
window can be walked across the whole map. In the manner of CNN Explainer (Wang et al. 2020, arXiv:2004.15004).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from dashboard.drawing.pictures import jpeg

MAPS_SHOWN = 6
"""Input channels that are sent with their maps, those that count most at the place."""
NUMBERS_SENT = 24_000
"""Most numbers of input maps that are sent to the browser."""
NORMALISING = {"BatchNormalization"}
ACTIVATING = {"ReLU", "Activation", "LeakyReLU", "ELU", "Softmax", "Relu", "Sigmoid"}
POOLING = {"MaxPooling2D": "largest", "AveragePooling2D": "mean"}


@dataclass(frozen=True)
class Part:
    """An input channel's share in a sum.

    Args:
        channel: int, its number in the layer before.
        values: float32 (h, w), its whole map.
        kernel: float (kh, kw), the weights that meet it; None for pooling.
        share: float, what it adds at the place.
        weight: float, by which a separable convolution multiplies its sum. Defaults to 1.
    """

    channel: int
    values: np.ndarray
    kernel: np.ndarray | None
    share: float
    weight: float = 1.0


@dataclass(frozen=True)
class Working:
    """All that is shown about one number of a map.

    Args:
        layer: str, the layer whose number it is.
        channel: int, its channel.
        row: int, its row.
        column: int, its column.
        values: float32 (h, w), the channel's whole map.
        source: str, the layer that the window lies on; "" for the picture itself.
        rows: int (kh,), rows of the source under the window; outside of the source is padding.
        columns: int (kw,), the same for columns.
        stride: rows and columns by which the window moves from place to place; None where it does not move evenly.
        parts: the input channels, those that add most first.
        rest: the number of further channels, and what they add together.
        lines: (words, formula) of each step after the sums.
        pooling: str, "largest" or "mean" for a pooling layer. Defaults to "".
    """

    layer: str
    channel: int
    row: int
    column: int
    values: np.ndarray = field(repr=False)
    source: str
    rows: np.ndarray
    columns: np.ndarray
    stride: tuple[int, int] | None
    parts: tuple[Part, ...]
    rest: tuple[int, float]
    lines: tuple[tuple[str, str], ...]
    pooling: str = ""

    @property
    def value(self) -> float:
        """The network's own number."""
        return float(self.values[self.row, self.column])


Spans = tuple[Sequence[tuple[int, int] | None], Sequence[tuple[int, int] | None]]
"""First and last row of the picture that each row of a layer sees, and the same for columns."""
Ask = Callable[[str, int, int, int], Any]
"""Takes a convolution's name, channel, row and column, and returns the interp.Arithmetic."""


def work_out(
    network: Any, maps: Mapping[str, np.ndarray], picture: np.ndarray, layer: str, place: tuple[int, int, int], ask: Ask
) -> Working | str:
    """Returns how a number comes about, or a sentence where there is no sum to show.

    Args:
        network: interp.Network.
        maps: every layer's output, as interp.all_activations returns it.
        picture: uint8 (h, w) or (h, w, c), what the network gets.
        layer: str, the layer.
        place: channel, row and column.
        ask: works out a convolution's number.
    """
    channel, row, column = place
    kind, sources = network.layer(layer).kind, network.sources[layer]
    if kind in POOLING:
        return _pooling(network, maps, layer, place)
    convolution = convolution_behind(network, layer)
    if convolution is not None:
        found = ask(convolution, channel, row, column)
        if layer == convolution or any(step.layer == layer for step in found.steps):
            source = network.sources[convolution]
            before = maps[source[0]] if source else picture.reshape(*picture.shape[:2], -1)
            return _convolution(found, maps, layer, source[0] if source else "", before, ask)
    value = float(maps[layer][row, column, channel])
    given = [maps[source] for source in sources]
    if kind in ("Add", "Multiply") and all(one.shape == maps[layer].shape for one in given):
        sign = " + " if kind == "Add" else " × "
        sum_of = sign.join(
            f"{_number(float(one[row, column, channel]))} ({_soft(name)})" for one, name in _named(maps, sources)
        )
        return f"{_soft(layer)} joins two branches place by place: {sum_of} = {_number(value)}."
    if len(given) == 1 and given[0].shape == maps[layer].shape:
        before_value = _number(float(given[0][row, column, channel]))
        return f"{_soft(layer)} works on each number by itself: {before_value} becomes {_number(value)}."
    if kind == "Concatenate":
        name, own = _joined(maps, sources, channel)
        return (
            f"{_soft(layer)} sets branches side by side: {_number(value)} is channel {own} of {_soft(name)}, unchanged."
        )
    return f"{_soft(layer)} only moves numbers about, so there is no sum to show. The number is {_number(value)}."


def _joined(maps: Mapping[str, np.ndarray], sources: Sequence[str], channel: int) -> tuple[str, int]:
    """Returns the layer that a channel of joined layers comes from, and its number there."""
    for name in sources:
        count = maps[name].shape[-1]
        if channel < count:
            return name, channel
        channel -= count
    raise ValueError(f"The layers {', '.join(sources)} have no channel {channel} more.")


def convolution_behind(network: Any, layer: str) -> str | None:
    """Returns the convolution whose normalised or activated output a layer is; itself if it is one; else None."""
    name = layer
    while network.layer(name).kind in NORMALISING | ACTIVATING and len(network.sources[name]) == 1:
        (name,) = network.sources[name]
    return name if network.layer(name).is_convolution else None


def _named(maps: Mapping[str, np.ndarray], names: Sequence[str]) -> list[tuple[np.ndarray, str]]:
    return [(maps[name], name) for name in names]


def _convolution(
    found: Any, maps: Mapping[str, np.ndarray], layer: str, source: str, before: np.ndarray, ask: Ask
) -> Working:
    first, *mixing = found.products
    values = before.astype(np.float32)
    weights = mixing[0].kernel[0, 0] if mixing else np.ones(len(first.channels))
    shares = first.products.sum(axis=(0, 1)) * weights
    order = np.argsort(-np.abs(shares), kind="stable")
    shown = order[: max(1, min(MAPS_SHOWN, NUMBERS_SENT // values[..., 0].size))]
    parts = tuple(
        Part(
            int(first.channels[index]),
            values[..., first.channels[index]],
            first.kernel[..., index],
            float(shares[index]),
            float(weights[index]),
        )
        for index in shown
    )
    hidden = len(order) - len(shown)
    steps = found.steps
    if layer != found.layer:
        steps = steps[: 1 + max(number for number, step in enumerate(steps) if step.layer == layer)]
    else:
        steps = tuple(step for step in steps if step.layer == layer)
    return Working(
        layer,
        found.channel,
        found.row,
        found.column,
        maps[layer][..., found.channel],
        source,
        first.rows,
        first.columns,
        _stride(found, ask, maps[found.layer].shape),
        parts,
        (hidden, float(shares[order[len(shown) :]].sum())),
        (("Sum of all products", _number(found.sum)), *((_step_words(step), _minus(step.formula)) for step in steps)),
    )


def _stride(found: Any, ask: Ask, shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Returns how far the window moves between two places; None for a layer whose kernel is cut differently there."""
    if min(shape[:2]) < 2 or any(
        len(tap) != size for tap, size in zip(found.products[0].taps, _full(found), strict=True)
    ):
        return None
    ends = [ask(found.layer, found.channel, place, place).products[0] for place in (0, 1)]
    if any(one.window.shape != found.products[0].window.shape for one in ends):
        return None
    down, across = (int(ends[1].rows[0] - ends[0].rows[0]), int(ends[1].columns[0] - ends[0].columns[0]))
    moves_evenly = ends[0].rows[0] + down * found.row == found.products[0].rows[0]
    return (down, across) if down > 0 and across > 0 and moves_evenly else None


def _full(found: Any) -> tuple[int, int]:
    return found.products[0].kernel.shape[:2]


def _pooling(network: Any, maps: Mapping[str, np.ndarray], layer: str, place: tuple[int, int, int]) -> Working:
    channel, row, column = place
    operation = network.model.get_layer(layer)
    (source,) = network.sources[layer]
    before, after = maps[source], maps[layer]
    axes = []
    for axis, at in enumerate((row, column)):
        size, stride = operation.pool_size[axis], operation.strides[axis]
        missing = (after.shape[axis] - 1) * stride + size - before.shape[axis]
        padding = max(missing, 0) // 2 if operation.padding == "same" else 0
        axes.append(at * stride - padding + np.arange(size))
    word = POOLING[network.layer(layer).kind]
    value = float(after[row, column, channel])
    return Working(
        layer,
        channel,
        row,
        column,
        after[..., channel],
        source,
        axes[0],
        axes[1],
        tuple(operation.strides),
        (Part(channel, before[..., channel], None, value),),
        (0, 0.0),
        ((f"The {word} number of the window", _number(value)),),
        word,
    )


def _step_words(step: Any) -> str:
    kinds = {"bias": "Plus bias", "normalisation": "Batch normalisation", "activation": "Activation"}
    return f"{kinds[step.kind]} ({_soft(step.layer)})"


def _number(value: float) -> str:
    return _minus(f"{value:.4g}")


def _minus(words: str) -> str:
    """Writes minus signs, a negative number behind an operator in brackets."""
    return re.sub(r"(?<=[-+×] )(-[\d.e+-]+)", r"(\1)", words).replace("-", "−")


def _soft(name: str) -> str:
    """Lets a long layer name break after its underscores."""
    return name.replace("_", "_\u200b")


def data_of(
    working: Working,
    *,
    background: np.ndarray,
    side: tuple[int, int],
    spans: Spans | None,
    box: tuple[int, int, int, int],
    stops: Mapping[bool, Sequence[tuple[float, str]]],
) -> dict[str, Any]:
    """Turns a working into the plain values that the browser gets.

    Args:
        working: what is shown.
        background: uint8 RGB, the picture, as crisp as there is one.
        side: height and width of what the network gets, in pixels.
        spans: what each row and each column of the source sees, None where the source is the picture itself.
        box: (x, y, width, height), what the place sees.
        stops: the palettes' stops, for unsigned and signed maps.
    """
    height, width = working.values.shape
    return {
        "layer": working.layer,
        "channel": working.channel,
        "source": working.source or "the picture",
        "place": [working.row, working.column],
        "output": _map_data(working.values),
        "parts": [
            {
                "channel": part.channel,
                "map": _map_data(part.values),
                "kernel": None if part.kernel is None else _rounded(part.kernel),
                "share": _digits(part.share),
                "weight": _digits(part.weight),
            }
            for part in working.parts
        ],
        "rest": {"count": working.rest[0], "sum": _digits(working.rest[1])},
        "rows": [int(number) for number in working.rows],
        "columns": [int(number) for number in working.columns],
        "stride": working.stride,
        "lines": [list(line) for line in working.lines],
        "value": _number(working.value),
        "pooling": working.pooling,
        "picture": f"data:image/jpeg;base64,{base64.b64encode(jpeg(background, 320)).decode()}",
        "side": list(side),
        "box": list(box),
        "spans": None if spans is None else {"rows": list(spans[0]), "columns": list(spans[1])},
        "stops": {"plain": [colour for _, colour in stops[False]], "signed": [colour for _, colour in stops[True]]},
        "alt": f"How channel {working.channel} of {working.layer} gets its number at row {working.row}, column "
        f"{working.column} of {height}×{width}",
    }


def _map_data(values: np.ndarray) -> dict[str, Any]:
    return {
        "height": values.shape[0],
        "width": values.shape[1],
        "values": _rounded(values),
        "signed": bool(values.min() < 0),
    }


def _rounded(values: np.ndarray) -> list[float]:
    return [_digits(number) for number in np.ravel(values).tolist()]


def _digits(number: float) -> float:
    return float(f"{number:.4g}")


_HTML = '<div class="working"></div>\n'

_CSS = """
.working { color: var(--st-text-color); font: 400 0.875rem/1.4 var(--st-font); }
.row { display: flex; flex-wrap: wrap; gap: 1rem 1.5rem; align-items: flex-start; }
figure { margin: 0; width: clamp(150px, 30%, 250px); flex: none; }
.row.tables figure { width: auto; max-width: 100%; }
figcaption { font-size: 0.8125rem; line-height: 1.35; padding-top: .3rem; }
h4 { margin: 0 0 .35rem; font: 600 0.875rem/1.3 var(--st-font); }
.screen { position: relative; line-height: 0; border-radius: 6px; overflow: hidden; }
.screen img, canvas { width: 100%; height: auto; display: block; image-rendering: pixelated; }
.screen img { image-rendering: auto; }
canvas.pick { cursor: crosshair; }
canvas:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: -3px; }
.frame { position: absolute; box-sizing: border-box; pointer-events: none; border: 2px solid #ffb454; }
.frame { box-shadow: 0 0 0 1px rgba(0, 0, 0, .7), inset 0 0 0 1px rgba(0, 0, 0, .5); min-width: 5px; min-height: 5px; }
.frame.cell { border-color: #fff; }
.frame[hidden] { display: none; }
.row.tables { align-items: center; margin: 1rem 0 .75rem; gap: .5rem .75rem; }
.sign { font-size: 1.25rem; font-weight: 600; }
table { border-collapse: separate; border-spacing: 2px; }
td {
  min-width: 46px; height: 32px; padding: 0 3px; text-align: center; border-radius: 4px; box-sizing: border-box;
  font: 400 0.8125rem/1 var(--st-font); font-variant-numeric: tabular-nums; outline: 1px solid rgba(128, 128, 128, .25);
  background: color-mix(in srgb, var(--tint) var(--much), var(--st-background-color)); cursor: default;
}
table.wide td { min-width: 34px; height: 26px; font-size: 0.6875rem; padding: 0 1px; }
td.out { opacity: .65; font-style: italic; }
td.lit { outline: 2.5px solid #ffb454; box-shadow: 0 0 0 3.5px rgba(0, 0, 0, .6); position: relative; z-index: 1; }
td:focus-visible { outline: 3px solid var(--st-primary-color); }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .75rem 0 0; }
button {
  font: 500 0.8125rem/1.2 var(--st-font); color: var(--st-text-color); background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius); padding: .4rem .6rem;
  min-height: 32px; font-variant-numeric: tabular-nums; cursor: pointer;
}
button:hover { border-color: var(--st-primary-color); }
button[aria-pressed="true"] { border: 2px solid var(--st-primary-color); padding: calc(.4rem - 1px) calc(.6rem - 1px); }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem 1rem; margin: .5rem 0 0; }
dt { max-width: 18rem; }
dd { margin: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.result { font-weight: 650; }
.stale dl, .stale .chips .rest { opacity: .35; }
.scroll { overflow-x: auto; padding: 4px; max-width: 100%; }
@media (max-width: 640px) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; }
}
"""

_JS = """
const timers = new WeakMap()
const choices = new WeakMap()

function make(kind, className, words) {
  const element = document.createElement(kind)
  if (className) element.className = className
  if (words !== undefined) element.textContent = words
  return element
}

function show(value) {
  if (Math.abs(value) < 1e-12) return "0"
  const size = Math.abs(value)
  const words = size >= 1e5 || size < 1e-3 ? value.toExponential(1) : String(Number(value.toPrecision(3)))
  return words.replace("-", "\\u2212")
}

function painter(stops, map) {
  const colours = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)))
  const most = map.values.reduce((high, value) => Math.max(high, map.signed ? Math.abs(value) : value), 0) || 1
  return (value) => {
    const share = Math.min(1, Math.max(0, map.signed ? (value / most + 1) / 2 : value / most)) * (colours.length - 1)
    const low = Math.min(colours.length - 2, Math.floor(share))
    return colours[low].map((part, index) => part + (colours[low + 1][index] - part) * (share - low))
  }
}

function draw(canvas, map, stops, reached = Infinity) {
  canvas.width = map.width
  canvas.height = map.height
  const context = canvas.getContext("2d")
  const pixels = context.createImageData(map.width, map.height)
  const paint = painter(stops, map)
  map.values.forEach((value, index) => {
    pixels.data.set([...paint(value), index <= reached ? 255 : 40], index * 4)
  })
  context.putImageData(pixels, 0, 0)
}

function screen(parent, title, caption, element) {
  const figure = make("figure")
  figure.append(make("h4", "", title))
  const holder = make("div", "screen")
  const frame = make("div", "frame"), cell = make("div", "frame cell")
  cell.hidden = true
  holder.append(element, frame, cell)
  const words = make("figcaption", "", caption)
  figure.append(holder, words)
  parent.append(figure)
  return { frame, cell, words }
}

function put(frame, left, top, width, height, full) {
  const [x0, y0] = [Math.max(0, left), Math.max(0, top)]
  const [x1, y1] = [Math.min(full[1], left + width), Math.min(full[0], top + height)]
  frame.hidden = x1 <= x0 || y1 <= y0
  frame.style.left = x0 / full[1] * 100 + "%"
  frame.style.top = y0 / full[0] * 100 + "%"
  frame.style.width = (x1 - x0) / full[1] * 100 + "%"
  frame.style.height = (y1 - y0) / full[0] * 100 + "%"
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".working")
  clearInterval(timers.get(root))
  const stops = (map) => map.signed ? data.stops.signed : data.stops.plain
  const [rows, columns] = [data.rows.length, data.columns.length]
  let chosen = Math.max(0, data.parts.findIndex((part) => part.channel === choices.get(root)))
  let [row, column] = data.place
  let lit = -1
  root.setAttribute("role", "group")
  root.setAttribute("aria-label", data.alt)
  root.classList.remove("stale")
  root.replaceChildren()

  const maps = make("div", "row")
  root.append(maps)
  const photo = make("img")
  photo.src = data.picture
  photo.alt = "What the network gets, with a frame around what this place sees"
  photo.style.aspectRatio = `${data.side[1]} / ${data.side[0]}`
  const face = screen(maps, "On the picture", "", photo)
  const input = make("canvas")
  input.setAttribute("role", "img")
  const before = screen(maps, "", "", input)
  const before_title = before.frame.closest("figure").querySelector("h4")
  const output = make("canvas", "pick")
  output.tabIndex = 0
  output.setAttribute("role", "application")
  output.setAttribute("aria-label", `Map of channel ${data.channel} of ${data.layer}: arrow keys move, Enter picks`)
  const after = screen(maps, `Output: channel ${data.channel}`, "", output)

  const tables = make("div", "row tables")
  root.append(tables)
  const sum_words = make("p")
  sum_words.style.margin = "0"
  root.append(sum_words)
  const chips = make("div", "chips")
  root.append(chips)
  const list = make("dl")
  root.append(list)
  for (const [words, formula] of data.lines) list.append(make("dt", "", words), make("dd", "", formula))
  list.append(make("dt", "result", "The network's own number"), make("dd", "result", data.value))
  list.lastChild.dataset.value = data.value

  const offset = (numbers, at, stride) => (data.stride ? numbers.map((n) => n + (at[0] - at[1]) * stride) : numbers)
  const window_rows = () => offset(data.rows, [row, data.place[0]], data.stride?.[0])
  const window_columns = () => offset(data.columns, [column, data.place[1]], data.stride?.[1])

  function values() {
    const map = data.parts[chosen].map
    return window_rows().flatMap((y) => window_columns().map((x) =>
      y < 0 || x < 0 || y >= map.height || x >= map.width ? null : map.values[y * map.width + x]))
  }

  function table(title, numbers) {
    const figure = make("figure")
    figure.append(make("h4", "", title))
    const holder = make("div", "scroll")
    const body = make("table", columns > 5 ? "wide" : "")
    body.setAttribute("aria-label", title)
    const cells = numbers.map((_, index) => {
      const cell = make("td")
      cell.tabIndex = index ? -1 : 0
      cell.onpointerenter = () => light(index)
      cell.onpointerleave = () => light(-1)
      cell.onfocus = () => light(index)
      cell.onblur = () => light(-1)
      cell.onkeydown = (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]
        const next = cells[index + step]
        if (!next) return
        event.preventDefault()
        next.focus()
      }
      return cell
    })
    for (let line = 0; line < rows; line++) {
      const tr = make("tr")
      tr.append(...cells.slice(line * columns, (line + 1) * columns))
      body.append(tr)
    }
    holder.append(body)
    figure.append(holder)
    tables.append(figure)
    return cells
  }

  function fill(cells, numbers, most) {
    cells.forEach((cell, index) => {
      const value = numbers[index]
      cell.textContent = value === null ? "0" : show(value)
      cell.className = value === null ? "out" : ""
      cell.title = value === null ? "Outside the map: counts as 0" : String(value)
      cell.style.setProperty("--tint", (value ?? 0) < 0 ? "#2f7fc1" : "#e0562f")
      cell.style.setProperty("--much", Math.min(1, Math.abs(value ?? 0) / (most || 1)) * 42 + "%")
    })
  }

  const blank = new Array(rows * columns).fill(0)
  const window_cells = table("Window", blank)
  let kernel_cells = [], product_cells = []
  if (!data.pooling) {
    tables.append(make("span", "sign", "×"))
    kernel_cells = table("Kernel", blank)
    tables.append(make("span", "sign", "="))
    product_cells = table("Products", blank)
  }

  function light(index) {
    lit = index
    for (const cells of [window_cells, kernel_cells, product_cells])
      cells.forEach((cell, at) => cell.classList.toggle("lit", at === index))
    before.cell.hidden = face.cell.hidden = true
    if (index < 0) return
    const y = window_rows()[Math.floor(index / columns)], x = window_columns()[index % columns]
    const map = data.parts[chosen].map
    put(before.cell, x, y, 1, 1, [map.height, map.width])
    if (y < 0 || x < 0 || y >= map.height || x >= map.width) return
    put(face.cell, ...sees(y, x), data.side)
  }

  function sees(y, x) {  // what a place of the source sees of the picture: left, top, width, height
    if (!data.spans) return [x, y, 1, 1]
    const within = (n, list) => list[Math.min(list.length - 1, Math.max(0, n))] ?? [0, -1]
    const [top, bottom] = within(y, data.spans.rows), [left, right] = within(x, data.spans.columns)
    return [left, top, right - left + 1, bottom - top + 1]
  }

  function refresh() {
    const part = data.parts[chosen], numbers = values()
    const is_picked = row === data.place[0] && column === data.place[1]
    const [ys, xs] = [window_rows(), window_columns()]
    put(before.frame, xs[0], ys[0], xs.at(-1) - xs[0] + 1, ys.at(-1) - ys[0] + 1, [part.map.height, part.map.width])
    put(after.frame, column, row, 1, 1, [data.output.height, data.output.width])
    if (is_picked) put(face.frame, ...data.box, data.side)
    else {
      const [first, last] = [sees(ys[0], xs[0]), sees(ys.at(-1), xs.at(-1))]
      put(face.frame, first[0], first[1], last[0] + last[2] - first[0], last[1] + last[3] - first[1], data.side)
    }
    const [, , wide, high] = data.box
    face.words.textContent = is_picked
      ? `The frame is what the place sees: ${wide}×${high} of ${data.side[1]}×${data.side[0]} pixels`
      : "The frame moves with the window"
    const value = data.output.values[row * data.output.width + column]
    after.words.textContent = `${data.layer}, row ${row}, column ${column}: ${show(value)}`
    const most = (list) => Math.max(...list.map((n) => Math.abs(n ?? 0)))
    fill(window_cells, numbers, most(numbers))
    if (!data.pooling) {
      const products = numbers.map((n, index) => (n ?? 0) * part.kernel[index])
      fill(kernel_cells, part.kernel, most(part.kernel))
      fill(product_cells, products, most(products))
      const sum = products.reduce((total, n) => total + n, 0)
      const factor = part.weight === 1 ? "" : `, times its weight ${show(part.weight)}: ${show(sum * part.weight)}`
      sum_words.textContent = `The products of input channel ${part.channel} sum to ${show(sum)}${factor}.`
    } else {
      sum_words.textContent = `The ${data.pooling} of these numbers goes on. Pooling has no weights.`
    }
    root.classList.toggle("stale", !is_picked)
    if (lit >= 0) light(lit)
  }

  function choose(index) {
    chosen = index
    const part = data.parts[index]
    choices.set(root, part.channel)
    before_title.textContent = `Input: channel ${part.channel}`
    before.words.textContent = `of ${data.source}, with the window`
    input.setAttribute("aria-label", `Map of channel ${part.channel} of ${data.source}, with the window`)
    draw(input, part.map, stops(part.map))
    chips.querySelectorAll("[data-part]").forEach((chip, at) => chip.setAttribute("aria-pressed", String(at === index)))
    refresh()
  }

  if (!data.pooling && data.parts.length + data.rest.count > 1) {
    chips.append(make("span", "", "What each input channel adds here:"))
    data.parts.forEach((part, index) => {
      const chip = make("button", "rest", `${part.channel}: ${part.share > 0 ? "+" : ""}${show(part.share)}`)
      chip.type = "button"
      chip.dataset.part = index
      chip.setAttribute("aria-label", `Input channel ${part.channel} adds ${show(part.share)}`)
      chip.onclick = () => choose(index)
      chips.append(chip)
    })
    if (data.rest.count) {
      const words = `and ${data.rest.count} more: ${data.rest.sum > 0 ? "+" : ""}${show(data.rest.sum)}`
      chips.append(make("span", "rest", words))
    }
  }

  draw(output, data.output, stops(data.output))
  const last = data.output.height * data.output.width - 1
  const pick = () => setTriggerValue("picked", row * data.output.width + column)
  output.onclick = (event) => {
    const box = output.getBoundingClientRect()
    stop()
    column = Math.min(data.output.width - 1, Math.floor((event.clientX - box.left) / box.width * data.output.width))
    row = Math.min(data.output.height - 1, Math.floor((event.clientY - box.top) / box.height * data.output.height))
    pick()
  }
  output.onkeydown = (event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key]
    if (event.key === "Enter" || event.key === " ") pick()
    else if (step && data.stride) {
      row = Math.min(data.output.height - 1, Math.max(0, row + step[0]))
      column = Math.min(data.output.width - 1, Math.max(0, column + step[1]))
      refresh()
    } else return
    event.preventDefault()
  }

  const is_calm = matchMedia("(prefers-reduced-motion: reduce)").matches
  const walk = make("button", "", "")
  walk.type = "button"
  const name = (playing) => {
    walk.textContent = is_calm ? "Next place" : playing ? "\\u23f8 Pause" : "\\u25b6 Walk the window"
  }
  function move(to) {
    row = Math.floor(to / data.output.width)
    column = to % data.output.width
    if (!is_calm) draw(output, data.output, stops(data.output), to)
    refresh()
  }
  function stop() {
    clearInterval(timers.get(root))
    timers.delete(root)
    name(false)
    draw(output, data.output, stops(data.output))
  }
  let reached = -1
  walk.onclick = () => {
    if (is_calm) return move((row * data.output.width + column + 1) % (last + 1))
    if (timers.has(root)) return stop()
    if (reached >= last) reached = -1
    name(true)
    const pace = Math.max(1, Math.ceil(last / 300))
    timers.set(root, setInterval(() => {
      if (!root.isConnected) return clearInterval(timers.get(root))
      reached = Math.min(last, reached + pace)
      move(reached)
      if (reached >= last) stop()
    }, last < 150 ? 160 : 60))
  }
  const back = make("button", "", "Back to the picked place")
  back.type = "button"
  back.onclick = () => {
    stop()
    reached = -1
    ;[row, column] = data.place
    refresh()
  }
  if (data.stride) {
    const bar = make("div", "chips")
    bar.append(walk, back)
    maps.after(bar)
    name(false)
  }
  timers.delete(root)
  choose(chosen)
}
"""

_component = st.components.v2.component("glassface_arithmetic", html=_HTML, css=_CSS, js=_JS)


def arithmetic(data: Mapping[str, Any], *, key: str, on_pick: Callable[[int, int], None]) -> None:
    """Shows a working; a click on the output's map calls `on_pick` with row and column before the page runs again.

    Args:
        data: from `data_of`.
        key: str, the element's key.
        on_pick: callable that takes row and column.
    """
    height, width = data["output"]["height"], data["output"]["width"]

    def report() -> None:
        picked = st.session_state[key].get("picked")
        if isinstance(picked, int | float) and 0 <= int(picked) < height * width:
            on_pick(*divmod(int(picked), width))

    _component(key=key, data=dict(data), on_picked_change=report)
