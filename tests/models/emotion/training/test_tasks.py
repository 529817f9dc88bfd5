"""Fewer classes, and folds that keep identical pictures together."""

import keras
import numpy as np
import pytest

from models.emotion.training.cross_validation import cross_validate, group_folds, splits
from models.emotion.training.datasets import ExpressionData, split_validation
from models.emotion.training.tasks import TASKS, select, select_split


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    labels = rng.choice(7, 600, p=[0.14, 0.02, 0.14, 0.25, 0.17, 0.11, 0.17]).astype(np.uint8)
    images = np.broadcast_to((labels * 30 + 20)[:, None, None], (600, 48, 48)).copy()
    first = np.arange(600, dtype=np.int32)
    first[500:] = first[:100]  # a hundred pictures stand there twice, some with another label
    return ExpressionData(images, labels, np.arange(600, dtype=np.int32), first)


def test_a_task_numbers_its_own_classes(data):
    part = select(TASKS["five"], data)
    kept = np.isin(data.labels, [0, 3, 4, 5, 6])
    assert len(part) == kept.sum()
    names = np.array(TASKS["five"].classes)
    assert (
        names[part.labels].tolist()
        == np.array(["angry", "", "", "happy", "sad", "surprise", "neutral"])[data.labels[kept]].tolist()
    )
    assert TASKS["five"].left_out == ("disgust", "fear")
    assert TASKS["happy-sad"].classes == ("happy", "sad")


def test_all_seven_are_left_as_they_are(data):
    part = select(TASKS["seven"], data)
    np.testing.assert_array_equal(part.labels, data.labels)


def test_a_smaller_task_holds_back_faces_of_the_same_validation_part(data):
    task, split = TASKS["happy-sad"], split_validation(data)
    part = select(task, data)
    training, validation = (part.rows[positions] for positions in select_split(task, data, split))
    assert set(training) < set(data.rows[split[0]])
    assert set(validation) < set(data.rows[split[1]])
    assert len(training) + len(validation) == len(part)


def test_folds_cover_every_face_once_and_never_divide_a_group(data):
    for repeat in range(2):
        parts = [split for number, _, split in splits(data, 5, 2, seed=0) if number == repeat]
        assert len(parts) == 5
        np.testing.assert_array_equal(np.sort(np.concatenate([held for _, held in parts])), np.arange(600))
        for training, held in parts:
            assert not set(data.first_duplicate[training]) & set(data.first_duplicate[held])
            assert len(training) + len(held) == 600


def test_folds_have_nearly_the_same_share_of_each_class(data):
    fold_of = group_folds(data.labels, data.first_duplicate, 5, seed=0)
    for label in (3, 4):
        counts = np.bincount(fold_of[data.labels == label], minlength=5)
        assert counts.max() - counts.min() <= 12


def test_folds_without_duplicates_differ_by_at_most_one_face_a_class():
    labels = np.repeat([0, 1], [53, 27])
    fold_of = group_folds(labels, np.arange(80), 5, seed=1)
    for label in (0, 1):
        counts = np.bincount(fold_of[labels == label], minlength=5)
        assert counts.max() - counts.min() <= 1


def test_the_seed_decides_the_folds(data):
    first, again, other = (group_folds(data.labels, data.first_duplicate, 5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_black_pictures_train_nothing(data):
    data.images[7] = 0
    for _, _, (training, _) in splits(data, 3, 1, seed=0):
        assert 7 not in training


@pytest.mark.parametrize(("folds", "complaint"), [(1, "at least two folds"), (400, "different pictures")])
def test_impossible_folds_are_refused(data, folds, complaint):
    with pytest.raises(ValueError, match=complaint):
        group_folds(data.labels, data.first_duplicate, folds, seed=0)


def test_the_scores_of_all_folds_are_summed_up(data):
    part = select(TASKS["happy-sad"], data)
    pixels = keras.Input((48, 48, 1))
    dense = keras.layers.Dense(2, activation="softmax")
    network = keras.Model(pixels, dense(keras.layers.GlobalAveragePooling2D()(pixels)))
    bright = [np.array([[-1.0, 1.0]]), np.array([125.0, -125.0])]  # sad is brighter than happy in this data
    asked = []

    def fit(name, split):
        asked.append(name)
        dense.set_weights(bright if "repeat1" in name else [-value for value in bright])
        return network

    table = cross_validate(fit, part, ("happy", "sad"), folds=4, repeats=2)
    assert asked[0] == "repeat1_fold1"
    assert asked[-1] == "repeat2_fold4"
    assert [row["accuracy"] for row in table["rows"]] == [1.0] * 4 + [0.0] * 4
    assert sum(row["faces"] for row in table["rows"]) == 2 * len(part)
    assert table["accuracy"]["mean"] == pytest.approx(0.5)
    assert table["accuracy"]["deviation"] == pytest.approx(np.std([1] * 4 + [0] * 4, ddof=1))
    assert table["majority"] == pytest.approx((part.labels == 0).mean())
