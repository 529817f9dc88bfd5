"""Boxes and marks follow the picture when it is turned."""

import numpy as np
import pytest

from models.detection import angle_of
from models.detection.training import geometry

MARKS = np.array([[[-20, -15], [20, -15], [0, 5], [-14, 25], [14, 25]]], np.float64)


def turned(points: np.ndarray, angle: float) -> np.ndarray:
    """(…, 2) points turned clockwise about 0, as one sees it with y down."""
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return points @ np.array([[cosine, sine], [-sine, cosine]])


def face_of_68(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (1, 68, 2)) * [30, 40]


@pytest.mark.parametrize(("angle", "expected"), [(0, (30, 40)), (90, (40, 30)), (180, (30, 40)), (-90, (40, 30))])
def test_quarter_turns_swap_the_sides(angle, expected):
    np.testing.assert_allclose(geometry.turned_size(np.array(30.0), np.array(40.0), angle), expected)


def test_a_turned_box_is_the_bounding_box_of_the_turned_ellipse():
    around = np.radians(np.arange(0, 360, 0.1))
    ellipse = np.stack([15 * np.cos(around), 20 * np.sin(around)], axis=1)
    for angle in (17, 30, 45, 110):
        extent = np.ptp(turned(ellipse, angle), axis=0)
        np.testing.assert_allclose(geometry.turned_size(np.array(30.0), np.array(40.0), angle), extent, rtol=1e-4)


def test_a_similarity_takes_the_fixed_point_to_its_place_and_turns_clockwise():
    matrix = geometry.similarity(2.0, 90, False, np.array([10, 20]), np.array([50, 60]))
    np.testing.assert_allclose(matrix @ [10, 20, 1], [50, 60])
    np.testing.assert_allclose(matrix @ [11, 20, 1], [50, 62])  # what pointed right points down


def test_boxes_are_moved_scaled_and_turned_with_the_picture():
    matrix = geometry.similarity(2.0, 90, False, np.array([25, 40]), np.array([100, 100]))
    boxes = geometry.turn_boxes(np.array([[10.0, 20.0, 30.0, 40.0]]), matrix)
    np.testing.assert_allclose(boxes, [[60, 70, 80, 60]], atol=1e-9)


def test_mirroring_keeps_the_size_of_a_box():
    matrix = geometry.similarity(1.0, 30, True, np.array([25, 40]), np.array([25, 40]))
    plain = geometry.similarity(1.0, -30, False, np.array([25, 40]), np.array([25, 40]))
    box = np.array([[10.0, 20.0, 30.0, 40.0]])
    np.testing.assert_allclose(geometry.turn_boxes(box, matrix), geometry.turn_boxes(box, plain), atol=1e-9)


def test_whole_numbers_become_the_centres_of_pixels():
    matrix = geometry.to_pixel_centres(geometry.similarity(2.0, 0, False, np.zeros(2), np.zeros(2)))
    np.testing.assert_allclose(matrix @ [0, 0, 1], [0.5, 0.5])  # the first pixel's centre, 0.5, lies at 1 after it


@pytest.mark.parametrize("angle", [0.0, 35.0, 90.0, -140.0])
def test_the_box_of_68_points_turns_with_the_face(angle):
    points = face_of_68()
    low, high = points[0].min(axis=0), points[0].max(axis=0)
    x, y, width, height = geometry.box_of_68(turned(points, angle), np.array([angle]))[0]
    np.testing.assert_allclose(width, high[0] - low[0])
    np.testing.assert_allclose(height, (1 + geometry.FOREHEAD) * (high[1] - low[1]))
    centre = [(low[0] + high[0]) / 2, high[1] - height / 2]
    np.testing.assert_allclose([x, y], turned(np.array(centre), angle), atol=1e-9)


@pytest.mark.parametrize("angle", [0.0, 35.0, 90.0, -140.0])
def test_the_box_of_five_marks_turns_with_the_face(angle):
    upright = geometry.box_of_five(MARKS, np.array([0.0]))[0]
    found = geometry.box_of_five(turned(MARKS, angle), np.array([angle]))[0]
    np.testing.assert_allclose(found[2:], upright[2:])
    np.testing.assert_allclose(found[:2], turned(upright[:2], angle), atol=1e-9)
    assert upright[3] > 60  # more than from eyes to mouth, which are 40 apart


@pytest.mark.parametrize("angle", [0, 15, 90, 179, -120, -35])
def test_the_angle_is_read_from_the_marks(angle):
    np.testing.assert_allclose(angle_of(np.add(turned(MARKS, angle), [100, 50])), [angle], atol=1e-6)


def test_marks_on_one_spot_have_an_angle():
    assert np.isfinite(angle_of(np.zeros((1, 5, 2)))).all()
