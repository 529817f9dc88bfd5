"""Runs beside the page: finishing, cancelling, failing, being forgotten."""

import gc
import threading
import time
import weakref

import pytest

from dashboard.services import runs

SECONDS = 10


def count(total: int, pace: float = 0.0) -> runs.Work:
    """Work that reports every number on its way and says "ready" at the end."""

    def work(report: runs.Report) -> str:
        for step in range(1, total + 1):
            time.sleep(pace)
            report(step, total, step)
        return "ready"

    return work


def test_run_ends_with_what_its_work_returns() -> None:
    run = runs.start(count(5), threading.Semaphore(1), "conv1", {"layer": "conv1"})
    run.join(SECONDS)
    assert (run.status, run.result) == ("done", "ready")
    assert (run.done, run.total, run.progress) == (5, 5, 1)
    assert run.settings == {"layer": "conv1"}


def test_work_that_returns_nothing_keeps_its_last_report() -> None:
    run = runs.start(lambda report: report(1, 1, "picture"), threading.Semaphore(1))
    run.join(SECONDS)
    assert (run.status, run.result) == ("done", "picture")


def test_report_without_a_result_keeps_the_one_before() -> None:
    def work(report: runs.Report) -> None:
        report(1, 2, "picture")
        report(2, 2)

    run = runs.start(work, threading.Semaphore(1))
    run.join(SECONDS)
    assert (run.done, run.result) == (2, "picture")


def test_time_left_follows_the_pace() -> None:
    run = runs.Run(done=25, total=100, seconds=2.0)
    assert run.seconds_left == pytest.approx(6)
    assert runs.Run().seconds_left is None


def test_cancel_stops_soon_and_keeps_the_last_result() -> None:
    run = runs.start(count(10_000, 0.005), threading.Semaphore(1))
    while run.result is None:
        time.sleep(0.005)
    run.cancel()
    run.join(SECONDS)
    assert run.status == "cancelled"
    kept = run.result
    time.sleep(0.05)
    assert run.result == kept < 10_000


def test_cancel_after_the_end_changes_nothing() -> None:
    run = runs.start(count(2), threading.Semaphore(1))
    run.join(SECONDS)
    run.cancel()
    assert run.status == "done"


def test_error_is_told_and_the_gate_opens_again() -> None:
    def broken(report: runs.Report) -> None:
        report(1, 3)
        raise ValueError("no such layer")

    gate = threading.Semaphore(1)
    run = runs.start(broken, gate)
    run.join(SECONDS)
    assert (run.status, run.error) == ("failed", "no such layer")
    assert gate.acquire(timeout=1)


def test_run_waits_at_the_gate_and_can_be_cancelled_there() -> None:
    gate = threading.Semaphore(0)
    run = runs.start(count(3), gate)
    time.sleep(0.05)
    assert run.status == "waiting"
    run.cancel()
    run.join(SECONDS)
    assert run.status == "cancelled"
    assert run.result is None


def test_run_that_nobody_holds_ends() -> None:
    closed = threading.Event()

    def endless(report: runs.Report) -> None:
        try:
            count(1_000_000, 0.002)(report)
        finally:
            closed.set()

    run = runs.start(endless, threading.Semaphore(1))
    held = weakref.ref(run)
    del run
    gc.collect()
    assert closed.wait(SECONDS)
    assert held() is None
