"""Speed of the running app as a visitor feels it: the real server, a real browser, from the click to the picture.

The seconds hold everything between: the browser, the way to the server and back, and the drawing of the page. The bars
for another class or layer are about the server alone, so the seconds given here are more than what they bound. Every
round is a new visitor, for whom nothing is kept; the first round, which loads and compiles the networks, is left
out.
"""

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter

import numpy as np
from PIL import Image, ImageOps
from playwright.sync_api import Browser, FilePayload, Locator, Page, sync_playwright

from tests.browser.app import SAMPLES, WAIT_MS, await_health, launch, open_settings, settle, start_server
from tests.support.processes import megabytes

ROUNDS = 3
PHOTOS = ("Grace Hopper", "Group", "Dark", "Tilted by 40°", "Noisy")
FILES = ("grace_hopper", "group", "dark", "tilted", "noisy")
FACES = (2, 3, 4, 5, 1)
CLASSES = ("Angry", "Sad", "Surprise", "Fear", "Neutral")
USUAL = "LayerCAM"
METHODS = ("Grad-CAM++", "HiResCAM", "LayerCAM", "Eigen-CAM", "Saliency")
LAYERS = 5
PALETTES = 3
CHANNELS = (3, 14, 15, 9, 26)
STEPS = ("A window slides over it", "First it sees edges", "Then it combines them", "Then it decides")
NEW_PHOTO, SENTENCE = "Inspect of a new photo", "Its tested sentence"
BARS = {
    "Server's start to the answer": 12.0,
    NEW_PHOTO: 1.0,
    SENTENCE: 2.0,
    "Another class": 0.2,
    "Another layer": 0.2,
}
ROW = "{:40}{:>10}{:>10}{:>8}{:>8}"

Deed = tuple[str, list[float]]


def seconds_of(act: Callable[[], object], wait: Callable[[], object]) -> float:
    """Return the seconds from an act until what it brings is there."""
    start = perf_counter()
    act()
    wait()
    return perf_counter() - start


@contextlib.contextmanager
def visitor(browser: Browser, address: str) -> Iterator[Page]:
    """Open the app as a new visitor."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def choice_seconds(page: Page, picker: str, option: str, shown: Callable[[], object]) -> float:
    """Return the seconds from the click on an option until what it shows is there."""
    page.get_by_role("combobox", name=picker, exact=True).click()
    page.keyboard.type(option)  # of a long list only the first options are on the page
    choice = page.get_by_role("option").filter(has=page.get_by_text(option, exact=True))
    choice.wait_for()
    taken = seconds_of(choice.click, shown)
    settle(page)
    return taken


def options_of(page: Page, picker: str) -> list[str]:
    """Return the options of a picker."""
    page.get_by_role("combobox", name=picker, exact=True).click()
    names = page.get_by_role("option").all_inner_texts()
    page.keyboard.press("Escape")
    return names


def photo_on_page(page: Page, name: str) -> Locator:
    """Return the photo of that name, with its faces or the news of none."""
    return page.get_by_alt_text(re.compile(f"^Photo “{name}”"))


def face_map(page: Page, words: str) -> Locator:
    """Return the large map over the face that explains something."""
    return page.get_by_alt_text(f"{words} over the face", exact=True)


def new_map(page: Page) -> None:
    """Wait until the map's picture is another one than that of the last call."""
    page.wait_for_function(
        """() => {
            const image = document.querySelector('img[alt$="over the face"]')
            if (!image || !image.complete || image.src === window.lastMap) return false
            window.lastMap = image.src
            return true
        }"""
    )


# Deeds ---------------------------------------------------------------------------------------------------------------


