"""What a visitor does on the Inspect page beyond looking: switches, draws boxes, clicks on skeletons."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import settle

pytestmark = pytest.mark.browser


def test_faces_are_switched_off_in_the_address_too(page: Page) -> None:
    expect(page.locator(".picture.framed")).to_be_visible()
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text("Faces", exact=True).first.click()
    page.wait_for_url(re.compile("faces=false"))
    expect(page.locator(".picture.framed")).to_have_count(0)


def test_face_is_added_by_dragging_a_box(page: Page) -> None:
    page.get_by_text("Add face").click()
    expect(page.locator(".picture.drawing .draft")).to_be_visible()
    settle(page)
    photo = page.get_by_alt_text("Photo “Astronaut” with 1 numbered face").bounding_box()
    assert photo is not None
    left, top, side = photo["x"] + 0.1 * photo["width"], photo["y"] + 0.6 * photo["height"], 0.25 * photo["width"]
    page.mouse.move(left, top)
    page.mouse.down()
    page.mouse.move(left + side / 2, top + side / 2)
    page.mouse.move(left + side, top + side)
    page.mouse.up()
    expect(page.get_by_text("Face 2 of 2")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Face 2: "))).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".picture.drawing")).to_have_count(0)
    page.get_by_role("button", name="Remove what you added").click()
    expect(page.get_by_role("button", name=re.compile(r"^Face \d+: "))).to_have_count(1)


def test_skeleton_is_clicked_and_switched_off(page: Page, address: str) -> None:
    page.goto(f"{address}/?sample=Group&pose=true")
    people = page.get_by_role("button", name=re.compile(r"^Person \d+: "))
    expect(people).to_have_count(5)
    settle(page)
    page.get_by_role("button", name=re.compile("face 2,")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Face 2 of 5")).to_be_visible()
    settle(page)
    page.get_by_role("button", name=re.compile("face 5,")).locator(".grip").first.click()
    expect(page.get_by_text("Face 5 of 5")).to_be_visible()
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text("Pose", exact=True).first.click()
    page.wait_for_url(lambda url: "pose" not in url)
    expect(people).to_have_count(0)
