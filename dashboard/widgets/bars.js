import { make } from "./elements.js"

// A bar for each class. Where an answer was changed, a hollow bar says how long each was before.
export function drawBars({ bars, alt, threshold = null }) {
  const place = make("div", "bars")
  place.setAttribute("role", "img")
  place.setAttribute("aria-label", alt)
  const longest = Math.max(...bars.map((bar) => Math.max(bar.share, bar.before ?? 0)), threshold ?? 0, 0.01)
  place.append(...bars.map((bar) => {
    const row = make("div", bar.is_first ? "bar first" : "bar")
    const track = make("div", "track")
    const part = (kind, share, side) => {
      const element = make(kind)
      element.style[side] = `${100 * Math.max(0, share) / longest}%`
      track.append(element)
    }
    part("i", bar.share, "width")
    if ((bar.before ?? null) !== null) part("s", bar.before, "width")
    if (threshold !== null) part("u", threshold, "left")
    row.append(make("b", "", bar.name), track, make("em", "", bar.words))
    return row
  }))
  return place
}
