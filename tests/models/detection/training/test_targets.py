"""What the network is taught to write is what the detector reads."""

import numpy as np
import pytest

from models.detection import PEOPLE_STRIDE, USUAL_PERSON, decode_bodies, decode_faces
from models.detection.training.targets import encode

BOXES = np.array([[20, 24, 30, 40], [90, 70, 14, 12], [3, 80, 60, 44]], np.float32)
MARKS = BOXES[:, None, :2] + np.random.default_rng(0).uniform(0.1, 0.9, (3, 5, 2)) * BOXES[:, None, 2:]
NOTHING = np.zeros((0, 4))


def test_encoded_faces_are_decoded_again():
    heat, shape, points = encode(BOXES, MARKS, NOTHING, 128, 160)
    found = decode_faces(heat[..., :1], shape[..., :4], points[..., :10], 0.999)
    assert len(found.scores) == 3
    order = np.argsort(found.boxes[:, 0])
    expected = np.argsort(BOXES[:, 0])
    np.testing.assert_allclose(found.boxes[order], BOXES[expected], atol=1e-3)
    np.testing.assert_allclose(found.marks[order], MARKS[expected], atol=1e-3)


def test_encoded_people_are_decoded_again():
    boxes = np.array([[10, 20, 60, 170], [140, 90, 70, 40]], np.float32)
    heat, shape, _ = encode(boxes, np.full((2, 5, 2), np.nan), NOTHING, 256, 256, PEOPLE_STRIDE, USUAL_PERSON)
    assert heat.shape == (16, 16, 2)
    found = decode_bodies(heat[..., :1], shape[..., :4], 0.999)
    np.testing.assert_allclose(found.boxes[np.argsort(found.boxes[:, 0])], boxes, atol=1e-3)
    assert found.marks.shape == (2, 0, 2)


def test_cells_around_a_faces_centre_say_the_same_box():
    heat, shape, points = encode(BOXES[2:], MARKS[2:], NOTHING, 128, 160)
    found = decode_faces(heat[..., :1], shape[..., :4], points[..., :10], 0.3)
    assert len(found.scores) > 1
    np.testing.assert_allclose(found.boxes, np.repeat(BOXES[2:], len(found.scores), axis=0), atol=1e-3)


def test_the_weights_of_a_face_sum_to_one_and_those_of_unknown_marks_to_zero():
    marks = MARKS.copy()
    marks[1, 3, 0] = np.nan
    _, shape, points = encode(BOXES, marks, NOTHING, 128, 160)
    assert shape[..., 4].sum() == pytest.approx(3, abs=1e-4)
    assert points[..., 10].sum() == pytest.approx(2, abs=1e-4)
    assert np.isfinite(points).all()


def test_a_scene_without_faces_is_all_background():
    heat, shape, points = encode(NOTHING, np.zeros((0, 5, 2)), NOTHING, 64, 96)
    assert heat.shape == (8, 12, 2)
    assert (heat[..., 0] == 0).all()
    assert (heat[..., 1] == 1).all()
    assert not shape.any()
    assert not points.any()


def test_ignored_boxes_do_not_count_but_a_faces_own_cell_does():
    ignored = np.array([[0, 0, 64, 128], [150, 120, 500, 500]], np.float32)
    heat, _, _ = encode(BOXES[:1], MARKS[:1], ignored, 128, 160)
    assert heat[..., 1].sum() == 16 * 20 - 8 * 16 - 2 * 1 + 1
    assert heat[44 // 8, 35 // 8, 1] == 1  # the face's centre


def test_two_faces_in_one_cell_leave_one_of_them():
    boxes = np.array([[10, 10, 20, 20], [11, 11, 20, 20]], np.float32)
    heat, shape, _ = encode(boxes, np.full((2, 5, 2), np.nan), NOTHING, 64, 64)
    assert (heat[..., 0] == 1).sum() == 1
    assert shape[..., 4].sum() <= 2
    assert np.isfinite(shape).all()
