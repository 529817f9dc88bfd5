if (!globalThis.closeDrawer) {
  globalThis.closeDrawer = () => {
    if (!matchMedia("(max-width: 767px)").matches) return
    const open = document.querySelector('#stSidebar[data-collapsed="false"]')
    open?.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
  }
  addEventListener("click", ({ target }) => {
    if (target.closest?.('[data-testid="stSidebarNavLink"]')) setTimeout(globalThis.closeDrawer)
  })
  // While one closes it still counts as open for the length of its animation: a second click would open it again,
  // unless its own button was pressed meanwhile.
  const closing = new WeakSet()
  addEventListener("click", ({ target, isTrusted }) => {
    if (isTrusted) closing.delete(target.closest?.("summary")?.parentElement)
  })
  const shut = (target) => {
    for (const open of document.querySelectorAll('[class*="st-key-drawer_"] details[open]')) {
      if (open.contains(target) || closing.has(open)) continue
      closing.add(open)
      setTimeout(() => closing.delete(open), 1000)
      open.querySelector("summary").click()
    }
  }
  addEventListener("pointerdown", ({ target }) => { if (target.closest?.('[data-testid="stMain"]')) shut(target) })
  addEventListener("keydown", ({ key }) => { if (key === "Escape") shut(null) })
  const nav = '[data-testid="stSidebarNavItems"]'
  new MutationObserver(() => {
    for (const item of document.querySelectorAll(`${nav}:not([role]), ${nav} li:not([role])`)) item.setAttribute("role", "none")
  }).observe(document.body, { childList: true, subtree: true })
}
