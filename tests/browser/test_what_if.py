"""The main deeds on the What if page, in a real browser on the real server."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import settle

pytestmark = pytest.mark.browser

FLIPS = re.compile("^The answer flips from happy to ")


def open_page(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/what-if?{query}")
    page.get_by_role("heading", level=1, name="What if").wait_for()
    settle(page)


def test_slider_moves_by_key_and_its_curve_and_link_follow(page: Page, address: str) -> None:
    open_page(page, address)
    page.get_by_role("tab", name="Camera").click()
    settle(page)
    slider = page.get_by_role("slider", name="Noise")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_url(re.compile("noise=60"))
    expect(page.get_by_role("combobox", name="Along")).to_have_value("Noise")
    expect(page.get_by_alt_text(re.compile("^After: .*Noise 60 levels"))).to_be_visible()
    expect(page.get_by_text(FLIPS)).to_be_visible()
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(page.get_by_text(re.compile("^Nothing has changed yet"))).to_be_visible()
    page.wait_for_url(lambda url: "noise=60" not in url)


def test_click_on_the_curve_goes_there(page: Page, address: str) -> None:
    open_page(page, address, "along=Noise")
    chart = page.get_by_test_id("stPlotlyChart").filter(has_text="now")
    points = chart.locator("g.trace.scatter").first.locator("path.point")
    points.nth(10).click(force=True)
    page.wait_for_url(re.compile(r"noise=\d+"))
    expect(page.get_by_role("spinbutton", name="Noise, levels")).not_to_have_value("0")


def test_box_is_drawn_on_the_face(page: Page, address: str) -> None:
    open_page(page, address, "covered=A+box")
    picture = page.get_by_alt_text(re.compile("Draw the box to cover on it$"))
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.1 * box["width"], box["y"] + 0.6 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.9 * box["height"], steps=4)
    page.mouse.up()
    expect(page.get_by_role("spinbutton", name="Top", exact=True)).to_have_value(re.compile("^(59|60|61)$"))
    expect(page.get_by_role("spinbutton", name="Width", exact=True)).to_have_value(re.compile("^(49|50|51)$"))


def test_least_flip_is_applied_and_the_box_is_jittered(page: Page, address: str) -> None:
    open_page(page, address)
    page.get_by_role("button", name="Find the smallest change").click()
    expect(page.get_by_text(re.compile("is enough: the answer flips"))).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Apply").first.click()
    expect(page.get_by_text(FLIPS)).to_be_visible()
    page.get_by_role("button", name="Try 100 boxes").click()
    expect(page.get_by_text(re.compile(r"^In (all )?\d+ "))).to_be_visible()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Boxes as CSV").click()
    assert download.value.suggested_filename == "glassface-astronaut-face-1-boxes.csv"
