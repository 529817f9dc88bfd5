"""What stands before Streamlit's server: closed doors, limits on uploads, and headers for the browser."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

UPLOADS_MB = "GLASSFACE_UPLOADS_MB"
"""Variable: megabytes of all visitors' uploads together."""
USUAL_UPLOADS_MB = "1000"
SESSION_MB = 200
"""Megabytes of one visitor's uploads: four files of the largest size, or some fifty photos."""
MOST_FILES = 64
"""Files of one visitor; the app asks for one at a time and lets go of the last."""
CLOSED = re.compile(r"/_stcore/(agent|metrics|script-health-check)(/|$)")
"""What Streamlit offers and this app does not need: driving the app by an API, and numbers about the server."""
UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")

HEADERS = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",  # Streamlit's page, and Plotly, which compiles
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "media-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' ws: wss: data: blob:",
            "worker-src 'self' blob:",
            "frame-src 'self' blob: data:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}


class Guard:
    """Pass requests on to Streamlit, but for those that the app has no use for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limit = int(os.environ.get(UPLOADS_MB, USUAL_UPLOADS_MB)) * 2**20
        self._arriving: dict[str, list[int]] = defaultdict(list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of the browser; what is no request of HTTP passes as it is."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name.lower() for name, _ in message["headers"]}
                added = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(pair for pair in added if pair[0] not in told)]
            await send(message)

        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if CLOSED.match(path):
            await PlainTextResponse("Not found.", 404)(scope, receive, send_with_headers)
            return
        upload = UPLOAD.match(path) if scope["method"] == "PUT" else None
        if upload is None:
            await self._app(scope, receive, send_with_headers)
            return
        session, size = upload[1], _length(scope)
        refusal = self._refuse(session, size)
        if refusal is not None:
            await refusal(scope, receive, send_with_headers)
            return
        assert size is not None
        with self._counted(session, size):
            await self._app(scope, receive, send_with_headers)

    def _refuse(self, session: str, size: int | None) -> PlainTextResponse | None:
        """Return the answer to an upload that is one too many; None where it may come."""
        if size is None:
            return PlainTextResponse("The upload must say how long it is.", 411)
        if not runtime.get_instance().is_active_session(session):
            return PlainTextResponse("This visit has ended; load the page again.", 400)
        stored, files = _stored(session)
        arriving = self._arriving.get(session, ())
        if stored + sum(arriving) + size > SESSION_MB * 2**20 or files + len(arriving) >= MOST_FILES:
            return PlainTextResponse("There are too many files of this visit; load the page again.", 413)
        together = _stored()[0] + sum(map(sum, self._arriving.values()))
        if together + size > self._limit:
            return PlainTextResponse("The server holds as many photos as it can; try again in a minute.", 503)
        return None

    @contextmanager
    def _counted(self, session: str, size: int) -> Iterator[None]:
        """Count what arrives from now on, and no more once it is there or was given up."""
        self._arriving[session].append(size)
        try:
            yield
        finally:
            self._arriving[session].remove(size)
            if not self._arriving[session]:
                del self._arriving[session]


def _length(scope: Scope) -> int | None:
    told = dict(scope["headers"]).get(b"content-length", b"")
    return int(told) if told.isdigit() else None


def _stored(session: str | None = None) -> tuple[int, int]:
    """Return the bytes and number of the files that are kept, of one visitor or of all."""
    manager = runtime.get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    with manager._lock:
        kept = [manager.file_storage.get(session, {})] if session is not None else list(manager.file_storage.values())
        sizes = [len(file.data) for files in kept for file in files.values()]
    return sum(sizes), len(sizes)
