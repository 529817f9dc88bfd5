"""Frames a second in the browser while the window slides over the input on the page Inside."""

import re
from statistics import median

from playwright.sync_api import sync_playwright

from tests.browser.app import WAIT_MS, launch, serve, settle

SECONDS = 6
COUNT = """(seconds) => new Promise((done) => {
    const times = []
    const note = (now) => {
        times.push(now)
        if (now - times[0] < 1000 * seconds) requestAnimationFrame(note)
        else done(times.slice(1).map((time, index) => time - times[index]))
    }
    requestAnimationFrame(note)
})"""
"""Milliseconds from each frame to the next."""


def main() -> None:
    """Play, and print the median and the mean along the first row, slow, and over the rest, fast."""
    print(f"\nFrames a second on the page Inside\n{'':24}{'median':>10}{'mean':>10}")
    with serve() as address, sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(WAIT_MS)
        page.goto(f"{address}/activations")
        page.get_by_role("heading", level=1).wait_for()
        settle(page)
        page.get_by_role("button", name="Play: slide the window").click()
        for label, until in (("Along the first row", "Row 0"), ("Over the rest", r"Row (?!0\b)")):
            page.get_by_text(re.compile(until)).wait_for()
            gaps = page.evaluate(COUNT, SECONDS)
            print(f"{label:24}{1000 / median(gaps):10.0f}{1000 * len(gaps) / sum(gaps):10.0f}")
        browser.close()


if __name__ == "__main__":
    main()