def inspect_deeds(browser: Browser, address: str) -> Iterator[Deed]:
    """Yield the seconds of what is done on the Inspect page: photo, upload, face, switch."""
    with visitor(browser, address) as page:
        photo_on_page(page, "Astronaut").wait_for()
        settle(page)
        yield (
            "Another photo",
            [choice_seconds(page, "Sample", name, photo_on_page(page, name).wait_for) for name in PHOTOS],
        )
    with visitor(browser, f"{address}/?sample=Group") as page:
        photo_on_page(page, "Group").wait_for()
        settle(page)
        yield "Another face", [_face_seconds(page, number) for number in FACES]
        page.get_by_role("button", name="Show", exact=True).click()
        page.get_by_text("Faces", exact=True).first.wait_for()
        yield "A switch on Inspect", [_switch_seconds(page, is_on) for is_on in (False, True) * 2]
    with visitor(browser, address) as page:
        photo_on_page(page, "Astronaut").wait_for()
        page.get_by_test_id("stSidebar").get_by_role("radio", name="Upload").click()
        page.get_by_test_id("stFileUploaderDropzoneInput").wait_for(state="attached")
        settle(page)
        taken = [_upload_seconds(page, name) for name in FILES]
        yield NEW_PHOTO, [seconds for seconds, _ in taken]
        yield SENTENCE, [seconds for _, seconds in taken]


def _face_seconds(page: Page, number: int) -> float:
    button = page.get_by_role("button", name=re.compile(f"^Face {number}: "))
    taken = seconds_of(button.click, page.get_by_text(f"Face {number} of 5").wait_for)
    settle(page)
    return taken


def _switch_seconds(page: Page, is_on: bool) -> float:
    frames = page.locator(".picture.framed")
    switch = page.get_by_text("Faces", exact=True).first
    taken = seconds_of(switch.click, lambda: frames.wait_for(state="visible" if is_on else "detached"))
    settle(page)
    return taken


def _upload_seconds(page: Page, name: str) -> tuple[float, float]:
    """Return the seconds from the choice of a file until its photo stands with its faces, and its tested sentence.

    The file is a sample's mirror image, for what is on the samples came with the app. With the sentence the page is at
    its end.
    """
    buffer = io.BytesIO()
    ImageOps.mirror(Image.open(next(SAMPLES.glob(f"{name}.*"))).convert("RGB")).save(buffer, "JPEG", quality=95)
    file = FilePayload(name=f"{name}.jpg", mimeType="image/jpeg", buffer=buffer.getvalue())
    chooser = page.get_by_test_id("stFileUploaderDropzoneInput")
    start = perf_counter()
    chooser.set_input_files(file)
    photo_on_page(page, name).wait_for()
    shown = perf_counter() - start
    settle(page)
    page.locator(".st-key-reason strong").wait_for()
    return shown, perf_counter() - start


def attribution_deeds(browser: Browser, address: str) -> Iterator[Deed]:
    """Yield the seconds of what is done on the Attribution page: class, method, layer, palette, network."""
    with visitor(browser, f"{address}/attribution?sample=Grace+hopper") as page:
        face_map(page, f"{USUAL} for happy").wait_for()
        settle(page)
        yield (
            "Another class",
            [
                choice_seconds(page, "Expression", name, face_map(page, f"{USUAL} for {name.lower()}").wait_for)
                for name in CLASSES
            ],
        )
        aim = CLASSES[-1].lower()
        open_settings(page, "map_settings")
        yield (
            "Another method",
            [choice_seconds(page, "Method", name, face_map(page, f"{name} for {aim}").wait_for) for name in METHODS],
        )
        choice_seconds(page, "Method", USUAL, face_map(page, f"{USUAL} for {aim}").wait_for)
        new_map(page)
        layers = options_of(page, "Layer")[-LAYERS - 1 : -1]
        open_settings(page, "map_settings")  # Escape closed it
        yield "Another layer", [choice_seconds(page, "Layer", name, lambda: new_map(page)) for name in layers]
        page.keyboard.press("Escape")
        colours = page.get_by_role("button", name="Colours", exact=True)
        colours.click()
        palettes = options_of(page, "Palette")[1 : PALETTES + 1]
        if not page.get_by_role("combobox", name="Palette", exact=True).is_visible():
            colours.click()
        yield "Another palette", [choice_seconds(page, "Palette", name, lambda: new_map(page)) for name in palettes]
        page.keyboard.press("Escape")
        page.get_by_test_id("stPopoverBody").wait_for(state="detached")
        of_a_point = page.get_by_alt_text(re.compile("^Grad-CAM for .*nose.* over the face$"))
        yield "The keypoint network", [choice_seconds(page, "Network", "keypoints", of_a_point.wait_for)]


