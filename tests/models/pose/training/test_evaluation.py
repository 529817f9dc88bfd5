"""Scores of answers that are known."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from models.pose.training import evaluation
from models.pose.training.augmentation import regular_person_crops
from models.pose.training.evaluation import (
    find_gross_errors,
    mean_pose,
    pck,
    pck_interval,
    relabel,
    score_pose,
    second_opinion,
    torso_errors,
)


def said(crops, off=0.0, confidence=0.9):
    """The labels, moved to the right by `off` torsos."""
    moved = crops.joints + np.stack([off * crops.reach / 0.2, np.zeros(len(crops.reach))], axis=1)[:, None]
    return np.concatenate([moved, np.full((*moved.shape[:2], 1), confidence)], axis=2).astype(np.float32)


@pytest.fixture
def oracle(monkeypatch, people):
    """A network that knows the labels of regular crops, 0.1 torso off, and misplaces the first person's left wrist."""
    crops = regular_person_crops(people, 64)
    known = {picture.tobytes(): answer for picture, answer in zip(crops.pictures, said(crops, 0.1), strict=True)}
    known[crops.pictures[0].tobytes()][11, :2] += 40

    def answers(network, pictures, flip_average, batch=32):
        return np.stack([known[picture.tobytes()] for picture in pictures])

    monkeypatch.setattr(evaluation, "ask_for_joints", answers)
    return keras.Sequential([keras.Input((64, 64, 3)), keras.layers.Identity()])


def test_errors_are_counted_in_torsos(people):
    crops = regular_person_crops(people, 96)
    np.testing.assert_allclose(torso_errors(said(crops, 0.3), crops, people), 0.3, rtol=1e-4)


def test_joints_without_label_and_people_without_torso_do_not_count(people):
    visibility = people.visibility.copy()
    visibility[0, 9] = 0  # a shoulder that the torso needs
    visibility[1, 0] = 0
    data = replace(people, visibility=visibility)
    crops = regular_person_crops(data, 96)
    errors = torso_errors(said(crops), crops, data)
    assert np.isnan(errors[0]).all()
    assert np.isnan(errors[1]).sum() == 1
    assert not np.isnan(errors[2:]).any()


def test_pck_is_the_share_below_the_limit():
    errors = np.array([[0.1, 0.3, np.nan], [0.19, 0.2, 0.0]])
    assert pck(errors) == pytest.approx(3 / 5)
    assert pck(errors, 0.35) == 1
    assert np.isnan(pck(np.full((2, 2), np.nan)))


def test_the_interval_draws_whole_people():
    errors = np.repeat([[0.0], [1.0]], 500, axis=0)
    low, high = pck_interval(errors, np.arange(1000))
    assert 0.45 < low < 0.5 < high < 0.55
    assert pck_interval(errors, np.repeat([0, 1], 500)) == [0.0, 1.0]  # two people only: anything is possible


def test_the_mean_pose_leaves_unknown_joints_out(people):
    crops = regular_person_crops(people)
    np.testing.assert_allclose(mean_pose(people), crops.joints.mean(axis=0), atol=0.01)
    visibility = people.visibility.copy()
    visibility[1:, 6] = 0
    joints = np.where(visibility[..., None] == 0, 0, people.joints)
    data = replace(people, joints=joints, visibility=visibility)
    np.testing.assert_allclose(mean_pose(data)[6], regular_person_crops(data).joints[0, 6], atol=0.01)


def test_labels_far_from_a_sure_answer_are_gross_errors(oracle, people):
    wrong = find_gross_errors(people, second_opinion(oracle, people), keep=0.9, gross=0.5, agreement=0.5)
    assert np.argwhere(wrong).tolist() == [[0, 11]]


def test_no_label_is_gross_where_the_answer_is_unsure_or_near_or_all_are_kept(oracle, people):
    assert not find_gross_errors(people, second_opinion(oracle, people), keep=0.9, gross=0.5, agreement=0.95).any()
    assert not find_gross_errors(people, second_opinion(oracle, people), keep=1.0, gross=0.5, agreement=0.5).any()


def test_only_the_farthest_suspects_are_dropped(oracle, people):
    wrong = find_gross_errors(
        people, second_opinion(oracle, people), keep=1 - 1 / people.known.sum(), gross=0.05, agreement=0.5
    )
    assert np.argwhere(wrong).tolist() == [[0, 11]]


def test_a_second_opinion_is_told_in_pixels_of_the_picture(oracle, people):
    said = second_opinion(oracle, people)
    is_right = np.ones((len(people), 14), bool)
    is_right[0, 11] = False
    off = np.stack([0.1 * people.torsos, np.zeros(len(people))], axis=1)[:, None]
    np.testing.assert_allclose(said[is_right, :2], (people.joints + off)[is_right], atol=0.01)
    np.testing.assert_allclose(said[..., 2], 0.9)


def test_labels_move_towards_sure_answers(people):
    """Near ones by a share of the way, far ones all of it, and unlabelled joints become hidden ones."""
    said = np.concatenate([people.joints, np.full((len(people), 14, 1), 0.9, np.float32)], axis=2)
    said[0, 0, :2] += [4, 0]
    said[1, 1, :2] += [60, 0]
    said[2, 2] = [50, 50, 0.9]
    said[3, 3] = [50, 50, 0.5]  # not sure enough
    said[4, 4, :2] += [4, 0]
    said[4, 4, 2] = 0.1
    visibility = people.visibility.copy()
    visibility[2, 2] = visibility[3, 3] = 0
    data = replace(people, joints=np.where(visibility[..., None] == 0, 0, people.joints), visibility=visibility)
    better = relabel(data, said, share=0.5, gross=0.5)
    np.testing.assert_allclose(better.joints[0, 0], people.joints[0, 0] + [2, 0])
    np.testing.assert_allclose(better.joints[1, 1], people.joints[1, 1] + [60, 0])
    np.testing.assert_allclose(better.joints[2, 2], [50, 50])
    assert better.visibility[2, 2] == 1
    assert better.visibility[3, 3] == 0
    np.testing.assert_array_equal(better.joints[4], people.joints[4])
    np.testing.assert_allclose(better.joints[5:], people.joints[5:], rtol=1e-6)


@pytest.mark.slow
def test_a_score_says_all_that_the_card_needs(tiny, people):
    from models.pose.training.fitting import build_pose

    visibility = people.visibility.copy()
    visibility[:10, 6] = 1
    data = replace(people, visibility=visibility).take(np.arange(20))
    scores = score_pose(build_pose(tiny), data, mean_pose(people), flip_average=False, drawn=0.3)
    assert scores["people"] == 20
    assert scores["pck_interval"][0] <= scores["pck"] <= scores["pck_interval"][1]
    assert set(scores["by_visible"]) == {"all 14", "12 or 13"}
    assert scores["curve"]["threshold"][10] == 0.2
    assert scores["curve"]["share"][10] == scores["pck"]
    assert scores["curve"]["share"] == sorted(scores["curve"]["share"])
    assert scores["baseline_pck"] > 0.5  # made people all stand alike
    assert np.mean([scores["per_joint"][name] for name in list(scores["per_joint"])[:12]]) == pytest.approx(
        scores["pck"]
    )
    assert scores["plain"] == scores["pck"]
    assert set(scores["unaided"]) == {"first", "second"}
    assert scores["bust"]["joints_outside"] > 20
