"""The Live page in a real browser: a camera that plays a film, and a video file."""

import csv
import io
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app import WAIT_MS, settle
from tests.models.films import couple, encode

pytestmark = pytest.mark.browser

PATIENT = 3 * WAIT_MS
PLAYER = "iframe[title*='webrtc_streamer']"


def test_camera_is_read_drawn_on_and_explained(page: Page, address: str) -> None:
    page.goto(f"{address}/live")
    player = page.frame_locator(PLAYER)
    player.get_by_role("button", name="Start camera").wait_for(timeout=PATIENT)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    player.get_by_role("button", name="Start camera").click()
    expect(page.get_by_role("status").filter(has_text=re.compile(r"^Face \d+: [a-z]+"))).to_be_visible(timeout=PATIENT)
    rate = page.get_by_test_id("stMetric").filter(has_text="Frames per second")
    expect(rate).to_contain_text(re.compile(r"\d+\.\d"), timeout=PATIENT)
    print(f"\nthe page says: {' '.join(rate.inner_text().split())}")
    film = player.locator("video")
    assert film.evaluate("video => video.videoWidth > 0 && !video.paused")
    before = film.evaluate("video => video.currentTime")
    page.wait_for_timeout(1500)
    assert film.evaluate("video => video.currentTime") > before, "the picture moves"
    expect(page.get_by_text(re.compile(r"\d+ frames read"))).to_be_visible()
    page.get_by_test_id("stMain").get_by_text("Grad-CAM", exact=True).click()
    expect(page.get_by_text(re.compile(r"Average time per step: .*Grad-CAM [\d.]+ ms"))).to_be_visible(timeout=PATIENT)
    assert film.evaluate("video => video.requestFullscreen().then(() => document.fullscreenElement === video)")
    film.evaluate("() => document.exitFullscreen()")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_text("“Camera” is now the photo on all pages")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_test_id("stSidebar").get_by_text("“Camera”")).to_be_visible(timeout=PATIENT)
    assert not [url for url in asked if not url.startswith((address, "data:", "blob:"))], "nobody else is asked"
    player.get_by_role("button", name="Stop camera").click()
    expect(page.get_by_role("status").filter(has_text="Camera stopped")).to_be_visible(timeout=PATIENT)
    expect(player.get_by_role("button", name="Start camera")).to_be_visible()


def test_video_file_becomes_a_timeline_and_a_table(page: Page, address: str, tmp_path: Path) -> None:
    page.goto(f"{address}/live?watch=Video file")
    page.get_by_test_id("stMain").get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {
            "name": "two people.mp4",
            "mimeType": "video/mp4",
            "buffer": encode([couple(2 * step) for step in range(16)], rate=15),
        },
        timeout=PATIENT,
    )
    expect(page.get_by_text(re.compile(r"Done: \d+ frames"))).to_be_visible(timeout=PATIENT)
    changes = page.get_by_role("group", name="Frames on which an answer changes")
    expect(changes.get_by_role("button", name=re.compile(r"^0\.0 s: Face 1: "))).to_be_visible()
    expect(page.get_by_role("radio", name="Face 2")).to_be_visible()
    player = page.locator(".st-key-film_player video")
    expect(player).to_be_visible(timeout=PATIENT)
    page.wait_for_function("document.querySelector('.st-key-film_player video').readyState > 0", timeout=PATIENT)
    assert player.evaluate("video => [video.videoWidth, video.videoHeight, video.controls]") == [480, 240, True]
    timeline = page.get_by_role("slider", name=re.compile("^Position in the film"))
    timeline.click()  # in its middle
    page.wait_for_function("Math.abs(document.querySelector('.st-key-film_player video').currentTime - 0.5) < 0.1")
    timeline.press("End")
    expect(timeline).to_have_attribute("aria-valuenow", "1.0")
    changes.get_by_role("button", name=re.compile(r"^0\.0 s: Face 1: ")).click()
    expect(timeline).to_have_attribute("aria-valuenow", "0.0", timeout=PATIENT)
    settle(page)
    page.get_by_role("button", name="Explain this frame").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("“two people at 0.0 s”")).to_be_visible(timeout=PATIENT)
    settle(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = list(csv.DictReader(io.StringIO(Path(coming.value.path()).read_text())))
    assert {row["face"] for row in rows} >= {"1", "2"}


def test_file_that_is_no_video_is_told(page: Page, address: str) -> None:
    page.goto(f"{address}/live?watch=Video file")
    page.get_by_test_id("stMain").get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": "fake.mp4", "mimeType": "video/mp4", "buffer": b"no film at all"}, timeout=PATIENT
    )
    expect(page.get_by_text("The file is no MP4, MOV or WebM video")).to_be_visible(timeout=PATIENT)
