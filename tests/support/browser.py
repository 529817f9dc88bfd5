"""The browser for the browser tests: the one that is there, else one that is installed for them.

`python -m tests.support.browser`, which `make test` runs first, prints its path or says in a sentence what is missing.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "The browser tests need Chromium, and it could be neither found nor installed: run `.venv/bin/python -m playwright "
    "install --with-deps chromium`, or install your system's chromium or Google Chrome, or set CHROMIUM to its path."
)
CONNECT_MS = "10000"  # playwright tries five times
INSTALL_SECONDS = 600


def find() -> str | None:
    """Return the path of a Chromium that starts, None if there is none.

    It is the environment's CHROMIUM, else the first of the usual names on the path, else playwright's own.

    Raises:
        RuntimeError: CHROMIUM is set to what is no browser.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen and not _starts(chosen):
        raise RuntimeError(
            f"CHROMIUM is set to {chosen!r}, which does not start; set it to a browser's path or not at all."
        )
    return chosen or next((path for path in _candidates() if _starts(path)), None)


def require() -> str:
    """Return the path of a Chromium that starts.

    Raises:
        RuntimeError: There is none; the message says how to get one.
    """
    path = find()
    if path is None:
        raise RuntimeError(MISSING)
    return path


def install() -> None:
    """Install playwright's Chromium, or Debian's where that can't be downloaded; does nothing where neither works."""
    is_root = os.geteuid() == 0
    playwright = [sys.executable, "-m", "playwright"]
    if _run(*playwright, "install", "chromium"):
        if is_root or find() is None:
            _run(*playwright, "install-deps", "chromium")  # its libraries and fonts
    elif is_root and shutil.which("apt-get"):
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core")


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    # In a process of its own: playwright can't be started inside itself.
    code = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    yield subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _run(*command: str) -> bool:
    environment = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": CONNECT_MS,
    }
    quiet = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, stdin=quiet, stdout=quiet, stderr=quiet, env=environment, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    try:
        if find() is None:
            print("No Chromium found for the browser tests; installing one.")
            install()
        print(f"Browser tests run in {require()}.")
    except RuntimeError as error:
        sys.exit(str(error))
