"""Writes pictures of every page to tests/screenshots, in both themes and two widths.

python -m tests.browser.screenshots
"""

import argparse
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.app import ROOT, WAIT_MS, launch, serve, settle

FOLDER = ROOT / "tests" / "screenshots"
PAGES = {
    "inspect": "Inspect",
    "activations": "Activations",
    "attribution": "Attribution",
    "dream": "Dream",
    "networks": "Networks",
}
WIDTHS = {1440: 900, 390: 844}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", nargs="*", default=list(PAGES), choices=list(PAGES))
    parser.add_argument("--query", default="", help="for instance sample=group&face=2")
    parser.add_argument("--prefix", default="")
    parser.add_argument("--themes", nargs="*", default=["light", "dark"])
    parser.add_argument("--widths", nargs="*", type=int, default=list(WIDTHS))
    choices = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with serve() as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for theme in choices.themes:
            for width in choices.widths:
                context = browser.new_context(
                    viewport={"width": width, "height": WIDTHS.get(width, 900)}, color_scheme=theme
                )
                page = context.new_page()
                for name in choices.pages:
                    path = "" if name == "inspect" else name
                    page.goto(f"{address}/{path}?{choices.query}")
                    take(page, PAGES[name], FOLDER / f"{choices.prefix}{name}-{width}-{theme}.png")
                context.close()
        browser.close()


def take(page: Page, title: str, file: Path) -> None:
    """Waits for the page and writes all of it, not only what fits the window."""
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=WAIT_MS)
    settle(page)
    if title == "Dream" and page.get_by_text("Nothing dreamt yet").count():
        page.get_by_role("button", name="Start dreaming").click()
        page.get_by_text("Done:").wait_for(timeout=WAIT_MS)
        settle(page)
    page.wait_for_timeout(700)  # pictures decode and Plotly draws
    height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    size = page.viewport_size or {"width": 1440, "height": 900}
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], int(height) + 80)})
    page.wait_for_timeout(500)
    page.screenshot(path=file)
    page.set_viewport_size(size)
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    print(f"{file.relative_to(ROOT)}{'  (scrolls sideways!)' if wide else ''}")


if __name__ == "__main__":
    main()
