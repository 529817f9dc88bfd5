"""Scores of detectors on cases worked out by hand."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models import load_image
from models.detection.training import evaluation
from models.detection.training.datasets import Photos
from models.detection.training.evaluation import Outcome, collect, match_faces, summarise
from models.geometry import intersection_over_union
from sample_images import SAMPLES

FACE = [100.0, 100.0, 50.0, 60.0]
TRUE = np.array([True])


def boxes(*rows):
    return np.array(rows, np.float64).reshape(-1, 4)


def photos(*of_each):
    """Photos with boxes of which those below 20 pixels and with a height of 61 are what they are; 61 is invalid."""
    rows = [np.array(each, np.float32).reshape(-1, 4) for each in of_each]
    return Photos(
        [np.zeros((300, 400, 3), np.uint8) for _ in rows],
        rows,
        [row[:, 3] == 61 for row in rows],
        [np.full((len(row), 5, 2), np.nan, np.float32) for row in rows],
    )


def test_overlap_is_shared_area_over_the_area_of_both():
    overlaps = intersection_over_union(boxes([0, 0, 10, 10]), boxes([5, 0, 10, 10], [20, 20, 5, 5]))
    np.testing.assert_allclose(overlaps, [[1 / 3, 0]])


def test_a_face_found_twice_is_one_right_and_one_wrong():
    kinds, found_at = match_faces(boxes(FACE, [102, 101, 50, 60]), np.array([0.6, 0.9]), boxes(FACE), TRUE)
    assert kinds.tolist() == [0, 1]  # the one with the better score has the face
    assert found_at.tolist() == [0.9]


def test_each_detection_has_the_free_face_that_it_overlaps_most():
    faces = boxes([0, 0, 40, 40], [16, 0, 40, 40])
    kinds, found_at = match_faces(
        boxes([14, 0, 40, 40], [10, 0, 40, 40]), np.array([0.9, 0.8]), faces, np.array([True] * 2)
    )
    assert kinds.tolist() == [1, 1]
    assert found_at.tolist() == [0.8, 0.9]


def test_too_little_overlap_is_wrong():
    kinds, found_at = match_faces(boxes([122, 100, 50, 60]), np.array([0.9]), boxes(FACE), TRUE)  # 28 / 72
    assert kinds.tolist() == [0]
    assert np.isneginf(found_at).all()


def test_a_detection_on_a_box_that_does_not_count_is_neither_right_nor_wrong():
    kinds, found_at = match_faces(boxes(FACE, FACE), np.array([0.9, 0.8]), boxes(FACE), np.array([False]))
    assert kinds.tolist() == [-1, -1]
    assert np.isneginf(found_at).all()


def test_a_small_detection_on_nothing_is_neither_but_on_a_face_it_is_right():
    kinds, _ = match_faces(
        boxes([5, 5, 19, 19], [5, 5, 19, 21], [100, 100, 18, 19]), np.ones(3), boxes([99, 99, 20, 21]), TRUE
    )
    assert kinds.tolist() == [-1, 0, 1]


def test_no_detections_and_no_faces():
    kinds, found_at = match_faces(boxes(), np.zeros(0), boxes(), np.zeros(0, bool))
    assert len(kinds) == len(found_at) == 0


def example():
    """Two photos: a face found, a small and an invalid one found, one missed, one found at 0.3; two false alarms."""
    data = photos([FACE, [10, 10, 15, 15], [200, 10, 60, 61]], [[0, 0, 30, 30], [100, 100, 40, 50]])
    found = [
        (boxes(FACE, [10, 10, 15, 15], [200, 10, 60, 61]), np.array([0.9, 0.9, 0.9])),
        (boxes([100, 100, 40, 50], [200, 100, 40, 50], [300, 0, 40, 50]), np.array([0.3, 0.8, 0.2])),
    ]
    return data, collect(data, found)


def test_precision_recall_and_f1_by_hand():
    _, outcome = example()
    row = summarise(outcome, 0.5)
    assert (row["faces"], row["faces_50"], row["false_alarms"]) == (3, 2, 1)
    assert row["precision"] == pytest.approx(1 / 2)
    assert row["recall"] == pytest.approx(1 / 3)
    assert row["f1"] == pytest.approx(0.4)
    assert row["recall_50"] == pytest.approx(1 / 2)
    low = summarise(outcome, 0.1)
    assert low["precision"] == pytest.approx(2 / 4)
    assert low["recall"] == pytest.approx(2 / 3)


def test_nothing_found_scores_zero():
    data, _ = example()
    row = summarise(collect(data, [(boxes(), np.zeros(0))] * 2), 0.5)
    assert (row["precision"], row["recall"], row["f1"], row["false_alarms"]) == (0, 0, 0, 0)


def test_intervals_hold_the_scores_and_are_the_same_each_time():
    rng = np.random.default_rng(0)
    data = photos(*([FACE] for _ in range(80)))
    found = [(boxes(FACE) if rng.random() < 0.7 else boxes(), np.ones(1)) for _ in range(80)]
    found = [(rows, scores[: len(rows)]) for rows, scores in found]
    outcome = collect(data, found)
    result, recall = evaluation.intervals(outcome, 0.5), summarise(outcome, 0.5)["recall"]
    low, high = result["recall_interval"]
    assert low < recall < high
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(recall * (1 - recall) / 80), rel=0.2)
    assert result["precision_interval"] == [1, 1]
    assert evaluation.intervals(outcome, 0.5) == result


def test_the_threshold_has_the_wanted_precision_and_then_the_best_f1():
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4])
    right = np.array([True, True, True, False, True, False])
    found_at = np.array([0.9, 0.8, 0.7, 0.5, -np.inf])
    outcome = Outcome(1, scores, right, np.zeros(6, int), found_at, np.full(5, 30.0), np.zeros(5, int))
    assert 0.6 < evaluation.choose_threshold(outcome, 0.95) <= 0.7
    assert 0.4 < evaluation.choose_threshold(outcome, 0.75) <= 0.5
    only_wrong = replace(outcome, is_right=np.zeros(6, bool))
    assert evaluation.choose_threshold(only_wrong, 0.9) == 0.99


def test_average_precision_of_a_perfect_order_is_its_recall():
    outcome = Outcome(
        1,
        np.array([0.9, 0.8, 0.1]),
        np.array([True, True, False]),
        np.zeros(3, int),
        np.array([0.9, 0.8, -np.inf, -np.inf]),
        np.full(4, 30.0),
        np.zeros(4, int),
    )
    assert evaluation.average_precision(outcome) == pytest.approx(0.5)


def test_the_curve_goes_from_all_to_the_surest():
    curve = evaluation.precision_recall_curve(example()[1])
    assert len(curve["precision"]) == len(curve["recall"]) == len(curve["threshold"])
    assert curve["threshold"] == sorted(curve["threshold"])
    assert curve["recall"] == sorted(curve["recall"], reverse=True)


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 180])
def test_a_turned_photo_holds_all_of_it_and_its_boxes_follow(angle):
    image = np.full((120, 200, 3), 60, np.uint8)
    cv2.ellipse(image, (150, 40), (20, 30), 0, 0, 360, (255, 255, 255), -1)
    image[:, [0, -1]], image[[0, -1]] = 120, 120
    turned, (box,) = evaluation.turn_photo(image, boxes([130, 10, 41, 61]), angle)
    rows, columns = np.nonzero(turned[..., 0] > 200)
    seen = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
    np.testing.assert_allclose(box, seen, atol=1.6)
    assert turned.shape[0] * turned.shape[1] >= image.shape[0] * image.shape[1]
    assert (turned[..., 0] > 40).all()  # nothing black from outside


def test_the_height_that_counts_is_the_one_before_turning():
    data = photos([[100, 100, 30, 19], [200, 100, 12, 21]])
    turned, heights = evaluation.turn_photos(data, 90)
    assert turned.boxes[0][:, 3].tolist() == pytest.approx([30, 12], abs=1e-3)
    outcome = collect(turned, [(boxes(), np.zeros(0))], heights)
    assert outcome.heights.tolist() == [21]


def test_cuts_without_faces_touch_no_box_and_textures_are_not_the_trainings():
    image = np.zeros((300, 400, 3), np.uint8)
    image[100:160, 150:200] = 255
    data = replace(photos([[150, 100, 50, 60]]), images=[image])
    pictures = evaluation.faceless_pictures(data, textures=3)
    (cut,) = pictures["cuts"]
    assert not cut.any()
    assert min(cut.shape[:2]) >= 96
    assert len(pictures["textures"]) == 3
    assert len(pictures["samples"]) == 2


def test_alarms_are_counted_by_kind():
    def find(image):
        side = int(image.max())
        return boxes(*[[0, 0, side, 9]] * bool(side)), np.ones(1)

    black, small, large = (np.full((9, 9, 3), level, np.uint8) for level in (0, 19, 20))
    result = evaluation.count_alarms({"dark": [black, black, small], "bright": [large], "none": []}, find)
    assert (result["pictures"], result["without_alarm"], result["without_any"]) == (4, 0.75, 0.5)
    assert result["kinds"] == {
        "dark": {"pictures": 3, "without_alarm": 1, "without_any": pytest.approx(2 / 3)},
        "bright": {"pictures": 1, "without_alarm": 0, "without_any": 0},
    }


@pytest.mark.parametrize("name", evaluation.CASCADES)
def test_both_cascades_find_the_astronaut(name):
    found, scores = evaluation.by_cascade(name)(load_image(SAMPLES[0].path))
    assert len(found) == len(scores) >= 1
    assert intersection_over_union(found, boxes([172, 66, 106, 106])).max() > 0.5


def test_the_faster_call_has_the_smaller_median():
    calls = {"slow": lambda image: sum(range(300_000)), "quick": lambda image: None}
    result = evaluation.milliseconds(calls, [np.zeros((4, 4, 3), np.uint8)], rounds=3)
    assert result["quick"] < result["slow"]
