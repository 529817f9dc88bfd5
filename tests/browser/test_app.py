"""What a visitor does, in a real browser on the real server."""

import io
import json
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from models import load_card
from tests.browser.app import SAMPLES, WAIT_MS, choose, choose_source, go_to, open_settings, settle, upload

pytestmark = pytest.mark.browser


def download(page: Page, button: str) -> bytes:
    settle(page)  # a button that is drawn again delivers its new picture only
    with page.expect_download() as coming:
        page.get_by_role("button", name=button, exact=True).click()
    return Path(coming.value.path()).read_bytes()


def faces(page: Page) -> int:
    return page.get_by_role("button", name=re.compile(r"^Face \d+: ")).count()


def test_first_screen_of_a_fresh_server_is_the_analysed_sample(browser: Browser) -> None:
    """How soon it is there, `python -m tests.benchmarks app_speed` measures."""
    from tests.browser.app import serve

    with serve() as fresh:
        window = browser.new_page()
        window.goto(fresh)
        expect(window.get_by_role("button", name="Face 1: happy")).to_be_visible()
        window.close()


def test_first_screen_shows_photo_box_answer_and_chart(page: Page) -> None:
    expect(page.get_by_role("button", name="Face 1: happy")).to_be_visible()
    expect(page.get_by_role("heading", name="Happy")).to_be_visible()
    expect(page.locator(".js-plotly-plot .bars path")).to_have_count(7)
    found = json.loads(download(page, "JSON"))
    assert found["faces"][0]["expression"] == "happy"
    assert download(page, "CSV").decode().startswith("face,expression,angry,")
    page.get_by_role("button", name="Show", exact=True).click()
    assert Image.open(io.BytesIO(download(page, "Photo as shown"))).format == "PNG"


def test_point_under_the_pointer_is_named(page: Page, address: str) -> None:
    page.goto(f"{address}/?points=true")
    dots = page.locator(".dots i")
    expect(dots).to_have_count(15)
    nose = dots.nth(10).bounding_box()
    assert nose is not None
    page.mouse.move(nose["x"] + nose["width"] / 2, nose["y"] + nose["height"] / 2)
    expect(page.locator(".tip")).to_have_text("Nose tip")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_text("All 68", exact=True).click()
    expect(dots).to_have_count(68)


def test_uploaded_photo_is_analysed(page: Page) -> None:
    expect(page.get_by_role("button", name="Face 1: happy")).to_be_visible()
    upload(page, "grace.jpg", next(SAMPLES.glob("grace_hopper.*")).read_bytes())
    expect(page.get_by_alt_text("Photo “grace” with 1 numbered face")).to_be_visible()
    settle(page)
    assert faces(page) == 1


def test_garbage_is_answered_with_a_sentence_and_a_way_back(page: Page) -> None:
    upload(page, "garbage.png", b"this is no picture")
    expect(page.get_by_text("This file can't be used as a photo")).to_be_visible()
    assert page.get_by_text("Traceback").count() == 0
    page.get_by_role("button", name="Show the sample photo").click()
    expect(page.get_by_role("button", name="Face 1: happy")).to_be_visible()


def test_photo_without_face_offers_the_whole_picture(page: Page) -> None:
    upload(page, "board.png", next(SAMPLES.glob("chessboard.*")).read_bytes())
    expect(page.get_by_role("heading", name="No face found")).to_be_visible()
    page.get_by_role("button", name="Use the whole picture").click()
    expect(page.get_by_role("button", name=re.compile("^Face 1: "))).to_be_visible()


def test_click_on_a_box_chooses_the_face(page: Page, address: str) -> None:
    page.goto(f"{address}/?sample=Group")
    second = page.get_by_role("button", name=re.compile("^Face 2: "))
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Face 2 of")).to_be_visible()
    page.wait_for_url(re.compile("face=2"))


def test_click_on_a_map_shows_that_channel(page: Page) -> None:
    go_to(page, "Inside")
    page.get_by_role("button", name="Channel 5", exact=True).click()
    expect(page.get_by_role("heading", name="Channel 5 over the face")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Colour bar"))).to_have_count(2)
    assert Image.open(io.BytesIO(download(page, "All channels"))).format == "PNG"


def test_layer_stays_chosen_on_the_next_page(page: Page) -> None:
    go_to(page, "Inside")
    page.get_by_role("button", name=re.compile("^conv2_1: ")).click()
    page.wait_for_url(re.compile("layer=conv2_1"))
    settle(page)
    go_to(page, "Why")
    page.wait_for_url(re.compile("layer=conv2_1"))


def test_grad_cam_of_another_class(page: Page) -> None:
    go_to(page, "Why")
    expect(page.get_by_alt_text("LayerCAM for happy over the face")).to_be_visible()
    choose(page, "Expression", "Surprise")
    expect(page.get_by_alt_text("LayerCAM for surprise on the photo")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Colour bar"))).to_have_count(2)
    assert Image.open(io.BytesIO(download(page, "Photo with map"))).format == "PNG"


def test_slow_method_shows_progress_is_cancelled_and_comes_to_its_map(page: Page) -> None:
    go_to(page, "Why")
    open_settings(page, "map_settings")
    choose(page, "Method", "RISE")
    expect(page.get_by_alt_text("RISE for happy over the face")).to_be_visible()
    masks = page.get_by_role("spinbutton", name="Masks")
    masks.fill("10000")
    masks.press("Enter")
    expect(page.get_by_text(re.compile(r"^RISE: [\d,]+ of 10,000 pictures"))).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("^Cancelled "))).to_be_visible()
    open_settings(page, "map_settings")
    page.get_by_role("button", name="Back to defaults").click()
    expect(page.get_by_alt_text("RISE for happy on the photo")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile(r"^Colour bar.*\(against “happy”\)"))).to_have_count(2)


