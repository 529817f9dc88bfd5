"""Classes that mark one face together: codes that let phones in, what each marked, and what that is worth.

All of it is in memory. A class ends when its teacher ends it, or with the teacher's visit, and with it go the face and
all marks. Nobody but the class itself holds them: pages keep its code and look it up each time.

A code has 8 characters of 28, which makes 3.8e11 codes. Who tries a thousand a second, more than this server answers,
finds one class within two hours with a chance of 1 in 50,000. The limits on wrong codes only keep the noise down: an
address can be made up.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard.codes import new_code, place, plain
from dashboard.subject import Question
from dashboard.visits import KEPT_SECONDS, LOOK_SECONDS

MOST_PHONES = 40
MOST_CLASSES = 50
"""At once on one server: each takes a few megabytes."""
TRY_SECONDS = 60.0
TRIES_OF_SESSION = 5
"""Wrong codes within `TRY_SECONDS` from one page."""
TRIES_OF_ADDRESS = 60
"""The same from one address: that of a whole school, often."""
MOST_VISITORS = 4096
"""Pages and addresses whose wrong codes are counted."""
MOST_MARKED = 0.5
"""Share of the picture that can be marked: who marks everything can't be wrong."""
LONGEST_NAME = 24

Clock = Callable[[], float]
IsThere = Callable[[], bool]


class RefusalError(ValueError):
    """A phone can't do what it asked for; the message says why, in a sentence."""


