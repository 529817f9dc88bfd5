import { drawn } from "../svg.js"

const HIGH = 40  // units of the drawing that a strip takes, of which the curve takes nine tenths

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const scrubber = parentElement.querySelector(".scrubber")
  const plot = scrubber.querySelector(".plot")
  scrubber.glassface ??= { time: 0, went: null, frame: 0 }
  const state = scrubber.glassface
  const film = () => document.querySelector(`.st-key-${data.player} video`)
  const explain = scrubber.querySelector("button")

  plot.setAttribute("aria-label", data.alt)
  plot.setAttribute("aria-valuemax", data.end.toFixed(1))
  plot.style.height = `${28 * data.names.length}px`
  draw(plot.querySelector("svg"), data)
  const shares = data.names.map((name) => {
    const share = document.createElement("span")
    const label = document.createElement("span")
    label.textContent = name
    return [label, share]
  })
  scrubber.querySelector(".names").replaceChildren(...shares.map((row) => {
    const line = document.createElement("div")
    line.append(...row)
    return line
  }))

  const show = () => {
    const video = film()
    if (video && video.readyState > 0 && state.wanted === undefined) state.time = video.currentTime
    const time = Math.min(state.time, data.end)
    if (time === state.shown && data === state.data) return
    Object.assign(state, { shown: time, data })
    scrubber.querySelector(".head").style.left = `${100 * time / data.end}%`
    scrubber.querySelector("output").textContent = `${time.toFixed(1)} s of ${data.end.toFixed(1)} s`
    plot.setAttribute("aria-valuenow", time.toFixed(1))
    const at = nearest(data.times, time)
    shares.forEach(([, share], index) => {
      const value = at < 0 ? null : data.shares[index][at]
      share.textContent = value === null ? "–" : `${Math.round(100 * value)} %`
    })
    plot.setAttribute("aria-valuetext", `${time.toFixed(1)} seconds: ${words(data, at)}`)
  }
  const go = (time) => {
    state.time = state.wanted = Math.max(0, Math.min(data.end, time))
    const video = film()
    if (video && video.readyState > 0) {
      video.currentTime = state.time
      state.wanted = undefined
    }
    show()
  }
  const place = (event) => {
    const box = plot.getBoundingClientRect()
    go(data.end * (event.clientX - box.left) / box.width)
  }
  plot.onpointerdown = (event) => { plot.setPointerCapture(event.pointerId); place(event) }
  plot.onpointermove = (event) => { if (event.buttons) place(event) }
  plot.onkeydown = (event) => {
    const steps = { ArrowLeft: -0.1, ArrowDown: -0.1, ArrowRight: 0.1, ArrowUp: 0.1, PageUp: 1, PageDown: -1 }
    const ends = { Home: 0, End: data.end }
    if (event.key in steps) go(state.time + steps[event.key])
    else if (event.key in ends) go(ends[event.key])
    else return
    event.preventDefault()
  }
  explain.onclick = () => setTriggerValue("explain", state.time)
  if (data.go && data.go.id !== state.went) {
    state.went = data.go.id
    go(data.go.time)
  }

  cancelAnimationFrame(state.frame)
  const tick = () => {
    if (!scrubber.isConnected) return
    if (state.wanted !== undefined && film()?.readyState > 0) go(state.wanted)
    show()
    state.frame = requestAnimationFrame(tick)
  }
  tick()
  return () => cancelAnimationFrame(state.frame)
}

function draw(svg, data) {
  svg.setAttribute("viewBox", `0 0 1000 ${HIGH * data.names.length}`)
  svg.replaceChildren(...data.names.flatMap((_, index) => {
    const foot = HIGH * (index + 1)
    const line = drawn("line", { x1: 0, x2: 1000, y1: foot, y2: foot, class: "foot" })
    const areas = stretches(data.shares[index]).map((stretch) => {
      const points = stretch.map((at) => [1000 * data.times[at] / data.end, foot - 0.9 * HIGH * data.shares[index][at]])
      const [first, last] = [points[0][0], points.at(-1)[0]]
      const path = points.map(([x, y]) => `L${x.toFixed(1)} ${y.toFixed(1)}`).join("")
      return drawn("path", {
        d: `M${first.toFixed(1)} ${foot}${path}L${last.toFixed(1)} ${foot}Z`,
        class: index === data.strongest ? "curve strongest" : "curve",
      })
    })
    return [line, ...areas]
  }))
}

function stretches(shares) {
  const found = []
  shares.forEach((share, at) => {
    if (share === null) return
    if (at === 0 || shares[at - 1] === null) found.push([])
    found.at(-1).push(at)
  })
  return found
}

function nearest(times, time) {
  let best = -1
  times.forEach((each, at) => { if (best < 0 || Math.abs(each - time) < Math.abs(times[best] - time)) best = at })
  return best >= 0 && Math.abs(times[best] - time) <= 1 ? best : -1
}

function words(data, at) {
  if (at < 0 || data.shares[0][at] === null) return "not in the picture"
  const best = data.shares.reduce((most, each, index) => each[at] > data.shares[most][at] ? index : most, 0)
  return `${data.names[best]} ${Math.round(100 * data.shares[best][at])} %`
}
