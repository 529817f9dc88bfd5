export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const gallery = parentElement.querySelector(".gallery")
  gallery.setAttribute("aria-label", data.alt)
  gallery.className = data.tiles.some((tile) => tile.note || tile.facts.length) ? "gallery told" : "gallery"
  const focused = [...gallery.querySelectorAll("button")].indexOf(gallery.getRootNode().activeElement)
  gallery.style.gridTemplateColumns = `repeat(auto-fill, minmax(${data.width}px, 1fr))`
  gallery.replaceChildren(...data.tiles.map((tile, index) => {
    const button = document.createElement("button")
    button.type = "button"
    button.title = tile.label
    button.setAttribute("aria-label", tile.label)
    button.disabled = !data.pickable
    if (data.pickable) button.setAttribute("aria-pressed", String(index === data.chosen))
    button.className = index === data.chosen ? "chosen" : ""
    const image = document.createElement("img")
    image.src = tile.source
    image.alt = ""
    image.className = tile.faint ? "faint" : ""
    button.append(image)
    if (tile.caption) {
      const caption = document.createElement("span")
      caption.textContent = tile.caption
      button.append(caption)
    }
    button.onclick = () => setTriggerValue("picked", index)
    const holder = document.createElement("div")
    holder.className = "tile"
    holder.append(button)
    if (tile.note) {
      const note = made("p", tile.note)
      if (tile.edge) {
        note.className = "edged"
        note.style.borderColor = tile.edge
      }
      holder.append(note)
    }
    if (tile.facts.length) {
      const list = document.createElement("dl")
      list.setAttribute("aria-label", `Tests of ${tile.caption || tile.label}`)
      for (const [label, value, mark, words] of tile.facts) {
        const [name, found, sign] = [made("dt", label), made("dd", value), made("dd", mark)]
        sign.className = "mark"
        name.title = found.title = sign.title = words
        list.append(name, found, sign)
      }
      holder.append(list)
    }
    return holder
  }))
  if (focused >= 0) gallery.querySelectorAll("button")[focused]?.focus({ preventScroll: true })
}

function made(kind, words) {
  const element = document.createElement(kind)
  element.textContent = words
  return element
}
