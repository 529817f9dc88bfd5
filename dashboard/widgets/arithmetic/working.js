import { make } from "../elements.js"
import { drawn } from "../svg.js"

const SLOW = 5  // places a second along the first row, so that each sum can be followed
const REST = 8  // seconds that all other rows take together
const SOFTER = 3  // stops from the palette's dark ends, on which numbers could not be read
const MOST_NUMBERS = 5  // columns of a table that can be read; a wider one has colours, and tells the cell pointed at
const SIGNS = ["", "× ", "= "]
const STEPS = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }
const FAINT = 0.16  // of the output's places that the window has not reached

function show(value) {
  if (Math.abs(value) < 1e-12) return "0"
  const size = Math.abs(value)
  const words = size >= 1e5 || size < 1e-4 ? value.toExponential(1) : String(Number(value.toPrecision(size < 0.1 ? 2 : 3)))
  return words.replace("-", "\u2212")
}

function paint(map, stops) {
  const canvas = document.createElement("canvas")
  canvas.width = map.width
  canvas.height = map.height
  const colours = stops.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)))
  const most = map.values.reduce((high, value) => Math.max(high, map.signed ? Math.abs(value) : value), 0) || 1
  const pixels = canvas.getContext("2d").createImageData(map.width, map.height)
  map.values.forEach((value, index) => {
    const share = Math.min(1, Math.max(0, map.signed ? (value / most + 1) / 2 : value / most)) * (colours.length - 1)
    const low = Math.min(colours.length - 2, Math.floor(share))
    const mixed = colours[low].map((part, at) => part + (colours[low + 1][at] - part) * (share - low))
    pixels.data.set([...mixed, 255], index * 4)
  })
  canvas.getContext("2d").putImageData(pixels, 0, 0)
  return canvas
}

