"""Speed of the running app as a visitor feels it: the real server, a real browser, from the click to the picture.

The seconds hold everything between: the browser, the way to the server and back, and the drawing of the page. The bars
for another class or layer are about the server alone, so the seconds given here are more than what they bound.
"""

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.app import SAMPLES, WAIT_MS, launch, serve, settle

PHOTOS = ("grace_hopper", "group", "dark", "tilted", "noisy")
CLASSES = ("Angry", "Sad", "Surprise", "Fear", "Neutral")
LAYERS = 5
BARS = {"first page": 12.0, "upload": 1.0, "class": 0.2, "layer": 0.2}
ROW = "{:46}{:>10}{:>10}{:>8}{:>8}"


def seconds_of(act: Callable[[], object], wait: Callable[[], object]) -> float:
    """Return the seconds from an act until what it brings is there."""
    start = perf_counter()
    act()
    wait()
    return perf_counter() - start


def open_app(browser: Browser, address: str) -> Page:
    """Open the app as a new visitor and wait for the analysed sample."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(address)
    page.get_by_role("button", name=re.compile("^Face 1: ")).wait_for()
    return page


def upload_seconds(page: Page) -> list[float]:
    """Return the seconds from each photo's choice until it is shown with its faces, or with the news of none."""
    page.get_by_test_id("stSidebar").get_by_role("radio", name="Upload").click()
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput")
    chooser.wait_for(state="attached")
    settle(page)
    taken = []
    for name in PHOTOS:
        file: Path = next(SAMPLES.glob(f"{name}.*"))
        photo = re.compile(f"^Photo “{name}”")
        taken.append(
            seconds_of(
                lambda file=file: chooser.set_input_files(file),
                lambda photo=photo: page.get_by_alt_text(photo).wait_for(),
            )
        )
        settle(page)
    return taken


def open_attribution(page: Page, address: str, sample: str) -> None:
    """Open the Attribution page with a sample, in a session of its own."""
    page.goto(f"{address}/attribution?sample={sample}")
    page.get_by_alt_text("over the face").wait_for()
    settle(page)


def choice_seconds(page: Page, picker: str, option: str, shown: Callable[[], object]) -> float:
    """Return the seconds from the click on an option until what it shows is there."""
    page.get_by_role("combobox", name=picker).click()
    choice = page.get_by_role("option", name=option, exact=True)
    choice.wait_for()
    taken = seconds_of(choice.click, shown)
    settle(page)
    return taken


def class_seconds(page: Page) -> list[float]:
    """Return the seconds from the click on another class until its map is there, for each class."""
    return [
        choice_seconds(page, "Expression", name, page.get_by_alt_text(f"for {name.lower()} over the face").wait_for)
        for name in CLASSES
    ]


def layer_names(page: Page) -> list[str]:
    """Return the names of a few late layers other than the chosen one."""
    page.get_by_role("combobox", name="Layer").click()
    names = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return names[-LAYERS - 1 : -1]


def layer_seconds(page: Page, names: list[str]) -> list[float]:
    """Return the seconds from the click on another layer until its map is there, for each layer."""
    _new_map(page)
    return [choice_seconds(page, "Layer", name, lambda: _new_map(page)) for name in names]


def _new_map(page: Page) -> None:
    """Wait until the map's picture is another one than that of the last call."""
    page.wait_for_function(
        """() => {
            const image = document.querySelector('img[alt$="over the face"]')
            if (!image || !image.complete || image.src === window.lastMap) return false
            window.lastMap = image.src
            return true
        }"""
    )


def report(results: dict[str, tuple[str, list[float]]]) -> None:
    """Print a row for each deed: median, slowest, bar."""
    print(f"\nThe app, from the click to the picture\n{ROW.format('', 'median s', 'slowest', 'runs', 'bar')}")
    for key, (label, taken) in results.items():
        print(ROW.format(label, f"{median(taken):.2f}", f"{max(taken):.2f}", len(taken), f"{BARS[key]:.1f}"))
    print("The bar of a class's or layer's change is for the server alone; the seconds include browser and way.")


def main() -> None:
    """Start server and browser, act, and print the table."""
    with contextlib.ExitStack() as stack:
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        start = perf_counter()
        address = stack.enter_context(serve())
        page = open_app(browser, address)
        results = {"first page": ("Server's start to the analysed sample", [perf_counter() - start])}
        settle(page)
        results["upload"] = ("Upload to the analysed photo", upload_seconds(page))
        open_attribution(page, address, "Astronaut")
        layers = layer_names(page)
        layer_seconds(page, layers)  # every layer's pass is compiled once; that is not a change's usual time
        open_attribution(page, address, "Grace+hopper")  # a new session, for which nothing is kept
        results["class"] = ("Another class on Attribution", class_seconds(page))
        results["layer"] = ("Another layer on Attribution", layer_seconds(page, layers))
    report(results)


if __name__ == "__main__":
    main()
