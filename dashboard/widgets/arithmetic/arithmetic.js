import { drawn } from "../svg.js"

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
  return words.replace("-", "\u2212")
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
  frame.style.left = `${x0 / full[1] * 100}%`
  frame.style.top = `${y0 / full[0] * 100}%`
  frame.style.width = `${(x1 - x0) / full[1] * 100}%`
  frame.style.height = `${(y1 - y0) / full[0] * 100}%`
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
      cell.style.setProperty("--much", `${Math.min(1, Math.abs(value ?? 0) / (most || 1)) * 42}%`)
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
      for (const [at, cell] of cells.entries()) cell.classList.toggle("lit", at === index)
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
    for (const chip of chips.querySelectorAll("[data-part]"))
      chip.setAttribute("aria-pressed", String(chip.dataset.part === String(index)))
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
    const shape = drawn("path", { d: playing ? "M2 1h3v10H2zM7 1h3v10H7z" : "M2 1l9 5-9 5z", fill: "currentColor" })
    const icon = drawn("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, shape)
    walk.replaceChildren(...(is_calm ? ["Next place"] : [icon, playing ? " Pause" : " Play: slide the window"]))
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
