import { drawn } from "../svg.js"

// People's bones; each skeleton is a button.
export function drawSkeletons(holder, { skeletons, chosen, many }, figure, send) {
  const people = holder.firstChild ?? holder.appendChild(
    drawn("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none" }))
  people.setAttribute("class", skeletons.length >= many ? "people crowd" : "people")
  const focused = [...people.children].indexOf(figure.getRootNode().activeElement)
  people.replaceChildren(...skeletons.map((skeleton, index) => {
    const thick = `clamp(1.25px, ${skeleton.width * 100}cqw, 5px)`
    const lines = skeleton.bones.map(({ start, end, colour, is_sure }) => {
      const d = `M${start.join(" ")}L${end.join(" ")}`
      const dash = is_sure ? "" : "stroke-dasharray: 7px 6px; stroke-linecap: butt;"
      return [
        drawn("path", { d, class: "casing", style: `stroke-width: calc(${thick} * 1.5 + 1.5px); ${dash}` }),
        drawn("path", { d, class: "bone", style: `stroke: ${colour}; stroke-width: ${thick}; ${dash}` }),
        drawn("path", { d, class: "grip" }),
      ]
    })
    const parts = [0, 1, 2].flatMap((layer) => lines.map((line) => line[layer]))
    const group = drawn("g", { role: "button", tabindex: "0", "aria-label": skeleton.label }, ...parts)
    group.setAttribute("class", chosen !== null && index !== chosen ? "behind" : "")
    group.setAttribute("aria-pressed", String(index === chosen))
    group.onclick = () => send(index)
    group.onkeydown = (event) => {
      if (event.key !== "Enter" && event.key !== " ") return
      event.preventDefault()
      send(index)
    }
    return group
  }))
  if (focused >= 0) people.children[focused]?.focus({ preventScroll: true })
}
