"""What is particular to one picture: maps with known differences."""

from typing import Any

import numpy as np
import pytest

from interp import Class, Explanation, minus_usual, usual_similarity


def explained(values: Any, *, signed: bool = False) -> Explanation:
    return Explanation(np.asarray(values, np.float32), signed, "grad_cam", Class(0), "conv", {}, 0, 1.0, 0.0)


def test_each_map_is_scaled_by_its_own_mean_before_they_are_subtracted() -> None:
    found = minus_usual(explained([[0, 2], [4, 0]]), np.array([[0.25, 0], [0.5, 0]]))
    assert found.values == pytest.approx(np.array([[-4, 4], [0, 0]]) / 3)
    assert found.signed
    assert (found.method, found.layer, found.target) == ("grad_cam", "conv", Class(0))


def test_a_map_minus_itself_is_nothing() -> None:
    values = np.random.default_rng(0).random((6, 6))
    assert minus_usual(explained(values), 3 * values).values == pytest.approx(np.zeros((6, 6)), abs=1e-6)


def test_signed_maps_keep_their_signs() -> None:
    found = minus_usual(explained([[-4.0, 2.0]], signed=True), np.array([[0.0, 1.0]]))
    assert found.values == pytest.approx(np.array([[-4, -4]]) / 3)


def test_a_narrow_map_is_more_than_usual_where_it_is_and_less_elsewhere_by_as_much() -> None:
    rows = np.arange(12)
    distance = (rows[:, None] - 5) ** 2 + (rows - 5) ** 2
    found = minus_usual(explained(np.exp(-distance / 4)), np.exp(-distance / 40)).values
    assert found[5, 5] == found.max() > 0
    assert found.sum() == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize(("size", "average"), [((6, 6), (12, 12)), ((12, 12), (6, 6)), ((4, 8), (8, 4))])
def test_the_coarser_map_is_scaled_to_the_finer(size: tuple[int, int], average: tuple[int, int]) -> None:
    found = minus_usual(explained(np.ones(size)), np.ones(average))
    assert found.values.shape == (max(size[0], average[0]), max(size[1], average[1]))
    assert not found.values.any()


def test_a_blank_map_stays_blank() -> None:
    assert minus_usual(explained(np.zeros((3, 3))), np.ones((3, 3))).is_blank


def test_the_explanation_and_the_average_are_not_changed() -> None:
    explanation, average = explained([[1, 2]]), np.array([[2.0, 1.0]])
    minus_usual(explanation, average)
    assert (explanation.values.tolist(), average.tolist(), explanation.signed) == ([[1, 2]], [[2, 1]], False)


def test_similarity_to_the_usual_map_is_a_rank_correlation() -> None:
    rising = np.arange(9.0).reshape(3, 3)
    assert usual_similarity(explained(rising), rising**3) == pytest.approx(1)
    assert usual_similarity(explained(rising), -rising) == pytest.approx(-1)
    assert usual_similarity(explained(np.ones((3, 3))), rising) == 0
    assert usual_similarity(explained(rising), np.kron(rising, np.ones((4, 4)))) > 0.95


@pytest.mark.parametrize("average", [np.ones(4), np.ones((2, 2, 2)), np.ones((0, 3))])
def test_maps_of_another_shape_are_refused(average: np.ndarray) -> None:
    for function in (minus_usual, usual_similarity):
        with pytest.raises(ValueError, match=r"A map has the shape \(h, w\)"):
            function(explained([[1, 2]]), average)
