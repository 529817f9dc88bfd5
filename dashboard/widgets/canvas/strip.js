import { drawBars } from "../bars.js"
import { make } from "../elements.js"

// The whole way on one line: the picture, each layer as the map that it answers to most, and the answer.
// `send` is told which layer was pressed; without it none can be.
export function drawStrip(strip, data, send) {
  strip.classList.add("strip")
  const photo = make("figure", "goes-in")
  const image = make("img")
  image.src = data.photo
  image.alt = data.photo_alt
  photo.append(image, make("figcaption", "", data.photo_words))
  const stops = make("div", "stops")
  stops.setAttribute("role", "group")
  stops.setAttribute("aria-label", "Layers, from the picture to the answer")
  if (!send) stops.tabIndex = 0  // so that keys scroll it
  const focused = strip.getRootNode().activeElement?.dataset?.stop
  const left = strip.querySelector(".stops")?.scrollLeft ?? 0
  const buttons = data.stops.map((stop, index) => {
    const isChosen = data.chosen.includes(index)
    const button = make(send ? "button" : "div", isChosen ? "stop chosen" : "stop")
    button.title = stop.words
    const map = make("span", "thumbnail")
    map.style.backgroundImage = `url(${data.sprite})`
    map.style.backgroundSize = `${100 * data.stops.length}% 100%`
    map.style.backgroundPosition = `${data.stops.length > 1 ? 100 * index / (data.stops.length - 1) : 0}% 0`
    button.append(map, make("span", "name", stop.name), make("span", "sees", stop.sees))
    if (!send) return button
    button.type = "button"
    button.dataset.stop = index
    button.setAttribute("aria-label", stop.words)
    button.setAttribute("aria-pressed", String(isChosen))
    button.tabIndex = index === (data.chosen[0] ?? 0) ? 0 : -1
    button.onclick = () => send(index)
    button.onkeydown = (event) => {
      const ends = { Home: 0, End: buttons.length - 1 }
      const next = buttons[ends[event.key] ?? index + { ArrowRight: 1, ArrowLeft: -1 }[event.key]]
      if (!next) return
      event.preventDefault()
      event.stopPropagation()
      button.tabIndex = -1
      next.tabIndex = 0
      next.focus()
    }
    return button
  })
  let zone = null
  for (const [index, stop] of data.stops.entries()) {
    if (zone?.dataset.name !== stop.zone) {
      zone = make("div", "zone")
      zone.dataset.name = stop.zone
      zone.append(make("span", "zone-name", stop.zone), make("div", "row"))
      stops.append(zone)
    }
    zone.lastChild.append(buttons[index])
  }
  const answer = make("figure", "goes-out")
  if (data.answer.bars.length) answer.append(drawBars(data.answer))
  if (data.answer.caption) answer.append(make("figcaption", "", data.answer.caption))
  strip.replaceChildren(photo, stops, answer)
  stops.scrollLeft = left
  if (focused !== undefined && send) buttons[focused]?.focus({ preventScroll: true })
  const shown = buttons[data.chosen[0]]
  if (strip.chosen !== data.chosen.join() && shown) {
    const [start, end] = [stops.getBoundingClientRect(), shown.getBoundingClientRect()]
    if (end.left < start.left || end.right > start.right)
      stops.scrollLeft += end.left - start.left - (start.width - end.width) / 2
  }
  strip.chosen = data.chosen.join()
}