function screen(parent, title, element) {
  const figure = make("figure")
  const holder = make("div", "screen")
  const frame = make("div", "mark"), cell = make("div", "mark cell")
  cell.hidden = true
  holder.append(element, frame, cell)
  const words = make("figcaption")
  const head = make("h3", "", title)
  figure.append(head, holder, words)
  parent.append(figure)
  return { frame, cell, words, head, title: (text) => { head.textContent = text } }
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

function photoOf(data) {
  const photo = make("img")
  photo.src = data.picture
  photo.alt = "What the network sees, with a frame around the part that this place sees"
  photo.style.aspectRatio = `${data.side[1]} / ${data.side[0]}`
  return photo
}

// Draws how a number comes about, and returns what keys do. `pick` is told a place; without it none can be picked.
export function drawWorking(root, data, pick) {
  if (root.shown === data.id) return root.walk
  root.walk?.stop()
  root.shown = data.id
  root.classList.add("working")
  root.setAttribute("role", "group")
  root.setAttribute("aria-label", data.alt)
  root.replaceChildren()
  const maps = make("div", "maps")
  root.append(maps)
  if (data.words) {
    const face = screen(maps, "On the picture", photoOf(data))
    put(face.frame, ...data.box, data.side)
    face.words.textContent = `It sees ${data.box[2]}×${data.box[3]} of ${data.side[1]}×${data.side[0]} pixels`
    root.append(make("p", "told", data.words))
    root.walk = { stop() {}, hear: () => false }
    return root.walk
  }
  root.walk = drawSum(root, maps, data, pick)
  return root.walk
}

function drawSum(root, maps, data, pick) {
  const stopsOf = (map) => map.signed ? data.stops.signed : data.stops.plain
  const { width, height } = data.output
  const last = width * height - 1
  const [rows, columns] = [data.rows.length, data.columns.length]
  const isWide = columns > MOST_NUMBERS
  let chosen = Math.max(0, data.parts.findIndex((part) => part.channel === root.part))
  let [row, column] = data.place
  let lit = -1, said = ""
  root.style.setProperty("--more", data.stops.signed.at(-1 - SOFTER))
  root.style.setProperty("--less", data.stops.signed[SOFTER])

  const face = screen(maps, "On the picture", photoOf(data))
  const input = make("canvas")
  input.setAttribute("role", "img")
  const before = screen(maps, "", input)
  const full = paint(data.output, stopsOf(data.output))
  const output = make("canvas", pick ? "pick" : "")
  output.width = width
  output.height = height
  output.tabIndex = 0
  output.setAttribute("role", "application")
  output.setAttribute("aria-label", `Map of channel ${data.channel} of ${data.layer}: arrow keys move the window, `
    + `the space bar plays${pick ? ", Enter picks" : ""}`)
  const after = screen(maps, `Output: channel ${data.channel}`, output)
  after.words.setAttribute("aria-live", "polite")

  const tables = make("div", "tables")
  root.append(tables)

  const offset = (numbers, at, stride) => (data.stride ? numbers.map((n) => n + (at[0] - at[1]) * stride) : numbers)
  const windowRows = () => offset(data.rows, [row, data.place[0]], data.stride?.[0])
  const windowColumns = () => offset(data.columns, [column, data.place[1]], data.stride?.[1])

  function values() {
    const map = data.parts[chosen].map
    return windowRows().flatMap((y) => windowColumns().map((x) =>
      y < 0 || x < 0 || y >= map.height || x >= map.width ? null : map.values[y * map.width + x]))
  }

  function table(title) {
    const figure = make("figure")
    figure.append(make("h3", "", title))
    const body = make("table", isWide ? "wide" : "")
    body.setAttribute("aria-label", title)
    const cells = Array.from({ length: rows * columns }, (_, index) => {
      const cell = make("td")
      cell.tabIndex = index ? -1 : 0
      cell.onpointerenter = () => light(index)
      cell.onpointerleave = () => light(-1)
      cell.onfocus = () => light(index)
      cell.onblur = () => light(-1)
      cell.onkeydown = (event) => {
        const next = cells[index + { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key]]
        if (!next) return
        event.preventDefault()
        event.stopPropagation()
        next.focus()
      }
      return cell
    })
    for (let line = 0; line < rows; line++) {
      const tr = make("tr")
      tr.append(...cells.slice(line * columns, (line + 1) * columns))
      body.append(tr)
    }
    const holder = make("div", "scroll")
    holder.append(body)
    figure.append(holder)
    tables.append(figure)
    return cells
  }

  function fill(cells, numbers) {
    const most = Math.max(...numbers.map((n) => Math.abs(n ?? 0))) || 1
    cells.forEach((cell, index) => {
      const value = numbers[index]
      cell.dataset.shown = show(value ?? 0)
      if (!isWide) cell.textContent = cell.dataset.shown
      cell.className = value === null ? "out" : ""
      cell.title = value === null ? "Outside the map: counts as 0" : String(value)
      tint(cell, value ?? 0, most)
    })
  }

  function tint(element, value, most) {
    element.style.setProperty("--tint", value < 0 ? "var(--less)" : "var(--more)")
    element.style.setProperty("--much", `${Math.min(1, Math.abs(value) / (most || 1)) * 62}%`)
  }

  const cells = [table("Window")]
  if (!data.pooling) {
    tables.append(make("span", "sign", "×"))
    cells.push(table("Kernel"))
    tables.append(make("span", "sign", "="))
    cells.push(table("Products"))
  }
  const sum = make("output", "sum"), total = make("span", "total")
  total.append(make("span", "sign", data.pooling ? "→" : "Σ"), sum)
  tables.append(total)
  const told = make("p", "told")
  const bar = make("div", "player")
  const chips = make("div", "chips")
  maps.append(bar)
  root.append(told, chips)
  const list = make("dl")
  for (const [words, formula] of data.lines) list.append(make("dt", "", words), make("dd", "", formula))
  list.append(make("dt", "result", "The network’s own number"), make("dd", "result", data.value))
  root.append(list)

  function light(index) {
    lit = index
    for (const some of cells) for (const [at, cell] of some.entries()) cell.classList.toggle("lit", at === index)
    before.cell.hidden = face.cell.hidden = true
    if (isWide) told.textContent = index < 0 ? said : cells.map((some, at) => SIGNS[at] + some[index].dataset.shown).join(" ")
    if (index < 0) return
    const y = windowRows()[Math.floor(index / columns)], x = windowColumns()[index % columns]
    const map = data.parts[chosen].map
    put(before.cell, x, y, 1, 1, [map.height, map.width])
    if (y < 0 || x < 0 || y >= map.height || x >= map.width) return
    put(face.cell, ...sees(y, x), data.side)
  }

  function sees(y, x) {  // what a place of the source sees of the picture: left, top, width, height
    if (!data.spans) return [x, y, 1, 1]
    const within = (n, spans) => spans[Math.min(spans.length - 1, Math.max(0, n))] ?? [0, -1]
    const [top, bottom] = within(y, data.spans.rows), [left, right] = within(x, data.spans.columns)
    return [left, top, right - left + 1, bottom - top + 1]
  }

  // Moves the frames; `beyond` is how far the window is on its way to the next place, from 0 to 1.
  function frames(beyond = 0) {
    const { map } = data.parts[chosen]
    const [ys, xs] = [windowRows(), windowColumns()]
    const shift = column < width - 1 ? beyond : 0
    put(before.frame, xs[0] + shift * (data.stride?.[1] ?? 0), ys[0], xs.at(-1) - xs[0] + 1, ys.at(-1) - ys[0] + 1,
      [map.height, map.width])
    put(after.frame, column + shift, row, 1, 1, [height, width])
  }

  function refresh() {
    const part = data.parts[chosen], numbers = values()
    const isPicked = row === data.place[0] && column === data.place[1]
    const [ys, xs] = [windowRows(), windowColumns()]
    frames()
    if (isPicked) put(face.frame, ...data.box, data.side)
    else {
      const [first, end] = [sees(ys[0], xs[0]), sees(ys.at(-1), xs.at(-1))]
      put(face.frame, first[0], first[1], end[0] + end[2] - first[0], end[1] + end[3] - first[1], data.side)
    }
    const value = data.output.values[row * width + column]
    after.words.textContent = `Row ${row}, column ${column}: ${show(value)}`
    fill(cells[0], numbers)
    let result = value
    if (!data.pooling) {
      const products = numbers.map((n, index) => (n ?? 0) * part.kernel[index])
      fill(cells[1], part.kernel)
      fill(cells[2], products)
      result = products.reduce((all, n) => all + n, 0)
    }
    sum.textContent = show(result)
    tint(sum, result, Math.abs(result))
    told.textContent = said = say(part, result)
    root.classList.toggle("stale", !isPicked)
    if (lit >= 0) light(lit)
  }

  function say(part, result) {
    if (data.pooling) return `The ${data.pooling} of these numbers is passed on. Pooling has no weights.`
    const count = data.parts.length + data.rest.count
    if (count === 1) return ""
    const factor = part.weight === 1 ? "" : `, times its weight ${show(part.weight)}: ${show(result * part.weight)}`
    const steps = data.lines.length > 1 ? " and the steps below" : ""
    return `The products of input channel ${part.channel} add up to ${show(result)}${factor}. All ${count} input channels `
      + `together${steps} give ${show(data.output.values[row * width + column])}.`
  }

  function choose(index) {
    chosen = index
    const part = data.parts[index]
    root.part = part.channel
    before.title(`Input: channel ${part.channel}`)
    before.words.textContent = `of ${data.source}`
    input.setAttribute("aria-label", `Map of channel ${part.channel} of ${data.source}, with the window`)
    input.width = part.map.width
    input.height = part.map.height
    input.getContext("2d").drawImage(paint(part.map, stopsOf(part.map)), 0, 0)
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

  // Draws the output, faint where the window has yet to come: behind `reached`, a place's number.
  function reveal(reached = last) {
    const context = output.getContext("2d"), down = Math.floor(reached / width), across = reached % width + 1
    context.clearRect(0, 0, width, height)
    context.globalAlpha = reached < last ? FAINT : 1
    context.drawImage(full, 0, 0)
    context.globalAlpha = 1
    if (reached >= last) return
    if (down) context.drawImage(full, 0, 0, width, down, 0, 0, width, down)
    context.clearRect(0, down, across, 1)
    context.drawImage(full, 0, down, across, 1, 0, down, across, 1)
  }

  // Walking: one animation in the browser; the server hears of the place where it ends.
  const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches
  const play = make("button", "play"), back = make("button", "", "Back")
  play.type = back.type = "button"
  let timer = 0, at = 0, begun = 0, lately = 0
  function name(isPlaying) {
    const shape = drawn("path", { d: isPlaying ? "M2 1h3v10H2zM7 1h3v10H7z" : "M2 1l9 5-9 5z", fill: "currentColor" })
    const icon = drawn("svg", { viewBox: "0 0 12 12", width: 12, height: 12, "aria-hidden": "true" }, shape)
    play.replaceChildren(...(isCalm ? ["Next place"] : [icon, isPlaying ? " Pause" : " Play"]))
    play.setAttribute("aria-label", isCalm ? "Next place" : isPlaying ? "Pause" : "Play: slide the window")
  }
  function goTo(place) {
    row = Math.floor(place / width)
    column = place % width
    refresh()
  }
  function tick(now) {
    if (!root.isConnected) return stop()
    const speed = at - begun < width ? SLOW : Math.max(SLOW, (last + 1 - width) / REST)
    at = Math.min(last, at + Math.min(0.1, Math.max(0, now - lately) / 1000) * speed)
    lately = now
    const place = Math.floor(at)
    if (place !== row * width + column) {
      goTo(place)
      reveal(place)
    }
    frames(at - place)
    if (at >= last) return stop()
    timer = requestAnimationFrame(tick)
  }
  function start() {
    at = begun = row * width + column >= last ? 0 : row * width + column
    if (row === data.place[0] && column === data.place[1]) at = begun = 0  // a first play shows all of it
    goTo(at)
    reveal(at)
    name(true)
    lately = performance.now()
    timer = requestAnimationFrame(tick)
  }
  function stop() {
    cancelAnimationFrame(timer)
    timer = 0
    name(false)
    reveal()
  }
  function toggle() {
    if (!data.stride) return
    if (isCalm) goTo((row * width + column + 1) % (last + 1))
    else if (timer) stop()
    else start()
  }
  function hear(key) {
    if (key === " ") toggle()
    else if (key === "Enter" && pick) pick(row * width + column)
    else if (STEPS[key] && data.stride) {
      stop()
      row = Math.min(height - 1, Math.max(0, row + STEPS[key][0]))
      column = Math.min(width - 1, Math.max(0, column + STEPS[key][1]))
      refresh()
    } else return false
    return true
  }
  output.onclick = (event) => {
    const box = output.getBoundingClientRect()
    stop()
    column = Math.min(width - 1, Math.floor((event.clientX - box.left) / box.width * width))
    row = Math.min(height - 1, Math.floor((event.clientY - box.top) / box.height * height))
    if (data.stride) refresh()
    pick?.(row * width + column)
  }
  play.onclick = toggle
  back.setAttribute("aria-label", "Back to the picked place")
  back.onclick = () => {
    stop()
    goTo(data.place[0] * width + data.place[1])
  }
  if (data.stride) {
    bar.append(play, back, make("span", "keys", "Space plays, arrow keys step"))
    name(false)
  }
  reveal()
  choose(chosen)
  return { stop, hear, toggle }
}
