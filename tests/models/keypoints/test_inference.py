import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models import keypoints, load_card, load_image
from models.images import cut_out
from models.keypoints import (
    GROUPS,
    KAGGLE_NAMES,
    MARGIN,
    MIRRORED,
    NAMES68,
    POINTS,
    SIZE,
    boxes_of_points,
    crop_squares,
    face_odds,
    locate,
    look,
    look_all_round,
    predict,
    shape_residual,
    square_of_marks,
    square_of_points,
    squares_of_boxes,
    to_kaggle,
    to_marks,
    transform_points,
    turned_square_of_points,
)
from sample_images import SAMPLES

ASTRONAUT = load_image(SAMPLES[0].path)
ABOUT_ASTRONAUT = np.array([[223.0, 130.0, 150.0]])
RANDOM = np.random.default_rng(0)


def turn(points: np.ndarray, angle: float) -> np.ndarray:
    """Points turned clockwise about the picture's corner."""
    cosine, sine = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return points @ np.array([[cosine, -sine], [sine, cosine]]).T


@pytest.fixture(scope="module")
def astronaut() -> keypoints.Look:
    return look(ASTRONAUT, ABOUT_ASTRONAUT, np.zeros(1))


@pytest.fixture(scope="module")
def crop() -> np.ndarray:
    return crop_squares(ASTRONAUT, ABOUT_ASTRONAUT, np.zeros(1))[0][0]


# The points and their order ------------------------------------------------------------------------------------------


def test_every_point_has_one_name_and_one_group() -> None:
    assert len(set(NAMES68)) == POINTS
    assert sorted(point for group in GROUPS.values() for point in group) == list(range(POINTS))


def test_mirroring_twice_changes_nothing() -> None:
    mirrored = np.array(MIRRORED)
    np.testing.assert_array_equal(mirrored[mirrored], np.arange(POINTS))


def test_mirroring_swaps_left_and_right_and_nothing_else() -> None:
    for point, name in enumerate(NAMES68):
        other = NAMES68[MIRRORED[point]]
        sides = {"right": "left", "left": "right"}
        first, _, rest = name.partition("_")
        assert other.startswith(sides[first] + "_" + rest[:3] if first in sides else name.rsplit("_", 1)[0])


def test_the_15_points_are_kaggles() -> None:
    points = np.stack([np.arange(POINTS), 100.0 + np.arange(POINTS)], axis=1)
    found = to_kaggle(points)
    assert found.shape == (len(KAGGLE_NAMES), 2) == (15, 2)
    by_name = dict(zip(KAGGLE_NAMES, found[:, 0], strict=True))
    assert by_name["left_eye_center"] == np.mean(range(42, 48))
    assert by_name["right_eye_center"] == np.mean(range(36, 42))
    assert by_name["left_eye_inner_corner"] == 42
    assert by_name["left_eyebrow_outer_end"] == 26
    assert by_name["right_eyebrow_inner_end"] == 21
    assert by_name["nose_tip"] == 30
    assert by_name["mouth_left_corner"] == 54
    assert by_name["mouth_center_bottom_lip"] == 57
    np.testing.assert_array_equal(to_kaggle(np.stack([points, points + 1]))[1], found + 1)


def test_the_five_marks_stand_from_the_images_left_to_its_right() -> None:
    points = np.stack([np.arange(POINTS), np.zeros(POINTS)], axis=1)
    np.testing.assert_array_equal(to_marks(points)[:, 0], [38.5, 44.5, 30, 48, 54])


def test_another_number_of_points_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(…, 68, 2\), but have \(15, 2\)"):
        to_kaggle(np.zeros((15, 2)))


# Squares and boxes ---------------------------------------------------------------------------------------------------


def test_the_square_has_the_points_middle_and_more_than_their_extent() -> None:
    points = np.full((POINTS, 2), 10.0)
    points[3], points[4] = (0, 20), (40, 80)
    np.testing.assert_allclose(square_of_points(points), [20, 45, MARGIN * 70])