def test_one_class_rather_than_another(page: Page) -> None:
    go_to(page, "Why")
    page.get_by_role("radio", name="Surprise").click()
    expect(page.get_by_alt_text("LayerCAM for happy rather than surprise over the face")).to_be_visible()
    page.wait_for_url(re.compile("against=Surprise"))


def test_method_is_picked_from_the_wall_and_its_map_is_tested(page: Page, address: str) -> None:
    page.goto(f"{address}/attribution?show=All%20methods")
    page.get_by_role("button", name=re.compile(r"^HiResCAM, [\d.]+\sm?s\. Click")).click(timeout=2 * WAIT_MS)
    expect(page.get_by_alt_text("HiResCAM for happy on the photo")).to_be_visible()
    assert "method=HiResCAM" in page.url
    page.get_by_role("button", name="Run the tests").click()
    expect(page.get_by_text("The same map every time")).to_be_visible(timeout=2 * WAIT_MS)
    assert download(page, "Report of this map").startswith(b"<!DOCTYPE html>")


def test_point_is_explained_by_link(page: Page, address: str) -> None:
    page.goto(f"{address}/attribution?network=keypoints&point=Left%20eye%200")
    expect(page.get_by_role("img", name=re.compile("^Grad-CAM for left eye 0 over the face"))).to_be_visible()


def test_dream_runs_to_its_end_and_is_downloaded(page: Page) -> None:
    go_to(page, "Dream")
    page.get_by_role("button", name="Start dreaming").click()
    expect(page.get_by_text(re.compile("^Done: "))).to_be_visible()
    assert Image.open(io.BytesIO(download(page, "Dream"))).format == "PNG"
    expect(page.get_by_role("button", name="Start dreaming")).to_be_enabled()


def test_dream_is_cancelled_and_keeps_its_picture(page: Page) -> None:
    go_to(page, "Dream")
    open_settings(page, "dream_settings")
    steps = page.get_by_role("slider", name="Steps per octave")
    steps.focus()
    steps.press("End")
    octaves = page.get_by_role("slider", name="Octaves")
    octaves.focus()
    octaves.press("End")
    page.keyboard.press("Escape")
    settle(page)
    page.get_by_role("button", name="Start dreaming").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("^Cancelled "))).to_be_visible()
    expect(page.get_by_role("button", name="Start dreaming")).to_be_enabled()


def test_networks_page_shows_where_the_network_fails(page: Page, address: str) -> None:
    page.goto(address)
    go_to(page, "Networks")
    expect(page.get_by_text(re.compile(r"says what people said for \d\d\.\d"))).to_be_visible()
    page.get_by_role("tab", name="Errors").click()
    page.wait_for_url(re.compile("view=Errors"))
    matrix = page.get_by_role("figure", name=re.compile("^Confusion matrix: "))
    happy = load_card("emotion").metrics["public_test"]["confusion"][3]
    expect(matrix.get_by_text(f"{happy[3] / sum(happy):.0%}".removesuffix("%"), exact=True).first).to_be_visible()
    page.get_by_role("radio", name="Faces").click()
    expect(matrix.get_by_text(str(happy[3]), exact=True).first).to_be_visible()
    page.goto(f"{address}/networks?view=Certainty")
    expect(page.get_by_role("figure", name=re.compile("^Reliability curve"))).to_be_visible()


def test_average_maps_are_shown_for_each_network(page: Page, address: str) -> None:
    page.goto(f"{address}/networks?view=Averages")
    for name in ("happy", "surprise"):
        expect(page.get_by_role("button", name=re.compile(f"^Average LayerCAM map for {name}"))).to_be_visible()
        expect(page.get_by_role("button", name=re.compile(f"^The average map for {name} less"))).to_be_visible()
    settle(page)
    choose(page, "Network", "emotion-simple")
    page.wait_for_url(re.compile("network=emotion-simple"))
    expect(page.get_by_text("LayerCAM, layer relu2;", exact=False)).to_be_visible()


def test_about_page_links_to_the_papers(page: Page) -> None:
    expect(page.get_by_role("button", name="Face 1: happy")).to_be_visible()
    go_to(page, "About")
    link = page.get_by_role("link", name="arXiv:1610.02391")
    expect(link).to_have_attribute("href", "https://arxiv.org/abs/1610.02391")
    more = page.get_by_text(re.compile(r"^\d+ more papers"))
    more.click()
    expect(page.get_by_role("link", name="arXiv:1706.04599")).to_be_visible()


def test_webcam_still_is_analysed(page: Page) -> None:
    expect(page.get_by_role("button", name="Face 1: happy")).to_be_visible()
    page.context.grant_permissions(["camera"])
    choose_source(page, "Webcam")
    # a still taken before the film runs is empty
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 3", timeout=WAIT_MS)
    page.get_by_role("button", name="Take photo").click()
    expect(page.get_by_alt_text("Photo “webcam” with 1 numbered face")).to_be_visible()
