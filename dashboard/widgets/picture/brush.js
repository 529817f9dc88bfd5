import { drawn } from "../svg.js"

// Paints a stroke, which stays with the holder until the picture that shows it has come.
export function brushPen(holder, { width, most }, figure, send) {
  const stroke = holder.firstChild ?? holder.appendChild(drawn("svg", { class: "stroke", "aria-hidden": "true" }))
  const paint = () => {
    const path = holder.points.map(({ x, y }) => `${x * figure.clientWidth} ${y * figure.clientHeight}`).join("L")
    const line = { d: `M${path}h.01`, "stroke-width": width * figure.clientWidth }
    stroke.replaceChildren(...path ? [drawn("path", line)] : [])
  }
  holder.points ??= []
  paint()
  return {
    isDown: () => holder.points.length > 0,
    begin: (place) => {
      holder.points = [place]
      paint()
    },
    walk: (place) => {
      const last = holder.points.at(-1)
      if (holder.points.length >= most || Math.hypot(place.x - last.x, place.y - last.y) < width / 4) return
      holder.points.push(place)
      paint()
    },
    end: () => {
      const points = holder.points.map(({ x, y }) => [x, y])
      holder.points = []
      send({ points })
    },
    cancel: () => {
      holder.points = []
      paint()
    },
  }
}
