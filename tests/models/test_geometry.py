import numpy as np
import pytest

from models.geometry import (
    fit_similarity,
    intersection_over_union,
    invert,
    square_transform,
    transform_points,
)
from models.images import cut_out, cut_out_colour

# Similarities --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [0.0, 30.0, 180.0, -100.0])
def test_a_similarity_is_found_from_points_and_their_places(angle: float) -> None:
    points = np.random.default_rng(0).uniform(0, 48, (3, 2))
    turn = np.radians(angle)
    linear = 2.5 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    transform = fit_similarity(points, points @ linear.T + [7, -30])
    np.testing.assert_allclose(transform, np.column_stack([linear, [7, -30]]), atol=1e-9)


def test_the_closest_similarity_does_not_mirror_or_stretch() -> None:
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], float)
    np.testing.assert_allclose(fit_similarity(square, square * [3, 1]), [[2, 0, 5], [0, 2, -5]], atol=1e-9)
    mirrored = fit_similarity(square, square * [-1, 1])
    np.testing.assert_allclose(mirrored[:, :2], 0, atol=1e-9)


def test_points_at_one_place_still_give_a_transform() -> None:
    assert np.isfinite(fit_similarity(np.ones((3, 2)), np.arange(6.0).reshape(3, 2))).all()


def test_the_square_of_a_transform_is_cut_out() -> None:
    photo = np.zeros((80, 90, 3), np.uint8)
    photo[20:40, 30:50] = 200
    transform = square_transform((39.5, 29.5, 20), 20)
    np.testing.assert_allclose(transform, [[1, 0, 30], [0, 1, 20]])
    np.testing.assert_array_equal(cut_out(photo, transform, 20), 200)
    np.testing.assert_array_equal(cut_out(photo, square_transform((39.5, 29.5, 20), 5, angle=90), 5), 200)


def test_a_turned_square_looks_as_it_would_upright() -> None:
    rng = np.random.default_rng(0)
    photo = rng.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    quarter = np.ascontiguousarray(np.rot90(photo, -1))
    upright = cut_out(photo, square_transform((149.5, 149.5, 200), 48), 48)
    lying = cut_out(quarter, square_transform((149.5, 149.5, 200), 48, angle=90), 48)
    assert np.abs(upright.astype(int) - lying).max() <= 2


def test_fine_stripes_become_grey_at_any_angle() -> None:
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    for angle in (0.0, 20.0, 45.0):
        crop = cut_out(stripes, square_transform((199.5, 199.5, 240), 48, angle), 48)
        assert np.abs(crop.astype(int) - 127).max() < 30


@pytest.mark.parametrize("centre", [(-900.0, 40.0), (5000.0, 5000.0), (40.0, -3.0)])
def test_squares_outside_repeat_the_edge(centre: tuple[float, float]) -> None:
    photo = np.full((80, 90, 3), 77, np.uint8)
    np.testing.assert_array_equal(cut_out(photo, square_transform((*centre, 30), 16, angle=33), 16), 77)


def test_a_mirrored_square_is_the_mirrored_crop() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    plain = cut_out_colour(photo, square_transform((40, 30, 48), 48), 48)
    mirrored = cut_out_colour(photo, square_transform((40, 30, 48), 48, mirrored=True), 48)
    np.testing.assert_array_equal(mirrored, plain[:, ::-1])


def test_a_map_and_its_inverse_leave_points_where_they_were() -> None:
    points = np.random.default_rng(0).uniform(0, 48, (3, 5, 2))
    transforms = np.stack([square_transform((9, 8, 30), 48, angle) for angle in (0, 40, 170)])
    moved = transform_points(points, transforms)
    np.testing.assert_allclose(moved[1], transform_points(points[1], transforms[1]))
    np.testing.assert_allclose(transform_points(moved, invert(transforms)), points)


# Boxes ---------------------------------------------------------------------------------------------------------------


def test_overlap_of_boxes_is_that_of_their_areas() -> None:
    others = [(0, 0, 10, 10), (5, 0, 10, 10), (10, 0, 10, 10)]
    np.testing.assert_allclose(intersection_over_union([(0, 0, 10, 10)], others), [[1, 50 / 150, 0]])
    assert intersection_over_union([(0, 0, 0, 0)], [(0, 0, 0, 0)]) == 0
    assert intersection_over_union([], others).shape == (0, 3)
