"""Long work beside the page: a thread that can be watched and cancelled while the page stays alive."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

Status = Literal["waiting", "running", "done", "cancelled", "failed"]


class Frame(Protocol):
    """What a run yields: a picture and how far the run is."""

    @property
    def image(self) -> np.ndarray: ...

    @property
    def step(self) -> int: ...

    @property
    def total_steps(self) -> int: ...


@dataclass(eq=False)
class Run:
    """A run over frames in its own thread; it keeps the newest frame whatever happens.

    The thread holds the run weakly: when the session that started it is gone, the thread stops at the next frame.

    Args:
        settings: dict, what was asked for, to show beside the result.
    """

    settings: dict[str, Any] = field(default_factory=dict)
    frame: Any = None
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
        return "waiting" if self.frame is None else "running"

    @property
    def is_active(self) -> bool:
        return self.status in ("waiting", "running")

    @property
    def progress(self) -> float:
        """Share of the steps that are done, 0 to 1."""
        return min(1.0, self.frame.step / max(1, self.frame.total_steps)) if self.frame is not None else 0.0

    @property
    def seconds_left(self) -> float | None:
        """A guess from the pace so far; None before the first step."""
        done = self.progress
        return self.seconds * (1 - done) / done if done else None

    def cancel(self) -> None:
        """Asks the thread to stop at the next frame; the newest frame stays."""
        self._cancelled.set()

    def join(self, timeout: float | None = None) -> None:
        """Waits until the thread has ended, at most `timeout` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)


def start(
    frames: Callable[[], Iterator[Frame]],
    gate: threading.Semaphore,
    settings: dict[str, Any] | None = None,
) -> Run:
    """Starts a run in its own thread and returns it at once.

    Args:
        frames: callable that makes the iterator of frames; called in the thread, after the gate.
        gate: semaphore that bounds how many runs of all sessions work at once.
        settings: dict to keep with the run. Defaults to none.
    """
    run = Run(settings=settings or {})
    run._thread = threading.Thread(
        target=_work, args=(weakref.ref(run), run._cancelled, frames, gate), name="glassface-run", daemon=True
    )
    run._thread.start()
    return run


def _work(
    reference: weakref.ref[Run],
    cancelled: threading.Event,
    frames: Callable[[], Iterator[Frame]],
    gate: threading.Semaphore,
) -> None:
    while not gate.acquire(timeout=0.2):
        if cancelled.is_set() or reference() is None:
            return
    try:
        _follow(reference, cancelled, frames)
    finally:
        gate.release()


def _follow(reference: weakref.ref[Run], cancelled: threading.Event, frames: Callable[[], Iterator[Frame]]) -> None:
    started = time.perf_counter()
    try:
        for frame in frames():
            if (run := reference()) is None or cancelled.is_set():
                return
            run.frame, run.seconds = frame, time.perf_counter() - started
            del run
    except Exception as error:  # the thread's only way to tell the page
        if (run := reference()) is not None:
            run.error = str(error) or type(error).__name__
        return
    if (run := reference()) is not None:
        run.is_done = True
