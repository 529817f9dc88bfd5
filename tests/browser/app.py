"""The real server and a real browser, for the browser tests and the screenshots."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

import imageio_ffmpeg
from playwright.sync_api import Browser, Locator, Page, Playwright

from dashboard import app_pages
from tests.support import browser

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_images"
APP = ROOT / "dashboard" / "server.py"
START_SECONDS = 60
WAIT_MS = 60_000


@contextlib.contextmanager
def serve(module: str = "streamlit", *, start_seconds: int = START_SECONDS) -> Iterator[str]:
    """Starts the app on a free port as `make run` does, and yields its address; `module` stands in for Streamlit."""
    with start_server(module) as (address, server):
        await_health(address, server, start_seconds)
        yield address


@contextlib.contextmanager
def start_server(
    module: str = "streamlit", script: str | Path = APP, settings: Sequence[str] = (), workers: int = 1
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Starts the app like `serve`, and yields its address and its process before it is ready.

    Args:
        module: str, what stands in for Streamlit. Defaults to Streamlit itself.
        script: path of another app. Defaults to Glassface.
        settings: options of Streamlit beside those in `.streamlit`, "server.fileWatcherType=auto". Defaults to none.
        workers: int, how many servers stand behind the address. Defaults to one without anything before it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if workers == 1:
        command = [sys.executable, "-m", module, "run", str(script)]
        options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    else:
        command = [sys.executable, "-m", "dashboard.workers", str(workers), f"--script={script}"]
        options = [f"--port={port}"]
    options += [f"--{setting}" for setting in settings]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    server = subprocess.Popen([*command, *options], cwd=ROOT, env=environment)
    try:
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def await_health(address: str, server: subprocess.Popen[bytes], seconds: int = START_SECONDS) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"The server ended with code {server.returncode} before it was ready.")
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"The server was not ready within {seconds} s.")


def make_film(face: Path, folder: Path) -> Path:
    """Makes the film that Chromium's fake webcam plays: two seconds of one picture."""
    film = folder / "face.mjpeg"
    picture = "scale=640:480:force_original_aspect_ratio=decrease,pad=640:480:(ow-iw)/2:(oh-ih)/2"
    options = ["-y", "-loglevel", "error", "-loop", "1", "-i", str(face), "-t", "2", "-r", "10"]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), *options, "-vf", picture, "-pix_fmt", "yuvj420p", str(film)], check=True
    )
    return film


def launch(playwright: Playwright, film: Path | None = None) -> Browser:
    """Starts Chromium without a window; with a film, its webcam shows that."""
    arguments = [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-features=WebRtcHideLocalIpsWithMdns",
    ]
    if film is not None:
        arguments += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={film}",
        ]
    return playwright.chromium.launch(executable_path=browser.require(), args=arguments)


def settle(page: Page, wait_ms: int = WAIT_MS) -> None:
    """Waits until the script has ended and nothing greys out or loads any more."""
    page.wait_for_function(
        """() => {
            const app = document.querySelector('[data-testid="stApp"]')
            return app && app.getAttribute('data-test-script-state') === 'notRunning'
                && document.querySelector('h1') && !document.querySelector('[data-testid="stSkeleton"]')
        }""",
        timeout=wait_ms,
    )


def choose_source(page: Page, name: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("radio", name=name).click()


def upload(page: Page, name: str, data: bytes) -> None:
    choose_source(page, "Upload")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        {"name": name, "mimeType": "image/png", "buffer": data}
    )


def choose(page: Page, picker: str, option: str) -> None:
    page.get_by_role("combobox", name=picker).click()
    page.get_by_role("option").filter(has=page.get_by_text(option, exact=True)).click()


def open_settings(page: Page, key: str) -> None:
    """Opens the drawer of that key, where a page keeps layer, look and settings."""
    unfold(page.locator(f".st-key-{key} summary"))


def unfold(summary: Locator) -> None:
    """Opens what is folded under a summary, and waits until nothing slides: a click on what moves may miss it."""
    summary.click()
    summary.evaluate(
        """summary => new Promise(requestAnimationFrame).then(
            () => Promise.allSettled(summary.closest('details').getAnimations().map(motion => motion.finished))
        )"""
    )


def go_to(page: Page, title: str) -> None:
    """Goes to a page by the menu bar, and waits until all of it is there."""
    turn_to(page, title)
    settle(page)


def turn_to(page: Page, title: str) -> None:
    """Turns to a page by the menu bar, and waits until it has begun."""
    click_in_menu(page, title)
    page.get_by_role("heading", name=title, exact=True, level=1).wait_for()


def click_in_menu(page: Page, title: str) -> None:
    """Clicks on a page in the menu bar, through its group's menu if it is in one."""
    (group,) = {found.group for found in app_pages.find_pages().values() if found.title == title}
    bar = page.get_by_test_id("stTopNav")
    if group:
        bar.get_by_role("button", name=group, exact=True).click()
        page.get_by_role("menuitem", name=title, exact=True).click()
    else:
        bar.get_by_role("link", name=title, exact=True).click()
