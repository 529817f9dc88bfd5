"""Classes: who is let in, what is taken from phones, and that nothing is left after the end."""

import gc
import time
import weakref
from collections.abc import Callable

import numpy as np
import pytest

from dashboard import codes
from dashboard.codes import ALPHABET, PLACE, plain, server_of, spaced
from dashboard.services import classroom
from dashboard.services.classroom import (
    MOST_PHONES,
    TRIES_OF_ADDRESS,
    TRIES_OF_SESSION,
    TRY_SECONDS,
    Classroom,
    Face,
    RefusalError,
    Result,
    School,
)
from dashboard.subject import Question
from dashboard.visits import KEPT_SECONDS
from interp import Class

SIZE = (8, 6)


class Clock:
    """Tells the time that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def face() -> Face:
    question = Question("emotion", np.zeros(SIZE, np.uint8), "saliency", Class(0))
    return Face(question, np.zeros((16, 12, 3), np.uint8), "What?", "the face", "“happy”", "Saliency", {})


def here() -> bool:
    return True


def gone() -> bool:
    return False


def mask(rows: int = 2) -> np.ndarray:
    found = np.zeros(SIZE, bool)
    found[:rows] = True
    return found


def result() -> Result:
    return Result(np.zeros(SIZE, np.float32), np.zeros((3, *SIZE), bool), 0.9, 0.1, 0.2, 0.0, np.zeros((2, 2)), {})


@pytest.fixture
def room() -> Classroom:
    return School().open(face(), here)


# Getting in ----------------------------------------------------------------------------------------------------------


def test_code_lets_in_however_it_is_typed() -> None:
    school = School()
    room = school.open(face(), here)
    assert len(room.code) == codes.LENGTH
    assert set(room.code) <= set(ALPHABET)
    for typed in (room.code, spaced(room.code), f" {room.code.lower()} "):
        assert school.admit(typed, "session", "") is room
    assert school.at(room.code) is room


def test_codes_can_not_be_guessed() -> None:
    """A thousand tries a second for two hours find one class with a chance of 1 in 50,000 at most."""
    assert 1000 * 2 * 3600 / len(ALPHABET) ** codes.LENGTH < 1 / 50_000
    assert not set(ALPHABET) & set("01AEIOUL"), "nothing that is read as something else, and no words"


@pytest.mark.parametrize("code", ["", "BCDF", "BCDF2345", "BCDF2345" * 999, "<script>", "\0"])
def test_wrong_code_is_refused_in_a_sentence(code: str) -> None:
    school = School()
    school.open(face(), here)
    with pytest.raises(RefusalError, match=r"^No class has this code\."):
        school.admit(code, "session", "1.2.3.4")


def wrong(school: School, session: str, address: str = "") -> str:
    with pytest.raises(RefusalError) as refused:
        school.admit("WRONG", session, address)
    return str(refused.value)


def test_wrong_codes_of_one_page_are_limited_for_a_minute() -> None:
    clock = Clock()
    school = School(clock)
    room = school.open(face(), here)
    assert all("No class" in wrong(school, "one") for _ in range(TRIES_OF_SESSION))
    assert "Wait a minute" in wrong(school, "one")
    with pytest.raises(RefusalError, match="Wait a minute"):
        school.admit(room.code, "one", "")
    assert school.admit(room.code, "other", "") is room, "others are let in"
    clock.now += TRY_SECONDS + 1
    assert school.admit(room.code, "one", "") is room


def test_wrong_codes_of_one_address_are_limited_whatever_the_page() -> None:
    school = School(Clock())
    said = [wrong(school, f"page {number}", "1.2.3.4") for number in range(TRIES_OF_ADDRESS + 1)]
    assert "No class" in said[-2]
    assert "Wait a minute" in said[-1]
    assert "No class" in wrong(school, "another page", "5.6.7.8")


def test_counts_of_wrong_codes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "MOST_VISITORS", 10)
    school = School(Clock())
    for number in range(50):
        wrong(school, f"page {number}")
    assert len(school._tries._wrong) == 10


def test_class_holds_forty_phones_and_a_reload_keeps_the_place(room: Classroom) -> None:
    seats = [room.join("", here) for _ in range(MOST_PHONES)]
    assert MOST_PHONES == 40
    assert len(set(seats)) == 40
    with pytest.raises(RefusalError, match=r"^The class is full: it holds 40 phones"):
        room.join("", here)
    assert room.join(seats[7], here) == seats[7]
    room.leave(seats[0])
    assert room.join("", here) not in seats


def test_full_class_frees_the_places_of_those_who_left_without_a_word(room: Classroom) -> None:
    silent, sent = room.join("", gone), room.join("", gone)
    room.send(sent, 1, mask())
    for _ in range(MOST_PHONES - 2):
        room.join("", here)
    room.join("", here)
    assert not room.holds(silent)
    assert room.holds(sent)


def test_server_holds_so_many_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "MOST_CLASSES", 2)
    school = School()
    rooms = [school.open(face(), here) for _ in range(2)]
    with pytest.raises(RefusalError, match="as many classes as it can"):
        school.open(face(), here)
    rooms[0].end()
    school.open(face(), here)


# Marks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "marks",
    [
        mask(0),
        mask(8),
        np.ones((3, 3), bool),
        np.ones((500, 500), bool),
        mask().astype(float),
        np.zeros((8, 6, 3), bool),
    ],
    ids=["none", "all", "small", "large", "numbers", "colours"],
)
def test_what_are_no_marks_on_this_face_is_refused(room: Classroom, marks: np.ndarray) -> None:
    seat = room.join("", here)
    with pytest.raises(RefusalError):
        room.send(seat, 1, marks)
    assert room.count() == (1, 0)


def test_phone_sends_once_and_may_change_it(room: Classroom) -> None:
    seat, other = room.join("", here), room.join("", gone)
    room.send(seat, 1, mask(1))
    room.send(seat, 1, mask(3), "  Ada\n\u202e Lovelace, Countess of so much  ")
    room.send(other, 1, mask(2))
    assert room.count() == (2, 2), "who has sent counts, though the phone sleeps"
    assert room.round is not None
    assert room.round.marks[seat].mask.sum() == 3 * SIZE[1]
    assert room.round.marks[seat].name == "Ada Lovelace, Countess o"
    assert room.round.marks[other].name == ""


def test_stranger_and_latecomer_are_refused(room: Classroom) -> None:
    seat = room.join("", here)
    with pytest.raises(RefusalError, match="no class"):
        room.send("made up", 1, mask())
    room.reveal(1, result())
    with pytest.raises(RefusalError, match=r"^Too late"):
        room.send(seat, 1, mask())
    room.show(face())
    with pytest.raises(RefusalError, match=r"^Too late"):
        room.send(seat, 1, mask())
    room.send(seat, 2, mask())
    room.reveal(1, result())
    assert room.round is not None
    assert room.round.result is None, "a result that comes late is not that of another round"


# The end -------------------------------------------------------------------------------------------------------------


def end_by_teacher(school: School, room: Classroom) -> None:
    room.end()


def end_by_absence(school: School, room: Classroom) -> None:
    clock = school._clock
    assert isinstance(clock, Clock)
    clock.now += KEPT_SECONDS + 1
    school._tidy()


@pytest.mark.parametrize("end", [end_by_teacher, end_by_absence])
def test_nothing_is_left_after_the_end(end: Callable[[School, Classroom], None]) -> None:
    school, shown = School(Clock()), face()
    room = school.open(shown, gone)
    seat = room.join("", here)
    room.send(seat, 1, mask())
    assert room.round is not None
    left = [weakref.ref(shown), weakref.ref(shown.image), weakref.ref(room.round.marks[seat].mask)]
    del shown
    end(school, room)
    gc.collect()
    assert [one() for one in left] == [None, None, None]
    assert school.at(room.code) is None
    assert room.is_over
    assert not room.holds(seat)
    with pytest.raises(RefusalError):
        room.send(seat, 1, mask())
    with pytest.raises(RefusalError, match="No class"):
        school.admit(room.code, "session", "")


def test_short_break_of_the_teachers_line_does_no_harm() -> None:
    clock, line = Clock(), [False]
    room = Classroom("BCDF2345", face(), lambda: line[0], clock)
    clock.now = KEPT_SECONDS - 1
    room.look()
    line[0] = True
    room.look()
    clock.now, line[0] = 2 * KEPT_SECONDS - 2, False
    room.look()
    assert not room.is_over


def test_class_ends_also_if_nobody_comes_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classroom, "KEPT_SECONDS", 0.0)
    school = School(look_every=0.02)
    room = school.open(face(), gone)
    assert school._timer is not None
    assert school._timer.daemon, "it lets the server end"
    deadline = time.monotonic() + 5
    while not room.is_over and time.monotonic() < deadline:
        time.sleep(0.01)
    assert room.is_over
    assert school.at(room.code) is None


def test_code_is_plain() -> None:
    assert plain("bcdf-2345 ") == "BCDF2345"
    assert spaced("BCDF2345") == "BCDF-2345"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_code_leads_to_its_server(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(count):
        monkeypatch.setenv(PLACE, f"{number}/{count}")
        found = {server_of(spaced(School().open(face(), here).code), count) for _ in range(20)}
        assert found == {number}
    assert server_of("not a code", count) is None
    assert server_of("AEIO1234", count) is None
