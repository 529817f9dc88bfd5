"""Both detectors find what they are for; the search around the network is right for any network and any photo."""

import math
import threading
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from models import load_image
from models.detection import (
    DETECTORS,
    FINE,
    LEVELS,
    PEOPLE_STRIDE,
    STRIDE,
    USUAL_PERSON,
    USUAL_SIDE,
    Body,
    BodyMaps,
    Detector,
    Face,
    Forward,
    Found,
    Maps,
    angle_of,
    compile_network,
    detect,
    drop_parts,
    look_again,
    picture_of_face,
    search,
    search_bodies,
    search_both,
    search_scale,
    suppress,
    to_bodies,
    to_faces,
)
from sample_images import SAMPLES

PHOTOS = {sample.key: load_image(sample.path) for sample in SAMPLES}
Place = tuple[float, float]
_ASTRONAUT: list[Place] = [(208, 100), (246, 100), (223, 145)]
PLACES: dict[str, list[list[Place]]] = {  # of each face the eyes and the mouth, read off the photos
    "astronaut": [_ASTRONAUT],
    "hopper": [[(222, 190), (306, 187), (265, 280)]],
    "group": [
        [(226, 197), (305, 197), (275, 280)],
        [(673, 111), (716, 111), (693, 153)],
        [(124, 579), (147, 579), (136, 601)],
        [(359, 586), (390, 586), (372, 620)],
        [(654, 525), (712, 525), (686, 586)],
    ],
    "tilted": [[(315, 103), (347, 133), (302, 149)]],
    "dark": [_ASTRONAUT],
    "noisy": [_ASTRONAUT],
}
SHAPES = [(1, 1), (1, 2048), (23, 23), (31, 33), (2048, 30), (480, 640), (700, 500), (1500, 2000), (3, 60_000)]


def holds(face: Face, x: float, y: float) -> bool:
    left, top, width, height = face.box
    return left < x < left + width and top < y < top + height


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union of two boxes."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(across, 0) * max(down, 0)
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


# The cascade ---------------------------------------------------------------------------------------------------------


def test_the_astronauts_face_is_found() -> None:
    (face,) = detect(PHOTOS["astronaut"], "haar")
    assert holds(face, 208, 100)  # the left eye on the picture
    assert holds(face, 246, 100)
    assert holds(face, 223, 145)  # the mouth
    assert 80 < face.box[2] < 130
    assert 0.9 < face.score <= 1
    assert face.angle == 0


def test_grace_hoppers_face_is_found() -> None:
    (face,) = detect(PHOTOS["hopper"], "haar")
    assert holds(face, 215, 190)
    assert holds(face, 305, 190)
    assert holds(face, 262, 280)


@pytest.mark.parametrize("key", ["chessboard", "cat", "cameraman"])
def test_where_no_frontal_face_is_none_is_found(key: str) -> None:
    assert detect(PHOTOS[key], "haar") == []


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_photo_has_no_face(level: int) -> None:
    assert detect(np.full((300, 200, 3), level, np.uint8), "haar") == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 2048), (23, 23), (24, 24), (2048, 30)])
def test_tiny_and_narrow_photos_are_searched(shape: tuple[int, int]) -> None:
    assert detect(np.zeros((*shape, 3), np.uint8), "haar") == []


@pytest.mark.parametrize(("side", "scale"), [(400, 0.25), (300, 0.5), (40, 1.0)])
def test_a_face_is_looked_for_on_the_smallest_picture_that_answers_for_it(side: int, scale: float) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    picture, transform = picture_of_face(photo, (10, 20, side, side))
    height, width = (32 * math.ceil(length * scale / 32) for length in photo.shape[:2])
    assert picture.shape == (height, width, 3)
    np.testing.assert_allclose(transform @ [-0.5, -0.5, 1], [-0.5, -0.5], atol=1e-4)  # the corner stays the corner
    np.testing.assert_allclose(transform @ [640 * scale - 0.5, 0, 1], [639.5, 0.5 / scale - 0.5], atol=1e-3)
    assert (picture[round(480 * scale) :] == 127).all()  # beyond the photo


