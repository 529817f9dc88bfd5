"""Scores with known answers."""

import numpy as np
import pytest

from models.emotion.training.datasets import ExpressionData
from models.emotion.training.evaluation import TRAINING_ROWS, average_logits, score_expressions


def softmax(logits):
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def test_averaged_logits_commute_with_a_temperature():
    first, second = np.random.default_rng(0).normal(0, 3, (2, 50, 7))
    averaged = average_logits(softmax(first), softmax(second))
    np.testing.assert_allclose(averaged, softmax((first + second) / 2), rtol=1e-6)
    np.testing.assert_allclose(
        average_logits(softmax(first / 2), softmax(second / 2)), softmax((first + second) / 4), rtol=1e-6
    )


def test_an_answer_of_probability_zero_can_be_averaged():
    averaged = average_logits(np.array([[1.0, 0.0]], np.float32), np.array([[0.0, 1.0]], np.float32))
    np.testing.assert_allclose(averaged, [[0.5, 0.5]])


def test_score_separates_faces_that_stand_in_training():
    shares = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], np.float32)
    first = np.array([TRAINING_ROWS, TRAINING_ROWS + 1, 7])
    data = ExpressionData(np.zeros((3, 48, 48), np.uint8), np.array([0, 1, 1]), first, first)
    result = score_expressions(shares, data, ("a", "b"), uncertain=0.7)
    assert result["accuracy"] == pytest.approx(2 / 3)
    assert result["without_duplicates"]["accuracy"] == 1
    assert result["without_duplicates"]["faces"] == 2
    assert result["named"]["share"] == pytest.approx(2 / 3)
    assert result["named"]["accuracy"] == 1
