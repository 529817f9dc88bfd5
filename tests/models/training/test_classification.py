"""Scores with known answers, and what is fitted to shares."""

import numpy as np
import pytest
from scipy.special import softmax

from models.training.classification import (
    classification_scores,
    confusion_matrix,
    fit_temperature,
    normalise_rows,
    per_class,
    uncertainty_threshold,
)


def test_confusion_has_labels_in_rows():
    matrix = confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    assert matrix.tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_normalised_rows_sum_to_one_and_empty_ones_to_zero():
    matrix = normalise_rows(np.array([[3, 1, 0], [0, 0, 0], [1, 0, 1]]))
    np.testing.assert_allclose(matrix, [[0.75, 0.25, 0], [0, 0, 0], [0.5, 0, 0.5]])


def test_precision_recall_and_f1_of_a_known_matrix():
    scores = per_class(np.array([[6, 2], [3, 9]]), ("a", "b"))
    assert scores["a"] == pytest.approx({"precision": 6 / 9, "recall": 6 / 8, "f1": 12 / 17, "faces": 8})


def test_a_class_that_is_never_right_scores_zero():
    assert per_class(np.array([[0, 2], [0, 3]]), ("a", "b"))["a"]["f1"] == 0


def test_macro_f1_is_the_mean_over_classes():
    shares = np.eye(3)[[0, 0, 1, 2]]
    result = classification_scores(shares, np.array([0, 1, 1, 2]), ("a", "b", "c"))
    assert result["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert result["confusion"] == [[1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert result["confusion_normalised"][1] == [0.5, 0.5, 0]


def test_temperature_recovers_the_factor_that_spoilt_the_logits():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 7))
    labels = np.array([rng.choice(7, p=row) for row in softmax(logits, axis=1)])
    assert fit_temperature(logits * 2.5, labels) == pytest.approx(2.5, rel=0.03)


def test_threshold_keeps_the_wanted_share_right():
    confidence = np.linspace(0.5, 1, 501)
    shares = np.stack([confidence, 1 - confidence], axis=1)
    labels = (confidence < 0.75).astype(int)  # right from 0.75 on
    threshold = uncertainty_threshold(shares, labels, 0.99)
    assert threshold == pytest.approx(0.75, abs=0.011)
    assert (shares.argmax(axis=1) == labels)[confidence >= threshold].mean() >= 0.99


def test_threshold_is_one_where_no_answer_is_right():
    shares = np.tile([0.9, 0.1], (4, 1))
    assert uncertainty_threshold(shares, np.ones(4, int), 0.5) == 1.0
