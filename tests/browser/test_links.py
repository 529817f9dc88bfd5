"""The address bar: a link brings every choice, Back brings the former ones, and a private photo is never in it."""

import re
import threading
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.app import SAMPLES, choose, click_in_menu, go_to, open_settings, settle, upload

pytestmark = pytest.mark.browser

LINKS = {
    "activations": "sample=Group&face=3&network=emotion-simple&layer=conv2&sort=Strength&channel=7&row=3&column=4",
    "attribution": "sample=Group&face=2&expression=Sad&against=Happy&layer=relu3_2&method=HiResCAM",
    "dream": "sample=Group&face=4&network=keypoints&dream=Atlas",
    "networks": "network=keypoints&view=Points",
}


def choices(link: str) -> dict[str, list[str]]:
    return parse_qs(urlparse(link).query)


DRAWERS = {"activations": "activations_settings", "attribution": "map_settings", "dream": "dream_settings"}
COMBOBOXES = {
    "network": "Network",
    "layer": "Layer",
    "method": "Method",
    "expression": "Expression",
    "sort": "Sort by",
}


@pytest.mark.parametrize("name", LINKS)
def test_link_brings_every_choice(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/{name}?{LINKS[name]}")
    page.get_by_role("heading", level=1).wait_for()
    settle(page)
    asked = {key: values[0] for key, values in choices(f"?{LINKS[name]}").items()}
    assert {key: values[0] for key, values in choices(page.url).items() if key in asked} == asked
    if name in DRAWERS:
        open_settings(page, DRAWERS[name])
    for key, label in COMBOBOXES.items():
        if key in asked:
            expect(page.get_by_role("combobox", name=label, exact=True)).to_have_value(asked[key])
    for key, label in (("channel", "Channel"), ("row", "Row"), ("column", "Column")):
        if key in asked:
            expect(page.get_by_role("spinbutton", name=label, exact=True)).to_have_value(asked[key])
    for key in ("face", "dream"):
        if key in asked:
            expect(page.get_by_role("radio", name=asked[key], exact=True)).to_be_checked()
    if "view" in asked:
        expect(page.get_by_role("tab", name=asked["view"])).to_have_attribute("aria-selected", "true")


def test_what_was_chosen_is_sent_as_a_link(page: Page, browser: Browser, address: str) -> None:
    page.goto(f"{address}/attribution")
    shown = page.get_by_alt_text("HiResCAM for surprise over the face")
    choose(page, "Expression", "Surprise")
    page.wait_for_url(re.compile("expression=Surprise"))
    settle(page)
    open_settings(page, "map_settings")
    choose(page, "Method", "HiResCAM")
    expect(shown).to_be_visible()
    page.wait_for_url(re.compile("method=HiResCAM"))
    context = browser.new_context()
    other = context.new_page()
    other.goto(page.url)
    expect(other.get_by_alt_text("HiResCAM for surprise over the face")).to_be_visible()
    context.close()


def test_back_brings_the_former_page_and_its_choices(page: Page, address: str) -> None:
    page.goto(f"{address}/attribution?sample=Group&network=emotion-simple")
    page.get_by_alt_text("over the face").wait_for()
    settle(page)
    choose(page, "Expression", "Surprise")
    page.wait_for_url(re.compile("expression=Surprise"))
    settle(page)
    page.get_by_role("radio", name="3", exact=True).click()
    page.wait_for_url(re.compile("face=3"))
    settle(page)
    go_to(page, "Dream")
    page.get_by_role("radio", name="2", exact=True).click()
    page.wait_for_url(re.compile("face=2"))
    settle(page)
    page.go_back()
    expect(page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
    expect(page.get_by_alt_text("LayerCAM for surprise over the face")).to_be_visible()
    expect(page.get_by_role("radio", name="3", exact=True)).to_be_checked()
    expect(page.get_by_role("combobox", name="Network", exact=True)).to_have_value("emotion-simple")
    assert "sample=Group" in page.url
    settle(page)
    page.go_forward()
    expect(page.get_by_role("heading", name="Dream", exact=True)).to_be_visible()
    expect(page.get_by_role("radio", name="2", exact=True)).to_be_checked()


def test_forward_still_leads_on_after_back_in_a_hurry(page: Page, address: str) -> None:
    page.goto(address)
    for name in ("Inside", "Dream", "About"):
        go_to(page, name)
    for _ in range(3):
        page.go_back(wait_until="commit")  # while the pages still run
    page.go_forward(wait_until="commit")
    page.go_forward(wait_until="commit")
    expect(page.get_by_role("heading", name="Dream", exact=True)).to_be_visible()
    settle(page)
    page.go_forward()
    expect(page.get_by_role("heading", name="About", exact=True)).to_be_visible()


def test_link_is_passed_on_from_page_to_page(page: Page, address: str) -> None:
    page.goto(f"{address}/attribution?sample=Group&face=3&network=emotion-simple&layer=conv2")
    page.get_by_alt_text("over the face").wait_for()
    settle(page)
    go_to(page, "Dream")
    page.wait_for_url(re.compile("face=3"))
    assert choices(page.url) | {"sample": ["Group"], "face": ["3"], "network": ["emotion-simple"]} == choices(page.url)
    expect(page.get_by_role("radio", name="3", exact=True)).to_be_checked()
    choose(page, "Network", "emotion")
    page.wait_for_url(re.compile(r"^(?!.*emotion-simple)"))
    settle(page)
    go_to(page, "Inside")
    page.wait_for_url(re.compile("face=3"))
    assert "network" not in choices(page.url)


def test_page_comes_though_the_one_before_still_asks_for_something(page: Page, address: str) -> None:
    """A key is pressed on the tour's slide right after the click on another page: the server hears of both at once."""
    window = page.context.new_page()
    held: list[str | bytes] = []
    is_in_a_hurry = threading.Event()

    def hold(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def hear(message: str | bytes) -> None:
            held.append(message)
            if not is_in_a_hurry.is_set() or BackMsg.FromString(message).rerun_script.fragment_id:
                while held:
                    server.send(held.pop(0))

        browser.on_message(hear)

    window.route_web_socket("**/_stcore/stream", hold)
    window.goto(f"{address}/tour")
    window.locator("article.slide").wait_for()
    settle(window)
    is_in_a_hurry.set()
    click_in_menu(window, "Networks")
    window.keyboard.press("ArrowRight")
    expect(window.get_by_role("heading", name="Networks", exact=True, level=1)).to_be_visible()
    is_in_a_hurry.clear()
    settle(window)
    expect(window.get_by_role("tab", name="Ladder")).to_be_visible()


def test_nothing_is_fetched_from_anywhere_else(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(address)
    settle(page)
    for name in ("Inside", "Why", "Dream", "Tour", "Networks", "About"):
        go_to(page, name)
    hosts = {urlparse(url).netloc for url in asked if urlparse(url).scheme not in ("data", "blob")}
    assert hosts == {urlparse(address).netloc}
    icons = page.evaluate("[...document.querySelectorAll('link[rel*=icon]')].map((link) => link.href)")
    assert icons
    assert all(icon.startswith(("data:image/svg+xml", address)) for icon in icons)


def test_private_photo_is_never_in_the_address(page: Page) -> None:
    expect(page.get_by_role("button", name="Face 1: happy")).to_be_visible()
    upload(page, "grace at home.jpg", next(SAMPLES.glob("grace_hopper.*")).read_bytes())
    expect(page.get_by_alt_text("Photo “grace at home” with 1 numbered face")).to_be_visible()
    seen = []
    for name in ("Why", "Dream", "Networks", "Inspect"):
        settle(page)
        seen.append(page.url)
        go_to(page, name)
    settle(page)
    for link in (*seen, page.url):
        assert "grace" not in link.lower()
        assert "sample" not in choices(link)
        assert not re.search(r"[0-9a-f]{12}", link), "nor the photo's key"
