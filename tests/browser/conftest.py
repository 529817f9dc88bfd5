"""One server and one browser for all browser tests."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.browser.app import SAMPLES, WAIT_MS, launch, make_film, serve

expect.set_options(timeout=WAIT_MS)
WINDOW: ViewportSize = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    with serve() as found:
        yield found


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    film = make_film(next(SAMPLES.glob("grace_hopper.*")), tmp_path_factory.mktemp("webcam"))
    with sync_playwright() as playwright:
        started = launch(playwright, film)
        yield started
        started.close()


@pytest.fixture(scope="session")
def shared_window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=WINDOW, accept_downloads=True)
    context.set_default_timeout(WAIT_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def window(shared_window: Page) -> Iterator[Page]:
    """A fresh visitor's window, blank.

    It is one window that forgets all after each test: a new one would read and compile the app's scripts anew, 3 s of
    a processor's time.
    """
    yield shared_window
    context = shared_window.context
    for other in context.pages:
        if other is not shared_window:
            other.close()
    if shared_window.url.startswith("http"):
        shared_window.evaluate("() => { sessionStorage.clear(); localStorage.clear() }")
    context.clear_cookies()
    context.clear_permissions()
    shared_window.goto("about:blank")
    shared_window.set_viewport_size(WINDOW)
    shared_window.mouse.move(0, 0)


@pytest.fixture
def page(request: pytest.FixtureRequest, window: Page, address: str) -> Page:
    """A fresh visitor's window on the app's first page; blank for a test that takes the address to open another one."""
    if "address" not in inspect.signature(request.function).parameters:
        window.goto(address)
    return window


@pytest.fixture(scope="session")
def film_face() -> Path:
    return next(SAMPLES.glob("grace_hopper.*"))
