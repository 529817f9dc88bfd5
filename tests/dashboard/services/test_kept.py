"""The bounded store: what is kept, what gives way, what is made."""

import threading

import numpy as np
import pytest

from dashboard import state
from dashboard.services.kept import Kept, kept
from interp import Class, HeatMap, Target


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


def test_results_are_kept_by_every_pixel_of_a_picture_and_by_what_is_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state, "looks_at_samples_only", lambda: True)
    asked: list[Target] = []

    @kept(own=4, common=4)
    def seen(picture: np.ndarray, target: Target) -> int:
        asked.append(target)
        return len(asked)

    large = np.zeros((1000, 1000), np.uint8)  # of so many values Streamlit itself looks at a sample
    other = large.copy()
    other[500, 500] = 1
    assert [seen(large, Class(0)), seen(other, Class(0)), seen(large.copy(), Class(0))] == [1, 2, 1]
    assert [seen(large, Class(1)), seen(large, HeatMap(0))] == [3, 4]  # a class is no heat map of the same number
