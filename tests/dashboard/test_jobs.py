"""Runs beside the page: finishing, cancelling, failing, being forgotten."""

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

from dashboard import jobs

SECONDS = 10


@dataclass(frozen=True)
class Frame:
    step: int
    total_steps: int
    image: None = None


def count(total: int, pace: float = 0.0) -> Iterator[Frame]:
    for step in range(1, total + 1):
        time.sleep(pace)
        yield Frame(step, total)


def test_run_ends_with_its_last_frame() -> None:
    run = jobs.start(lambda: count(5), threading.Semaphore(1), {"layer": "conv1"})
    run.join(SECONDS)
    assert run.status == "done"
    assert run.frame.step == 5
    assert run.progress == 1
    assert run.settings == {"layer": "conv1"}


def test_cancel_stops_soon_and_keeps_the_last_frame() -> None:
    run = jobs.start(lambda: count(10_000, 0.005), threading.Semaphore(1))
    while run.frame is None:
        time.sleep(0.005)
    run.cancel()
    run.join(SECONDS)
    assert run.status == "cancelled"
    kept = run.frame.step
    time.sleep(0.05)
    assert run.frame.step == kept < 10_000


def test_cancel_after_the_end_changes_nothing() -> None:
    run = jobs.start(lambda: count(2), threading.Semaphore(1))
    run.join(SECONDS)
    run.cancel()
    assert run.status == "done"


def test_error_is_told_and_the_gate_opens_again() -> None:
    def broken() -> Iterator[Frame]:
        yield Frame(1, 3)
        raise ValueError("no such layer")

    gate = threading.Semaphore(1)
    run = jobs.start(broken, gate)
    run.join(SECONDS)
    assert (run.status, run.error) == ("failed", "no such layer")
    assert gate.acquire(timeout=1)


def test_run_waits_at_the_gate_and_can_be_cancelled_there() -> None:
    gate = threading.Semaphore(0)
    run = jobs.start(lambda: count(3), gate)
    time.sleep(0.05)
    assert run.status == "waiting"
    run.cancel()
    run.join(SECONDS)
    assert run.status == "cancelled"
    assert run.frame is None


def test_run_that_nobody_holds_ends() -> None:
    closed = threading.Event()

    def endless() -> Iterator[Frame]:
        try:
            yield from count(1_000_000, 0.002)
        finally:
            closed.set()

    run = jobs.start(endless, threading.Semaphore(1))
    held = weakref.ref(run)
    del run
    gc.collect()
    assert closed.wait(SECONDS)
    assert held() is None
