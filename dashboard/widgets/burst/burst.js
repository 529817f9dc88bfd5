const EVERY = 150, SIDE = 256, QUALITY = 0.92

export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const place = parentElement.querySelector(".burst")
  place.camera ??= { taken: [], timer: 0 }
  const camera = place.camera
  Object.assign(camera, { data, send: setTriggerValue })
  place.setAttribute("aria-label", data.alt)
  camera.video ??= place.querySelector("video")
  camera.words ??= place.querySelector("p")
  if (!camera.stream) turnOn(camera)
  place.querySelector(".holds").replaceChildren(...data.names.map((name, index) => hold(camera, name, index)))
  return () => turnOff(camera)
}

async function turnOn(camera) {
  camera.stream = "asked for"
  try {
    camera.stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480 } })
    camera.video.srcObject = camera.stream
    await camera.video.play()
    camera.words.textContent = "Hold a button to take pictures."
  } catch {
    camera.stream = undefined
    camera.words.textContent = "The browser shares no camera: allow it for this page, or choose files instead."
  }
}

function turnOff(camera) {
  clearInterval(camera.timer)
  if (camera.stream?.getTracks) for (const track of camera.stream.getTracks()) track.stop()
  camera.stream = undefined
}

function hold(camera, name, index) {
  const button = document.createElement("button")
  button.type = "button"
  button.textContent = `Hold for “${name}”`
  const begin = (event) => {
    if (camera.timer || camera.video.readyState < 2) return
    button.setPointerCapture?.(event.pointerId)
    camera.taken = []
    take(camera)
    camera.timer = setInterval(() => take(camera), EVERY)
    button.className = "held"
  }
  const end = () => {
    if (!camera.timer) return
    clearInterval(camera.timer)
    camera.timer = 0
    button.className = ""
    camera.words.textContent = `${camera.taken.length} taken for “${name}”`
    camera.send("burst", { index, pictures: camera.taken })
    camera.taken = []
  }
  const isPress = (event) => event.key === " " || event.key === "Enter"
  button.onpointerdown = begin
  for (const kind of ["onpointerup", "onpointercancel", "onblur"]) button[kind] = end
  button.onkeydown = (event) => { if (isPress(event) && !event.repeat) { event.preventDefault(); begin({}) } }
  button.onkeyup = (event) => { if (isPress(event)) end() }
  button.oncontextmenu = (event) => event.preventDefault()
  return button
}

function take(camera) {
  if (camera.taken.length >= camera.data.most) return
  const { videoWidth, videoHeight } = camera.video
  const scale = SIDE / Math.max(videoWidth, videoHeight)
  const canvas = document.createElement("canvas")
  canvas.width = Math.round(videoWidth * scale)
  canvas.height = Math.round(videoHeight * scale)
  canvas.getContext("2d").drawImage(camera.video, 0, 0, canvas.width, canvas.height)
  camera.taken.push(canvas.toDataURL("image/jpeg", QUALITY).split(",").pop())
  camera.words.textContent = `${camera.taken.length} taken`
}