@dataclass(frozen=True, eq=False)
class Face:
    """What a class marks: a face, or whatever else a network is shown.

    Args:
        question: what the network is asked about it.
        image: RGB uint8 (H, W, 3), to be looked at.
        ask: str, the question to the class.
        noun: str, what it is, such as "the face".
        quoted: str, what the network is asked for, such as “happy”.
        method: str, the name of the network's map.
        parts: bool (h, w) for each part that can be chosen by its name.
    """

    question: Question
    image: np.ndarray = field(repr=False)
    ask: str
    noun: str
    quoted: str
    method: str
    parts: Mapping[str, np.ndarray] = field(repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of what the network is shown, in pixels."""
        height, width = self.question.crop.shape[:2]
        return height, width


@dataclass(frozen=True, eq=False)
class Mark:
    """What one phone marked: bool (h, w), and the name that came with it, if any."""

    mask: np.ndarray = field(repr=False)
    name: str = ""


@dataclass(frozen=True)
class Score:
    """What one phone's pixels are worth, and as many of the network's map, -1 to 1."""

    own: float
    network: float


@dataclass(frozen=True, eq=False)
class Result:
    """What a class marked, and what its pixels are worth beside the network's map and a random one.

    Args:
        heat: float32 (h, w), the share of the class that marked each pixel.
        count: int, how many pixels of each map are compared: the median of what the phones marked.
        whole: float, the answer on the whole picture.
        group: score of the class's map, -1 to 1; `network` and `chance` are those of the other maps.
        values: float32 (rows, columns), the network's map.
        scores: of each phone, by its seat.
    """

    heat: np.ndarray = field(repr=False)
    masks: np.ndarray = field(repr=False)
    whole: float
    group: float
    network: float
    chance: float
    values: np.ndarray = field(repr=False)
    scores: Mapping[str, Score]


@dataclass(eq=False)
class Round:
    """One face before the class: what was sent so far, and the result once it is revealed."""

    number: int
    face: Face
    marks: dict[str, Mark] = field(default_factory=dict)
    result: Result | None = None


class Classroom:
    """One class; safe to use from several threads.

    Args:
        code: what lets phones in.
        face: the first one to mark.
        is_teacher_there: tells whether the teacher's page is connected.
        clock: tells the time in seconds. Defaults to the machine's.
    """

    def __init__(self, code: str, face: Face, is_teacher_there: IsThere, clock: Clock = time.monotonic) -> None:
        self.code = code
        self.round: Round | None = Round(1, face)
        self._seats: dict[str, IsThere] = {}
        self._is_teacher_there, self._clock = is_teacher_there, clock
        self._seen = clock()
        self._lock = threading.Lock()

    @property
    def is_over(self) -> bool:
        return self.round is None

    def look(self) -> None:
        """End the class if its teacher has been away for as long as a visit is kept."""
        if self._is_teacher_there():
            self._seen = self._clock()
        elif self._clock() - self._seen > KEPT_SECONDS:
            self.end()

    def end(self) -> None:
        """Drop the face, all marks and all places."""
        with self._lock:
            self.round = None
            self._seats.clear()

    def join(self, seat: str, is_there: IsThere) -> str:
        """Return the place of a phone: the one that it had, or a new one.

        Args:
            seat: the place that it had, "" for none.
            is_there: tells whether the phone's page is connected.

        Raises:
            RefusalError: The class is full.
        """
        with self._lock:
            if seat not in self._seats:
                if len(self._seats) >= MOST_PHONES:
                    self._clear_seats()
                if len(self._seats) >= MOST_PHONES:
                    raise RefusalError(f"The class is full: it holds {MOST_PHONES} phones.")
                seat = secrets.token_hex(8)
            self._seats[seat] = is_there
            return seat

    def leave(self, seat: str) -> None:
        """Free a phone's place; what it sent stays."""
        with self._lock:
            self._seats.pop(seat, None)

    def holds(self, seat: str) -> bool:
        """Return whether a phone has this place."""
        return seat in self._seats

    def _clear_seats(self) -> None:
        """Free the places of phones that have gone and sent nothing."""
        sent = self.round.marks if self.round else {}
        for seat in [seat for seat, is_there in self._seats.items() if seat not in sent and not is_there()]:
            del self._seats[seat]

    def count(self) -> tuple[int, int]:
        """Return how many phones are here or have sent their marks, and how many have sent them."""
        with self._lock:
            sent = set(self.round.marks) if self.round else set()
            return len(sent | {seat for seat, is_there in self._seats.items() if is_there()}), len(sent)

    def send(self, seat: str, number: int, mask: np.ndarray, name: str = "") -> None:
        """Take what a phone marked in the round that it saw, bool (h, w), in the place of what it sent before.

        Raises:
            RefusalError: The class or the round is over, or these are no marks on its face.
        """
        with self._lock:
            if self.round is None or seat not in self._seats:
                raise RefusalError("This phone is in no class any more.")
            if self.round.number != number or self.round.result is not None:
                raise RefusalError("Too late: the marks have been revealed.")
            if mask.dtype != bool or mask.shape != self.round.face.size:
                raise RefusalError("These are no marks on this face.")
            if not 0 < mask.mean() <= MOST_MARKED:
                raise RefusalError(f"Mark something, and at most {MOST_MARKED:.0%} of the picture.".replace("%", " %"))
            printable = "".join(one if one.isprintable() else " " for one in name[: 4 * LONGEST_NAME])
            self.round.marks[seat] = Mark(mask.copy(), " ".join(printable.split())[:LONGEST_NAME])

    def reveal(self, number: int, result: Result) -> None:
        """Let everybody see the result of a round; of one that is over nothing remains."""
        with self._lock:
            if self.round is not None and self.round.number == number:
                self.round.result = result

    def show(self, face: Face) -> None:
        """Begin the next round, with another face or another question; the phones stay."""
        with self._lock:
            if self.round is not None:
                self.round = Round(self.round.number + 1, face)


class Tries:
    """Counts wrong codes, by page and by address."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wrong: dict[str, deque[float]] = {}

    def is_too_many(self, visitor: str, most: int) -> bool:
        """Return whether a visitor's wrong codes have reached a limit."""
        return len(self._recent(visitor)) >= most

    def note(self, visitor: str) -> None:
        """Count a wrong code; of too many visitors the first is forgotten."""
        recent = self._recent(visitor)
        recent.append(self._clock())
        self._wrong.pop(visitor, None)
        self._wrong[visitor] = recent
        if len(self._wrong) > MOST_VISITORS:
            del self._wrong[next(iter(self._wrong))]

    def _recent(self, visitor: str) -> deque[float]:
        times = self._wrong.get(visitor, deque(maxlen=TRIES_OF_ADDRESS))
        while times and self._clock() - times[0] > TRY_SECONDS:
            times.popleft()
        return times


class School:
    """All classes of a server by their codes.

    Args:
        clock: tells the time in seconds. Defaults to the machine's.
        look_every: seconds between two looks at whether the teachers are still there; also if nobody comes by.
    """

    def __init__(self, clock: Clock = time.monotonic, look_every: float = LOOK_SECONDS) -> None:
        self._clock, self._look_every = clock, look_every
        self._classes: dict[str, Classroom] = {}
        self._tries = Tries(clock)
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def open(self, face: Face, is_teacher_there: IsThere) -> Classroom:
        """Open a class and return it.

        Args:
            face: what it marks first.
            is_teacher_there: tells whether the teacher's page is connected.

        Raises:
            RefusalError: There are too many classes.
        """
        with self._lock:
            self._drop_ended()
            if len(self._classes) >= MOST_CLASSES:
                raise RefusalError("This server holds as many classes as it can; try again later.")
            code = new_code(*place())
            found = self._classes[code] = Classroom(code, face, is_teacher_there, self._clock)
            self._wait()
        return found

    def at(self, code: str) -> Classroom | None:
        """Return the class of a code for a page that is in it already; None once it has ended."""
        found = self._classes.get(code)
        return found if found is not None and not found.is_over else None

    def admit(self, code: str, session: str, address: str) -> Classroom:
        """Return the class of a code that somebody entered.

        Args:
            code: as entered; spaces, dashes and small letters are fine.
            session: the visitor's page.
            address: the visitor's address, "" where it is unknown.

        Raises:
            RefusalError: There is no such class, or there were too many wrong codes.
        """
        limits = {f"session {session}": TRIES_OF_SESSION}
        if address:
            limits[f"address {address}"] = TRIES_OF_ADDRESS
        with self._lock:
            self._drop_ended()
            if any(self._tries.is_too_many(visitor, most) for visitor, most in limits.items()):
                raise RefusalError("Too many wrong codes. Wait a minute, then try again.")
            found = self._classes.get(plain(code))
            if found is None:
                for visitor in limits:
                    self._tries.note(visitor)
                raise RefusalError("No class has this code. Compare it with the teacher's screen.")
            return found

    def _drop_ended(self) -> None:
        for code, found in list(self._classes.items()):
            found.look()
            if found.is_over:
                del self._classes[code]

    def _wait(self) -> None:
        if self._timer is not None or not self._classes:
            return
        self._timer = threading.Timer(self._look_every, self._tidy)
        self._timer.daemon = True
        self._timer.start()

    def _tidy(self) -> None:
        with self._lock:
            self._timer = None
            self._drop_ended()
            self._wait()


@st.cache_resource(max_entries=1, show_spinner=False)
def school() -> School:
    """Return the classes of this server."""
    return School()


def session_id() -> str:
    """Return what tells this visitor's page from others."""
    context = get_script_run_ctx()
    return context.session_id if context is not None else ""
