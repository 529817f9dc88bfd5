"""Pictures from the web: a server on this machine behind a resolver and a connection that the test controls."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from dashboard.services import web
from tests.dashboard.conftest import sample_bytes

PUBLIC = "93.184.216.34"
SECONDS = 0.6
BODY = b"picture" * 1000


class Handler(BaseHTTPRequestHandler):
    """Answers by the path."""

    protocol_version = "HTTP/1.1"
    close_connection = True
    asked: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers.items())))
        kind, _, rest = self.path[1:].partition("/")
        with_body = {"short": 2 * len(BODY), "large": web.MOST_BYTES + 1}.get(kind, len(BODY))
        if kind == "to":
            self.answer(302, {"Location": unquote(rest), "Set-Cookie": "secret=1", "Content-Length": "0"})
        elif kind == "loop":
            self.answer(301, {"Location": f"/loop/{int(rest or 0) + 1}", "Content-Length": "0"})
        elif kind == "gone":
            self.answer(404, {"Content-Length": "0"})
        elif kind in ("drip", "endless", "unended"):
            self.answer(200, {})
            while self.give(b"." if kind == "drip" else bytes(2**16)) and kind != "unended":
                time.sleep(0.05 if kind == "drip" else 0)
        elif kind == "dripping-head":
            self.give(b"HTTP/1.1 200 OK\r\n")
            while self.give(b"X-More: 1\r\n"):
                time.sleep(0.05)
        elif kind == "still":
            time.sleep(2 * SECONDS)
        else:
            self.answer(200, {"Content-Length": str(with_body)})
            self.give(BODY)

    def answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def give(self, data: bytes) -> bool:
        try:
            self.wfile.write(data)
        except OSError:
            return False
        return True

    def log_message(self, *_: object) -> None:
        pass


class Net:
    """The web as the test has it: names, and one server behind every address."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.names: dict[str, Iterator[list[str]]] = {}
        self.resolved: list[str] = []
        self.dialled: list[str] = []

    def name(self, host: str, *answers: list[str]) -> None:
        self.names[host] = itertools.chain(answers[:-1], itertools.repeat(answers[-1]))

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host in self.names:
            return next(self.names[host])
        return web.resolve(host, port)  # numbers in any spelling, and this machine's own names

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append(address)
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def fetch(self, address: str) -> bytes:
        return web.fetch(address, resolve=self.resolve, dial=self.dial, seconds=SECONDS)


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
    yield served
    served.shutdown()
    served.server_close()


@pytest.fixture
def net(server: ThreadingHTTPServer) -> Net:
    Handler.asked = []
    net = Net(server.server_address[1])
    net.name("pictures.test", [PUBLIC])
    net.name("inside.test", ["10.0.0.7"])
    net.name("both.test", [PUBLIC, "192.168.1.1"])
    return net


def test_a_picture_comes_and_nothing_of_the_visitor_goes(net: Net) -> None:
    assert net.fetch("http://pictures.test/a/b%20c.jpg?size=1#top") == BODY
    ((path, headers),) = Handler.asked
    assert path == "/a/b%20c.jpg?size=1"
    assert headers == {**web.HEADERS, "Host": "pictures.test"}
    assert net.dialled == [PUBLIC]
    assert net.fetch("http://pictures.test/unended") == bytes(2**16)
    assert net.fetch("http://pictures.test/Bär.jpg") == BODY
    assert Handler.asked[-1][0] == "/B%C3%A4r.jpg"


def test_a_name_is_resolved_once_and_that_address_is_called(net: Net) -> None:
    net.name("rebinding.test", [PUBLIC], ["127.0.0.1"])
    assert net.fetch("http://rebinding.test/picture") == BODY
    assert net.resolved == ["rebinding.test"]
    assert net.dialled == [PUBLIC]


def test_a_redirect_is_looked_at_anew(net: Net) -> None:
    net.name("rebinding.test", [PUBLIC], ["127.0.0.1"])
    with pytest.raises(web.WebError, match=r"rebinding\.test is not on the public web"):
        net.fetch("http://rebinding.test/to//picture")
    assert net.dialled == [PUBLIC]


