"""Numbers, shares, times and answers in words."""

import pytest

from dashboard.drawing import words


@pytest.mark.parametrize(
    ("share", "said"),
    [(0.934, "93 %"), (0.004, "<1 %"), (0.0, "0 %"), (1.0, "100 %"), (0.006, "1 %"), (0.996, ">99 %")],
)
def test_percent(share: float, said: str) -> None:
    assert words.percent(share) == said


def test_share_has_a_digit_more_and_stays_on_one_line() -> None:
    assert words.share(0.6893) == "68.9\u00a0%"
    assert words.share(0.6893, 0) == words.unbroken("69 %") == "69\u00a0%"


@pytest.mark.parametrize(("value", "said"), [(0.0, "0"), (-0.5, "−0.5"), (1234.5, "1.23e+03"), (3.7751, "3.78")])
def test_three_digits(value: float, said: str) -> None:
    assert words.three_digits(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(1_167_015, "1.17 million"), (58_423, "58,400"), (999, "999"), (1234, "1,230"), (0, "0")]
)
def test_amounts_have_three_digits(value: int, said: str) -> None:
    assert words.amount(value) == said


@pytest.mark.parametrize(("value", "said"), [(4_773_943, "4.8 MB"), (31_000, "31 kB")])
def test_file_sizes_are_short(value: int, said: str) -> None:
    assert words.file_size(value) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.00004, "0.0 ms"), (0.0042, "4.2 ms"), (0.00999, "10 ms"), (0.0624, "62 ms"), (1.26, "1.3 s")],
)
def test_durations_are_short(seconds: float, said: str) -> None:
    assert words.duration(seconds).replace("\u00a0", " ") == said


@pytest.mark.parametrize(("seconds", "said"), [(None, ""), (0.4, ""), (12.3, ", about 12\u00a0s left")])
def test_time_left_is_told_from_a_second_on(seconds: float | None, said: str) -> None:
    assert words.time_left(seconds) == said


@pytest.mark.parametrize(("named", "said"), [("sad", "sad, 70 %"), ("uncertain", "uncertain (sad 70 %)")])
def test_verdict_names_the_class_or_the_strongest_one(named: str, said: str) -> None:
    assert words.verdict({"happy": 0.3, "sad": 0.7}, named) == said
