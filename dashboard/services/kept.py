"""What was found, kept by its key up to a bound: the least recently used goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")

MOST_FINDINGS = 256


class Kept:
    """A bounded store of values of any kind, safe to use from several threads.

    Args:
        most: int, how many values are kept.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()  # the key says what kind of value it is
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Any | None:
        """Return the value of a key, or None."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: T) -> T:
        """Keep a value and return it."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self.most:
                self._values.popitem(last=False)
        return value

    def get_or_make(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return the value of a key, made now where it is not kept; an error is passed on and not kept."""
        value: T | None = self.get(key)
        return self.put(key, make()) if value is None else value


@st.cache_resource(max_entries=1, show_spinner=False, scope="session")
def findings() -> Kept:
    """Return what was found about the session's photos: maps, tests of them, slides."""
    return Kept(MOST_FINDINGS)
