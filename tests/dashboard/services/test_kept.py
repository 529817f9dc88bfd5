"""The bounded store: what is kept, what gives way, what is made."""

import threading

import pytest

from dashboard.services.kept import Kept


def test_least_recently_used_gives_way() -> None:
    kept = Kept(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    assert len(kept) == 2


def test_value_is_made_once_and_an_error_is_not_kept() -> None:
    kept, made = Kept(2), []

    def fail() -> int:
        raise ValueError("not now")

    with pytest.raises(ValueError, match="not now"):
        kept.get_or_make("a", fail)
    for _ in range(2):
        assert kept.get_or_make("a", lambda: made.append("a") or 7) == 7
    assert made == ["a"]


def test_many_threads_leave_it_bounded() -> None:
    kept = Kept(8)

    def work(number: int) -> None:
        for step in range(500):
            kept.put((number, step % 20), step)
            kept.get((number, (step + 1) % 20))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(kept) == 8
