"""The game on Live in a real browser: a round begins above the camera's picture, and is stopped."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import WAIT_MS, settle, unfold
from tests.browser.test_accessibility import grave_findings
from tests.browser.test_live import PATIENT, PLAYER

pytestmark = pytest.mark.browser


def test_round_begins_beside_the_picture_and_is_stopped(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{address}/live?players=Two, side by side")
    page.frame_locator(PLAYER).get_by_role("button", name="Start camera").click(timeout=PATIENT)
    expect(page.get_by_role("status").filter(has_text=re.compile(r"^Face \d+: "))).to_be_visible(timeout=PATIENT)
    settle(page)
    unfold(page.locator("summary", has_text="Game: make the network say it"))
    page.get_by_role("button", name="Start the game").click()
    expect(page.get_by_role("heading", name="Make the network say: ")).to_be_in_viewport()
    for player in ("Left", "Right"):
        expect(page.get_by_text(player, exact=True)).to_be_in_viewport()
    box = page.locator(PLAYER).bounding_box()
    assert box is not None
    assert box["y"] + box["height"] / 2 < 720, "the player sees the picture and the goal at once"
    expect(page.get_by_text(re.compile(r"^5\d s left$"))).to_be_visible()
    found = grave_findings(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Game: make the network say it")).to_be_visible(timeout=WAIT_MS)
    assert not found, "\n".join(found)
