const LEAST = 6  // pixels of a side below which a rectangle was not meant

// Draws a rectangle. What is being drawn stays with the holder, for the page may send a new picture meanwhile.
export function boxPen(holder, { draft }, figure, send) {
  const frame = holder.firstChild ?? holder.appendChild(document.createElement("div"))
  frame.className = "draft"
  const show = (box) => {
    frame.hidden = !box
    for (const side of Object.keys(box ?? {})) frame.style[side] = `${box[side] * 100}%`
  }
  const stretch = ({ x, y }) => {
    const { x: x0, y: y0 } = holder.begun
    return { left: Math.min(x, x0), top: Math.min(y, y0), width: Math.abs(x - x0), height: Math.abs(y - y0) }
  }
  const leave = () => {
    holder.begun = null
    show(draft)
  }
  if (!holder.begun) leave()
  return {
    isDown: () => Boolean(holder.begun),
    begin: (place) => { holder.begun = place },
    walk: (place) => show(stretch(place)),
    end: (place) => {
      const box = stretch(place)
      leave()
      if (box.width * figure.clientWidth < LEAST || box.height * figure.clientHeight < LEAST) return
      show(box)
      send(box)
    },
    cancel: leave,
  }
}
