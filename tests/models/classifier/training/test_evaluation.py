from dataclasses import replace

import numpy as np
import pytest

from models.classifier.training.datasets import PictureData
from models.classifier.training.evaluation import misclassified, score_pictures
from tests.models.classifier.training.pictures import draw_data

SHARES = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.6, 0.4], [0.05, 0.95]], np.float32)


@pytest.fixture
def five() -> PictureData:
    data = draw_data(5)
    return replace(
        data,
        labels=np.array([0, 0, 0, 1, 1]),
        groups=np.array(["a", "a", "b", "b", "c"]),
        numbers=np.array([10, 11, 12, 13, 14]),
    )


def test_scores_of_known_answers(five: PictureData) -> None:
    scores = score_pictures(SHARES, five)
    assert scores["accuracy"] == pytest.approx(2 / 5)
    assert (scores["pictures"], scores["groups"]) == (5, 3)
    assert scores["confusion"] == [[1, 2], [1, 1]]
    disc = scores["per_class"]["disc"]
    assert (disc["precision"], disc["recall"]) == (pytest.approx(1 / 2), pytest.approx(1 / 3))
    assert disc["f1"] == pytest.approx(0.4)
    assert disc["pictures"] == 3
    assert scores["macro_f1"] == pytest.approx((0.4 + 0.4) / 2)
    low, high = scores["interval"]
    assert low <= 2 / 5 <= high


def test_an_interval_is_over_groups_not_pictures(five: PictureData) -> None:
    """Where all pictures of a group are right or wrong together, there is less to go by than their number says."""
    many = draw_data(400, group=40)
    shares = np.where((np.arange(400) // 40 % 2 == 0)[:, None] == (many.labels[:, None] == [0, 1]), 0.9, 0.1)
    low, high = score_pictures(shares, many)["interval"]
    alone_low, alone_high = score_pictures(shares, replace(many, groups=many.numbers.astype(str)))["interval"]
    assert high - low > 3 * (alone_high - alone_low)


def test_wrong_answers_are_listed_the_surest_first(five: PictureData) -> None:
    assert misclassified(SHARES, five) == [
        {"picture": 11, "label": "disc", "answer": "bar", "confidence": 0.8},
        {"picture": 12, "label": "disc", "answer": "bar", "confidence": 0.7},
        {"picture": 13, "label": "bar", "answer": "disc", "confidence": 0.6},
    ]


def test_a_class_that_is_never_answered_scores_zero(five: PictureData) -> None:
    scores = score_pictures(np.tile(np.array([[0.6, 0.4]], np.float32), (5, 1)), five)
    assert scores["per_class"]["bar"] == {
        "precision": 0.0,
        "precision_interval": [0.0, 0.0],
        "recall": 0.0,
        "recall_interval": [0.0, 0.0],
        "f1": 0.0,
        "pictures": 2,
    }