def test_the_square_of_marks_moves_turns_and_grows_with_them() -> None:
    marks = RANDOM.uniform(0, 100, (5, 2))
    x, y, side = square_of_marks(marks)
    moved = square_of_marks(np.add(turn(2 * marks, 50), [7, -3]))
    np.testing.assert_allclose(moved[:2], turn(np.array([[2 * x, 2 * y]]), 50)[0] + [7, -3])
    assert moved[2] == pytest.approx(2 * side)


def test_both_squares_of_a_face_are_about_the_same(astronaut: keypoints.Look) -> None:
    by_points = turned_square_of_points(astronaut.points, astronaut.angles)[0]
    by_marks = square_of_marks(to_marks(astronaut.points))[0]
    assert np.abs(by_points - by_marks).max() < 0.12 * by_points[2]


def test_the_square_of_a_turned_face_is_that_of_the_upright_one() -> None:
    points = RANDOM.uniform(0, 100, (3, POINTS, 2))
    upright = square_of_points(points)
    angles = np.array([30.0, -100.0, 180.0])
    found = turned_square_of_points(np.stack([turn(*one) for one in zip(points, angles, strict=True)]), angles)
    np.testing.assert_allclose(found[:, 2], upright[:, 2])
    for square, middle, angle in zip(found, upright[:, :2], angles, strict=True):
        np.testing.assert_allclose(square[:2], turn(middle[None], angle)[0])


def test_a_box_reaches_over_the_forehead() -> None:
    points = np.full((1, POINTS, 2), 50.0)
    points[0, 0], points[0, 8], points[0, 16] = (10, 40), (50, 110), (90, 40)
    np.testing.assert_allclose(boxes_of_points(points, np.zeros(1)), [[10.5, 40.5 - 21, 80, 91]])


def test_the_box_of_a_lying_face_lies() -> None:
    points = RANDOM.uniform(0, 100, (1, POINTS, 2))
    _, _, width, height = boxes_of_points(points, np.zeros(1))[0]
    lying = boxes_of_points(turn(points, 90), np.array([90.0]))[0]
    np.testing.assert_allclose(lying[2:], [height, width])


@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0, 270.0])
def test_a_box_gives_back_the_square_of_its_face(angle: float) -> None:
    points = turn(RANDOM.uniform(0, 100, (1, POINTS, 2)), angle)
    angles = np.array([angle])
    square = squares_of_boxes(boxes_of_points(points, angles), angles)
    np.testing.assert_allclose(square, turned_square_of_points(points, angles), atol=1e-9)


def test_crops_are_turned_upright_and_their_transforms_lead_back() -> None:
    photo = np.zeros((200, 200, 3), np.uint8)
    cv2.circle(photo, (140, 100), 6, (255, 255, 255), -1)  # to the right of the middle
    crops, transforms = crop_squares(photo, np.array([[100, 100, 96], [100, 100, 96]]), np.array([0.0, 90.0]))
    places = np.array([np.unravel_index(cv2.blur(crop, (5, 5)).argmax(), crop.shape)[::-1] for crop in crops], float)
    assert places[0, 0] > 80
    assert places[1, 1] < 15  # what is on the right of a face lying on its right side is above it
    back = transform_points(places[:, None], transforms)
    np.testing.assert_allclose(back[:, 0], [[140, 100]] * 2, atol=6)


# The network ---------------------------------------------------------------------------------------------------------


def test_points_and_confidence_come_for_every_face(crop: np.ndarray) -> None:
    found = locate(np.stack([crop, crop[:, ::-1]]))
    assert found.points.shape == (2, POINTS, 2)
    assert found.confidence.shape == (2, POINTS)
    assert found.points.dtype == found.confidence.dtype == np.float32
    assert len(found) == 2
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert ((found.points >= 0) & (found.points <= SIZE - 1)).all()
    np.testing.assert_array_equal(predict(crop[None]), locate(crop[None]).points)


def test_a_face_is_found_where_it_is(astronaut: keypoints.Look) -> None:
    expected = [[203, 101], [247, 104], [225, 129], [204, 140], [247, 141]]  # read off the photo
    np.testing.assert_allclose(to_marks(astronaut.points)[0], expected, atol=5)


