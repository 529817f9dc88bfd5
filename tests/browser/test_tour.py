"""The tour on a projector, and a guess that is drawn and revealed, in a real browser on the real server."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import settle

pytestmark = pytest.mark.browser

TITLES = (
    "What goes in",
    "A window slides over it",
    "First it sees edges",
    "Then it combines them",
    "Then it decides",
    "Why this answer?",
    "Can we believe it?",
    "Did it take a shortcut?",
    "Where would you look?",
)
DOUBT = TITLES.index("Can we believe it?")
PROJECTORS = ((1440, 900), (1920, 1080))
OVERFLOW = """() => {
    const find = (root) => [...root.querySelectorAll("*")].flatMap((element) =>
        element.shadowRoot ? [element.shadowRoot, ...find(element.shadowRoot)] : [])
    const root = find(document).find((one) => one.querySelector(".slide"))
    const main = document.querySelector('[data-testid="stMain"]')
    const found = []
    if (main.scrollHeight > innerHeight + 1) found.push("the page scrolls")
    for (const element of root.querySelectorAll("h1, p, figcaption, img, .legend, .bar, svg, button")) {
        const box = element.getBoundingClientRect()
        if (box.height && (box.bottom > innerHeight + 1 || box.right > innerWidth + 1 || box.left < -1)) {
            found.push(`${element.tagName} ${element.textContent}`)
        }
    }
    const words = root.querySelector(".words")
    if (words.scrollHeight > words.clientHeight + 1) found.push("the words do not fit")
    return found
}"""


def open_page(page: Page, address: str, name: str, query: str = "") -> None:
    page.goto(f"{address}/{name}?{query}")
    page.get_by_role("heading", level=1).wait_for()
    settle(page)


def title(page: Page, number: int) -> Any:
    return page.get_by_role("heading", name=TITLES[number], exact=True)


def test_arrow_keys_walk_the_tour_and_escape_leaves_the_projector(page: Page, address: str) -> None:
    open_page(page, address, "tour", "projector=true&sample=Group&face=2")
    expect(title(page, 0)).to_be_visible()
    expect(page.get_by_role("navigation", name="App pages")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Sample")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(title(page, 1)).to_be_visible()
    expect(page.get_by_text(re.compile("^Row 0, column [1-9]"))).to_be_visible()  # it plays by itself
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play: slide the window")).to_be_visible()
    for number in range(2, DOUBT + 1):
        page.keyboard.press("ArrowRight")
        expect(title(page, number)).to_be_visible()
    page.wait_for_url(re.compile("step=Doubt"))
    expect(page.get_by_alt_text("The face with the quarter covered that the map marks most")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(title(page, DOUBT - 1)).to_be_visible()
    page.keyboard.press("PageUp")
    expect(title(page, DOUBT - 2)).to_be_visible()
    page.keyboard.press("End")
    expect(page.get_by_role("link", name="Open Guess")).to_be_visible()
    page.keyboard.press("Home")
    expect(title(page, 0)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("navigation", name="App pages")).to_be_visible()
    expect(page.get_by_role("heading", name="Tour", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Leave (Esc)")).to_have_count(0)
    assert "projector" not in page.url
    page.keyboard.press("ArrowRight")
    expect(title(page, 1)).to_be_visible()


def test_quick_presses_are_all_heard_and_a_picker_keeps_its_arrows(page: Page, address: str) -> None:
    open_page(page, address, "tour", "projector=true")
    expect(title(page, 0)).to_be_visible()
    settle(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(title(page, 2)).to_be_visible()
    page.get_by_role("button", name="Leave (Esc)").click()
    page.get_by_role("combobox", name="Network").click()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Escape")
    settle(page)
    expect(title(page, 2)).to_be_visible()


def test_every_step_fits_the_projector(page: Page, address: str) -> None:
    open_page(page, address, "tour", "projector=true&sample=Group&face=2")
    found = {}
    for number, words in enumerate(TITLES):
        expect(title(page, number)).to_be_visible()
        expect(page.get_by_role("progressbar")).to_have_count(0)
        for width, height in PROJECTORS:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(200)
            found[f"{words} at {width}"] = page.evaluate(OVERFLOW)
        page.keyboard.press("ArrowRight")
    assert not any(found.values()), found


def test_drawn_box_is_revealed_with_three_scores(page: Page, address: str) -> None:
    open_page(page, address, "guess")
    expect(page.get_by_role("button", name="Reveal")).to_be_disabled()
    page.get_by_role("radio", name="Box", exact=True).click()
    expect(page.locator(".picture > .box")).to_be_attached()
    board = page.get_by_alt_text("The face to mark; 0 % of it is marked")
    box = board.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.65)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.9, steps=4)
    page.mouse.up()
    expect(page.get_by_text(re.compile(r"You have marked 1[123] % of the picture"))).to_be_visible()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_alt_text("Your marks", exact=True)).to_be_in_viewport()
    expect(page.get_by_test_id("stMetricLabel").filter(has_text="Score")).to_have_count(3)
    expect(page.get_by_test_id("stMetricLabel").filter(has_text="Overlap")).to_have_count(3)
    expect(page.get_by_alt_text("Your marks", exact=True)).to_be_visible()
    page.get_by_role("button", name="Keep on the scoreboard").click()
    expect(page.get_by_role("heading", name="Scoreboard")).to_be_visible()


def test_painted_strokes_add_up_and_the_last_is_taken_back(page: Page, address: str) -> None:
    open_page(page, address, "guess")
    board = page.get_by_alt_text("The face to mark; 0 % of it is marked")
    box = board.bounding_box()
    assert box is not None
    for height, share in ((0.4, "[89]"), (0.75, "1[5-8]")):
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * height)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * height, steps=12)
        expect(page.locator(".stroke path")).to_have_count(1)
        page.mouse.up()
        expect(page.get_by_text(re.compile(f"You have marked {share} % of the picture"))).to_be_visible()
        expect(page.locator(".stroke path")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(re.compile("You have marked [89] % of the picture"))).to_be_visible()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.4)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".stroke path")).to_have_count(0)  # though the picture stays as it is
    expect(page.get_by_text(re.compile("You have marked [89] % of the picture"))).to_be_visible()
    expect(page.get_by_role("button", name="Reveal")).to_be_enabled()


def test_guess_is_made_by_keyboard_alone(page: Page, address: str) -> None:
    open_page(page, address, "guess")
    page.get_by_role("button", name="Mouth").focus()
    page.keyboard.press("Enter")
    reveal = page.get_by_role("button", name="Reveal")
    expect(reveal).to_be_enabled()
    reveal.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_alt_text("Your marks", exact=True)).to_be_in_viewport()
