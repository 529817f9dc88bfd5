"""Photos that wait for a reload: behind a token of their own, for a while, and not too many."""

import threading
import time

from dashboard.pickers import photo as photo_picker
from dashboard.services import reloads
from dashboard.services.reloads import Cloakroom
from dashboard.subject import Photo
from dashboard.visits import KEPT_SECONDS

PHOTO = Photo("me", b"bytes", "Upload")


def test_photo_is_given_for_its_token_alone() -> None:
    room = Cloakroom()
    token = room.leave(PHOTO)
    assert room.fetch(token) == PHOTO
    assert room.fetch("") is None
    assert room.fetch(token[:-1]) is None
    assert room.leave(PHOTO) != token
    room.forget(token)
    assert room.fetch(token) is None


def test_token_can_not_be_guessed() -> None:
    tokens = {Cloakroom().leave(PHOTO) for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) >= 43 for token in tokens), "256 bits"


def test_next_photo_of_a_tab_takes_the_place_of_the_one_before() -> None:
    room, other = Cloakroom(), Photo("other", b"more bytes", "Upload")
    token = room.leave(PHOTO)
    assert room.leave(other, token) == token
    assert room.fetch(token) == other
    assert len(room) == 1


def test_photo_is_dropped_after_its_time_also_if_nobody_comes() -> None:
    room = Cloakroom(seconds=0.05)
    room.leave(PHOTO)
    deadline = time.monotonic() + 5
    while len(room) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(room) == 0


def test_open_tab_keeps_its_photo_and_a_closed_one_does_not() -> None:
    room, opened = Cloakroom(seconds=0.2), threading.Event()
    opened.set()
    token = room.leave(PHOTO, is_open=opened.is_set)
    time.sleep(0.7)
    assert room.fetch(token) == PHOTO
    opened.clear()
    deadline = time.monotonic() + 5
    while len(room) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert room.fetch(token) is None


def test_those_looked_at_longest_ago_go_when_there_are_too_many() -> None:
    room = Cloakroom(most_bytes=100)
    first = room.leave(Photo("1", bytes(60), "Upload"))
    second = room.leave(Photo("2", bytes(61), "Upload"))
    assert room.fetch(first) is None
    assert room.fetch(second) is not None


def test_waiting_needs_one_timer_that_lets_the_server_end() -> None:
    room = Cloakroom()
    for _ in range(5):
        room.leave(PHOTO)
    assert room._timer is not None
    assert room._timer.daemon
    assert sum(thread is room._timer for thread in threading.enumerate()) == 1
    room._timer.cancel()


def test_words_on_privacy_name_the_time() -> None:
    assert KEPT_SECONDS == 60
    assert "for 60 seconds more" in photo_picker.PRIVACY
    assert reloads.MOST_BYTES >= 2**20 * photo_picker.MAX_UPLOAD_MB
