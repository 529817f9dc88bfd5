"""A visitor of the running app without a browser: speaks Streamlit's own protocol and keeps what the page shows.

A browser loads the shell and its scripts, opens a websocket at `/_stcore/stream`, asks there for a run of the page and
gets the page's elements one by one. It sends each choice with all others back and gets the elements that changed.
Uploads and pictures travel by HTTP. So does this visitor, without drawing anything: what it takes of the server's time
is what a browser takes.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLs, FileURLsResponse
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg, ForwardMsgMetadata
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

PATIENCE = 120.0
"""Seconds that a visitor waits for an answer before giving up."""
ENDS = (
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
)
"""What a run ends with; one that ends otherwise begins anew by itself."""
Path = tuple[int, ...]


class VisitError(Exception):
    """The app did not do what a visitor asked of it."""


@dataclass(frozen=True)
class Shown:
    """An element on the page.

    Args:
        element: the element as Streamlit describes it.
        fragment: str, the part of the page that is drawn anew with it; "" for the whole page.
        run: str, the run that drew it.
        script: str, the page's script or, for what all pages share, the app's.
    """

    element: Element
    fragment: str
    run: str
    script: str

    @property
    def kind(self) -> str:
        """What it is: "selectbox", "imgs", "markdown", …"""
        return str(self.element.WhichOneof("type"))

    @property
    def body(self) -> Any:
        """The message of its kind."""
        return getattr(self.element, self.kind)


class Due:
    """When a part of the page draws itself anew, `interval` seconds from now."""

    def __init__(self, interval: float) -> None:
        self.interval = interval
        self.when = time.monotonic() + interval


class Visitor:
    """One visitor with the app in one window; a deed returns once the page has been drawn and its pictures are here.

    Args:
        address: str, the server's, "http://127.0.0.1:8501".
        patience: float, seconds that a deed may take before it raises TimeoutError. Defaults to two minutes.
    """

    def __init__(self, address: str, patience: float = PATIENCE) -> None:
        parts = urlsplit(address)
        self._host = parts.netloc
        self._patience = patience
        self._http = HTTPConnection(parts.netloc, timeout=patience)
        self._socket: ClientConnection | None = None
        self._close = ExitStack()
        self._cookies: dict[str, str] = {}
        self._session = ""
        self._page = ""
        self._script = ""
        self._pages: dict[str, str] = {}
        self._query: dict[str, str] = {}
        self._run = ""
        self._fragments: list[str] = []
        self._elements: dict[Path, Shown] = {}
        self._states: dict[str, WidgetState] = {}
        self._kept: dict[str, ForwardMsg] = {}
        self._due: dict[str, Due] = {}
        self._urls: FileURLsResponse | None = None
        self._loaded: dict[str, bytes] = {}

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the window."""
        self._close.close()
        self._http.close()

    # What the page shows ---------------------------------------------------------------------------------------------

    @property
    def shown(self) -> list[Shown]:
        """All elements from top to bottom, the sidebar's after the page's."""
        return [self._elements[path] for path in sorted(self._elements)]

    @property
    def session(self) -> str:
        """The session's id."""
        return self._session

    @property
    def words(self) -> str:
        """All that can be read on the page: texts, and the names of widgets and pictures."""
        return "\n".join(
            str(getattr(shown.body, name))
            for shown in self.shown
            for name in ("body", "label", "text", "caption")
            if isinstance(getattr(shown.body, name, None), str)
        )

    def find(self, label: str, *kinds: str) -> Shown:
        """Return the first widget of that name, of one of the kinds if some are given."""
        for shown in self.shown:
            if getattr(shown.body, "label", None) == label and (not kinds or shown.kind in kinds):
                return shown
        raise VisitError(f"There is no {' or '.join(kinds) or 'widget'} “{label}” on the page.")

    def pictures(self) -> dict[str, bytes]:
        """Return the files of all pictures by what they show."""
        return {alt: self._loaded[url] for alt, url in self._pictures()}

    def addresses(self) -> list[str]:
        """Return the addresses of all files that the page refers to: pictures, then what can be downloaded."""
        files = [shown.body.url for shown in self.shown if shown.kind == "download_button"]
        return [url for _, url in self._pictures()] + files

    def _pictures(self) -> Iterator[tuple[str, str]]:
        """Yield of each picture on the page what it shows and its address."""
        for shown in self.shown:
            if shown.kind == "imgs":
                yield from ((picture.alt, picture.url) for picture in shown.body.imgs)
            elif shown.kind == "bidi_component" and shown.body.json:
                data = json.loads(shown.body.json)
                if isinstance(data, dict) and str(data.get("source")).startswith(("data:", "/")):
                    yield data["alt"], data["source"]

    # Deeds -----------------------------------------------------------------------------------------------------------

    def open(self, place: str = "/") -> None:
        """Load the app as a browser that lacks it does, and show the page at a place, "/attribution?layer=conv1_1"."""
        parts = urlsplit(place)
        self._query = dict(parse_qsl(parts.query))
        shell = self._get(parts.path).decode()
        for script in re.findall(r'(?:src|href)="\./(static/[^"]+)"', shell):
            self._get(f"/{script}")
        self._get("/_stcore/health")
        self._get("/_stcore/host-config")
        self._close.close()
        window = connect(
            f"ws://{self._host}/_stcore/stream",
            origin=None,
            subprotocols=[Subprotocol("streamlit"), Subprotocol(self._token)],
            additional_headers={"Cookie": self._cookie},
            open_timeout=self._patience,
            max_size=None,
        )
        self._socket = self._close.enter_context(window)
        self._ask_for_run(page_name=parts.path.strip("/"))

    def turn_to(self, title: str) -> None:
        """Turn to another page by its title."""
        if title not in self._pages:
            raise VisitError(f"There is no page “{title}”; there are: {', '.join(self._pages)}.")
        self._query = {}
        self._forget_choices(lambda shown: shown.script == self._script)
        self._ask_for_run(page=self._pages[title])

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a list or of a row of buttons."""
        shown = self.find(label, "selectbox", "radio", "button_group")
        body = shown.body
        options = [one.content for one in body.options] if shown.kind == "button_group" else list(body.options)
        if option not in options:
            raise VisitError(f"“{label}” has no option “{option}”; it has: {', '.join(options)}.")
        if shown.kind == "button_group":
            self._change(shown, option, string_array_value={"data": [option]})
        else:
            self._change(shown, option, string_value=option)

    def options(self, label: str) -> list[str]:
        """Return the options of a list."""
        return list(self.find(label, "selectbox").body.options)

    def switch(self, label: str, is_on: bool) -> None:
        """Turn a switch on or off."""
        self._change(self.find(label, "checkbox"), str(is_on).lower(), bool_value=is_on)

    def slide(self, label: str, value: float) -> None:
        """Move a slider."""
        self._change(self.find(label, "slider"), f"{value:g}", double_array_value={"data": [value]})

    def click(self, label: str) -> None:
        """Click a button."""
        shown = self.find(label, "button")
        self._ask_for_run(WidgetState(id=shown.body.id, trigger_value=True), fragment=shown.fragment)

    def upload(self, label: str, name: str, data: bytes, mime: str = "image/jpeg") -> None:
        """Give a file to an uploader, or a still to a camera."""
        shown = self.find(label, "file_uploader", "camera_input")
        urls = self._urls_for(name)
        self._put(urls.upload_url, name, data, mime)
        info = {"file_id": urls.file_id, "name": name, "size": len(data), "file_urls": urls}
        self._change(shown, name, file_uploader_state_value={"uploaded_file_info": [info]})

    def wait_until(self, is_so: Callable[[Visitor], bool], seconds: float | None = None) -> None:
        """Look at the page, parts of which draw themselves anew, until something is so."""
        end = time.monotonic() + (self._patience if seconds is None else seconds)
        while not is_so(self):
            if time.monotonic() > end:
                raise TimeoutError("What was waited for did not come.")
            self.read(0.05)

    def read(self, seconds: float) -> None:
        """Read the page for a while; parts of it that draw themselves anew do so."""
        end = time.monotonic() + seconds
        while (now := time.monotonic()) < end:
            fragment = min(self._due, key=lambda one: self._due[one].when, default=None)
            if fragment is None or self._due[fragment].when > now:
                when = end if fragment is None else self._due[fragment].when
                time.sleep(min(when, end) - now)
                continue
            self._due[fragment] = Due(self._due[fragment].interval)
            self._ask_for_run(fragment=fragment, is_auto=True)

    # The protocol ----------------------------------------------------------------------------------------------------

    def _change(self, shown: Shown, spelled: str, **value: Any) -> None:
        if key := getattr(shown.body, "query_param_key", ""):
            self._query[key] = spelled
        self._states[shown.body.id] = WidgetState(id=shown.body.id, **value)
        self._ask_for_run(fragment=shown.fragment)

    def _ask_for_run(
        self,
        trigger: WidgetState | None = None,
        *,
        page: str | None = None,
        page_name: str = "",
        fragment: str = "",
        is_auto: bool = False,
    ) -> None:
        """Ask for a run of the page or of a part of it, and take all that it sends."""
        message = BackMsg()
        run = message.rerun_script
        run.query_string = urlencode(self._query)
        run.page_script_hash = self._page if page is None else page
        run.page_name = page_name
        run.fragment_id = fragment
        run.is_auto_rerun = is_auto
        run.widget_states.widgets.extend([*self._states.values(), *([trigger] if trigger else [])])
        run.cached_message_hashes.extend(self._kept)
        run.context_info.timezone = "UTC"
        run.context_info.locale = "en-GB"
        run.context_info.color_scheme = "light"
        run.context_info.url = f"http://{self._host}/"
        self._send(message)
        end = time.monotonic() + self._patience
        while not self._take(self._receive(end)):
            pass
        if broken := [shown.body.message for shown in self.shown if shown.kind == "exception"]:
            raise VisitError(f"The page shows an error: {'; '.join(broken)}")
        self._loaded = {url: self._loaded.get(url) or self._load(url) for _, url in self._pictures()}

    def _urls_for(self, name: str) -> FileURLs:
        message = BackMsg()
        message.file_urls_request.request_id = str(uuid4())
        message.file_urls_request.session_id = self._session
        message.file_urls_request.file_names.append(name)
        self._send(message)
        self._urls = None
        end = time.monotonic() + self._patience
        while self._urls is None:
            self._take(self._receive(end))
        return self._urls.file_urls[0]

    def _send(self, message: BackMsg) -> None:
        if self._socket is None:
            raise VisitError("The visitor has not opened the app.")
        self._socket.send(message.SerializeToString())

    def _receive(self, end: float) -> ForwardMsg:
        if self._socket is None:
            raise VisitError("The visitor has not opened the app.")
        message = ForwardMsg()
        message.ParseFromString(bytes(self._socket.recv(timeout=max(0.0, end - time.monotonic()), decode=False)))
        return message

    def _take(self, message: ForwardMsg) -> bool:
        """Take a message of the server; whether a run has ended with it."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            self._take_delta(self._kept[message.ref_hash].delta, message.metadata)
        elif kind == "delta":
            if message.metadata.cacheable:
                self._kept[message.hash] = message
            self._take_delta(message.delta, message.metadata)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "navigation":
            self._pages = {page.page_name: page.page_script_hash for page in message.navigation.app_pages}
            self._page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self._query = dict(parse_qsl(message.page_info_changed.query_string))
        elif kind == "auto_rerun":
            self._due[message.auto_rerun.fragment_id] = Due(message.auto_rerun.interval)
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._due.pop(fragment, None)
        elif kind == "file_urls_response":
            self._urls = message.file_urls_response
        elif kind == "script_finished" and message.script_finished in ENDS:
            self._end()
            return True
        return False

    def _take_delta(self, delta: Delta, metadata: ForwardMsgMetadata) -> None:
        path = tuple(metadata.delta_path)
        if delta.WhichOneof("type") == "add_block":
            self._elements.pop(path, None)
        elif delta.WhichOneof("type") == "new_element":
            shown = Shown(delta.new_element, delta.fragment_id, self._run, metadata.active_script_hash)
            self._elements[path] = shown
            if getattr(shown.body, "set_value", False):  # the server's word replaces the visitor's choice
                self._states.pop(shown.body.id, None)

    def _begin(self, message: ForwardMsg) -> None:
        self._session = message.new_session.initialize.session_id
        self._page = message.new_session.page_script_hash
        self._script = message.new_session.main_script_hash
        self._run = message.metadata.run.script_run_id
        self._fragments = list(message.metadata.run.fragment_ids)
        if not self._fragments:
            self._due = {}

    def _end(self) -> None:
        """Take what the run did not draw again off the page, and forget the choices of widgets that are gone."""
        self._elements = {
            path: shown
            for path, shown in self._elements.items()
            if shown.run == self._run or (self._fragments and shown.fragment not in self._fragments)
        }
        self._forget_choices(lambda shown: True)

    def _forget_choices(self, stays: Callable[[Shown], bool]) -> None:
        """Forget the choices of all widgets that are gone or don't stay."""
        here = {getattr(shown.body, "id", "") for shown in self._elements.values() if stays(shown)}
        self._states = {name: state for name, state in self._states.items() if name in here}

    # HTTP ------------------------------------------------------------------------------------------------------------

    def _load(self, url: str) -> bytes:
        return base64.b64decode(url.partition(",")[2]) if url.startswith("data:") else self._get(url)

    @property
    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    @property
    def _token(self) -> str:
        return self._cookies.get("_streamlit_xsrf", "")

    def _get(self, path: str) -> bytes:
        return self._request("GET", path or "/", None, {"Accept-Encoding": "gzip"})

    def _put(self, path: str, name: str, data: bytes, mime: str) -> None:
        boundary = uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            f"Content-Type: {mime}\r\n\r\n"
        )
        body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}", "X-Xsrftoken": self._token}
        self._request("PUT", path, body, kind)

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        headers = headers | ({"Cookie": self._cookie} if self._cookie else {})
        try:
            self._http.request(method, path, body, headers)
            answer = self._http.getresponse()
        except ConnectionError:  # the server closes a connection that was idle for seconds
            self._http.close()
            self._http.request(method, path, body, headers)
            answer = self._http.getresponse()
        found = answer.read()
        if answer.status not in (200, 204):
            raise VisitError(f"{method} {path} was answered with {answer.status}.")
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return gzip.decompress(found) if answer.headers.get("Content-Encoding") == "gzip" else found
