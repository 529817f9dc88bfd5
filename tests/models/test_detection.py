import threading

import cv2
import numpy as np
import pytest

from models import load_image
from models.detection import DETECTORS, Detector, Face, detect
from sample_images import SAMPLES

PHOTOS = {sample.key: load_image(sample.path) for sample in SAMPLES}


def holds(face: Face, x: float, y: float) -> bool:
    left, top, width, height = face.box
    return left < x < left + width and top < y < top + height


def test_the_astronauts_face_is_found() -> None:
    (face,) = detect(PHOTOS["astronaut"])
    assert holds(face, 208, 100)  # the left eye on the picture
    assert holds(face, 246, 100)
    assert holds(face, 223, 145)  # the mouth
    assert 80 < face.box[2] < 130
    assert 0.9 < face.score <= 1
    assert face.angle == 0


def test_grace_hoppers_face_is_found() -> None:
    (face,) = detect(PHOTOS["hopper"])
    assert holds(face, 215, 190)
    assert holds(face, 305, 190)
    assert holds(face, 262, 280)


@pytest.mark.parametrize("key", ["chessboard", "cat", "cameraman"])
def test_where_no_frontal_face_is_none_is_found(key: str) -> None:
    assert detect(PHOTOS[key]) == []


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_photo_has_no_face(level: int) -> None:
    assert detect(np.full((300, 200, 3), level, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 2048), (23, 23), (24, 24), (2048, 30)])
def test_tiny_and_narrow_photos_are_searched(shape: tuple[int, int]) -> None:
    assert detect(np.zeros((*shape, 3), np.uint8)) == []


def test_faces_are_numbered_from_left_to_right_every_time() -> None:
    faces = detect(PHOTOS["group"])
    assert len(faces) == 5
    assert [face.box for face in faces] == sorted(face.box for face in faces)
    assert [face.box for face in detect(PHOTOS["group"])] == [face.box for face in faces]


def test_one_face_is_found_once() -> None:
    boxes = [face.box for face in detect(PHOTOS["group"])]
    for index, (x, y, width, height) in enumerate(boxes):
        for left, top, w, h in boxes[index + 1 :]:
            assert x + width <= left or left + w <= x or y + height <= top or top + h <= y


def test_a_large_photo_gives_the_same_face_at_its_own_scale() -> None:
    (face,) = detect(PHOTOS["astronaut"])
    (large,) = detect(cv2.resize(PHOTOS["astronaut"], (2048, 2048)))
    np.testing.assert_allclose(large.box, np.array(face.box) * 4, atol=0.12 * large.box[2])


def test_boxes_are_plain_numbers_within_the_photo() -> None:
    height, width = PHOTOS["group"].shape[:2]
    for face in detect(PHOTOS["group"]):
        assert all(type(value) is int for value in face.box)
        assert type(face.score) is float
        x, y, w, h = face.box
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height


def test_threads_find_the_same_faces() -> None:
    photos = [PHOTOS["astronaut"], PHOTOS["hopper"], PHOTOS["noisy"], PHOTOS["chessboard"]]
    expected = [[face.box for face in detect(photo)] for photo in photos]
    found: list[list[tuple[int, int, int, int]]] = [[] for _ in photos]

    def search(index: int) -> None:
        found[index] = [face.box for face in detect(photos[index])]

    threads = [threading.Thread(target=search, args=(index,)) for index in range(len(photos))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


def test_an_unknown_detector_is_refused_with_near_matches() -> None:
    with pytest.raises(ValueError, match=r"Unknown detector 'hear'\. Did you mean haar\? Known: haar\."):
        detect(PHOTOS["cat"], detector="hear")


def test_another_detector_can_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Face((50, 0, 9, 9), 0.5), Face((3, 4, 9, 9), 0.9)]
    monkeypatch.setitem(DETECTORS, "fixed", Detector("Fixed", "Always the same.", lambda image: found))
    assert detect(PHOTOS["cat"], detector="fixed") == found[::-1]


def test_the_photo_is_left_unchanged() -> None:
    photo = PHOTOS["dark"].copy()
    photo.flags.writeable = False
    assert len(detect(photo)) == 1