def test_faces_are_numbered_from_left_to_right_every_time() -> None:
    faces = detect(PHOTOS["group"], "haar")
    assert len(faces) == 5
    assert [face.box for face in faces] == sorted(face.box for face in faces)
    assert [face.box for face in detect(PHOTOS["group"], "haar")] == [face.box for face in faces]


def test_one_face_is_found_once() -> None:
    boxes = [face.box for face in detect(PHOTOS["group"], "haar")]
    for index, (x, y, width, height) in enumerate(boxes):
        for left, top, w, h in boxes[index + 1 :]:
            assert x + width <= left or left + w <= x or y + height <= top or top + h <= y


def test_a_large_photo_gives_the_same_face_at_its_own_scale() -> None:
    (face,) = detect(PHOTOS["astronaut"], "haar")
    (large,) = detect(cv2.resize(PHOTOS["astronaut"], (2048, 2048)), "haar")
    np.testing.assert_allclose(large.box, np.array(face.box) * 4, atol=0.12 * large.box[2])


def test_boxes_are_plain_numbers_within_the_photo() -> None:
    height, width = PHOTOS["group"].shape[:2]
    for face in detect(PHOTOS["group"], "haar"):
        assert all(type(value) is int for value in face.box)
        assert type(face.score) is float
        x, y, w, h = face.box
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height


@pytest.mark.slow
def test_threads_find_the_same_faces() -> None:
    photos = [PHOTOS["astronaut"], PHOTOS["hopper"], PHOTOS["noisy"], PHOTOS["chessboard"]]
    expected = [[face.box for face in detect(photo, "haar")] for photo in photos]
    found: list[list[tuple[int, int, int, int]]] = [[] for _ in photos]

    def search(index: int) -> None:
        found[index] = [face.box for face in detect(photos[index], "haar")]

    threads = [threading.Thread(target=search, args=(index,)) for index in range(len(photos))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_an_unknown_detector_is_refused_with_near_matches() -> None:
    with pytest.raises(ValueError, match=r"Unknown detector 'hear'\. Did you mean haar\? Known: cnn, haar\."):
        detect(PHOTOS["cat"], detector="hear")


def test_another_detector_can_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Face((50, 0, 9, 9), 0.5), Face((3, 4, 9, 9), 0.9)]
    monkeypatch.setitem(DETECTORS, "fixed", Detector("Fixed", "Always the same.", lambda image: found))
    assert detect(PHOTOS["cat"], detector="fixed") == found[::-1]


def test_the_photo_is_left_unchanged() -> None:
    photo = PHOTOS["dark"].copy()
    photo.flags.writeable = False
    assert len(detect(photo, "haar")) == 1


# The shipped network --------------------------------------------------------------------------------------------------


