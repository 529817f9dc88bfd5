import { boxPen } from "./box.js"
import { brushPen } from "./brush.js"
import { drawPoints } from "./points.js"
import { drawRegions } from "./regions.js"
import { drawSkeletons } from "./skeletons.js"

const LAYERS = { regions: drawRegions, skeletons: drawSkeletons, box: boxPen, brush: brushPen }

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const figure = parentElement.querySelector(".picture")
  const image = figure.querySelector("img")
  figure.className = data.pixelated ? "picture pixels" : "picture"
  figure.style.maxWidth = `calc(${data.most_height}vh * ${data.ratio})`
  image.style.aspectRatio = data.ratio
  if (image.src !== data.source) image.src = data.source
  image.alt = data.alt
  image.draggable = false

  figure.holders ??= {}
  for (const kind of Object.keys(figure.holders)) {
    if (kind in data.layers) continue
    figure.holders[kind].remove()
    delete figure.holders[kind]
  }
  const drawLayer = (kind) => {
    figure.holders[kind] ??= figure.insertBefore(document.createElement("div"), figure.querySelector(".dots"))
    figure.holders[kind].className = kind
    const layer = data.layers[kind]
    return LAYERS[kind](figure.holders[kind], layer, figure, (value) => setTriggerValue(layer.trigger, value))
  }
  const pen = Object.keys(data.layers).filter((kind) => kind in LAYERS).map(drawLayer).find(Boolean)
  listen(figure, image, pen, drawPoints(figure, Object.values(data.layers)))
}

// A pen, if a layer is one, is told where the pointer goes down, walks and goes up; else the pointer names points.
function listen(figure, image, pen, points) {
  if (pen) figure.classList.add("drawing")
  const place = (event) => {
    const box = image.getBoundingClientRect()
    const within = (share) => Math.min(1, Math.max(0, share))
    return { x: within((event.clientX - box.left) / box.width), y: within((event.clientY - box.top) / box.height) }
  }
  figure.onpointerdown = (event) => {
    if (!pen || event.button !== 0) return
    event.preventDefault()
    figure.setPointerCapture(event.pointerId)
    pen.begin(place(event))
  }
  figure.onpointermove = (event) => {
    if (pen?.isDown()) pen.walk(place(event))
    else points.nameNearest(event)
  }
  figure.onpointerup = (event) => {
    if (pen?.isDown()) pen.end(place(event))
  }
  figure.onpointercancel = () => pen?.cancel()
  figure.onpointerleave = () => points.nameNone()
}
