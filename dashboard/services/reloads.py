"""Photos that a reload of the page asks for again.

A reload begins a new session, and Streamlit forgets the old one. So a photo of a visitor's waits in memory for a while,
behind a token that only the browser's tab knows: 256 random bits, never in an address or a log. It is never on disk,
comes into no cache of another session, and is dropped `KEPT_SECONDS` after the last click in its session.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict

import streamlit as st

from dashboard.subject import Photo

KEPT_SECONDS = 600
"""Ten minutes, as the page's words on privacy say."""
MOST_BYTES = 128 * 2**20
"""Of all photos that wait: twelve of the largest that are taken. Those that were looked at longest ago go first."""


class Cloakroom:
    """Photos by their tokens, each for a while.

    Args:
        seconds: how long a photo is kept after it was left, or left again.
        most_bytes: how much all of them may have.
    """

    def __init__(self, seconds: float = KEPT_SECONDS, most_bytes: int = MOST_BYTES) -> None:
        self.seconds, self.most_bytes = seconds, most_bytes
        self._photos: OrderedDict[str, tuple[float, Photo]] = OrderedDict()  # those left longest ago first
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._photos)

    def leave(self, photo: Photo, token: str = "") -> str:
        """Keep a photo and return its token.

        Args:
            photo: the photo.
            token: of the photo that it takes the place of, or of the same one left before. Defaults to a new one.
        """
        token = token or secrets.token_urlsafe(32)
        with self._lock:
            self._photos[token] = (time.monotonic() + self.seconds, photo)
            self._photos.move_to_end(token)
            while len(self._photos) > 1 and sum(len(kept.data) for _, kept in self._photos.values()) > self.most_bytes:
                self._photos.popitem(last=False)
            self._wait()
        return token

    def fetch(self, token: str) -> Photo | None:
        """Return the photo of a token, None where there is none any more."""
        with self._lock:
            self._drop_old()
            return self._photos[token][1] if token in self._photos else None

    def forget(self, token: str) -> None:
        """Drop the photo of a token now."""
        with self._lock:
            self._photos.pop(token, None)

    def _drop_old(self) -> None:
        while self._photos and next(iter(self._photos.values()))[0] <= time.monotonic():
            self._photos.popitem(last=False)

    def _wait(self) -> None:
        """Drop the photos when their time is over, also if nobody comes by."""
        if self._timer is not None or not self._photos:
            return
        until, _ = next(iter(self._photos.values()))
        self._timer = threading.Timer(max(0.0, until - time.monotonic()), self._tidy)
        self._timer.daemon = True
        self._timer.start()

    def _tidy(self) -> None:
        with self._lock:
            self._timer = None
            self._drop_old()
            self._wait()


@st.cache_resource(max_entries=1, show_spinner=False)
def cloakroom() -> Cloakroom:
    """Return where the photos of all sessions wait, each behind its token."""
    return Cloakroom()
