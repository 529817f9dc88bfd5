"""Writes pictures of every page and its main views to tests/screenshots, in both themes and all widths.

python -m tests.browser.screenshots
python -m tests.browser.screenshots --views inspect "dream*" --themes light --widths 390 --wait 300
"""

import argparse
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from dashboard import app_pages
from tests.browser.app import ROOT, START_SECONDS, WAIT_MS, launch, serve, settle

PAGES = app_pages.find_pages()
FOLDER = ROOT / "tests" / "screenshots"
WIDTHS = {1920: 1080, 1440: 900, 1280: 720, 390: 844}
PHONE = 720
"""Pixels of width up to which the tour's slide is longer than the window."""
PATIENCE = 4
"""How many times longer than for anything else to wait for what the network has to work out."""


@dataclass(frozen=True)
class View:
    """A page as it looks with some choices made.

    Args:
        page: str, the page's title.
        query: str, the choices as in the address. Defaults to none.
        button: str, what to press once the page is there. Defaults to nothing.
        until: str, words that tell that all is there. Defaults to none: when nothing is in progress.
        then: str, what to press after `button`. Defaults to nothing.
        is_projected: bool, whether the page hides its head and fits the window. Defaults to no.
    """

    page: str
    query: str = ""
    button: str = ""
    until: str = ""
    then: str = ""
    is_projected: bool = False

    @property
    def address(self) -> str:
        path = next(app_pages.address(script) for script, page in PAGES.items() if page.title == self.page)
        return f"{path}?{self.query}"