def test_the_mirror_image_has_the_mirrored_points(crop: np.ndarray) -> None:
    plain, mirrored = predict(np.stack([crop, crop[:, ::-1]]))
    back = mirrored[list(MIRRORED)] * [-1, 1] + [SIZE - 1, 0]
    assert np.linalg.norm(back - plain, axis=1).mean() < 2


def test_a_batch_equals_its_parts(crop: np.ndarray) -> None:
    faces = np.stack([np.roll(crop, 3 * step, axis=1) for step in range(5)])
    parts = [locate(face[None]) for face in faces]
    whole = locate(faces)
    np.testing.assert_allclose(whole.points, np.concatenate([part.points for part in parts]), atol=1e-3)
    np.testing.assert_allclose(whole.confidence, np.concatenate([part.confidence for part in parts]), atol=1e-5)


def test_more_faces_than_one_pass_takes_come_in_order(crop: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = np.stack([np.roll(crop, step, axis=0) for step in range(5)])
    expected = predict(faces)
    monkeypatch.setattr(keypoints.inference, "_BATCH", 2)
    np.testing.assert_allclose(predict(faces), expected, atol=1e-3)


def test_no_faces_give_no_points() -> None:
    found = locate(np.zeros((0, SIZE, SIZE), np.uint8))
    assert found.points.shape == (0, POINTS, 2)
    assert found.confidence.shape == (0, POINTS)


def test_one_trace_serves_every_number_of_faces(crop: np.ndarray) -> None:
    for count in (1, 2, 3):
        predict(np.repeat(crop[None], count, axis=0))
    assert keypoints.inference._compiled().experimental_get_tracing_count() == 1  # type: ignore[attr-defined]


def test_threads_share_the_network_without_mixing_faces(crop: np.ndarray) -> None:
    faces = np.stack([np.roll(crop, 4 * step, axis=1) for step in range(4)])
    expected = predict(faces)
    found: list[np.ndarray] = [np.empty(0)] * len(faces)

    def score(index: int) -> None:
        for _ in range(5):
            found[index] = predict(faces[index : index + 1])[0]

    threads = [threading.Thread(target=score, args=(index,)) for index in range(len(faces))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(np.stack(found), expected, atol=1e-3)


@pytest.mark.parametrize(
    "faces",
    [np.zeros((96, 96), np.uint8), np.zeros((1, 48, 48), np.uint8), np.zeros((1, 96, 96), np.float32)],
    ids=["one face without a batch", "another size", "floats"],
)
def test_faces_of_another_form_are_refused(faces: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        locate(faces)


def test_confidence_falls_on_hidden_points(astronaut: keypoints.Look) -> None:
    squares = turned_square_of_points(astronaut.points, astronaut.angles)
    crops, _ = crop_squares(ASTRONAUT, squares, astronaut.angles)
    plain = locate(crops)
    mouth = list(GROUPS["mouth"])
    (left, top), (right, bottom) = plain.points[0, mouth].min(axis=0), plain.points[0, mouth].max(axis=0)
    crops[0, round(top) - 4 : round(bottom) + 5, round(left) - 4 : round(right) + 5] = 110
    hidden = locate(crops)
    fall = plain.confidence[0] - hidden.confidence[0]
    assert fall[mouth].mean() > 0.1
    assert fall[mouth].mean() > 2 * fall[list(GROUPS["eyes"])].mean()


# Looking at a photo --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [-35.0, 25.0])
def test_a_wrong_angle_and_square_are_put_right(astronaut: keypoints.Look, angle: float) -> None:
    found = look(ASTRONAUT, ABOUT_ASTRONAUT * [1.05, 0.92, 1.25], np.array([angle]))
    assert found.angles[0] == pytest.approx(astronaut.angles[0], abs=2)
    eyes = np.linalg.norm(np.subtract(*to_marks(astronaut.points)[0, :2]))
    assert np.linalg.norm(found.points - astronaut.points, axis=-1).mean() < 0.05 * eyes


def test_a_face_upside_down_is_found_by_looking_all_round(astronaut: keypoints.Look) -> None:
    height, width = ASTRONAUT.shape[:2]
    photo = np.ascontiguousarray(ASTRONAUT[::-1, ::-1])
    x, y, side = ABOUT_ASTRONAUT[0]
    square = [width - 1 - x, height - 1 - y, side]
    found = look_all_round(photo, np.array([[square] * 4]))
    assert abs(found.angles[0] - astronaut.angles[0]) == pytest.approx(180, abs=1)
    back = [width - 1, height - 1] - found.points
    assert np.linalg.norm(back - astronaut.points, axis=-1).mean() < 1.5


def test_faces_looked_at_together_are_those_looked_at_one_by_one() -> None:
    squares = ABOUT_ASTRONAUT + np.array([[0, 0, 0], [8, -5, 20], [300, 200, -100]])
    angles = np.array([0.0, 20.0, 45.0])
    together = look(ASTRONAUT, squares, angles)
    for index in range(3):
        alone = look(ASTRONAUT, squares[index : index + 1], angles[index : index + 1])
        np.testing.assert_allclose(together.points[index], alone.points[0], atol=0.05)
        np.testing.assert_allclose(together.angles[index], alone.angles[0], atol=0.05)


def test_no_squares_give_no_points() -> None:
    assert look(ASTRONAUT, np.zeros((0, 3)), np.zeros(0)).points.shape == (0, POINTS, 2)
    assert look_all_round(ASTRONAUT, np.zeros((0, 4, 3))).points.shape == (0, POINTS, 2)


@pytest.mark.parametrize(
    ("photo", "square"),
    [
        (ASTRONAUT, (-5000, 9000, 40)),
        (ASTRONAUT, (200, 100, 1e-6)),
        (ASTRONAUT, (200, 100, 1e6)),
        (np.zeros((1, 1, 3), np.uint8), (0, 0, 1)),
        (np.zeros((1, 3000, 3), np.uint8), (1500, 0, 90)),
    ],
    ids=["outside", "a point", "huge", "one pixel", "a line"],
)
def test_squares_of_any_kind_are_looked_at(photo: np.ndarray, square: tuple[float, float, float]) -> None:
    found = look(photo, np.array([square]), np.array([77.0]))
    assert np.isfinite(found.points).all()
    assert np.isfinite(found.angles).all()
    assert np.isfinite(face_odds(found)).all()
    assert np.isfinite(boxes_of_points(found.points, found.angles)).all()


def test_look_tells_the_crops_that_show_its_points() -> None:
    found = look(ASTRONAUT, np.array([[235.0, 121.0, 190.0]]), np.array([25.0]))
    crop = cut_out(ASTRONAUT, found.transforms[0], SIZE)
    points = transform_points(predict(crop[None]), found.transforms)
    np.testing.assert_allclose(points, found.points, atol=0.01)


def test_the_odds_tell_a_face_from_what_is_none(astronaut: keypoints.Look) -> None:
    assert face_odds(astronaut)[0] > 1
    noise = RANDOM.integers(0, 256, (200, 200, 3), dtype=np.uint8)
    board = load_image(next(sample.path for sample in SAMPLES if sample.key == "chessboard"))
    for photo in (noise, board, ASTRONAUT[-120:]):
        assert face_odds(look(photo, np.array([[100.0, 60.0, 90.0]]), np.zeros(1)))[0] < 0


def test_a_shape_that_no_face_has_speaks_against_one(astronaut: keypoints.Look) -> None:
    shuffled = replace(astronaut, points=astronaut.points[:, RANDOM.permutation(POINTS)])
    assert face_odds(shuffled)[0] < 0


def test_the_residual_ignores_place_size_and_turn() -> None:
    mean = np.array(load_card("keypoints").mean_shape)
    mean -= mean.mean(axis=0)
    faces = np.stack([mean, 3 * turn(mean, 130) + [40, -7], mean * [1, 0.5], RANDOM.uniform(0, 96, (POINTS, 2))])
    residual = shape_residual(faces)
    np.testing.assert_allclose(residual[:2], 0, atol=1e-6)
    assert 0.1 < residual[2] < residual[3] <= 1
    assert shape_residual(np.ones((1, POINTS, 2))).shape == (1,)  # all points at one place
