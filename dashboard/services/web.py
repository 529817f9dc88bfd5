"""A picture from the web, fetched by this server for a visitor, and from public addresses alone.

A visitor names an address, and the server goes there: so it must not reach what only the server can, such as its own
ports, the operator's network or a cloud's metadata. Each host is resolved once, every one of its addresses must be
public, and the connection goes to that very address; a redirect begins anew. No cookies, no proxy, nothing of the
visitor is sent, and what comes counts as a photo only once `models.load_image` has decoded it.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from models import ImageError, load_image

SWITCH = "GLASSFACE_WEB"
"""Variable: 0 turns it off."""
MOST_BYTES = 10 * 2**20
MOST_SECONDS = 10.0
"""From the first look at the address to the last byte, redirects included."""
MOST_REDIRECTS = 3
AT_ONCE = 4
"""Pictures that are fetched at once for all visitors together; who comes then is asked to try again."""
LONGEST = 2000
"""Letters of an address."""
PORTS = {"http": 80, "https": 443}
"""Schemes and their ports; another port is refused, so that nobody looks for open ones from here."""
REDIRECTS = (301, 302, 303, 307, 308)
HEADERS = {"User-Agent": "Glassface", "Accept": "image/*", "Accept-Encoding": "identity", "Connection": "close"}
SPELLED = "/%:=&?~+!$,;'@()*"
"""Signs of an address that stay as they are; letters of other alphabets are spelled by their bytes."""
LATE = 0.05
"""Seconds behind the end at which a connection is cut off, so that the clock says so, too."""
PART = 2**16
"""Bytes that are read at once."""
UNICAST = ipaddress.ip_network("2000::/3")
"""The public part of IPv6: outside lie, among others, translated addresses of IPv4 (64:ff9b::/96)."""
TUNNELS = (ipaddress.ip_network("2002::/16"), ipaddress.ip_network("2001::/23"))
"""Parts of it that hold an address of IPv4 or are kept for protocols."""

_places = threading.BoundedSemaphore(AT_ONCE)
_resolving = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="resolve")


class WebError(ValueError):
    """A picture was not fetched; the message is one plain sentence for the person who gave the address."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host as the system knows them."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


def dial(address: str, port: int, seconds: float) -> socket.socket:
    """Return a connection to an address in numbers."""
    return socket.create_connection((address, port), seconds)


def is_on() -> bool:
    """Return whether the operator lets visitors name addresses."""
    return os.environ.get(SWITCH, "1") != "0"


def fetch(
    address: str,
    *,
    resolve: Callable[[str, int], list[str]] = resolve,
    dial: Callable[[str, int, float], socket.socket] = dial,
    seconds: float = MOST_SECONDS,
) -> bytes:
    """Fetch a picture from the web.

    Args:
        address: str, beginning with https:// or http://; without either, https:// is taken.
        resolve: returns a host's addresses in numbers. Defaults to the system's.
        dial: connects to one of them. Defaults to a plain connection.
        seconds: float, how long it may take in all. Defaults to 10.

    Returns:
        The bytes, whatever they are: decode them with `models.load_image`.

    Raises:
        WebError: The address is none, is not public, does not answer, or its answer is too large or too slow.
    """
    if not is_on():
        raise WebError("Pictures from the web are turned off on this server; download the picture and upload it.")
    if not _places.acquire(blocking=False):
        raise WebError("Many pictures are being fetched just now; try again in a few seconds.")
    try:
        return _Visit(resolve, dial, time.monotonic() + seconds, seconds).go(address)
    finally:
        _places.release()


