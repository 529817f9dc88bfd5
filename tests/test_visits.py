"""What becomes of a visit, its pictures and its uploads once its tab is closed; who may come in."""

import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

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
    with Visitor(address, patience=20) as visitor:
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
