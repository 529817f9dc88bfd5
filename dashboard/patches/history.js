if (!history.keepsOneEntryAPage) {
  const push = history.pushState.bind(history), put = history.replaceState.bind(history)
  const path = (url) => new URL(url, location.href).pathname
  let whole = location.href, isGoingBack = false
  addEventListener("click", () => { whole = location.href; isGoingBack = false }, true)
  addEventListener("keydown", () => { isGoingBack = false }, true)
  addEventListener("popstate", () => { isGoingBack = true }, true)
  history.pushState = (state, title, url) => {
    if (path(url) === location.pathname) return put(state, title, url)
    if (isGoingBack) return
    if (path(whole) === location.pathname) put(history.state, "", whole)
    push(state, title, url)
  }
  history.keepsOneEntryAPage = true
}
