"""What was found, kept by its key up to a bound: the least recently used goes first.

What was found on samples is kept once for all sessions, what was found on a photo of the visitor's for that session.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np
import streamlit as st

from dashboard import state
from dashboard.subject import Photo, Question, digest
from interp import Target

T = TypeVar("T")
Function = TypeVar("Function", bound=Callable[..., Any])  # any function, whatever it takes and returns

MOST_FINDINGS = 256
MOST_COMMON_FINDINGS = 1024


class Kept:
    """A bounded store of values of any kind, safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()  # the key says what kind of value it is
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Any | None:  # the key says what kind of value it is
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
def own_findings() -> Kept:
    """Return what was found about the session's photos."""
    return Kept(MOST_FINDINGS)


@st.cache_resource(max_entries=1, show_spinner=False)
def common_findings() -> Kept:
    """Return what was found about the samples, for all sessions."""
    return Kept(MOST_COMMON_FINDINGS)


def findings() -> Kept:
    """Return the store of what is found about what the session looks at: maps, tests of them, slides."""
    return common_findings() if state.looks_at_samples_only() else own_findings()


def _key_of(array: np.ndarray) -> tuple[Hashable, ...]:
    """Return what tells an array from others; Streamlit would look at no more than some values of a large one."""
    return array.shape, str(array.dtype), digest(array.tobytes())


KEYS: dict[str | type, Callable[[Any], object]] = {  # a function for each kind of value
    np.ndarray: _key_of,
    Photo: lambda photo: photo.id,
    Question: lambda question: question.key,
    **dict.fromkeys(Target.__subclasses__(), repr),
}
"""What stands in a key for an argument."""


def kept(own: int, common: int) -> Callable[[Function], Function]:
    """Keep what a function returns by its arguments: for all sessions where they look at samples, else for one.

    What many sessions ask for at once is made once, and the others wait for it. An argument whose name begins with "_"
    is no part of the key. Arguments are given by their places.
    """

    def keep(function: Function) -> Function:
        of_session = st.cache_resource(max_entries=own, show_spinner=False, hash_funcs=KEYS, scope="session")(function)
        of_all = st.cache_resource(max_entries=common, show_spinner=False, hash_funcs=KEYS)(function)

        @wraps(function)
        def found(*arguments: Any) -> Any:  # those of `function`, which the type of `keep` says
            return (of_all if state.looks_at_samples_only() else of_session)(*arguments)

        return cast(Function, found)

    return keep
