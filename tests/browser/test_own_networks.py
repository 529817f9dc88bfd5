"""A visitor brings networks: a file of Keras and a zip archive with labels, and asks why they answer so."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import go_to, settle
from tests.dashboard import own

TRIAL_MS = 300_000
"""Milliseconds that a trial may take: TensorFlow starts anew for it, on a busy machine."""

pytestmark = pytest.mark.browser


def bring(page: Page, name: str, data: bytes, *, is_open: bool) -> None:
    """Uploads a network; the panel is open on a visit that has brought one already."""
    go_to(page, "Networks")
    panel = page.locator(".st-key-yours")
    if not is_open:
        panel.get_by_text("Yours: bring your own network").click()
    panel.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    )
    expect(page.get_by_role("button", name="Use this network")).to_be_enabled(timeout=TRIAL_MS)


def use(page: Page, name: str) -> None:
    """Takes the network, which then stands in the picker by its name."""
    page.get_by_role("button", name="Use this network").click()
    expect(page.locator(".st-key-network").get_by_role("combobox")).to_have_value(re.compile(f"^{name}-"))
    settle(page)


def test_a_keras_file_and_an_archive_are_brought_and_explained(page: Page, tmp_path: Path) -> None:
    bring(page, "birds.h5", own.saved(own.network(), tmp_path), is_open=False)
    expect(page.get_by_text("As the network sees it")).to_be_visible()
    use(page, "birds")
    go_to(page, "Why")
    expect(page.locator("main img").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as written:
        written.writestr("converted_keras/keras_model.h5", own.saved(own.teachable_machine(), tmp_path))
        written.writestr("converted_keras/labels.txt", "0 thumbs up\n1 thumbs down\n")
    bring(page, "thumbs.zip", buffer.getvalue(), is_open=True)
    expect(page.get_by_role("textbox", name="Classes, one a line")).to_have_value("thumbs up\nthumbs down")
    use(page, "thumbs")
    go_to(page, "Inspect")
    expect(page.get_by_text("What the network sees")).to_be_visible()


def test_a_hostile_file_is_refused_and_the_server_lives_on(page: Page) -> None:
    go_to(page, "Networks")
    panel = page.locator(".st-key-yours")
    panel.get_by_text("Yours: bring your own network").click()
    panel.get_by_test_id("stFileUploaderDropzoneInput").first.set_input_files(
        {"name": "net.keras", "mimeType": "application/octet-stream", "buffer": b"\x80\x04\x95 a pickle"}
    )
    expect(page.get_by_text("neither a .keras nor an .h5 file")).to_be_visible(timeout=TRIAL_MS)
    go_to(page, "Inspect")
    expect(page.get_by_test_id("stException")).to_have_count(0)
