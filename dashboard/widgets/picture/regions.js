// Rectangles, each a button. Of many, one is a stop for the Tab key; arrows walk on from there.
export function drawRegions(holder, { regions, chosen, is_framed, many }, figure, send) {
  if (is_framed) figure.classList.add("framed")
  if (regions.some((region) => region.angle)) holder.classList.add("cut")
  const isCrowded = regions.length > many
  const stop = chosen ?? 0
  const focused = [...holder.children].indexOf(figure.getRootNode().activeElement)
  holder.replaceChildren(...regions.map((region, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.title = region.label
    button.setAttribute("aria-label", region.label)
    button.setAttribute("aria-pressed", String(index === chosen))
    button.className = (index === chosen ? "chosen" : "") + (region.top < 0.08 ? " high" : "")
    for (const side of ["left", "top", "width", "height"]) button.style[side] = `${region[side] * 100}%`
    button.style.setProperty("--width", `${region.width * 100}cqw`)
    if (region.angle) button.style.transform = `rotate(${region.angle}deg)`
    if (region.badge) {
      const badge = document.createElement("span")
      badge.textContent = region.badge
      if (region.angle) badge.style.transform = `rotate(${-region.angle}deg)`
      button.append(badge)
    }
    button.onclick = () => send(index)
    button.tabIndex = isCrowded && index !== stop ? -1 : 0
    button.onkeydown = (event) => {
      const next = holder.children[neighbour(regions, index, event.key)]
      if (!next) return
      event.preventDefault()
      if (isCrowded) button.tabIndex = -1
      next.tabIndex = 0
      next.focus()
    }
    return button
  }))
  if (focused >= 0) holder.children[focused]?.focus({ preventScroll: true })
}

function neighbour(regions, index, key) {  // along the order to the sides, by place up and down
  const steps = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: regions.length - 1 }
  if (key in steps) return steps[key]
  const sign = { ArrowUp: -1, ArrowDown: 1 }[key]
  if (!sign) return null
  const far = ({ left, top, width, height }) => {
    const own = regions[index]
    const down = sign * (top + height / 2 - own.top - own.height / 2)
    return down < own.height / 2 ? Infinity : down + 2 * Math.abs(left + width / 2 - own.left - own.width / 2)
  }
  const all = regions.map(far)
  const least = Math.min(...all)
  return least < Infinity ? all.indexOf(least) : null
}
