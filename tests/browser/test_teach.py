"""A visitor teaches two classes, one from files and one by the webcam, and asks why the network answers so."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import SAMPLES, go_to, settle

TEACHING_MS = 180_000
"""Milliseconds that teaching may take on a busy machine that has just begun to load TensorFlow."""
BURST_MS = 900

pytestmark = pytest.mark.browser


def test_two_classes_are_taught_from_files_and_webcam_and_explained(page: Page) -> None:
    go_to(page, "Networks")
    panel = page.locator(".st-key-teach")
    panel.get_by_text("Teach: make a network from your own pictures").click()
    first, second = (panel.locator(f".st-key-taught_class_{number}") for number in (0, 1))
    first.get_by_test_id("stFileUploaderDropzoneInput").set_input_files([SAMPLES / "cat.png", SAMPLES / "dark.jpg"])
    expect(first.get_by_text("2 pictures")).to_be_visible()
    settle(page)
    first.get_by_role("textbox").fill("cat")
    first.get_by_role("textbox").press("Enter")
    settle(page)
    panel.get_by_text("Webcam", exact=True).click()
    hold = panel.get_by_role("button", name="Hold for “Class 2”")
    expect(hold).to_be_visible()
    page.wait_for_function(
        "name => [...document.querySelectorAll(`.st-key-${name} *`)].some(at => at.shadowRoot?.querySelector('video')"
        "?.readyState >= 2) || document.querySelector(`.st-key-${name} video`)?.readyState >= 2",
        arg="taught_burst",
    )
    hold.hover()
    page.mouse.down()
    page.wait_for_timeout(BURST_MS)
    page.mouse.up()
    expect(second.get_by_text(re.compile(r"^[2-9] pictures"))).to_be_visible()
    panel.get_by_role("button", name="Teach", exact=True).click()
    expect(page.get_by_role("link", name="Ask why")).to_be_visible(timeout=TEACHING_MS)
    expect(page.locator(".st-key-network").get_by_role("combobox")).to_have_value(re.compile("^taught-cat-class-2-"))
    page.get_by_role("link", name="Ask why").click()
    expect(page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
    settle(page)
    expect(page.locator("main img").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
