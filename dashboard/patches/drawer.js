if (!globalThis.closeDrawer) {
  globalThis.closeDrawer = () => {
    if (!matchMedia("(max-width: 767px)").matches) return
    const open = document.querySelector('#stSidebar[data-collapsed="false"]')
    open?.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click()
  }
  addEventListener("click", ({ target }) => {
    if (target.closest?.('[data-testid="stSidebarNavLink"]')) setTimeout(closeDrawer)
  })
}
