"""Several servers behind one address: a visitor stays with one on all paths, and a dead one takes only its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import ConnectionClosed

from dashboard.codes import new_code
from dashboard.workers import COOKIE
from tests.browser.app import ROOT
from tests.support.visitor import Visitor

SCRIPT = """
import os
import numpy as np
import streamlit as st

st.title("Where am I?")
st.session_state.clicks = st.session_state.get("clicks", 0)
st.button("Count", on_click=lambda: st.session_state.update(clicks=st.session_state.clicks + 1))
st.markdown(f"Server {os.getpid()}, {st.session_state.clicks} clicks.")
file = st.file_uploader("File")
if file is not None:
    st.image(np.frombuffer(file.getvalue(), np.uint8).reshape(4, 4, 3), output_format="PNG")
"""
SECONDS = 60
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("app") / "small.py"
    script.write_text(SCRIPT)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "dashboard.workers", "2", "--port", str(port), "--script", str(script)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        found = f"http://127.0.0.1:{port}"
        until(lambda: {status(found, f"{COOKIE}={number}") for number in (0, 1)} == {(200, "")})
        yield found
    finally:
        process.terminate()
        assert process.wait(SECONDS) == 0


def until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def status(address: str, cookie: str) -> tuple[int, str]:
    """Status of the health endpoint, and the door's cookie that comes with it, "" for none."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        connection.request("GET", "/_stcore/health", headers={"Cookie": cookie})
        answer = connection.getresponse()
        cookies = answer.headers.get_all("Set-Cookie", [])
        return answer.status, next((one for one in cookies if one.startswith(COOKIE)), "")
    except OSError:
        return 0, ""
    finally:
        connection.close()


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def server(visitor: Visitor) -> int:
    found = re.search(r"Server (\d+)", visitor.words)
    assert found
    return int(found[1])


def test_two_servers_share_the_visitors_and_each_stays_where_it_is(address: str) -> None:
    with Visitor(address, patience=SECONDS) as first, Visitor(address, patience=SECONDS) as second:
        for visitor in (first, second):
            visitor.open()
        assert server(first) != server(second), "the one with fewer connections takes the next"
        for visitor, value in ((first, 10), (second, 200)):
            before = server(visitor)
            visitor.upload("File", "me.png", bytes([value] * 48), "image/png")  # by connections of their own
            assert len(visitor.pictures()) == 1
            visitor.click("Count")
            visitor.click("Count")
            assert server(visitor) == before
            assert "2 clicks" in visitor.words
        assert first.pictures() != second.pictures()


def test_dead_server_loses_only_its_own_and_comes_back(address: str) -> None:
    with Visitor(address, patience=SECONDS) as first, Visitor(address, patience=SECONDS) as second:
        for visitor in (first, second):
            visitor.open()
            visitor.click("Count")
        dead = server(first)
        assert dead != server(second)
        os.kill(dead, signal.SIGKILL)
        second.click("Count")
        assert "2 clicks" in second.words
        with pytest.raises(ConnectionClosed):
            first.click("Count")
        until(lambda: is_gone(dead))  # while it dies it may still take a connection, only to drop it
        first.open()
        assert "0 clicks" in first.words, "the other server, or the one that took its place"
        assert server(first) != dead
    until(lambda: {status(address, f"{COOKIE}={number}") for number in (0, 1)} == {(200, "")})


def test_unknown_server_in_a_cookie_is_no_server(address: str) -> None:
    code, cookie = status(address, f"{COOKIE}=77")
    assert code == 200
    assert cookie.startswith(f"{COOKIE}=")


@pytest.mark.parametrize("number", [0, 1])
def test_code_of_a_class_leads_to_the_server_that_holds_it(address: str, number: int) -> None:
    until(lambda: status(address, f"{COOKIE}={number}") == (200, ""))
    code = new_code(number, 2)
    connection = HTTPConnection(urlsplit(address).netloc, timeout=SECONDS)
    try:
        connection.request("GET", f"/guess?class={code}&seat=1", headers={"Cookie": f"{COOKIE}={1 - number}"})
        cookies = connection.getresponse().headers.get_all("Set-Cookie", [])
    finally:
        connection.close()
    assert any(one.startswith(f"{COOKIE}={number};") for one in cookies)