def turned(photo: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The photo turned clockwise, nothing cut off, and the (2, 3) map of its pixels."""
    height, width = photo.shape[:2]
    map_ = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle, 1.0)
    size = np.abs(map_[:, :2]) @ [width, height]
    map_[:, 2] += (size - [width, height]) / 2
    return cv2.warpAffine(photo, map_, (round(size[0]), round(size[1])), borderValue=(127, 127, 127)), map_


def test_the_network_is_the_usual_detector() -> None:
    usual, named = detect(PHOTOS["group"]), detect(PHOTOS["group"], "cnn")
    assert [face.box for face in usual] == [face.box for face in named]
    assert all(face.marks is not None for face in usual)


@pytest.mark.parametrize(("key", "places"), PLACES.items())
def test_the_network_finds_the_faces_of_a_sample_and_their_marks(key: str, places: list[list[Place]]) -> None:
    faces = [face for face in detect(PHOTOS[key]) if face.box[2] > 24]  # round buttons pass for tiny faces
    assert len(faces) == len(places)
    for eye, other, mouth in places:
        (face,) = (face for face in faces if holds(face, *mouth))
        assert face.marks is not None
        side = math.sqrt(face.box[2] * face.box[3])
        found = np.stack([face.marks[0], face.marks[1], face.marks[3:].mean(axis=0)])
        assert np.linalg.norm(found - [eye, other, mouth], axis=1).max() < 0.15 * side


@pytest.mark.parametrize("key", ["chessboard", "cat"])
def test_the_network_sees_no_face_where_none_is(key: str) -> None:
    assert detect(PHOTOS[key]) == []


@pytest.mark.slow
@pytest.mark.parametrize("angle", range(-180, 180, 30))
def test_the_network_finds_a_face_at_every_angle(angle: int) -> None:
    upright = max(detect(PHOTOS["astronaut"]), key=lambda face: face.score)
    photo, map_ = turned(PHOTOS["astronaut"], angle)
    face = max(detect(photo), key=lambda face: face.score)
    x, y, w, h = upright.box
    assert holds(face, *(map_ @ [x + w / 2, y + h / 2, 1]))
    assert (face.angle - upright.angle - angle + 180) % 360 - 180 == pytest.approx(0, abs=20)


@pytest.mark.slow
@pytest.mark.parametrize("side", [24, 40, 80, 200, 400, 600])
def test_the_network_finds_small_and_large_faces(side: int) -> None:
    scale = side / 110  # of the astronaut's face, 70 pixels around the middle of which are shown
    face = PHOTOS["astronaut"][20:190, 130:310]
    face = cv2.resize(face, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    photo = np.full((1000, 1300, 3), 127, np.uint8)
    photo[40 : 40 + face.shape[0], 50 : 50 + face.shape[1]] = face
    (found,) = (face for face in detect(photo) if holds(face, 50 + 92 * scale, 40 + 110 * scale))  # above her lip
    assert math.sqrt(found.box[2] * found.box[3]) == pytest.approx(side, rel=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("side", [216, 432, 864, 1728])
@pytest.mark.parametrize("reach", [0.5, 0.6])
@pytest.mark.parametrize("key", ["astronaut", "hopper", "tilted", "dark"])
def test_the_network_finds_a_face_as_tall_as_the_photo(key: str, reach: float, side: int) -> None:
    x, y, w, h = max(detect(PHOTOS[key]), key=lambda face: face.score).box
    left, top, right, bottom = (
        round(middle + sign * reach * max(w, h)) for sign in (-1, 1) for middle in (x + w / 2, y + h / 2)
    )
    crop = PHOTOS[key][max(top, 0) : bottom, max(left, 0) : right]
    scale = side / max(crop.shape[:2])
    face = max(detect(cv2.resize(crop, None, fx=scale, fy=scale)), key=lambda face: face.score)
    expected = (np.array([x, y, w, h]) - [max(left, 0), max(top, 0), 0, 0]) * scale
    assert overlap(face.box, tuple(expected.tolist())) > 0.6


def test_a_part_of_a_face_is_no_second_face() -> None:
    boxes = np.array([[0, 0, 100, 100], [20, 20, 40, 40], [60, 60, 50, 50], [60, 60, 90, 90]], np.float32)
    scores = np.array([0.9, 0.8, 0.7, 0.6], np.float32)
    kept = drop_parts(Found(boxes, scores, np.zeros((4, 5, 2), np.float32)))
    assert kept.boxes.tolist() == boxes[[0, 2, 3]].tolist()


def test_unsure_faces_are_looked_at_again_upright_and_at_one_size() -> None:
    image = photo_with((200, 200), (80, 60, 40, 40))
    marks = np.array([[[120, 60], [120, 100], [100, 80], [80, 60], [80, 100]]], np.float32)  # turned by 90°
    seen: list[np.ndarray] = []

    def forward(pictures: np.ndarray) -> Maps:
        seen.append(pictures)
        scores = np.zeros((len(pictures), 12, 12, 1), np.float32)
        scores[:, 6, 6] = 0.9
        return scores, np.zeros((1, 12, 12, 4)), np.zeros((1, 12, 12, 10))

    box = np.array([[80, 60, 40, 40]], np.float32)
    unsure, sure = (Found(box, np.array([score], np.float32), marks) for score in (0.4, 0.6))
    assert look_again(image, sure, forward) is sure
    assert not seen
    again = look_again(image, unsure, forward)
    np.testing.assert_allclose(again.scores, [0.65])
    assert again.boxes.tolist() == box.tolist()
    (look,) = seen[0]
    assert look.shape == (96, 96, 3)
    assert (look[18:78, 18:78] == 255).all()  # the face, 64 pixels wide
    assert (look[:14] == 20).all()


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("level", [0, 255])
def test_the_network_takes_photos_of_any_shape(shape: tuple[int, int], level: int) -> None:
    assert detect(np.full((*shape, 3), level, np.uint8)) == []


# The search around the network, with a network that knows the answer -------------------------------------------------


def finds_white(seen: list[tuple[int, ...]] | None = None) -> Callable[[np.ndarray], Maps]:
    """A forward pass that takes every white patch for a face, with its corners and centre as marks."""

    def forward(pictures: np.ndarray) -> Maps:
        if seen is not None:
            seen.append(pictures.shape)
        number, height, width, _ = pictures.shape
        assert height % 32 == width % 32 == 0
        if number > 1:
            return tuple(np.concatenate(maps) for maps in zip(*map(forward, pictures[:, None]), strict=True))
        rows, columns = height // STRIDE, width // STRIDE
        scores = np.zeros((1, rows, columns, 1), np.float32)
        boxes, marks = np.zeros((1, rows, columns, 4), np.float32), np.zeros((1, rows, columns, 10), np.float32)
        count, _, patches, _ = cv2.connectedComponentsWithStats((pictures[0].min(axis=2) > 160).astype(np.uint8))
        for x, y, w, h, _ in patches[1:count]:
            centre = np.array([x + w / 2, y + h / 2])
            column, row = np.minimum(centre // STRIDE, [columns - 1, rows - 1]).astype(int)
            cell = (np.array([column, row]) + 0.5) * STRIDE
            scores[0, row, column] = 0.5 + 0.5 * min(w, h) / max(height, width)
            boxes[0, row, column] = [*(centre - cell) / [w, h], math.log(w / USUAL_SIDE), math.log(h / USUAL_SIDE)]
            points = np.array([[x, y], [x + w, y], centre, [x, y + h], [x + w, y + h]])
            marks[0, row, column] = ((points - centre) / math.sqrt(w * h)).ravel()
        return scores, boxes, marks

    return forward


def photo_with(shape: tuple[int, int], *patches: tuple[int, int, int, int]) -> np.ndarray:
    image = np.full((*shape, 3), 20, np.uint8)
    for x, y, w, h in patches:
        image[y : y + h, x : x + w] = 255
    return image


@pytest.mark.parametrize(
    "shape", [(480, 640), (480, 360), (333, 500), (900, 1200), (1600, 1200), (100, 130), (150, 1900)]
)
def test_boxes_and_marks_come_back_in_photo_pixels(shape: tuple[int, int]) -> None:
    height, width = shape
    patch = (width // 2, height // 4, width // 12 + 20, height // 6 + 20)
    found = search(photo_with(shape, patch), finds_white(), 0.3)
    assert len(found.scores) == 1
    tolerance = 2.5 / min(search_scale(height, width), 1)
    np.testing.assert_allclose(found.boxes[0], patch, atol=tolerance)
    x, y, w, h = patch
    corners = [[x, y], [x + w, y], [x + w / 2, y + h / 2], [x, y + h], [x + w, y + h]]
    np.testing.assert_allclose(found.marks[0], corners, atol=tolerance)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_is_bounded_for_every_photo(shape: tuple[int, int]) -> None:
    seen: list[tuple[int, ...]] = []
    assert len(search(photo_with(shape), finds_white(seen), 0.3).scores) == 0
    is_fine = search_scale(*shape) * FINE.scale <= 1
    assert len(seen) == len(LEVELS) + is_fine + 1  # the last for a face as tall as the photo
    pixels = [height * width for _, height, width, _ in seen]
    assert max(pixels) <= (4 if is_fine else 1) * 640 * 640 + 32 * 5200
    assert max(max(shape) for shape in seen) <= 5120


def test_a_photo_of_640_by_480_is_searched_as_it_is() -> None:
    assert search_scale(480, 640) == 1
    assert search_scale(640, 480) == 1
    assert search_scale(240, 320) == 2
    assert search_scale(24, 32) == 2  # and no more
    assert search_scale(3000, 4000) == pytest.approx(0.16)
    assert search_scale(300, 3000) == pytest.approx(math.sqrt(640 * 480 / 900_000))


def test_a_photo_with_a_sure_face_is_not_searched_at_the_coarse_size() -> None:
    seen: list[tuple[int, ...]] = []
    search(photo_with((480, 640), (100, 100, 120, 120)), finds_white(seen), 0.3)
    assert [shape[1:3] for shape in seen] == [(480, 640), (256, 320)]


def test_tiny_faces_of_a_large_photo_are_found_at_the_fine_size() -> None:
    patches = [(300 + 120 * number, 500, 24, 28) for number in range(8)]
    seen: list[tuple[int, ...]] = []
    found = search(photo_with((1500, 2000), *patches), finds_white(seen), 0.3)
    assert len(found.scores) == 8
    for patch in patches:
        assert max(overlap(tuple(box), patch) for box in found.boxes.tolist()) > 0.7


def test_hundreds_of_faces_are_found() -> None:
    patches = [(40 * column + 6, 40 * row + 6, 24, 24) for column in range(25) for row in range(18)]
    found = search(photo_with((720, 1000), *patches), finds_white(), 0.3)
    assert len(found.scores) == 450


def test_no_more_faces_than_can_be_handled() -> None:
    grid = np.stack(np.meshgrid(np.arange(60), np.arange(60)), axis=-1).reshape(-1, 2) * 20
    boxes = np.concatenate([grid, np.full((3600, 2), 12)], axis=1).astype(np.float32)
    scores = np.linspace(0.3, 0.9, 3600, dtype=np.float32)
    kept = suppress(Found(boxes, scores, np.zeros((3600, 5, 2), np.float32)))
    assert len(kept.scores) == 750
    assert kept.scores[0] == scores[-1]
    assert (np.diff(kept.scores) <= 0).all()


def test_of_boxes_that_overlap_the_best_stays() -> None:
    boxes = np.array([[0, 0, 40, 40], [5, 5, 40, 40], [30, 30, 40, 40], [200, 0, 9, 9]], np.float32)
    found = Found(boxes, np.array([0.6, 0.9, 0.5, 0.4], np.float32), np.zeros((4, 5, 2), np.float32))
    kept = suppress(found)
    assert kept.boxes.tolist() == boxes[[1, 2, 3]].tolist()
    np.testing.assert_allclose(kept.scores, [0.9, 0.5, 0.4])


def test_boxes_beyond_the_edge_are_cut_to_whole_pixels_of_the_photo() -> None:
    boxes = np.array([[-10.4, -3, 30.2, 20.7], [90.2, 70, 30, 40], [50.2, 20.4, 0.1, 0.2]], np.float32)
    found = Found(boxes, np.array([0.9, 0.8, 0.7], np.float32), np.zeros((3, 5, 2), np.float32))
    faces = to_faces(found, 80, 100)
    assert [face.box for face in faces] == [(0, 0, 20, 18), (90, 70, 10, 10), (50, 20, 1, 1)]
    for face in faces:
        assert all(type(value) is int for value in face.box)
        assert type(face.score) is type(face.angle) is float
        assert face.marks is not None
        assert face.marks.shape == (5, 2)
        assert face.to_dict()["marks"] == face.marks.tolist()


def test_marks_have_whole_numbers_at_the_centres_of_pixels() -> None:
    marks = np.full((1, 5, 2), 10.5, np.float32)  # the middle of the eleventh pixel
    (face,) = to_faces(Found(np.array([[5, 5, 9, 9]], np.float32), np.ones(1, np.float32), marks), 50, 50)
    assert face.marks is not None
    assert (face.marks == 10).all()


def test_the_angle_of_a_profile_whose_eyes_coincide_is_that_of_its_other_line() -> None:
    marks = np.array([[[50, 40], [50, 40], [56, 50], [52, 60], [48, 60]]], np.float64)
    assert abs(angle_of(marks)[0]) < 45


# People --------------------------------------------------------------------------------------------------------------


def both_white(pictures: np.ndarray) -> tuple[Maps, BodyMaps]:
    """A pass that takes every white patch for a face and for a person."""
    maps = finds_white()(pictures)
    scores = np.zeros((1, pictures.shape[1] // PEOPLE_STRIDE, pictures.shape[2] // PEOPLE_STRIDE, 1), np.float32)
    boxes = np.zeros((*scores.shape[:3], 4), np.float32)
    for row, column in np.argwhere(maps[0][0, ..., 0]):
        shift, size = maps[1][0, row, column, :2], USUAL_SIDE * np.exp(maps[1][0, row, column, 2:])
        centre = (np.array([column, row]) + 0.5) * STRIDE + shift * size
        place = (centre // PEOPLE_STRIDE).astype(int)
        scores[0, place[1], place[0]] = maps[0][0, row, column]
        away = (centre - (place + 0.5) * PEOPLE_STRIDE) / size
        boxes[0, place[1], place[0]] = [*away, *np.log(size / USUAL_PERSON)]
    return maps, (scores, boxes)


@pytest.mark.parametrize("shape", [(480, 640), (333, 500), (1600, 1200)])
def test_people_are_found_where_the_maps_have_them(shape: tuple[int, int]) -> None:
    height, width = shape
    patch = (width // 4, height // 8, width // 5, height // 2)
    image, forward = photo_with(shape, patch), Forward(finds_white(), both_white)
    (body,) = to_bodies(search_bodies(image, forward, 0.3), height, width)
    assert overlap(body.box, patch) > 0.9
    found, bodies = search_both(image, forward, 0.3, 0.3)
    assert bodies is not None
    assert to_bodies(bodies, height, width) == [body]
    assert found.boxes.tolist() == search(image, finds_white(), 0.3).boxes.tolist()


def test_a_network_of_faces_alone_is_asked_for_no_people() -> None:
    with pytest.raises(ValueError, match="no head for people"):
        search_bodies(photo_with((200, 300)), Forward(finds_white()), 0.3)
    assert search_both(photo_with((200, 300)), Forward(finds_white()), 0.3, 0.3)[1] is None


def test_a_body_ends_at_the_photos_edge() -> None:
    boxes, no_marks = np.array([[-10, 20, 50, 300]], np.float32), np.zeros((1, 0, 2), np.float32)
    (body,) = to_bodies(Found(boxes, np.ones(1, np.float32), no_marks), 200, 100)
    assert body == Body((0.0, 20.0, 40.0, 180.0), 1.0)


def test_a_compiled_network_answers_every_size_and_thread_alike() -> None:
    import keras

    pixels = keras.Input((None, None, 3))
    mean = keras.layers.AveragePooling2D(8)(keras.layers.Rescaling(1 / 255)(pixels))
    scores = keras.layers.Conv2D(1, 1, kernel_initializer="ones", name="scores")(mean)
    boxes = keras.layers.Conv2D(4, 1, kernel_initializer="zeros", name="boxes")(mean)
    marks = keras.layers.Conv2D(10, 1, kernel_initializer="zeros", name="marks")(mean)
    forward = compile_network(keras.Model(pixels, [scores, boxes, marks]))
    photos = [np.full((64, 32 * number, 3), 40 * number, np.uint8) for number in range(1, 5)]
    results: list[float] = [0.0] * 4

    def run(index: int) -> None:
        results[index] = float(forward(photos[index][None])[0].mean())

    threads = [threading.Thread(target=run, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(results, [3 * 40 * number / 255 for number in range(1, 5)], rtol=1e-4)