def test_redirects_are_followed_without_cookies(net: Net) -> None:
    net.name("other.test", ["1.1.1.1"])
    assert net.fetch("http://pictures.test/to/http://other.test/to//picture") == BODY
    assert [path for path, _ in Handler.asked][-1] == "/picture"
    assert not any("Cookie" in headers for _, headers in Handler.asked)
    assert net.dialled == [PUBLIC, "1.1.1.1", "1.1.1.1"]


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("http://127.0.0.1/", "not on the public web"),
        ("http://2130706433/", "not on the public web"),
        ("http://[::1]/", "not on the public web"),
        ("http://[::ffff:127.0.0.1]/", "not on the public web"),
        ("http://localhost/", "not on the public web"),
        ("http://169.254.169.254/latest/meta-data/", "not on the public web"),
        ("http://inside.test/", "not on the public web"),
        ("http://both.test/", "not on the public web"),
        ("http://pictures.test:22/", "usual ports only"),
        ("http://me:secret@pictures.test/", "name or password"),
        ("file:///etc/passwd", "https and http only"),
        ("ftp://pictures.test/", "https and http only"),
    ],
)
@pytest.mark.parametrize("is_redirect", [False, True])
def test_nothing_but_the_public_web_is_called(net: Net, place: str, sentence: str, is_redirect: bool) -> None:
    with pytest.raises(web.WebError, match=sentence):
        net.fetch(f"http://pictures.test/to/{place}" if is_redirect else place)
    assert net.dialled == [PUBLIC] * is_redirect


@pytest.mark.parametrize("kind", ["drip", "dripping-head", "still"])
def test_what_is_slow_is_cut_off_in_time(net: Net, kind: str) -> None:
    begun = time.monotonic()
    with pytest.raises(web.WebError, match=r"took more than 0\.6 seconds"):
        net.fetch(f"http://pictures.test/{kind}")
    assert time.monotonic() - begun < 30, "it would drip for ever; a busy machine may wake late"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("endless", "more than 1 MB"),
        ("large", "more than 1 MB"),
        ("short", "no proper answer"),
        ("loop", "leads on more than 3 times"),
        ("gone", "it answers 404"),
    ],
)
def test_what_is_no_fit_answer_is_told(net: Net, monkeypatch: pytest.MonkeyPatch, path: str, sentence: str) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 2**20)
    with pytest.raises(web.WebError, match=sentence):
        net.fetch(f"http://pictures.test/{path}")
    assert len(net.dialled) == (web.MOST_REDIRECTS + 1 if path == "loop" else 1)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("javascript:alert(1)", "https and http only"),
        ("data:image/png;base64,AAAA", "https and http only"),
        ("https://", "https and http only"),
        ("https://[::1", "no address of the web"),
        ("https://pictures.test:nine/", "no address of the web"),
        ("http://pictures.test/a\r\nX-Evil: 1", "no spaces"),
        (f"https://pictures.test/{'a' * 3000}", "more than 2,000 letters"),
        ("nowhere.invalid/picture.jpg", "no nowhere.invalid on the web"),
        ("https://pictures.test/", "no certificate"),  # the server speaks no TLS
    ],
)
def test_what_is_no_address_is_told_in_a_sentence(net: Net, address: str, sentence: str) -> None:
    with pytest.raises(web.WebError, match=sentence) as told:
        net.fetch(address)
    assert str(told.value).endswith(".")
    assert not Handler.asked


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", PUBLIC])
def test_addresses_of_the_public_web(address: str) -> None:
    assert web.is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001::1",
        "words",
    ],
)
def test_addresses_that_are_not(address: str) -> None:
    assert not web.is_public(address)


def test_the_operator_turns_it_off(net: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(web.SWITCH, "0")
    with pytest.raises(web.WebError, match="turned off"):
        net.fetch("http://pictures.test/picture")
    assert not net.resolved


def test_a_few_are_fetched_at_once(net: Net) -> None:
    held = [web._places.acquire(blocking=False) for _ in range(web.AT_ONCE)]
    try:
        with pytest.raises(web.WebError, match="try again in a few seconds"):
            net.fetch("http://pictures.test/picture")
    finally:
        for _ in held:
            web._places.release()
    assert net.fetch("http://pictures.test/picture") == BODY


@pytest.mark.parametrize(
    ("address", "name"), [("https://a.test/b/Mona%20Lisa.jpg?x=1", "Mona Lisa.jpg"), ("https://a.test/", "a.test")]
)
def test_what_came_is_decoded_and_named(address: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: Callable[[str], bytes] = lambda _: sample_bytes("astronaut")  # noqa: E731
    monkeypatch.setattr(web, "fetch", answers)
    assert web.picture(address) == (name, sample_bytes("astronaut"))
    monkeypatch.setattr(web, "fetch", lambda _: b"<html>no picture</html>")
    with pytest.raises(web.WebError, match="not a photo that can be read"):
        web.picture(address)
