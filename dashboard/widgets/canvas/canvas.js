import { drawWorking } from "../arithmetic/working.js"
import { make } from "../elements.js"
import { drawRegions } from "../picture/regions.js"
import { drawStrip } from "./strip.js"

const OWN_KEYS = "button, input, textarea, select, summary, [contenteditable=true], [role=slider], [role=combobox], "
  + "[role=radio], [role=radiogroup], [role=listbox], [role=menu], [role=dialog]"

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const canvas = parentElement.querySelector(".canvas")
  canvas.className = data.projected ? "canvas projected" : "canvas"
  const part = (name) => canvas.querySelector(`.${name}`)
  drawStrip(part("strip"), data.strip, (index) => setTriggerValue("layer", index))
  part("said").textContent = data.said
  drawWall(part("wall"), data.wall, (index) => setTriggerValue("channel", index))
  const walk = drawWorking(part("sliding"), data.working, (place) => setTriggerValue("place", place))

  const hear = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const from = event.composedPath()[0]
    if (event.key === "Escape" && data.projected) setTriggerValue("left", Date.now())
    else if (from instanceof Element && (from.closest(OWN_KEYS) || !(data.projected || canvas.contains(from)))) return
    else if (!walk.hear(event.key)) return
    event.preventDefault()
  }
  const place = data.projected ? document : canvas
  place.addEventListener("keydown", hear)
  return () => place.removeEventListener("keydown", hear)
}

function drawWall(wall, data, send) {
  if (wall.shown !== data.picture) {
    wall.shown = data.picture
    const picture = make("div", "tiles")
    const image = make("img")
    image.src = data.picture
    image.alt = data.alt
    image.style.aspectRatio = data.ratio
    picture.append(image, make("div", "regions"))
    const legend = make("div", "legend")
    legend.innerHTML = data.legend  // made by figures.colour_bar, which escapes its words
    wall.replaceChildren(make("h3", "", data.title), picture, legend)
  }
  const tiles = wall.querySelector(".tiles"), holder = wall.querySelector(".regions")
  drawRegions(holder, { regions: data.regions, chosen: data.chosen, is_framed: false, many: 0 }, tiles, send)
  for (const index of data.changed) {
    holder.children[index]?.classList.add(data.is_silent ? "silent" : "doubled")
    holder.children[index]?.setAttribute("aria-description", data.is_silent ? "switched off" : "doubled")
  }
}
