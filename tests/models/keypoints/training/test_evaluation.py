"""Scores of networks whose errors are known."""

import keras
import numpy as np
import pytest

from models.geometry import invert
from models.keypoints import GROUPS, POINTS, SIZE
from models.keypoints.training.evaluation import (
    LABELLED_POSES,
    POSES,
    cover_points,
    face_crops_at,
    measure_keypoint_speed,
    normalised_errors,
    regular_face_crops,
    score_keypoints,
    score_marks,
    summarise_points,
    yaw,
)
from models.keypoints.training.publishing import mean_shape


def constant_network(shape: np.ndarray, confidence: float = 0.5) -> keras.Model:
    """Says the same points of every face; its confidence falls where the picture has the cover's grey."""
    pixels = keras.Input((SIZE, SIZE, 1))
    flat = keras.layers.GlobalAveragePooling2D()(pixels)
    points = keras.layers.Dense(2 * POINTS, name="places")
    outputs = keras.layers.Reshape((POINTS, 2))(points(flat))
    trust = keras.layers.Dense(POINTS, activation="sigmoid", name="trust")
    network = keras.Model(pixels, [outputs, trust(flat)])
    points.set_weights([np.zeros((1, 2 * POINTS)), shape.ravel()])
    trust.set_weights([np.zeros((1, POINTS)), np.full(POINTS, np.log(confidence / (1 - confidence)))])
    return network


def test_errors_are_shares_of_the_distance_of_the_outer_eye_corners():
    labels = np.zeros((1, POINTS, 2))
    labels[0, 45] = 40, 30  # 50 from point 36
    found = np.add(labels, [0, 5])
    np.testing.assert_allclose(normalised_errors(found, labels), 0.1)


def test_a_summary_counts_failures():
    labels = np.zeros((4, POINTS, 2))
    labels[:, 45, 0] = 50
    found = labels.copy()
    found[:2, :, 1] += 10
    result = summarise_points(found, labels, np.array(["a", "a", "b", "b"]))
    assert result["nme"] == pytest.approx(0.1)
    assert result["failure_rate"] == 0.5
    assert result["failure_interval"] == [0, 1]
    assert result["rmse_15"] == pytest.approx(5)  # √ of 100 in a quarter of all numbers
    assert (result["faces"], result["people"]) == (4, 2)


def test_turned_heads_are_told_by_the_nose(faces):
    points = faces.points[:3].astype(float).copy()
    points[:, 36], points[:, 45] = (0, 0), (40, 0)
    points[:, 30] = (20, 20), (20 + 21.4, 20), (20 - 21.4, 25)
    np.testing.assert_allclose(yaw(points), [0, 45, -45], atol=0.1)
    np.testing.assert_allclose(yaw(points @ np.array([[0.0, 3.0], [-3.0, 0.0]])), [0, 45, -45], atol=0.1)


def test_labels_follow_their_crops(faces):
    plain_crops, plain = regular_face_crops(faces)
    squares = faces.squares * [1, 1, 1.25]
    crops, labels = face_crops_at(faces, squares, np.full(len(faces), 90.0))
    middle = (SIZE - 1) / 2
    moved = (labels - middle) * 1.25
    np.testing.assert_allclose(np.stack([-moved[..., 1], moved[..., 0]], -1), plain - middle, atol=1e-3)
    assert np.abs(crops.astype(int) - plain_crops).mean() > 1


def test_a_map_back_undoes_a_map():
    there = np.random.default_rng(0).normal(size=(4, 2, 3))
    back = invert(there)
    point = np.array([3.0, -2.0])
    moved = there[:, :, :2] @ point + there[:, :, 2]
    np.testing.assert_allclose(np.einsum("nij,nj->ni", back[:, :, :2], moved) + back[:, :, 2], np.tile(point, (4, 1)))


def test_a_cover_hides_its_points_and_no_other_part(faces):
    crops, labels = regular_face_crops(faces)
    mouth = GROUPS["mouth"]
    covered, inside = cover_points(crops, labels, mouth)
    assert inside[:, mouth].all()
    assert not inside[:, :17].any()
    assert not inside[:, 36:48].any()
    for crop, points in zip(covered, np.rint(labels).astype(int), strict=True):
        assert (crop[points[mouth, 1], points[mouth, 0]] == 110).all()
    changed = (covered != crops).any(axis=0)
    assert changed.any()
    assert not changed[: SIZE // 2].any()


def test_a_network_that_always_says_the_mean_scores_as_the_baseline(faces):
    shape = mean_shape(faces.part("train"))
    result = score_keypoints(constant_network(shape), faces.part("test"), shape)
    assert result["nme"] == pytest.approx(result["baseline_nme"], rel=1e-4)
    low, high = result["nme_interval"]
    assert low <= result["nme"] <= high
    assert len(result["per_point"]) == POINTS
    assert np.mean(result["per_point"]) == pytest.approx(result["nme"])
    sizes = {name: len(points) for name, points in GROUPS.items()}
    weighted = sum(result["per_group"][name] * size for name, size in sizes.items()) / POINTS
    assert weighted == pytest.approx(result["nme"])
    assert set(result["per_pose"]) <= set(POSES)
    assert sum(row["faces"] for row in result["per_pose"].values()) == result["faces"] == 8
    assert set(result["per_source"]) == {"first", "second"}
    assert result["cumulative"]["share"] == sorted(result["cumulative"]["share"])
    assert result["cumulative"]["error"][-1] == 0.2
    assert result["hidden"]["share_lower"] == 0  # this network does not look
    assert result["hidden"]["confidence_hidden"] == pytest.approx(0.5)
    assert result["label_offset"]["nme_without"] <= result["nme"] + 1e-9


def test_labels_that_are_all_shifted_are_told(faces):
    test = faces.part("test")
    shape = mean_shape(test) - [2, 0]
    result = score_keypoints(constant_network(shape), test, shape)
    np.testing.assert_allclose(result["label_offset"]["pixels"], [2, 0], atol=1e-3)
    assert result["label_offset"]["nme_without"] < result["nme"]


def test_five_points_are_scored_by_pose(marked):
    labels = regular_face_crops(marked)[1]
    shape = np.zeros((POINTS, 2))
    shape[36:42], shape[42:48] = labels[:, 0].mean(axis=0), labels[:, 1].mean(axis=0)
    shape[[30, 48, 54]] = labels[:, 2:].mean(axis=0)
    result = score_marks(constant_network(shape), marked)
    assert result["error"] < 0.1
    assert result["failure_rate"] <= 0.5
    assert tuple(result["per_pose"]) == LABELLED_POSES
    assert sum(row["faces"] for row in result["per_pose"].values()) == len(marked)
    farther = score_marks(constant_network(shape + 10), marked)
    assert farther["failure_rate"] == 1
    assert farther["share_of_side"] > result["share_of_side"]


def test_the_speed_is_measured_for_one_face_and_many():
    speed = measure_keypoint_speed(constant_network(np.zeros((POINTS, 2))))
    assert 0 < speed["batch_32"] < speed["batch_1"]
