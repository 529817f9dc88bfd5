"""What becomes of a visit, its pictures and its uploads once its tab is closed; who may come in."""

import os
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

import pytest

from dashboard import visits
from tests.browser.app import await_health, start_server
from tests.support.visitor import Visitor

SCRIPT = """
import numpy as np
import streamlit as st

st.title("Photo")
file = st.file_uploader("File")
if file is not None:
    st.image(np.frombuffer(file.getvalue(), np.uint8).reshape(4, 4, 3), output_format="PNG")
    st.download_button("Report", file.getvalue(), "report.html")
"""
SERVER = """
import asyncio
from contextlib import asynccontextmanager
import streamlit as st
from dashboard.visits import end_closed_visits

@asynccontextmanager
async def lifespan(app):
    task = asyncio.create_task(end_closed_visits(kept={kept}, look=0.1))
    yield
    task.cancel()

app = st.App("small.py", lifespan=lifespan)
"""
KEPT = 1.5
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    (folder / "small.py").write_text(SCRIPT)
    (folder / "server.py").write_text(SERVER.format(kept=KEPT))
    with start_server(script=folder / "server.py") as started:
        await_health(*started)
        yield started[0]


def status(address: str, path: str) -> int:
    """How a stranger, without cookie or session, is answered."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse().status
    connection.close()
    return answer


def test_addresses_of_a_visit_are_gone_soon_after_its_tab_also_if_nobody_else_comes(address: str) -> None:
    with Visitor(address, patience=60) as visitor:
        visitor.open()
        visitor.upload("File", "me.png", bytes(range(48)), "image/png")
        found = [url for url in visitor.addresses() if url.startswith("/media/")]
        assert len(found) == 2, "a picture and a file to download"
        assert all(len(Path(urlsplit(url).path).stem) >= 32 for url in found), "128 bits: nobody guesses"
        time.sleep(2 * KEPT)
        assert [status(address, url) for url in found] == [200, 200], "the tab is still open"
    closed = time.monotonic()
    assert status(address, found[0]) == 200, "a reload, or a line that broke, finds its pictures"
    while {status(address, url) for url in found} != {404} and time.monotonic() < closed + 20:
        time.sleep(0.1)
    assert [status(address, url) for url in found] == [404, 404]
    assert time.monotonic() - closed < KEPT + 5


# Who may come in -----------------------------------------------------------------------------------------------------


def test_newcomers_wait_while_all_places_are_taken_and_those_inside_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    tabs = {"first", "second", "third"}
    monkeypatch.setattr(visits, "is_open", tabs.__contains__)
    monkeypatch.setenv(visits.MOST_VISITORS, "2")
    door = visits.Entrance()
    assert [door.admit(one) for one in ("first", "second")] == ["", ""]
    assert door.admit("third") == "There are as many visitors as this server takes at once, 2."
    assert door.admit("second") == ""
    tabs.remove("first")
    assert door.admit("third") == ""


def test_newcomers_wait_while_memory_is_full_and_those_inside_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visits, "is_open", lambda session: True)
    door = visits.Entrance()
    assert door.admit("first") == ""
    monkeypatch.setenv(visits.MOST_MEMORY, "1")
    assert door.admit("first") == ""
    assert door.admit("second") == "This server's memory is full."
    monkeypatch.setenv(visits.MOST_MEMORY, str(round(visits.megabytes()) + 10_000))
    assert door.admit("second") == ""


def test_full_server_says_so_and_opens_by_itself() -> None:
    with mock.patch.dict(os.environ, {visits.MOST_VISITORS: "1"}), start_server() as (address, server):
        await_health(address, server)
        with Visitor(address) as late:
            with Visitor(address) as early:
                early.open("/about")
                assert "Privacy" in early.words
                late.open("/about")
                assert "as many visitors as this server takes at once, 1. This page opens by itself" in late.words
                assert "Privacy" not in late.words
            late.wait_until(lambda one: "Privacy" in one.words)
