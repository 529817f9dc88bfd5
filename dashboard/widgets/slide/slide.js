import { drawWorking } from "../arithmetic/working.js"
import { drawBars } from "../bars.js"
import { drawStrip } from "../canvas/strip.js"
import { make } from "../elements.js"
import { drawn } from "../svg.js"

const ARROWS = { ArrowRight: 1, ArrowLeft: -1 }
const PAGES = { PageDown: 1, PageUp: -1 }  // a presenter's remote control sends them
const TYPING = "input:not([type=radio]), textarea, select, [contenteditable=true], [role=slider], [role=combobox], " +
  "[role=listbox], [role=menu], [role=dialog], [role=application]"
const POLL = 400  // milliseconds between two questions after what is to come
const PATIENCE = 5000  // milliseconds after which a press that the server has not answered is told again

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
  bars: (panel) => [drawBars(panel)],
  sliding(panel, slide) {
    const place = make("div", "sliding"), root = make("div")
    place.append(root)
    slide.walk = drawWorking(root, panel.working)
    slide.plays = !matchMedia("(prefers-reduced-motion: reduce)").matches
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
  slide.told ??= 0
  slide.asked ??= { at: data.heard }
  const isUnanswered = () => slide.asked.at !== data.heard
  if (!isUnanswered()) slide.asked = { at: data.heard }
  const tell = () => {
    slide.told = Date.now()
    setTriggerValue("asked", slide.asked)
  }
  // Of two messages that wait for the server Streamlit keeps the later one. So a press says again what the one before
  // asked for, and looking waits for the answer to it.
  const ask = (change) => {
    slide.asked = { ...slide.asked, acts: false, ...change, at: Math.max(Date.now(), slide.asked.at + 1) }
    tell()
  }
  slide.look = () => {
    if (!isUnanswered()) setTriggerValue("looked", true)
    else if (Date.now() > slide.told + PATIENCE) tell()
  }
  slide.act = () => ask({ acts: true })
  if (slide.shown !== data.id) draw(slide, data)
  slide.shown = data.id
  if (!data.awaited) clearInterval(slide.poll)
  else if (!slide.awaited) slide.poll = setInterval(() => slide.look(), POLL)
  slide.awaited = data.awaited

  const present = () => slide.asked.step ?? data.step
  const go = (step) => {
    if (step >= 0 && step < data.steps && step !== present()) ask({ step })
  }
  const hear = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const from = event.composedPath()[0]
    if (from instanceof Element && from.closest(TYPING)) return
    if (from instanceof Element && from.closest("[role=radiogroup]") && !from.closest(".st-key-step")) return
    if (event.key === "Escape" && data.projected) ask({ leaves: true })
    else if (event.key === " " && slide.walk && !(from instanceof Element && from.closest("button"))) slide.walk.toggle()
    else if (event.key in ARROWS) go(present() + ARROWS[event.key])
    else if (event.key in PAGES && data.projected) go(present() + PAGES[event.key])
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

function draw(slide, data) {
  slide.className = data.projected ? "slide projected" : "slide"
  slide.querySelector(".count").textContent = `${data.step + 1} of ${data.steps}`
  const said = [make(data.projected ? "h1" : "h2", "", data.title)]
  said.push(...data.lead.map((words) => make("p", "lead", words)))
  if (data.note) said.push(make("p", "note", data.note))
  slide.querySelector(".said").replaceChildren(...said)
  slide.querySelector(".legend").innerHTML = data.legend  // made by figures.colour_bar, which escapes its words
  const strip = slide.querySelector(".way")
  strip.hidden = data.strip === null
  if (data.strip) drawStrip(strip, data.strip)
  slide.walk?.stop()
  slide.walk = null
  const panels = slide.querySelector(".panels")
  panels.style.gridTemplateColumns = data.columns.map((part) => `minmax(0, ${part}fr)`).join(" ")
  panels.classList.toggle("row", data.panels.length === data.columns.length)
  panels.classList.toggle("single", data.columns.length === 2 && data.panels.length === 2)
  panels.replaceChildren(...data.panels.map((panel) => {
    const figure = make("figure")
    figure.append(...kinds[panel.kind](panel, slide))
    if (panel.caption) figure.append(make("figcaption", "", panel.caption))
    return figure
  }))
  if (slide.walk && slide.plays) slide.walk.toggle()
  if (data.progress === null) return
  const wait = make("div", "wait")
  const bar = make("progress")
  bar.max = 1
  bar.value = data.progress
  bar.setAttribute("aria-label", "Progress of the map's tests")
  wait.append(bar)
  if (data.action) {
    const button = make("button", "", data.action)
    button.type = "button"
    button.onclick = () => slide.act()
    wait.append(button)
  }
  panels.append(wait)
}
