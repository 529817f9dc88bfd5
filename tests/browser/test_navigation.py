"""The menu: every page is reached, on a wide screen and on a phone, and a phone's drawer closes behind a choice."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard import app_pages
from tests.browser.app import WAIT_MS, choose, open_settings, settle, turn_to

pytestmark = pytest.mark.browser

PAGES = app_pages.find_pages()
MOST_ENTRIES = 6
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    context.set_default_timeout(WAIT_MS)
    window = context.new_page()
    window.goto(f"{address}/about")
    window.get_by_role("heading", level=1).wait_for()
    settle(window)
    yield window
    context.close()


def open_drawer(phone: Page) -> None:
    phone.get_by_test_id("stExpandSidebarButton").click()
    drawer = phone.get_by_test_id("stSidebar")
    expect(drawer).to_have_attribute("data-collapsed", "false")
    drawer.evaluate("element => Promise.all(element.getAnimations().map((one) => one.finished))")
    expect(phone.get_by_role("combobox", name="Sample")).to_be_in_viewport()


def test_menu_bar_holds_the_groups_in_order(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    settle(page)
    bar = page.get_by_test_id("stTopNav")
    entries = bar.get_by_role("button").or_(bar.get_by_role("link"))
    places = {entry.inner_text().split("\n")[-1]: (entry.bounding_box() or {"x": -1.0})["x"] for entry in entries.all()}
    assert list(dict(sorted(places.items(), key=lambda item: item[1]))) == [
        *dict.fromkeys(found.group or found.title for found in PAGES.values())
    ]
    assert len(places) <= MOST_ENTRIES


def test_every_page_is_reached_by_the_menu_and_its_group_is_marked(page: Page) -> None:
    plain = page.get_by_test_id("stTopNavSection").last.evaluate("element => getComputedStyle(element).backgroundColor")
    # Live last: its player asks for a run of Live once it has loaded, and a page that was just turned to is lost.
    for found in sorted(PAGES.values(), key=lambda found: found.title == "Live"):
        turn_to(page, found.title)
        if found.group:
            button = page.get_by_test_id("stTopNav").get_by_role("button", name=found.group, exact=True)
            page.mouse.move(0, 400)
            expect(button).not_to_have_css("background-color", plain)


def test_a_phone_reaches_all_pages_and_the_photo_in_one_drawer(phone: Page) -> None:
    open_drawer(phone)
    for found in PAGES.values():
        expect(
            phone.get_by_test_id("stSidebarNav").get_by_role("link", name=found.title, exact=True)
        ).to_be_in_viewport()
    expect(phone.get_by_test_id("stSidebar").get_by_role("radio", name="Upload")).to_be_in_viewport()


def test_a_phones_drawer_closes_behind_a_page_and_behind_a_photo(phone: Page) -> None:
    drawer = phone.get_by_test_id("stSidebar")
    open_drawer(phone)
    phone.get_by_test_id("stSidebarNav").get_by_role("link", name="Inspect", exact=True).click()
    expect(drawer).to_have_attribute("data-collapsed", "true")
    settle(phone)
    open_drawer(phone)
    choose(phone, "Sample", "Group")
    expect(drawer).to_have_attribute("data-collapsed", "true")
    expect(phone.get_by_alt_text("Photo “Group” with 5 numbered faces")).to_be_in_viewport()


def test_a_pages_drawer_closes_by_a_click_beside_it_and_by_escape(page: Page, address: str) -> None:
    page.goto(f"{address}/activations")
    page.get_by_role("heading", level=1).wait_for()
    settle(page)
    layer = page.get_by_role("combobox", name="Layer")
    expect(layer).to_be_hidden()
    for close in (lambda: page.keyboard.press("Escape"), lambda: page.get_by_role("heading", level=1).click()):
        open_settings(page, "activations_settings")
        expect(layer).to_be_visible()
        close()
        expect(layer).to_be_hidden()
