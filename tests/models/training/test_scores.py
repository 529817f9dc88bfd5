"""Intervals, calibration and speed, with known answers."""

import numpy as np
import pytest

from models.training.scores import (
    VECTORS,
    cluster_interval,
    mean_interval,
    milliseconds_each,
    reliability,
    wilson_interval,
)


def test_wilson_interval_of_a_known_case() -> None:
    # 8 of 10 at 95 %: the textbook value is 0.490 to 0.943
    assert wilson_interval(8, 10) == pytest.approx((0.490, 0.943), abs=1e-3)


def test_wilson_interval_stays_within_zero_and_one() -> None:
    low, high = wilson_interval(5, 5)
    assert 0 < low < high <= 1


def test_the_interval_of_a_mean_draws_groups_not_faces() -> None:
    values = np.repeat([0.0, 1.0], 500)
    by_face = mean_interval(values, np.arange(1000))
    assert mean_interval(values, np.repeat(["a", "b"], 500)) == [0.0, 1.0]
    assert 0.45 < by_face[0] < by_face[1] < 0.55
    assert mean_interval(values, np.arange(1000)) == by_face


def test_a_statistic_takes_the_sums_over_the_drawn_clusters() -> None:
    counts = np.tile([3, 4], (5, 1))
    assert cluster_interval(counts, lambda right, all_: right / all_) == [0.75, 0.75]


def test_calibration_error_of_a_known_case() -> None:
    # sure by 0.9 and right in half of the cases: the gap is 0.4
    result = reliability(np.full(10, 0.9), np.arange(10) % 2 == 0, 15, share="accuracy", count="faces")
    assert result["expected_calibration_error"] == pytest.approx(0.4)
    assert result["bins"] == [pytest.approx({"confidence": 0.9, "accuracy": 0.5, "faces": 10})]


def test_calibration_error_is_weighted_by_the_answers_of_each_bin() -> None:
    confidence = np.array([[0.25, 0.25, 0.25, 0.25], [0.95, 0.95, 0.95, 1.0]])
    right = np.array([[True, False, False, False], [True, True, True, True]])
    result = reliability(confidence, right, 10)
    assert [(row["count"], row["right"]) for row in result["bins"]] == [(4, 0.25), (4, 1.0)]
    assert result["expected_calibration_error"] == pytest.approx((0 + 4 * (1 - 0.9625)) / 8)


def test_answers_that_are_right_as_often_as_they_say_are_calibrated() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(size=40_000)
    result = reliability(confidence, rng.uniform(size=40_000) < confidence, 15)
    assert result["expected_calibration_error"] < 0.01
    assert sum(row["count"] for row in result["bins"]) == 40_000


def test_speed_is_measured_for_each_number_of_pictures() -> None:
    seen: list[int] = []

    def forward(pictures: np.ndarray) -> np.ndarray:
        seen.append(len(pictures))
        return np.zeros(1)

    speed = milliseconds_each(forward, (2, 2), counts=(1, 8), runs=4)
    assert set(speed) == {"batch_1", "batch_8", "cores", "processor"}
    assert speed["processor"] in {*VECTORS.values(), "unknown"}
    assert seen == [1] * 7 + [8] * 7
