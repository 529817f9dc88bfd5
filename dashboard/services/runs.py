"""Long work beside the page: a thread that can be watched and cancelled while the page stays alive.

`start` makes a `Run`, which takes its turns where it is long (`turns.py`). A `Slot` is a session's place for one, and
`watch` draws it until it has ended. What all sessions share, such as a network on its way, is a `Run` in a cache, and
`wait_for` waits for it.
"""

from __future__ import annotations

import atexit
import math
import threading
import time
import weakref
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Literal, Protocol, TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import visits
from dashboard.services.kept import Kept, findings
from dashboard.services.turns import Gate, GivenUpError, Ticket

GLANCE = 0.5
"""Seconds the page waits for a run before it shows progress, so that a short one draws the page only once."""
POLL = 0.4
"""Seconds between two looks at a run, as long as few visitors look."""
FEW = 6
"""So many visitors that look at runs leave the server most of its time for the runs; more look less often."""
SLOWEST = 2.0
"""Seconds between two looks at most, however many visitors there are."""
LONG_RUNS_AT_ONCE = 2
FAREWELL = 10.0
"""Seconds that the end of the server waits at most for runs at work."""

Status = Literal["waiting", "running", "done", "cancelled", "failed"]
T = TypeVar("T")
Told = TypeVar("Told", contravariant=True)


class Report(Protocol[Told]):
    """How work tells how far it is; raises `CancelledError` when nobody wants its result any more."""

    def __call__(self, done: int, total: int, result: Told | None = None) -> None: ...


Work = Callable[[Report[T]], T | None]


class CancelledError(Exception):
    """Ends work whose run was cancelled or forgotten; work lets it through."""


