"""Pictures first: each page shows its main picture before anybody scrolls, on a small laptop and on a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard import app_pages
from tests.browser.app import settle

pytestmark = pytest.mark.browser

SCREENS = {"laptop": {"width": 1280, "height": 720}, "phone": {"width": 390, "height": 844}}
MAIN_PICTURE = '[class*="st-key-main_picture"]'
DRAWN = "img, canvas, iframe, svg.main-svg, .stPlotlyChart"
ABOVE_ON_PHONE = {"attribution": 0.4, "compare": 0.5}
"""The part of a phone's screen that pickers take at most above the picture, on Compare with its progress."""
LEAST_SIDE = 100  # pixels: smaller ones are icons and buttons


def main_picture(page: Page) -> Locator:
    """Returns the first picture of a page's container `main_picture…`, inside of components too."""
    for drawn in page.locator(MAIN_PICTURE).locator(DRAWN).all():
        box = drawn.bounding_box()
        if box is not None and box["width"] >= LEAST_SIDE and box["height"] >= LEAST_SIDE:
            return drawn
    raise AssertionError("The page has no picture in a container with the key main_picture.")


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("script", app_pages.find_pages(), ids=lambda script: script.parent.name)
def test_main_picture_is_on_the_first_screen_and_a_phone_never_scrolls_sideways(
    page: Page, address: str, script: Path, screen: str
) -> None:
    page.set_viewport_size(SCREENS[screen])
    page.goto(f"{address}/{app_pages.address(script)}")
    page.get_by_role("heading", level=1).wait_for()
    settle(page)
    page.locator(MAIN_PICTURE).locator(DRAWN).first.wait_for()
    settle(page)
    box = main_picture(page).bounding_box()
    assert box is not None
    assert box["y"] >= 0
    assert box["y"] + box["height"] / 2 <= SCREENS[screen]["height"], "its upper half is below the fold"
    if screen == "phone":
        assert box["y"] <= ABOVE_ON_PHONE.get(script.parent.name, 1) * SCREENS[screen]["height"]
        width = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth")
        assert width <= SCREENS[screen]["width"], "it scrolls sideways"


def test_a_covered_mouth_is_seen_where_it_is_chosen(page: Page, address: str) -> None:
    page.set_viewport_size(SCREENS["laptop"])
    page.goto(f"{address}/what-if")
    page.get_by_role("button", name="Mouth hidden").click()
    after = page.get_by_alt_text("Mouth covered")
    expect(after).to_be_visible()
    settle(page)
    box, height = after.bounding_box(), SCREENS["laptop"]["height"]
    assert box is not None
    assert 0 <= box["y"] <= box["y"] + box["height"] <= height, "the whole changed face is on the screen"
    expect(page.get_by_role("button", name="Mouth hidden")).to_be_in_viewport()


def test_face_and_result_of_a_guess_share_the_screen(page: Page, address: str) -> None:
    page.set_viewport_size(SCREENS["laptop"])
    page.goto(f"{address}/guess")
    page.get_by_role("button", name="Mouth", exact=True).click()
    page.get_by_role("button", name="Reveal").click()
    for words in ("Your marks", "LayerCAM for happy, and a line around its strongest pixels"):
        expect(page.get_by_alt_text(words, exact=True)).to_be_in_viewport(ratio=0.9)
    expect(page.get_by_alt_text("The face to mark")).to_be_hidden()
    page.get_by_role("button", name="Change my marks").click()
    expect(page.get_by_alt_text("The face to mark")).to_be_visible()


@pytest.mark.parametrize("page_address", ["inspect", "attribution"])
def test_verdict_and_its_button_are_on_the_first_screen(page: Page, address: str, page_address: str) -> None:
    page.set_viewport_size(SCREENS["laptop"])
    page.goto(f"{address}/{'' if page_address == 'inspect' else page_address}")
    button = page.get_by_role("button", name="Run the tests")
    button.wait_for()
    settle(page)
    for shown in (button, page.locator(".verdict")):
        expect(shown).to_be_in_viewport(ratio=0.95)
    page.set_viewport_size(SCREENS["phone"])
    button.click(trial=True)  # it can be scrolled to, and nothing lies over it


def test_what_used_to_lie_below_the_first_screen_is_on_it(page: Page, address: str) -> None:
    page.set_viewport_size(SCREENS["laptop"])
    page.goto(f"{address}/activations")
    expect(page.locator("dt", has_text="own number").first).to_be_in_viewport(ratio=0.9)
    page.goto(f"{address}/attribution?show=Concepts")
    expect(page.locator(MAIN_PICTURE).locator("img").nth(4)).to_be_in_viewport(ratio=0.5)
    page.goto(f"{address}/what-if")
    presets = page.locator('.st-key-presets [data-testid="stButton"]')
    presets.first.wait_for()
    settle(page)
    rows = {round(box["y"]) for one in presets.all() if (box := one.bounding_box()) is not None}
    assert presets.count() == 10
    assert len(rows) <= 2