def activation_deeds(browser: Browser, address: str) -> Iterator[Deed]:
    """Yield the seconds of a click on a channel."""
    with visitor(browser, f"{address}/activations?layer=conv1_1&channel=0") as page:
        page.get_by_role("heading", name="Channel 0 over the face").wait_for()
        settle(page)
        yield "Another channel", [_channel_seconds(page, number) for number in CHANNELS]


def _channel_seconds(page: Page, number: int) -> float:
    button = page.get_by_role("button", name=f"Channel {number}", exact=True)
    picture = page.get_by_alt_text(f"Channel {number} of layer conv1_1 over the face")
    taken = seconds_of(button.click, picture.wait_for)
    settle(page)
    return taken


def tour_deeds(browser: Browser, address: str) -> Iterator[Deed]:
    """Yield the seconds of a turn to the tour's next slide, its picture worked out anew for each visitor."""
    with visitor(browser, f"{address}/tour?projector=true&sample=Group&face=2") as page:
        page.get_by_role("heading", name="What goes in", exact=True).wait_for()
        settle(page)
        yield "The tour's next step", [_step_seconds(page, title) for title in STEPS]


def _step_seconds(page: Page, title: str) -> float:
    slide = page.get_by_role("heading", name=title, exact=True)
    taken = seconds_of(lambda: page.keyboard.press("ArrowRight"), slide.wait_for)
    settle(page)
    return taken


# The table -----------------------------------------------------------------------------------------------------------


def report(results: dict[str, list[float]], memory: dict[str, float]) -> None:
    """Print a row for each deed: median, 95th percentile, number, bar; and the memory."""
    print(f"\nThe app, from the click to the picture\n{ROW.format('', 'median s', 'p95 s', 'runs', 'bar')}")
    for label, taken in results.items():
        bar = f"{BARS[label]:.1f}" if label in BARS else ""
        print(ROW.format(label, f"{median(taken):.2f}", f"{np.percentile(taken, 95):.2f}", len(taken), bar))
    for label, size in memory.items():
        print(ROW.format(f"Server's memory {label}", f"{size:,.0f} MB", "", "", ""))
    print("The bar of a class's or layer's change is for the server alone; the seconds include browser and way.")


def main(rounds: int = ROUNDS) -> None:
    """Start server and browser, act, and print the table."""
    results: dict[str, list[float]] = {}
    memory = {}
    with contextlib.ExitStack() as stack:
        browser = launch(stack.enter_context(sync_playwright()))
        stack.callback(browser.close)
        start = perf_counter()
        address, server = stack.enter_context(start_server())
        await_health(address, server)
        with visitor(browser, address) as page:
            page.get_by_role("heading", level=1).wait_for()
            results["Server's start to the first page"] = [perf_counter() - start]
            page.get_by_role("heading", name="Happy").wait_for()
            results["Server's start to the answer"] = [perf_counter() - start]
            settle(page)
        memory["after the first photo"] = megabytes(server.pid)
        for count in range(rounds + 1):
            for deeds in (inspect_deeds, attribution_deeds, activation_deeds, tour_deeds):
                for label, taken in deeds(browser, address):
                    if count:
                        results.setdefault(label, []).extend(taken)
        memory[f"after {rounds + 1} rounds"] = megabytes(server.pid)
    report(results, memory)


if __name__ == "__main__":
    main()