@dataclass(eq=False)
class Run(Generic[T]):
    """Work in its own thread; the newest result stays whatever happens.

    The thread holds the run weakly: when the session that started it is gone, the thread stops at its next report.

    Args:
        key: what was asked for, to tell it from other runs.
        settings: dict, what the page shows beside the result. Each page has its own.
        store: where the result is kept by its key as soon as it is there, also if nobody looks at the page any more.
    """

    key: Hashable = None
    settings: dict[str, Any] = field(default_factory=dict)  # of any kind: each page keeps its own
    store: Kept | None = None
    result: T | None = None
    done: int = 0
    total: int = 0
    failure: Exception | None = None
    seconds: float = 0.0
    is_done: bool = False
    _started: float = field(default_factory=time.perf_counter, repr=False)
    _cancelled: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)
    _before: Callable[[], int] | None = field(default=None, repr=False)
    _seconds_before: Callable[[], float] | None = field(default=None, repr=False)
    was_seen_at_work: bool = False  # when it was put into a slot, and so perhaps by who draws it

    @property
    def error(self) -> str:
        """What stopped the work, in a sentence; "" where nothing did."""
        return "" if self.failure is None else str(self.failure) or type(self.failure).__name__

    @property
    def status(self) -> Status:
        if self.failure is not None:
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
        if self.is_done:
            return 1.0
        return min(1.0, self.done / self.total) if self.total else 0.0

    @property
    def seconds_left(self) -> float | None:
        """A guess from the pace so far; None before the first step."""
        done = self.progress
        return self.seconds * (1 - done) / done if done else None

    @property
    def age(self) -> float:
        """Seconds since it was started, the wait for its turn included."""
        return time.perf_counter() - self._started

    @property
    def before(self) -> int:
        """How many are at work or will be before it begins; 0 once it has begun."""
        return self._before() if self._before is not None and self.status == "waiting" else 0

    @property
    def seconds_before(self) -> float:
        """Seconds at most, about, before it begins; 0 once it has begun."""
        return self._seconds_before() if self._seconds_before is not None and self.status == "waiting" else 0.0

    def cancel(self) -> None:
        """Ask the work to stop at its next report; the newest result stays."""
        self._cancelled.set()

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended, at most `timeout` seconds."""
        if self._thread is not None:
            self._thread.join(timeout)

    def wait(self) -> T:
        """Wait for the end and return the result; raise what stopped the work."""
        self.join()
        if self.failure is not None:
            raise self.failure
        if self.result is None:
            raise CancelledError
        return self.result


def start(
    work: Work[T],
    gate: Gate | None = None,
    key: Hashable = None,
    settings: dict[str, Any] | None = None,  # of any kind: each page keeps its own
) -> Run[T]:
    """Start a run in its own thread and return it at once.

    Args:
        work: callable, called in the thread, after the gate, with a `Report`; what it returns, if anything, is the
            last result.
        gate: lets few runs work at once, by turns of a second. Defaults to None: it never waits.
        key: what is asked for. Defaults to None.
        settings: dict to keep with the run. Defaults to none.
    """
    run: Run[T] = Run(key, settings or {})
    context = get_script_run_ctx(suppress_warning=True)
    ticket = Ticket(id(run) if context is None else context.session_id)
    if gate is not None:
        run._before, run._seconds_before = partial(gate.before, ticket), partial(gate.seconds_before, ticket)
    run._thread = threading.Thread(
        target=_work, args=(weakref.ref(run), run._cancelled, work, gate, ticket), name="glassface-run", daemon=True
    )
    run._thread.start()
    _threads.add(run._thread)
    return run


_threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
_is_closing = threading.Event()


@atexit.register
def _end_all() -> None:
    """End all runs with the server: a thread that TensorFlow holds when Python ends aborts the process."""
    _is_closing.set()
    end = time.perf_counter() + FAREWELL
    for thread in list(_threads):
        thread.join(max(0.0, end - time.perf_counter()))


def _work(
    reference: weakref.ref[Run[T]], cancelled: threading.Event, work: Work[T], gate: Gate | None, ticket: Ticket
) -> None:
    def is_over() -> bool:
        return cancelled.is_set() or _is_closing.is_set() or reference() is None

    if gate is None:
        _follow(reference, is_over, work)
        return
    try:
        gate.enter(ticket, is_over)
        _follow(reference, is_over, work, partial(gate.go_on, ticket, is_over))
    except GivenUpError:
        return
    finally:
        gate.leave(ticket)


def _follow(
    reference: weakref.ref[Run[T]],
    is_over: Callable[[], bool],
    work: Work[T],
    go_on: Callable[[], None] = lambda: None,
) -> None:
    started = time.perf_counter()

    def note(done: int, total: int, result: T | None) -> None:
        run = reference()
        if run is None or is_over():
            raise CancelledError
        run.done, run.total, run.seconds = done, total, time.perf_counter() - started
        if result is not None:
            run.result = result

    def report(done: int, total: int, result: T | None = None) -> None:
        note(done, total, result)  # which holds the run no longer than this, so that one that nobody wants ends
        try:
            go_on()
        except GivenUpError as error:
            raise CancelledError from error

    try:
        result = work(report)
    except CancelledError:
        return
    except Exception as error:  # the thread's only way to tell the page
        if (run := reference()) is not None:
            run.failure = error
        return
    if (run := reference()) is not None:
        run.seconds = time.perf_counter() - started
        if result is not None:
            run.result = result
        if run.store is not None:
            run.store.put(run.key, run.result)
        run.is_done = True


@st.cache_resource(max_entries=1, show_spinner=False)
def gate() -> Gate:
    """Return what lets few long runs of all sessions work at once, by turns."""
    return Gate(LONG_RUNS_AT_ONCE)


@dataclass(frozen=True)
class Slot(Generic[T]):
    """A session's place for one long run; a run about anything else takes the place of the one before.

    Args:
        name: str, the session key that holds the run.
        kept: where finished results are kept. Defaults to the session's findings.
    """

    name: str
    kept: Callable[[], Kept] = findings

    @property
    def run(self) -> Run[T] | None:
        """The run that was put here last, whatever it is about."""
        run: Run[T] | None = st.session_state.get(self.name)
        return run

    @property
    def is_active(self) -> bool:
        return self.run is not None and self.run.is_active

    def put(self, run: Run[T], *, glance: bool = False) -> Run[T]:
        """Put a run in the place of the one before, which is cancelled, and return it.

        Args:
            run: the run.
            glance: bool, whether to wait `GLANCE` seconds for its end. Defaults to no.
        """
        self.cancel()
        st.session_state[self.name] = run
        if glance:
            run.join(GLANCE)
        run.was_seen_at_work = run.is_active
        return run

    def cancel(self) -> None:
        """Cancel the run, if any, and forget it."""
        if self.run is not None:
            self.run.cancel()
        st.session_state[self.name] = None

    def at(self, key: Hashable) -> Run[T] | None:
        """Return the run about a key; any other is cancelled, for nobody waits for it."""
        if self.run is not None and self.run.key != key:
            self.cancel()
        return self.run

    def find(self, key: Hashable) -> tuple[T | None, Run[T] | None]:
        """Return what was found for a key, and where it is not known the run that looks for it, if any."""
        run = self.at(key)
        if (found := self.kept().get(key)) is not None:
            return found, None
        if run is not None and run.status == "done":
            return self.kept().put(key, run.result), None
        if run is not None:
            run.store = self.kept()
        return None, run


def watch(
    draw: Callable[[], None],
    *slots: Slot[Any],  # of any results
    was_active: bool | None = None,
    choices: Sequence[str] = (),
    every: float = POLL,
    step_by_step: bool = False,
) -> None:
    """Draw a part of the page in a fragment, again and again while a run in one of the slots is at work.

    The page runs anew when a run has ended, or another one or another choice has come into its place other than by the
    drawing itself. Only a page that runs anew can begin or end the looking.

    Args:
        draw: callable that draws the part.
        slots: where the runs are.
        was_active: bool, whether a run was at work when the page was drawn above. Defaults to whether one is now.
        choices: session keys of widgets elsewhere on the page that a click in this part may set. Defaults to none.
        every: float, seconds between two looks; more where many visitors are here. Defaults to `POLL`.
        step_by_step: bool, whether the page runs anew also for each step of a run. Defaults to no.
    """

    def look() -> list[object]:
        seen: list[object] = [(slot.run, slot.is_active) for slot in slots]
        if step_by_step:
            seen += [slot.run.done for slot in slots if slot.run is not None]
        return [*seen, *(st.session_state.get(key) for key in choices)]

    def is_at_work() -> bool:
        return any(slot.is_active for slot in slots)

    is_watched = is_at_work() if was_active is None else was_active
    drawn: list[object] = []

    @st.fragment(run_every=_pace(every) if is_watched else None)
    def part() -> None:
        nonlocal drawn
        if drawn and (look() != drawn or is_at_work() is not is_watched):  # the page's own run is never cut short
            st.rerun()
        before = [slot.run for slot in slots]
        draw()
        drawn = look()
        started = [slot.run for slot, run in zip(slots, before, strict=True) if slot.run is not run]
        may_show_work = any(run is not None and run.was_seen_at_work for run in started)  # which may have ended since
        if not is_watched and (is_at_work() or may_show_work):
            st.rerun()

    part()


def _pace(every: float) -> float:
    return max(every, min(SLOWEST, every * visits.count_open() / FEW))


def show_progress(run: Run[T], words: str, key: str, *, width: int | Literal["stretch"] = "stretch") -> None:
    """Draw how far a run of any result is, with Cancel while it is at work.

    Args:
        run: the run.
        words: str, beside the bar; before its first turn stands there how many are before it, and about how long.
        key: str, ends the key of the button.
        width: of the bar. Defaults to all there is.
    """
    if before := run.before:
        words = f"Waiting: {before} ahead in the queue, about {math.ceil(run.seconds_before)} s."
    st.progress(run.progress, text=words, width=width)
    if run.is_active:
        st.button("Cancel", key=f"cancel_{key}", icon=":material/stop:", on_click=run.cancel)


def wait_for(run: Run[T], say: Callable[[Run[T]], str]) -> Run[T]:
    """Wait for the end of a run that sessions share, showing how far it is; a click elsewhere ends the wait alone.

    Args:
        run: the run.
        say: callable that returns the words beside the bar.
    """
    place = st.container()  # also where nothing is waited for: the browser loads anew what moves to another place
    run.join(GLANCE)
    if run.is_active:
        bar = place.empty()
        while run.is_active:
            bar.progress(run.progress, text=say(run))
            run.join(0.1)
        bar.empty()
    return run
