"""How a photo comes in besides by a picker, what a refused file leaves behind, and what a reload keeps."""

import base64
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.app import SAMPLES, WAIT_MS, choose_source, settle, upload

pytestmark = pytest.mark.browser

DROP = """([name, type, data, zeros]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([bytes, new Uint8Array(zeros)], name, { type }))
    const target = document.querySelector('[data-testid="stMain"]')
    for (const kind of ["dragenter", "dragover", "drop"])
        target.dispatchEvent(new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }))
}"""
PASTE = """([name, type, data, zeros]) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File([bytes, new Uint8Array(zeros)], name, { type }))
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }))
}"""
MEGABYTE = 2**20


def photo(name: str) -> bytes:
    return next(SAMPLES.glob(f"{name}.*")).read_bytes()


def bring(page: Page, script: str, name: str, data: bytes, kind: str = "image/jpeg", zeros: int = 0) -> None:
    """Brings a file of these bytes and so many zeros."""
    page.evaluate(script, [name, kind, base64.b64encode(data).decode(), zeros])


def shown(page: Page, name: str) -> None:
    expect(page.get_by_alt_text(re.compile(f"^Photo “{name}”"))).to_be_visible()
    settle(page)


@pytest.fixture
def ready(window: Page, address: str) -> Page:
    """The app's first page, drawn to its end."""
    window.goto(address)
    shown(window, "Astronaut")
    return window


@pytest.fixture
def phone(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    context.set_default_timeout(WAIT_MS)
    window = context.new_page()
    window.goto(address)
    shown(window, "Astronaut")
    yield window
    context.close()


@pytest.mark.parametrize("way", [DROP, PASTE], ids=["drop", "paste"])
def test_photo_comes_in_by_the_page_itself_and_stays_after_a_reload(ready: Page, way: str) -> None:
    bring(ready, way, "grace.jpg", photo("grace_hopper"))
    shown(ready, "grace")
    ready.reload()
    shown(ready, "grace")
    assert "grace" not in ready.url
    ready.get_by_role("button", name="Remove", exact=True).click()
    shown(ready, "Astronaut")
    ready.reload()
    shown(ready, "Astronaut")


def test_reload_keeps_an_uploaded_photo(ready: Page) -> None:
    upload(ready, "grace.jpg", photo("grace_hopper"))
    shown(ready, "grace")
    ready.reload()
    shown(ready, "grace")


def test_another_tab_knows_nothing_of_the_photo(ready: Page, browser: Browser, address: str) -> None:
    bring(ready, DROP, "grace.jpg", photo("grace_hopper"))
    shown(ready, "grace")
    other = ready.context.new_page()
    other.goto(address)
    shown(other, "Astronaut")


@pytest.mark.parametrize(
    ("name", "kind", "data", "zeros", "words"),
    [
        ("letter.pdf", "application/pdf", b"%PDF-1.4 a letter", 0, "This is a PDF document"),
        ("scene.jxl", "image/jxl", b"\xff\x0a a photo", 0, "This is a JPEG XL photo"),
        ("huge.jpg", "image/jpeg", b"\xff\xd8", 51 * MEGABYTE, "“huge” has 51 MB, and a photo may have 50"),
    ],
)
def test_refused_file_is_told_on_the_page_and_the_photo_before_is_gone(
    ready: Page, name: str, kind: str, data: bytes, zeros: int, words: str
) -> None:
    bring(ready, DROP, "grace.jpg", photo("grace_hopper"))
    shown(ready, "grace")
    bring(ready, DROP, name, data, kind, zeros)
    main = ready.get_by_test_id("stMain")
    expect(main.get_by_text(words)).to_be_visible()
    settle(ready)
    expect(main.get_by_role("heading", level=2)).to_have_count(0)
    main.get_by_role("button", name="Show the sample photo").click()
    shown(ready, "Astronaut")


def test_file_that_the_picker_would_refuse_is_told_on_the_page(ready: Page) -> None:
    choose_source(ready, "Upload")
    chooser = ready.get_by_test_id("stFileUploaderDropzoneInput")
    chooser.set_input_files({"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 a letter"})
    expect(ready.get_by_test_id("stMain").get_by_text("This is a PDF document")).to_be_visible()
    expect(ready.get_by_test_id("stFileUploaderFile")).to_have_count(0)


def test_drawer_of_a_phone_closes_over_the_chosen_photo(phone: Page) -> None:
    sidebar = phone.get_by_test_id("stSidebar")
    phone.get_by_test_id("stExpandSidebarButton").click()
    sample = phone.get_by_role("button", name="Show the sample Grace Hopper")
    expect(sample).to_be_in_viewport()
    sample.click()
    shown(phone, "Grace Hopper")
    expect(sidebar).not_to_be_in_viewport()


def test_photo_and_answer_and_reason_are_what_a_phone_shows_first(phone: Page) -> None:
    places = [
        phone.get_by_alt_text(re.compile("^Photo “Astronaut”")),
        phone.get_by_role("heading", name="Happy"),
        phone.locator(".st-key-reason strong"),
        phone.get_by_alt_text("LayerCAM for happy over the face"),
    ]
    tops = []
    for place in places:
        box = place.bounding_box()
        assert box is not None
        tops.append(box["y"])
    assert tops == sorted(tops)
    assert tops[1] < 844, "the answer is on the first screen"


def test_reasons_stand_beside_the_photo_on_a_laptop(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(WAIT_MS)
    page = context.new_page()
    page.goto(address)
    shown(page, "Astronaut")
    for place in (
        page.get_by_role("heading", name="Happy"),
        page.locator(".st-key-reason strong"),
        page.get_by_alt_text(re.compile("for happy over the face$")),
        page.get_by_role("radiogroup").last,
        page.locator(".verdict"),
    ):
        box = place.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= box["y"] + box["height"] <= 720
    context.close()


def test_wall_shows_every_face_and_a_click_its_reasons(ready: Page, address: str) -> None:
    ready.goto(f"{address}/?sample=Group&who=All+faces")
    tiles = ready.get_by_role("button", name=re.compile(r"^Face \d, .*: show why$"))
    expect(tiles).to_have_count(5)
    settle(ready)
    tiles.nth(4).click()
    expect(ready.get_by_text("Face 5 of 5")).to_be_visible()
    expect(ready.get_by_role("heading", name="Happy")).to_be_visible()
    assert "All" not in ready.url
