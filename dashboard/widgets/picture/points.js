// The named points of all layers. On a small face they lie close together, so the one nearest to the pointer is named.
export function drawPoints(figure, layers) {
  const dots = layers.flatMap(({ dots = [], sizes }) => dots.map((dot) => ({ ...dot, sizes })))
  const marks = dots.map((dot) => {
    const mark = document.createElement("i")
    mark.className = dot.is_sure ? "" : "unsure"
    mark.dataset.name = dot.label
    mark.style.left = `${dot.x * 100}%`
    mark.style.top = `${dot.y * 100}%`
    mark.style.setProperty("--size", `clamp(${dot.sizes[0]}px, ${dot.size * 100}cqw, ${dot.sizes[1]}px)`)
    mark.style.setProperty("--colour", dot.colour)
    return mark
  })
  figure.querySelector(".dots").replaceChildren(...marks)
  const tip = figure.querySelector(".tip")
  tip.hidden = true
  let named = null
  const name = (index) => {
    if (index === named) return
    marks[named]?.classList.remove("named")
    named = index
    tip.hidden = index === null
    if (index === null) return
    marks[index].classList.add("named")
    tip.textContent = dots[index].label
    tip.style.left = `${Math.min(85, Math.max(15, dots[index].x * 100))}%`
    tip.style.top = `${dots[index].y * 100}%`
  }
  const nameNearest = (event) => {
    const box = figure.getBoundingClientRect()
    const far = dots.map((dot) =>
      Math.hypot(box.left + dot.x * box.width - event.clientX, box.top + dot.y * box.height - event.clientY))
    const nearest = far.indexOf(Math.min(...far))
    name(nearest >= 0 && far[nearest] < 12 ? nearest : null)
  }
  return { nameNearest, nameNone: () => name(null) }
}
