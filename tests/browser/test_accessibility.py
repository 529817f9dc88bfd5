"""Every page as axe-core judges it: labels, roles, contrast and the reach of the keyboard, inside Streamlit's own too."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.app import WAIT_MS, settle

pytestmark = pytest.mark.browser

PAGES = ("", "activations", "attribution", "dream", "networks")
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
        page.goto(f"{address}/{name}")
        page.get_by_role("heading", level=1).wait_for()
        settle(page)
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
