"""A class in real browsers: a teacher's screen and three phones, which paint on the same face."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.app import WAIT_MS, settle
from tests.browser.test_accessibility import grave_findings

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 844}
STROKES = (0.75, 0.75, 0.4)
"""Heights on the face at which the phones paint: two of them the mouth, one the eyes."""


def paint(page: Page, height: float) -> None:
    """Paints a stroke from the left to the right."""
    box = page.get_by_alt_text(re.compile("to mark; 0 % of it is marked")).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * height, steps=6)
    page.mouse.up()


def test_three_phones_join_paint_and_see_what_came_out(browser: Browser, address: str) -> None:
    teacher = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    teacher.set_default_timeout(WAIT_MS)
    teacher.goto(f"{address}/guess")
    teacher.get_by_role("button", name="Guess with a class").click()
    expect(teacher.get_by_role("heading", name="Phones that join will see the face")).to_be_visible()
    settle(teacher)
    found = [f"asked: {finding}" for finding in grave_findings(teacher)]
    teacher.get_by_role("button", name="Share the face and show the code").click()
    expect(teacher.get_by_alt_text("QR code of the address that joins the class")).to_be_in_viewport(ratio=0.9)
    expect(teacher.get_by_text("Phones can't reach this address")).to_be_visible()
    code = re.search(r"\b\w{4}-\w{4}\b", teacher.get_by_test_id("stMain").inner_text())
    assert code is not None

    phones = []
    for height in STROKES:
        phone = browser.new_context(viewport=PHONE, has_touch=True).new_page()
        phone.set_default_timeout(WAIT_MS)
        phone.goto(f"{address}/guess?class={code[0]}")
        expect(phone.get_by_role("button", name="Send")).to_be_in_viewport()
        settle(phone)
        paint(phone, height)
        phone.get_by_role("button", name="Send").click()
        expect(phone.get_by_role("button", name="Sent")).to_be_visible()
        phones.append(phone)
    settle(phones[0])
    found += [f"phone: {finding}" for finding in grave_findings(phones[0])]
    assert phones[0].evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth") <= PHONE["width"]
    for words in ("Phones", "Marks sent"):
        expect(teacher.get_by_test_id("stMetric").filter(has_text=words)).to_contain_text("3")
    settle(teacher)
    found += [f"code: {finding}" for finding in grave_findings(teacher)]

    phones[2].reload()  # the seat stands in the address
    expect(phones[2].get_by_role("button", name="Send")).to_be_visible()
    teacher.get_by_role("button", name="Reveal").click()
    expect(teacher.get_by_alt_text(re.compile("^Where the class marked"))).to_be_in_viewport(ratio=0.9)
    expect(teacher.get_by_test_id("stMetric").filter(has_text="Score")).to_have_count(3)
    expect(teacher.get_by_text("3 phones have sent")).to_be_visible()
    for phone in phones:
        expect(phone.get_by_alt_text("Where the class marked the face; bright: most of the class")).to_be_visible()
        for words in ("You", "The network's map"):
            number = phone.get_by_test_id("stMetric").filter(has_text=words).get_by_test_id("stMetricValue")
            assert 0 <= int(number.first.inner_text()) <= 100
    settle(teacher)
    settle(phones[0])
    found += [f"revealed: {finding}" for page in (teacher, phones[0]) for finding in grave_findings(page)]

    teacher.get_by_role("button", name="End the class").click()
    for phone in phones:
        expect(phone.get_by_role("heading", name="The class has ended")).to_be_visible()
        assert phone.locator(".picture img").count() == 0
    expect(teacher.get_by_role("button", name="Guess with a class")).to_be_visible()
    for page in (teacher, *phones):
        page.context.close()
    assert not found, "\n".join(found)
