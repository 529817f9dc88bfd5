"""Turns: how long work of all visitors shares a few places, so that short work never waits behind it.

Who is at work gives its place up after a turn if somebody else waits. Newcomers go first, then those that have had
fewer turns; the longest ones take turns in order: a feedback queue of several levels (Corbató et al. 1962, "An
experimental time-sharing system"). A visitor has one place at a time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

TURN = 1.0
"""Seconds of a turn."""
LEVELS = 3
"""From 2 ** (LEVELS - 1) turns on, all work counts as equally long."""
STALLED = 5.0
"""Seconds without a report after which a place no longer counts as taken: its run waits for something that another one
holds, which may wait for a place."""
LOOK = 0.2
"""Seconds between two looks at whether who waits is still wanted."""


class GivenUpError(Exception):
    """Who waited for a turn is not wanted any more."""


@dataclass(eq=False)
class Ticket:
    """The right of one run to take its turns.

    Args:
        owner: whose it is.
        turns: how many it has had.
        since: when its wait or its turn began.
        heard: when it was last heard of at work.
    """

    owner: Hashable
    turns: int = 0
    since: float = 0.0
    heard: float = 0.0

    @property
    def claim(self) -> tuple[int, float]:
        """What its place in the queue goes by: the smaller, the earlier."""
        return min(self.turns.bit_length(), LEVELS), self.since


class Gate:
    """Lets a few runs work at once, by turns.

    Args:
        places: how many.
        turn: seconds of a turn. Defaults to `TURN`.
        stalled: seconds after which a silent place is given away. Defaults to `STALLED`.
    """

    def __init__(self, places: int, turn: float = TURN, stalled: float = STALLED) -> None:
        self.places, self.turn, self.stalled = places, turn, stalled
        self._waiting: list[Ticket] = []
        self._working: list[Ticket] = []
        self._changed = threading.Condition()

    def before(self, ticket: Ticket) -> int:
        """Return how many are at work or will be before one that waits; 0 for one at work."""
        with self._changed:
            if ticket not in self._waiting:
                return 0
            return len(self._working) + sum(other.claim < ticket.claim for other in self._waiting)

    def seconds_before(self, ticket: Ticket) -> float:
        """Return the seconds at most, about, before one that waits has a place: a turn of each before it."""
        return self.before(ticket) * self.turn / max(1, self.places)

    def enter(self, ticket: Ticket, is_over: Callable[[], bool]) -> None:
        """Wait for a place.

        Args:
            ticket: whose turn it is to be.
            is_over: whether the wait has become pointless.

        Raises:
            GivenUpError: if it has.
        """
        with self._changed:
            ticket.since = time.monotonic()
            self._waiting.append(ticket)
            try:
                while self._next() is not ticket:
                    if is_over():
                        raise GivenUpError
                    self._changed.wait(LOOK)
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()
            self._working.append(ticket)
            ticket.turns += 1
            ticket.since = ticket.heard = time.monotonic()

    def leave(self, ticket: Ticket) -> None:
        """Give a place up for good; one that had none stays without."""
        with self._changed:
            if ticket in self._working:
                self._working.remove(ticket)
            self._changed.notify_all()

    def go_on(self, ticket: Ticket, is_over: Callable[[], bool]) -> None:
        """Go on working at once or, if the turn is over and somebody waits, once it is one's turn again.

        Args:
            ticket: who works.
            is_over: whether going on has become pointless.

        Raises:
            GivenUpError: if it has.
        """
        with self._changed:
            ticket.heard = time.monotonic()
            if ticket.heard - ticket.since < self.turn or self._next(ticket) is None:
                return
            self._working.remove(ticket)
            self._changed.notify_all()
        self.enter(ticket, is_over)

    def _next(self, leaving: Ticket | None = None) -> Ticket | None:
        """Return who may take a place now, or could if one left; None where there is nobody or no place."""
        now = time.monotonic()
        staying = [one for one in self._working if one is not leaving and now - one.heard < self.stalled]
        if len(staying) >= self.places:
            return None
        owners = {one.owner for one in staying}
        may = [one for one in self._waiting if one.owner not in owners]
        return min(may, key=lambda one: one.claim, default=None)
