const STORED = "glassface-photo", PHONE = 768

export default function (component) {
  const { data, setTriggerValue } = component
  window.glassfaceDoor ??= open()
  const door = window.glassfaceDoor
  const before = door.data
  Object.assign(door, { data, send: setTriggerValue })
  if (before && before.shown !== data.shown) closeSidebar()
  askAgain(door)
}

// After a reload the tab asks for its photo by the token that only this tab has; see services/reloads.py.
function askAgain(door) {
  const { data, send } = door
  if (data.token) return sessionStorage.setItem(STORED, data.token)
  const stored = sessionStorage.getItem(STORED)
  if (!data.fresh) {
    door.hasAsked = false
    sessionStorage.removeItem(STORED)
  } else if (stored && !door.hasAsked) {
    door.hasAsked = true
    send("return", stored)
  }
}

function closeSidebar() {
  const sidebar = document.querySelector('[data-testid="stSidebar"]')
  if (innerWidth >= PHONE || !sidebar || sidebar.getBoundingClientRect().right <= 0) return
  sidebar.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
}

// The listeners are the page's, not the widget's, which Streamlit draws anew: they are set once.
function open() {
  const door = { veil: veil(), depth: 0 }
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files")
  const isFit = ({ name, size }) => door.data.endings.includes(name.split(".").pop().toLowerCase()) && size <= door.data.most
  const isOwn = (event) => Boolean(event.target.closest?.(`.st-key-${door.data.uploader}`))
  const isElsewhere = (event) => Boolean(event.target.closest?.('[data-testid="stFileUploader"]')) && !isOwn(event)
  const show = (isShown) => { door.veil.style.display = isShown ? "flex" : "none" }
  const listen = (kind, act) => addEventListener(kind, act, true)
  listen("dragenter", (event) => { if (hasFiles(event)) { door.depth += 1; show(true) } })
  listen("dragleave", (event) => { if (hasFiles(event) && --door.depth <= 0) { door.depth = 0; show(false) } })
  listen("dragover", (event) => { if (hasFiles(event) && !isElsewhere(event)) event.preventDefault() })
  listen("drop", (event) => {
    door.depth = 0
    show(false)
    const file = event.dataTransfer?.files[0]
    if (!file || isElsewhere(event) || (isOwn(event) && isFit(file))) return
    event.preventDefault()
    event.stopImmediatePropagation()
    take(door, file)
  })
  listen("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith("image/"))
    if (!file) return
    event.preventDefault()
    take(door, file)
  })
  listen("change", (event) => {
    const file = event.target.files?.[0]
    if (!file || !isOwn(event) || isFit(file)) return
    event.stopImmediatePropagation()
    take(door, file)
    event.target.value = ""
  })
  return door
}

function take(door, file) {
  if (!file) return
  const name = file.name || "photo"
  if (file.size > door.data.most) return door.send("refused", { name, size: file.size })
  const reader = new FileReader()
  reader.onload = () => door.send("photo", { name, data: String(reader.result).split(",").pop() })
  reader.readAsDataURL(file)
}

function veil() {
  const sheet = document.createElement("div")
  sheet.className = "glassface-veil"
  sheet.setAttribute("aria-hidden", "true")
  sheet.textContent = "Drop a photo anywhere"
  Object.assign(sheet.style, {
    display: "none", position: "fixed", inset: "0", zIndex: "1000000", pointerEvents: "none",
    alignItems: "center", justifyContent: "center", background: "rgba(15, 21, 20, .6)", color: "#fff",
    font: "600 1.5rem sans-serif", border: "4px dashed #ffb454", boxSizing: "border-box",
  })
  document.body.append(sheet)
  return sheet
}
