"""Passes of a network shared by threads: what several of them ask at once goes through as one batch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import numpy as np

Arrays = tuple[np.ndarray, ...]
Pass = Callable[..., Sequence[Any]]


@dataclass(eq=False)
class _Request:
    pictures: Arrays
    answer: Arrays = ()
    error: BaseException | None = None
    is_done: bool = False


class Gathering:
    """Threads that wait for one another, so that the pictures of many photos fill one batch.

    A batch goes through when it is full, or when every thread that takes part waits for an answer, so that no more can
    come. The thread that notices runs it while the others sleep: one batch takes all cores.
    """

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._asked: dict[Hashable, list[_Request]] = {}
        self._passes: dict[Hashable, tuple[Pass, int]] = {}
        self._taking_part = self._waiting = 0
        self._is_running = False

    @contextmanager
    def join(self) -> Iterator[None]:
        """Take part with the thread that enters: what it asks networks for is gathered until it leaves."""
        with self._turn:
            self._taking_part += 1
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)
            with self._turn:
                self._taking_part -= 1
                self._turn.notify_all()

    def ask(self, key: Hashable, run: Pass, most: int, pictures: Arrays) -> Arrays:
        """Return what a pass answers for arrays (N, …), run together with what other threads ask; see `together`."""
        request = _Request(pictures)
        with self._turn:
            self._asked.setdefault(key, []).append(request)
            self._passes[key] = run, most
            self._waiting += 1
            self._turn.notify_all()
            while not request.is_done:
                ripe = self._ripe()
                if ripe is None:
                    self._turn.wait()
                else:
                    self._run(ripe)
            self._waiting -= 1
        if request.error is not None:
            raise request.error
        return request.answer

    def _ripe(self) -> Hashable | None:
        """Return the pass to run now; None where it is better to wait for more pictures, or for the one that runs."""
        if self._is_running or not self._asked:
            return None
        fullest = max(self._asked, key=self._fullness)
        return fullest if self._fullness(fullest) >= 1 or self._waiting >= self._taking_part else None

    def _fullness(self, key: Hashable) -> float:
        return sum(len(request.pictures[0]) for request in self._asked[key]) / self._passes[key][1]

    def _run(self, key: Hashable) -> None:
        """Run all that is asked of one pass, with the lock set aside."""
        requests, (run, most) = self._asked.pop(key), self._passes[key]
        self._is_running = True
        self._turn.release()
        try:
            columns = zip(*(request.pictures for request in requests), strict=True)
            answers = _in_parts(run, most, tuple(np.concatenate(column) for column in columns))
            start = 0
            for request in requests:
                end = start + len(request.pictures[0])
                request.answer = tuple(answer[start:end] for answer in answers)
                start = end
        except BaseException as error:
            for request in requests:
                request.error = error
        finally:
            self._turn.acquire()
            self._is_running = False
            for request in requests:
                request.is_done = True
            self._turn.notify_all()


_current: ContextVar[Gathering | None] = ContextVar("gathering", default=None)


def together(key: Hashable, run: Pass, most: int, *pictures: np.ndarray) -> Arrays:
    """Return what a pass answers, gathered with what other threads ask where this one takes part in a `Gathering`.

    Args:
        key: names the pass and the shape of its pictures: those of one key fit into one array.
        run: from arrays (N, …) to a sequence of arrays or tensors (N, …).
        most: pictures that go through at once, which bounds the memory.
        pictures: arguments of `run`, N at least 1.
    """
    gathering = _current.get()
    return _in_parts(run, most, pictures) if gathering is None else gathering.ask(key, run, most, pictures)


def _in_parts(run: Pass, most: int, pictures: Arrays) -> Arrays:
    parts = [run(*(column[start : start + most] for column in pictures)) for start in range(0, len(pictures[0]), most)]
    return tuple(np.concatenate([np.asarray(part) for part in column]) for column in zip(*parts, strict=True))
