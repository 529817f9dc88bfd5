"""Long work beside the page: a thread that can be watched and cancelled while the page stays alive."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import streamlit as st

Status = Literal["waiting", "running", "done", "cancelled", "failed"]


class Report(Protocol):
    """How work tells how far it is; raises `CancelledError` when nobody wants its result any more."""

    def __call__(self, done: int, total: int, result: Any = None) -> None: ...


Work = Callable[[Report], Any]


class CancelledError(Exception):
    """Ends work whose run was cancelled or forgotten; work lets it through."""


@dataclass(eq=False)
class Run:
    """Work in its own thread; the newest result stays whatever happens.

    The thread holds the run weakly: when the session that started it is gone, the thread stops at its next report.

    Args:
        settings: dict, what was asked for, to show beside the result.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    result: Any = None
    done: int = 0
    total: int = 0
    error: str = ""
    seconds: float = 0.0
    is_done: bool = False
    _cancelled: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)

    @property
    def status(self) -> Status:
        if self.error:
            return "failed"
        if self.is_done:
            return "done"
        if self._cancelled.is_set():
            return "cancelled"
        return "running" if self.total else "waiting"

    @property
    def is_active(self) -> bool:
        return self.status in ("waiting", "running")

    @property
    def progress(self) -> float:
        """Share of the steps that are done, 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """A guess from the pace so far; None before the first step."""
        done = self.progress
        return self.seconds * (1 - done) / done if done else None

    def cancel(self) -> None:
        """Asks the work to stop at its next report; the newest result stays."""
        self._cancelled.set()

    def join(self, timeout: float | None = None) -> None:
        """Waits until the thread has ended, at most `timeout` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)


def start(work: Work, gate: threading.Semaphore, settings: dict[str, Any] | None = None) -> Run:
    """Starts a run in its own thread and returns it at once.

    Args:
        work: callable, called in the thread, after the gate, with a `Report`; what it returns, if anything, is the
            last result.
        gate: semaphore that bounds how many runs of all sessions work at once.
        settings: dict to keep with the run. Defaults to none.
    """
    run = Run(settings=settings or {})
    run._thread = threading.Thread(
        target=_work, args=(weakref.ref(run), run._cancelled, work, gate), name="glassface-run", daemon=True
    )
    run._thread.start()
    return run


def _work(reference: weakref.ref[Run], cancelled: threading.Event, work: Work, gate: threading.Semaphore) -> None:
    while not gate.acquire(timeout=0.2):
        if cancelled.is_set() or reference() is None:
            return
    try:
        _follow(reference, cancelled, work)
    finally:
        gate.release()


def _follow(reference: weakref.ref[Run], cancelled: threading.Event, work: Work) -> None:
    started = time.perf_counter()

    def report(done: int, total: int, result: Any = None) -> None:
        run = reference()
        if run is None or cancelled.is_set():
            raise CancelledError
        run.done, run.total, run.seconds = done, total, time.perf_counter() - started
        if result is not None:
            run.result = result

    try:
        result = work(report)
    except CancelledError:
        return
    except Exception as error:  # the thread's only way to tell the page
        if (run := reference()) is not None:
            run.error = str(error) or type(error).__name__
        return
    if (run := reference()) is not None:
        run.seconds = time.perf_counter() - started
        if result is not None:
            run.result = result
        run.is_done = True


LONG_RUNS_AT_ONCE = 2


@st.cache_resource(max_entries=1, show_spinner=False)
def gate() -> threading.Semaphore:
    """Returns the semaphore that bounds how many long runs of all sessions work at once."""
    return threading.Semaphore(LONG_RUNS_AT_ONCE)
