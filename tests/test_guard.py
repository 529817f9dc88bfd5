"""What the server refuses before the app sees it, and what it tells the browser."""

import contextlib
import http.client
import os
import uuid
from collections.abc import Iterator
from typing import NamedTuple
from unittest import mock
from urllib.parse import urlsplit

import pytest

from dashboard.guard import SESSION_MB, UPLOADS_MB
from tests.browser.app import APP, await_health, start_server
from tests.support.visitor import VisitError, Visitor

SCRIPT = """
import streamlit as st
st.title("Uploads")
files = st.file_uploader("File", accept_multiple_files=True)
st.markdown(f"There are {len(files)} files.")
"""
SERVER = """
import streamlit as st
from starlette.middleware import Middleware
from dashboard.guard import Guard
app = st.App("small.py", middleware=[Middleware(Guard)])
"""
LIMIT = 4  # megabytes of all visitors together
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("app")
    (folder / "small.py").write_text(SCRIPT)
    (folder / "server.py").write_text(SERVER)
    with mock.patch.dict(os.environ, {UPLOADS_MB: str(LIMIT)}), start_server(script=folder / "server.py") as started:
        await_health(*started)
        yield started[0]


@pytest.fixture
def visitor(address: str) -> Iterator[Visitor]:
    with Visitor(address, patience=60) as found:
        found.open()
        yield found


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    words: str


def ask(address: str, method: str, path: str, headers: dict[str, str] | None = None) -> Reply:
    with contextlib.closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)) as connection:
        connection.putrequest(method, path)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, found, answer.read().decode(errors="replace"))


def test_the_app_runs_behind_the_guard() -> None:
    with start_server() as (address, server):
        await_health(address, server)
        assert APP.name == "server.py"
        assert "content-security-policy" in ask(address, "GET", "/").headers


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/_stcore/host-config", "/nothing.js"])
def test_every_answer_has_the_headers(address: str, path: str) -> None:
    headers = ask(address, "GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "object-src 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["agent/openapi.json", "agent/interact", "agent/mcp", "metrics", "script-health-check"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_what_the_app_does_not_need_is_closed(address: str, method: str, path: str) -> None:
    assert ask(address, method, f"/_stcore/{path}").status == 404


def test_an_upload_needs_a_living_visit_and_its_length(address: str) -> None:
    path = f"/_stcore/upload_file/{uuid.uuid4()}/{uuid.uuid4()}"
    unknown = ask(address, "PUT", path, {"Content-Length": "10"})
    assert (unknown.status, unknown.words) == (400, "This visit has ended; load the page again.")
    assert ask(address, "PUT", path, {"Transfer-Encoding": "chunked"}).status == 411


def test_a_visitor_s_file_comes_through(visitor: Visitor) -> None:
    visitor.upload("File", "a.jpg", b"x" * 1000)
    assert "There are 1 files." in visitor.words


def test_one_visit_has_a_budget(address: str, visitor: Visitor) -> None:
    path = f"/_stcore/upload_file/{visitor.session}/{uuid.uuid4()}"
    answer = ask(address, "PUT", path, {"Content-Length": str(SESSION_MB * 2**20 + 1)})
    assert (answer.status, answer.words[:14]) == (413, "There are too ")


def test_all_visits_together_have_a_budget_and_get_it_back(address: str) -> None:
    data = b"x" * (3 * 2**20)
    with Visitor(address, patience=60) as first:
        first.open()
        first.upload("File", "a.jpg", data)
        with Visitor(address, patience=60) as second:
            second.open()
            with pytest.raises(VisitError, match="503"):
                second.upload("File", "b.jpg", data)
            second.upload("File", "c.jpg", b"x" * 1000)
            assert "There are 1 files." in second.words