@dataclass
class _Visit:
    """One way to a picture: the same limits hold for all its redirects together."""

    resolve: Callable[[str, int], list[str]]
    dial: Callable[[str, int, float], socket.socket]
    end: float
    seconds: float

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(0.001, self.end - time.monotonic())

    def check_time(self) -> None:
        """Raise where the time is over."""
        if time.monotonic() >= self.end:
            raise WebError(f"The picture took more than {self.seconds:g} seconds; download it and upload it here.")

    def go(self, address: str) -> bytes:
        for _ in range(MOST_REDIRECTS + 1):
            parts = _parts(address)
            found = self._ask(parts)
            if isinstance(found, bytes):
                return found
            address = urljoin(parts.geturl(), found)
        raise WebError(f"The address leads on more than {MOST_REDIRECTS} times; give that of the picture itself.")

    def _ask(self, parts: SplitResult) -> bytes | str:
        """Return what a host answers, or the address that it sends us on to."""
        host, port = str(parts.hostname), PORTS[parts.scheme]
        line = self._connect(host, port, self._addresses(host, port))
        try:
            with contextlib.closing(line), self._hung_up_in_time(line):
                talk = (
                    ssl.create_default_context().wrap_socket(line.dup(), server_hostname=host) if port == 443 else line
                )
                with contextlib.closing(talk):
                    return self._talk(talk, host, parts)
        except WebError:
            raise
        except ssl.SSLError as error:
            self.check_time()  # which may have cut the handshake off
            raise WebError(
                f"{host} has no certificate that can be trusted, so nothing is fetched from there."
            ) from error
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.check_time()
            raise WebError(f"{host} gave no proper answer; check the address, or upload the picture.") from error

    def _addresses(self, host: str, port: int) -> list[str]:
        """Return a host's addresses, resolved once; all of them are public."""
        try:
            found = _resolving.submit(self.resolve, host, port).result(self.left)
        except TimeoutError:
            raise WebError(f"There is no answer on where {host} is; try again, or upload the picture.") from None
        except (OSError, ValueError) as error:  # ValueError: a name that can't be one
            raise WebError(f"There is no {host} on the web; check the address.") from error
        if not found or not all(map(is_public, found)):
            raise WebError(f"{host} is not on the public web, and nothing is fetched from elsewhere.")
        return found

    def _connect(self, host: str, port: int, addresses: list[str]) -> socket.socket:
        for address in addresses:
            self.check_time()
            with contextlib.suppress(OSError):
                return self.dial(address, port, self.left)
        self.check_time()
        raise WebError(f"{host} does not answer; try again later, or upload the picture.")

    @contextlib.contextmanager
    def _hung_up_in_time(self, line: socket.socket) -> Iterator[None]:
        """Cut a connection off when the time is over, whatever is read or written just then."""

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.left + LATE, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _talk(self, talk: socket.socket, host: str, parts: SplitResult) -> bytes | str:
        talk.settimeout(self.left)
        client = http.client.HTTPConnection(parts.netloc)
        client.sock = talk  # connected already, and to the address that was looked at
        asked = quote(parts.path or "/", SPELLED) + (f"?{quote(parts.query, SPELLED)}" if parts.query else "")
        client.request("GET", asked, headers=HEADERS)
        answer = client.getresponse()
        place = answer.getheader("Location")
        if answer.status in REDIRECTS and place:
            return place
        if answer.status != 200:
            raise WebError(f"{host} has no such picture for us (it answers {answer.status}); check the address.")
        if (answer.length or 0) > MOST_BYTES:
            raise WebError(_too_large())
        data = bytearray()
        while part := answer.read1(PART):
            data += part
            if len(data) > MOST_BYTES:
                raise WebError(_too_large())
            talk.settimeout(self.left)
        self.check_time()  # a body without a length looks whole when it is cut off
        if answer.length:
            raise http.client.IncompleteRead(bytes(data))
        return bytes(data)


def picture(address: str) -> tuple[str, bytes]:
    """Fetch a picture and decode it once; return a name for it and its bytes.

    Raises:
        WebError: It can't be fetched, or is no photo that can be read.
    """
    data = fetch(address)
    try:
        load_image(data)
    except ImageError as error:
        raise WebError(str(error)) from error
    parts = _parts(address)
    return unquote(parts.path).rstrip("/").rsplit("/", 1)[-1] or str(parts.hostname), data


def is_public(address: str) -> bool:
    """Tell whether an address in numbers is one of the public web.

    Loopback, private, link-local (where clouds keep their metadata), shared, reserved and multicast ones are not, nor
    are addresses of IPv6 that stand for one of IPv4.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # such as one with a zone
        return False
    if isinstance(found, ipaddress.IPv6Address) and (found not in UNICAST or any(found in one for one in TUNNELS)):
        return False
    return found.is_global and not found.is_multicast


def _parts(address: str) -> SplitResult:
    """Return an address in parts: of http or https, with a host, their usual port, and no password."""
    words = address.strip()
    if len(words) > LONGEST:
        raise WebError(f"The address has more than {LONGEST:,} letters; give a shorter one, or upload the picture.")
    if any(letter.isspace() or not letter.isprintable() for letter in words):
        raise WebError("An address has no spaces in it; copy it once more.")
    if "://" not in words and not words.lower().startswith(("data:", "file:", "javascript:")):
        words = f"https://{words}"
    try:
        parts = urlsplit(words)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError):
        raise WebError("This is no address of the web; it begins with https:// and names a picture.") from None
    if parts.scheme not in PORTS or not host:
        raise WebError("Pictures are fetched by https and http only; give an address that begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise WebError("An address with a name or password in it is not followed; leave them out.")
    if port not in (None, PORTS[parts.scheme]):
        raise WebError("Pictures are fetched from the usual ports only; leave the number behind the host's name out.")
    return parts._replace(netloc=f"[{host}]" if ":" in host else host)


def _too_large() -> str:
    return f"The picture has more than {MOST_BYTES >> 20} MB; download it and upload a smaller one."
