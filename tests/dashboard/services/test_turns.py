"""Turns of long work: few at once, newcomers first, one place a visitor, and nobody stuck."""

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from dashboard.services import turns
from dashboard.services.turns import Gate, GivenUpError, Ticket

SECONDS = 60
TURN = 0.02


class Worker(threading.Thread):
    """Work of many short steps that notes, step by step, who does one."""

    def __init__(self, gate: Gate, log: list[str], name: str, owner: str = "", steps: int = 60) -> None:
        super().__init__(name=name, daemon=True)
        self.gate, self.log, self.steps = gate, log, steps
        self.ticket = Ticket(owner or name)
        self.is_cancelled = threading.Event()
        self.start()

    def run(self) -> None:
        try:
            self.gate.enter(self.ticket, self.is_cancelled.is_set)
            for _ in range(self.steps):
                if self.is_cancelled.wait(0.005):
                    return
                self.log.append(self.name)
                self.gate.go_on(self.ticket, self.is_cancelled.is_set)
        except GivenUpError:
            self.log.append(f"{self.name} gave up")
        finally:
            self.gate.leave(self.ticket)


def wait_until(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_long_work_shares_a_place_by_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LOOK", 10 * SECONDS)  # who waits is woken for its turn
    log: list[str] = []
    gate = Gate(1, TURN)
    workers = [Worker(gate, log, name) for name in "abc"]
    for worker in workers:
        worker.join(SECONDS)
    assert Counter(log) == {"a": 60, "b": 60, "c": 60}
    assert set(log[:60]) == {"a", "b", "c"}, "nobody waits for another one's end"


def test_short_work_comes_next_however_many_long_ones_wait() -> None:
    log: list[str] = []
    gate = Gate(1, TURN)
    long = [Worker(gate, log, name, steps=100_000) for name in "abcdefgh"]
    wait_until(lambda: min(worker.ticket.turns for worker in long) >= 4)

    def taken() -> int:
        return sum(worker.ticket.turns for worker in long)

    before = taken()
    short = Worker(gate, log, "short", steps=3)
    wait_until(lambda: short.ticket.turns > 0)
    assert taken() - before <= 2, "it waits for the end of a turn, not for a turn of each"
    short.join(SECONDS)
    assert log.count("short") == 3
    for worker in long:
        worker.is_cancelled.set()
    for worker in long:
        worker.join(SECONDS)


def test_one_visitor_has_one_place_and_another_one_the_other() -> None:
    log: list[str] = []
    gate = Gate(2, turn=60)
    first = Worker(gate, log, "first", owner="me", steps=100_000)
    wait_until(lambda: "first" in log)
    second = Worker(gate, log, "second", owner="me", steps=5)
    wait_until(lambda: gate.before(second.ticket) == 1)
    other = Worker(gate, log, "other", owner="you", steps=5)
    other.join(SECONDS)
    assert log.count("other") == 5
    assert "second" not in log
    first.is_cancelled.set()
    second.join(SECONDS)
    assert log.count("second") == 5


def test_who_waits_is_told_how_many_are_before() -> None:
    gate = Gate(1, turn=60)
    log: list[str] = []
    working = Worker(gate, log, "working", steps=100_000)
    wait_until(lambda: bool(log))
    waiting = []
    for number in range(3):
        waiting.append(Worker(gate, log, str(number)))
        wait_until(lambda: gate.before(waiting[-1].ticket) == len(waiting))
    assert gate.before(working.ticket) == 0
    assert [gate.seconds_before(worker.ticket) for worker in (working, *waiting)] == [0, 60, 120, 180]
    waiting[0].is_cancelled.set()
    waiting[0].join(SECONDS)
    assert "0 gave up" in log
    assert [gate.before(worker.ticket) for worker in waiting[1:]] == [1, 2]


def test_who_waits_for_what_a_waiting_one_holds_blocks_nobody() -> None:
    """The tests of a map hold the network's twin while they report."""
    gate, twin, log = Gate(1, turn=0.01, stalled=0.1), threading.Lock(), []

    def work(name: str) -> None:
        ticket = Ticket(name)
        gate.enter(ticket, lambda: False)
        with twin:
            for _ in range(20):
                time.sleep(0.005)
                gate.go_on(ticket, lambda: False)
        log.append(name)
        gate.leave(ticket)

    threads = [threading.Thread(target=work, args=(name,), daemon=True) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert sorted(log) == ["a", "b", "c"]


def test_wait_that_is_over_leaves_no_trace() -> None:
    gate = Gate(0)
    ticket = Ticket("me")
    with pytest.raises(GivenUpError):
        gate.enter(ticket, lambda: True)
    assert gate.before(ticket) == 0
