"""Photos that a reload of the page asks for again.

A reload begins a new session, and Streamlit forgets the old one. So a photo of a visitor's waits in memory for a while,
behind a token that only the browser's tab knows: 256 random bits, never in an address or a log. It is never on disk,
comes into no cache of another session, and is dropped `KEPT_SECONDS` after its tab was closed.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.subject import Photo
from dashboard.visits import KEPT_SECONDS, LOOK_SECONDS

MOST_BYTES = 128 * 2**20
"""Of all photos that wait: twelve of the largest that are taken. Those that were looked at longest ago go first."""


@dataclass
class _Waiting:
    until: float
    photo: Photo
    is_open: Callable[[], bool]


class Cloakroom:
    """Photos by their tokens, each for a while.

    Args:
        seconds: how long a photo is kept after it was left, or left again, and its tab is closed.
        most_bytes: how much all of them may have.
    """

    def __init__(self, seconds: float = KEPT_SECONDS, most_bytes: int = MOST_BYTES) -> None:
        self.seconds, self.most_bytes = seconds, most_bytes
        self._photos: OrderedDict[str, _Waiting] = OrderedDict()  # those left longest ago first
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __len__(self) -> int:
        return len(self._photos)

    def leave(self, photo: Photo, token: str = "", is_open: Callable[[], bool] = lambda: False) -> str:
        """Keep a photo and return its token.

        Args:
            photo: the photo.
            token: of the photo that it takes the place of, or of the same one left before. Defaults to a new one.
            is_open: whether its tab is still open, so that it stays. Defaults to no.
        """
        token = token or secrets.token_urlsafe(32)
        with self._lock:
            self._photos[token] = _Waiting(time.monotonic() + self.seconds, photo, is_open)
            self._photos.move_to_end(token)
            while len(self._photos) > 1 and sum(len(one.photo.data) for one in self._photos.values()) > self.most_bytes:
                self._photos.popitem(last=False)
            self._wait()
        return token

    def fetch(self, token: str) -> Photo | None:
        """Return the photo of a token, None where there is none any more."""
        with self._lock:
            self._drop_old()
            return self._photos[token].photo if token in self._photos else None

    def forget(self, token: str) -> None:
        """Drop the photo of a token now."""
        with self._lock:
            self._photos.pop(token, None)

    def _drop_old(self) -> None:
        now = time.monotonic()
        for token, one in list(self._photos.items()):
            if one.is_open():
                one.until = now + self.seconds
            elif one.until <= now:
                del self._photos[token]

    def _wait(self) -> None:
        """Drop the photos when their time is over, also if nobody comes by."""
        if self._timer is not None or not self._photos:
            return
        self._timer = threading.Timer(min(LOOK_SECONDS, self.seconds), self._tidy)
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
