"""The main deeds on the pages Inside and Dream, in a real browser on the real server."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.app import WAIT_MS, open_settings, settle

pytestmark = pytest.mark.browser


def open_page(page: Page, address: str, name: str, query: str = "") -> None:
    page.goto(f"{address}/{name}?{query}")
    page.get_by_role("heading", level=1).wait_for()
    settle(page)


def number(words: str) -> float:
    return float(words.replace("−", "-"))


def test_layer_is_chosen_on_the_canvas_and_a_place_shows_its_arithmetic(page: Page, address: str) -> None:
    open_page(page, address, "activations")
    page.get_by_role("button", name=re.compile("^conv2_1: ")).click()
    page.wait_for_url(re.compile("layer=conv2_1"))
    expect(page.get_by_role("button", name=re.compile("^conv2_1: "))).to_have_attribute("aria-pressed", "true")
    settle(page)
    output = page.get_by_role("application", name=re.compile(r"^Map of channel \d+ of conv2_1"))
    box = output.bounding_box()
    assert box is not None
    output.click(position={"x": box["width"] * 5.5 / 24, "y": box["height"] * 2.5 / 24})
    page.wait_for_url(re.compile("row=2"))
    expect(page.get_by_text(re.compile("Row 2, column 5: "))).to_be_visible()
    settle(page)
    own = number(page.locator("dd.result").inner_text())
    total = number(page.locator("dd").first.inner_text())
    assert own == pytest.approx(total, rel=1e-3), "this convolution has no bias"
    chips = page.locator("button.rest").all_inner_texts()
    rest = page.locator("span.rest").inner_text()
    shares = [number(words.split(":")[1]) for words in [*chips, rest]]
    assert sum(shares) == pytest.approx(own, abs=0.02 * sum(map(abs, shares)))


def test_the_same_cell_lights_up_everywhere_and_the_window_walks(page: Page, address: str) -> None:
    open_page(page, address, "activations", "layer=conv1_1&row=20&column=20")
    cell = page.get_by_role("table", name="Kernel").get_by_role("cell").nth(5)
    cell.hover()
    expect(page.locator("td.lit")).to_have_count(3)
    expect(page.locator(".mark.cell:visible")).to_have_count(2)
    window, kernel, product = (
        number(page.get_by_role("table", name=name).get_by_role("cell").nth(5).get_attribute("title") or "")
        for name in ("Window", "Kernel", "Products")
    )
    assert window * kernel == pytest.approx(product, rel=1e-3)
    page.get_by_role("button", name="Play: slide the window").click()
    expect(page.get_by_text(re.compile("Row 0, column [1-9]"))).to_be_visible()
    page.get_by_role("button", name="Back to the picked place").click()
    expect(page.get_by_text("Row 20, column 20")).to_be_visible()


def test_without_motion_the_window_goes_place_by_place(browser: Browser, address: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    window = context.new_page()
    open_page(window, address, "activations", "layer=conv4_1&row=2&column=11")
    window.get_by_role("button", name="Next place").click()
    expect(window.get_by_text("Row 3, column 0")).to_be_visible()
    context.close()


def test_canvas_fits_a_laptop_and_the_projector_and_keys_play_it(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    open_page(page, address, "activations", "projector=true")
    canvas = page.get_by_role("application", name=re.compile(r"^Map of channel \d+ of conv1_1"))
    expect(canvas).to_be_in_viewport(ratio=1)
    for leaves in (False, True):
        for shown in (page.get_by_role("table", name="Products"), page.locator(".sum"), page.locator(".strip .bars")):
            expect(shown).to_be_in_viewport(ratio=1)
        if leaves:
            break
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Pause")).to_be_visible()
        page.keyboard.press("ArrowDown")  # holds it, and goes on by hand
        expect(page.get_by_role("button", name="Play: slide the window")).to_be_visible()
        expect(page.get_by_text(re.compile("^Row 1, "))).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("navigation", name="App pages")).to_be_visible()
        assert "projector" not in page.url
        settle(page)


def test_canvas_is_used_by_touch_and_the_page_stays_put(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(WAIT_MS)
    phone = context.new_page()
    open_page(phone, address, "activations")
    phone.get_by_role("button", name=re.compile("^conv4_2: ")).tap()  # scrolls the strip
    phone.wait_for_url(re.compile("layer=conv4_2"))
    settle(phone)
    phone.get_by_role("button", name="Channel 3", exact=True).tap()
    phone.wait_for_url(re.compile("channel=3"))
    settle(phone)
    phone.get_by_role("button", name="Play: slide the window").tap()
    expect(phone.get_by_text(re.compile("^Row [1-5], column"))).to_be_visible()
    wide = phone.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollWidth - innerWidth")
    context.close()
    assert wide <= 0, "the page scrolls sideways"


def test_ten_channels_are_switched_off_and_the_answer_moves(page: Page, address: str) -> None:
    open_page(page, address, "activations", "layer=conv4_2")
    expect(page.locator(".strip s")).to_have_count(0)
    page.get_by_role("radio", name="Strongest ten off").click()
    expect(
        page.get_by_text(re.compile(r"^10 channels of conv4_2 are switched off: happy falls from 95\s%"))
    ).to_be_visible()
    expect(page.locator(".strip s")).to_have_count(7)
    expect(page.locator(".tiles .silent")).to_have_count(10)
    page.get_by_role("button", name="Switch off each of the 256 channels in turn").click()
    first = page.get_by_role("button", name=re.compile(r"^Channel \d+: without it, the score of happy falls by")).first
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    settle(page)
    number_of = re.match(r"Channel (\d+)", first.get_attribute("aria-label") or "")
    assert number_of is not None
    expect(page.get_by_role("heading", name=f"Channel {number_of[1]} over the face")).to_be_visible()


def test_four_recipes_start_and_are_cancelled(page: Page, address: str) -> None:
    open_page(page, address, "dream", "dream=Ladder&start=Noise")
    expect(page.get_by_role("radio", name="Four recipes")).to_be_checked()  # links from before still lead there
    page.get_by_role("button", name="Start all four").click()
    expect(page.get_by_alt_text("The dream by this recipe: No help")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("^Cancelled "))).to_be_visible()
    expect(page.get_by_role("button", name="Start all four")).to_be_enabled()


def test_channel_of_the_atlas_is_dreamt_large(page: Page, address: str) -> None:
    open_page(page, address, "dream", "dream=Atlas&network=emotion-simple&layer=conv1")
    page.get_by_role("button", name="Render the atlas").click()
    expect(page.get_by_text(re.compile("^Done: 16 channels"))).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Channel 5 of conv1").click()
    expect(page.get_by_text("emotion-simple, from noise: channel 5 of conv1")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Done: \d+ steps"))).to_be_visible()
    expect(page.get_by_role("button", name="GIF")).to_be_enabled()
    open_settings(page, "dream_settings")
    expect(page.get_by_role("spinbutton", name="Channel")).to_have_value("5")


def test_one_choice_drives_both_sides_of_a_comparison(page: Page, address: str) -> None:
    open_page(page, address, "compare", "sample=Group&compare=Two faces&expression=Sad")
    for side in ("Face 1", "Face 2"):
        expect(page.get_by_alt_text(f"{side}: LayerCAM for sad over the face")).to_be_visible()
    page.goto(f"{page.url.split('?')[0]}?compare=Two networks&second_network=emotion-simple&method=HiResCAM")
    for side in ("emotion", "emotion-simple"):
        expect(page.get_by_alt_text(f"{side}: HiResCAM for happy over the face")).to_be_visible()
    expect(page.get_by_alt_text(re.compile("^Where the map of emotion-simple is stronger"))).to_be_visible()
    page.get_by_role("radio", name="Probabilities").click()
    page.wait_for_url(re.compile("lens=Probabilities"))
    expect(page.get_by_text(re.compile("The answers differ by"))).to_be_visible()


def test_tests_of_all_maps_of_a_wall_are_started_and_cancelled(page: Page, address: str) -> None:
    open_page(page, address, "attribution", "show=All%20expressions")
    page.get_by_role("button", name="Test these maps").click()
    expect(page.get_by_text(re.compile("^Testing map 1 of 7"))).to_be_visible()
    expect(page.get_by_text("Deletion").first).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Test these maps")).to_be_visible()
