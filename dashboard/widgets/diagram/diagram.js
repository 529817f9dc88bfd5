import { drawn } from "../svg.js"

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
  board.style.width = `${columns * ACROSS - (ACROSS - WIDTH) + 6}px`
  board.style.height = `${lanes * DOWN - (DOWN - HEIGHT) + TOP + 2}px`

  const named = Object.fromEntries(data.cards.map((card) => [card.name, card]))
  const svg = parentElement.querySelector("svg")
  svg.replaceChildren(...data.cards.flatMap((card) => card.sources.map((source) => {
    const isNear = card.name === data.chosen || source === data.chosen
    return drawn("path", { d: wire(named[source], card), class: isNear ? "near" : "" })
  })))

  const places = data.cards.filter((card) => card.is_pickable)
  const holder = parentElement.querySelector(".cards")
  const focused = holder.getRootNode().activeElement?.dataset?.name
  const buttons = {}
  holder.replaceChildren(...data.cards.map((card, index) => {
    const element = document.createElement(card.is_pickable ? "button" : "div")
    element.className = "card"
    element.style.left = `${left(card)}px`
    element.style.top = `${top(card)}px`
    element.title = card.words
    const map = document.createElement("span")
    map.className = "map"
    map.style.backgroundImage = `url(${data.sprite})`
    map.style.backgroundSize = `${56 * data.cards.length}px 56px`
    map.style.backgroundPosition = `-${56 * index}px 0`
    const name = document.createElement("span")
    name.className = "name"
    name.textContent = card.name.replaceAll("_", "_\u200b")
    const more = [card.kind, card.shape].map((words) => {
      const line = document.createElement("span")
      line.className = "more"
      line.textContent = words
      return line
    })
    more[0].classList.add("kind")
    more[0].textContent = card.kind.replace(/([a-z])([A-Z])/g, "$1\u200b$2")
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
  return count < 1e6 ? `${(count / 1e3).toFixed(count < 1e4 ? 1 : 0)} k` : `${(count / 1e6).toFixed(1)} M`
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