VIEWS = {
    "inspect": View("Inspect"),
    "inspect-group": View("Inspect", "sample=Group"),
    "inspect-tilted": View("Inspect", "sample=Tilted by 40°"),
    "inspect-no-face": View("Inspect", "sample=Chessboard"),
    "inspect-drawing": View("Inspect", button="Add face"),
    "activations": View("Inside"),
    "activations-place": View("Inside", "layer=conv2_1&channel=5&row=12&column=9&sort=Importance"),
    "activations-keypoints": View("Inside", "network=keypoints"),
    "activations-pose": View("Inside", "network=pose"),
    "activations-detector": View("Inside", "network=detector"),
    "attribution": View("Why"),
    "attribution-methods": View("Why", "show=All methods"),
    "attribution-methods-trust": View(
        "Why", "show=All methods", button="Test these maps", until="in brackets that of random orders"
    ),
    "attribution-expressions": View("Why", "show=All expressions"),
    "attribution-concepts": View("Why", "show=Concepts"),
    "attribution-engines": View("Why", "show=Two engines"),
    "attribution-trust": View("Why", button="Run the tests", until="With all weights shuffled"),
    "attribution-keypoints": View("Why", "network=keypoints"),
    "attribution-pose": View("Why", "network=pose"),
    "attribution-detector": View("Why", "network=detector"),
    "dream": View("Dream", button="Start dreaming", until="Done:"),
    "dream-ladder": View("Dream", "dream=Four recipes", button="Start all four", until="Done:"),
    "dream-atlas": View(
        "Dream", "dream=Atlas&network=emotion-simple&layer=conv1", button="Render the atlas", until="Done:"
    ),
    "tour": View("Tour"),
    "tour-doubt": View("Tour", "step=Doubt"),
    "tour-projector": View("Tour", "projector=true&sample=Group&face=2", is_projected=True),
    "tour-projector-edges": View("Tour", "projector=true&step=Edges", is_projected=True),
    "tour-projector-parts": View("Tour", "projector=true&step=Parts", is_projected=True),
    "tour-projector-decision": View("Tour", "projector=true&step=Decision", is_projected=True),
    "tour-projector-doubt": View("Tour", "projector=true&step=Doubt", is_projected=True),
    "guess": View("Guess", button="Mouth"),
    "guess-revealed": View("Guess", button="Mouth", then="Reveal", until="Agreeing with the network"),
    "guess-class-asked": View("Guess", button="Guess with a class", until="Phones that join"),
    "guess-class": View("Guess", button="Guess with a class", then="Share the face", until="Scan this with a phone"),
    "guess-phone": View("Guess", "class=BCDF2345", until="No class has this code"),
    "what-if": View("What if"),
    "what-if-changed": View("What if", "sample=Group&face=2&light=-2&noise=6&covered=Mouth&along=Light"),
    "what-if-box": View("What if", "covered=A box&box_left=20&box_top=60&box_width=60&box_height=30&fill=Grey"),
    "what-if-flips": View("What if", "sample=Group&face=2", button="Find the smallest change", until="is enough"),
    "what-if-jitter": View("What if", "sample=Group&face=3", button="Try 100 boxes", until="Extremes for"),
    "live": View("Live"),
    "live-video": View("Live", "watch=Video file"),
    "compare": View("Compare"),
    "compare-faces": View("Compare", "sample=Group&compare=Two faces"),
    "compare-photos": View("Compare", "compare=Two photos&lens=Probabilities"),
    "compare-activations": View("Compare", "lens=Activations"),
    "compare-ladder": View("Compare", "compare=The ladder"),
    "networks": View("Networks"),
    "networks-errors": View("Networks", "view=Errors"),
    "networks-averages": View("Networks", "view=Averages"),
    "networks-ladder": View("Networks", "view=Ladder"),
    "networks-data": View("Networks", "view=Data"),
    "networks-mistakes": View("Networks", "view=Mistakes"),
    "networks-keypoints": View("Networks", "network=keypoints"),
    "networks-pose": View("Networks", "network=pose"),
    "networks-detector": View("Networks", "network=detector"),
    "about": View("About", until="How to read the pictures"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--views", nargs="*", default=["*"], metavar="NAME", help=f"or a pattern, of: {', '.join(VIEWS)}"
    )
    parser.add_argument("--query", default="", help="more choices, for instance sample=Group&face=2")
    parser.add_argument("--prefix", default="", help="of the files' names")
    parser.add_argument("--themes", nargs="*", default=["light", "dark"])
    parser.add_argument("--widths", nargs="*", type=int, default=list(WIDTHS))
    parser.add_argument("--wait", type=int, default=WAIT_MS // 1000, help="seconds to wait for a page at most")
    choices = parser.parse_args()
    names = [
        name
        for name, view in VIEWS.items()
        if any(fnmatch(name, pattern) for pattern in choices.views) and _is_there(view)
    ]
    FOLDER.mkdir(exist_ok=True)
    with serve(start_seconds=max(START_SECONDS, choices.wait)) as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for name in names:
            for theme in choices.themes:
                for width in choices.widths:
                    context = browser.new_context(
                        viewport={"width": width, "height": WIDTHS.get(width, 900)}, color_scheme=theme
                    )
                    context.set_default_timeout(1000 * choices.wait)
                    page = context.new_page()
                    page.goto(f"{address}/{VIEWS[name].address}&{choices.query}")
                    take(page, VIEWS[name], FOLDER / f"{choices.prefix}{name}-{width}-{theme}.png", 1000 * choices.wait)
                    context.close()
        browser.close()


def _is_there(view: View) -> bool:
    """Whether the view's network is published; one of them may not be yet."""
    name = view.query.removeprefix("network=")
    return name == view.query or (ROOT / "models" / "weights" / f"{name}.keras").is_file()


def take(page: Page, view: View, file: Path, wait_ms: int) -> None:
    """Waits for the page and writes all of it, not only what fits the window."""
    if view.is_projected:
        page.get_by_role("button", name="Leave (Esc)").wait_for()
    else:
        page.get_by_role("heading", name=view.page, exact=True).wait_for()
    settle(page, wait_ms)
    if view.button:
        # of a button with help there are two, one for the phone
        page.get_by_text(view.button, exact=True).locator("visible=true").first.click()
        page.wait_for_timeout(1000)
    if view.then:
        page.get_by_role("button", name=view.then, exact=True).click()
        page.wait_for_timeout(1000)
    if view.until:
        page.get_by_text(view.until).first.wait_for(timeout=PATIENCE * wait_ms)
    else:
        page.wait_for_function(
            '() => !document.querySelector(\'[data-testid="stProgress"], [data-testid="stSpinner"]\')',
            timeout=PATIENCE * wait_ms,
        )
    if view.page != "About" and not view.is_projected:
        page.get_by_text("How to read this", exact=True).wait_for()
    settle(page, wait_ms)
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")
    page.wait_for_timeout(700)  # pictures decode and Plotly draws
    if view.is_projected and (page.viewport_size or {"width": 0})["width"] > PHONE:
        page.get_by_role("progressbar").wait_for(state="detached")
        page.screenshot(path=file)  # as it is: all of it fits the window
        print(file.relative_to(ROOT), flush=True)
        return
    height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    size = page.viewport_size or {"width": 1440, "height": 900}
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], int(height) + 80)})
    page.wait_for_timeout(500)
    page.screenshot(path=file)
    wide = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth > window.innerWidth")
    print(f"{file.relative_to(ROOT)}{'  (scrolls sideways!)' if wide else ''}", flush=True)


if __name__ == "__main__":
    main()
