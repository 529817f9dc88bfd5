"""Every page as axe-core judges it (labels, roles, contrast), and what the keyboard alone does."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.app import WAIT_MS, settle

pytestmark = pytest.mark.browser

PAGES = (
    "",
    "activations",
    "attribution",
    "attribution?show=All+expressions",
    "attribution?show=Concepts",
    "dream",
    "what-if",
    "compare",
    "live",
    "tour",
    "tour?step=Doubt&projector=true",
    "guess",
    "networks",
    "about",
)
TALL = 5000  # pixels: contrast is measured only of what the window shows
GRAVE = {"serious", "critical"}


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 1440), ("light", 390)])
def test_no_page_has_a_serious_finding(browser: Browser, address: str, theme: Any, width: int) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": TALL}, color_scheme=theme, reduced_motion="reduce"
    )
    context.set_default_timeout(2 * WAIT_MS)
    page = context.new_page()
    found = []
    for name in PAGES:
        open_page(page, f"{address}/{name}")
        found += [f"{name or 'inspect'}: {finding}" for finding in grave_findings(page)]
    context.close()
    assert not found, "\n".join(found)


def grave_findings(page: Page) -> list[str]:
    """Returns each serious or critical finding as its rule, the element and the reason."""
    results = Axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"{violation['id']} at {node['target']}: {node['failureSummary']} {node['html'][:200]}"
        for violation in results["violations"]
        if violation["impact"] in GRAVE
        for node in violation["nodes"]
    ]


def test_face_is_chosen_by_keyboard(page: Page, address: str) -> None:
    open_page(page, f"{address}/?sample=Group")
    tab_to(page, r"^Face 2: ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Face 2 of 5")).to_be_visible()
    settle(page)
    assert re.match("Face 2: ", focused(page)), "the next key goes on from here"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.get_by_text("Face 3 of 5")).to_be_visible()


def test_layer_and_channel_are_chosen_by_keyboard(page: Page, address: str) -> None:
    open_page(page, f"{address}/activations?layer=conv2_1&channel=0")
    tab_to(page, r"^conv2_1: ")
    page.keyboard.press("ArrowRight")
    layer = focused(page).split(":")[0]
    assert layer != "conv2_1"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"layer={layer}(&|$)"))
    settle(page)
    assert focused(page).startswith(f"{layer}: "), "the next key goes on from here"
    tab_to(page, r"^Channel \d+$")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    channel = focused(page)
    assert channel not in ("Channel 0", "Channel 1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"{channel} over the face")).to_be_visible()
    settle(page)
    assert focused(page) == channel
    page.keyboard.press("Tab")
    assert not focused(page).startswith("Channel "), "all maps are one stop for the Tab key"


def open_page(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("heading", level=1).wait_for()
    settle(page)


def tab_to(page: Page, name: str, most: int = 80) -> None:
    """Presses Tab until an element of that name has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if re.search(name, focused(page)):
            return
    raise AssertionError(f"The Tab key reaches nothing that is called {name}; last: {focused(page)}.")


def focused(page: Page) -> str:
    """Returns the label of the element that has the focus, within components too."""
    label: str = page.evaluate(
        """() => {
            let element = document.activeElement
            while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
            return element?.getAttribute("aria-label") ?? element?.textContent ?? ""
        }"""
    )
    return label
