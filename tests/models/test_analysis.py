import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models import EXPRESSIONS, analyse, analysis, emotion, keypoints, load_image, networks, pose
from models.analysis import hides_mouth
from models.detection import Face
from models.emotion import PLACES
from models.geometry import intersection_over_union
from models.images import crop_face
from sample_images import SAMPLES
from tests.models.people import draw, face_of, place, write_pose

PHOTOS = {sample.key: load_image(sample.path) for sample in SAMPLES}
GROUP, ASTRONAUT = PHOTOS["group"], PHOTOS["astronaut"]
FACE_OF_ASTRONAUT = (177.0, 59.0, 93.0, 119.0)
FACES_BY_HAND = {  # boxes from forehead to chin, read off the photos
    "astronaut": [FACE_OF_ASTRONAUT],
    "hopper": [(172.0, 113.0, 185.0, 221.0)],
    "group": [
        (107.0, 552.0, 52.0, 66.0),
        (183.0, 126.0, 171.0, 207.0),
        (340.0, 558.0, 65.0, 80.0),
        (623.0, 474.0, 121.0, 148.0),
        (652.0, 74.0, 85.0, 107.0),
    ],
    "dark": [FACE_OF_ASTRONAUT],
    "noisy": [FACE_OF_ASTRONAUT],
}


@pytest.fixture
def tiny_emotion(tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts the network that knows nothing but brightness in the place of the emotion network; the others stay."""
    for file in networks.WEIGHTS.iterdir():
        if file.stem in ("keypoints", "detector"):
            shutil.copyfile(file, tmp_path / file.name)
    shutil.copytree(tiny_weights, tmp_path, dirs_exist_ok=True)
    caches = (networks._load, emotion.inference._compiled, emotion.inference._threshold)
    monkeypatch.setattr(networks, "WEIGHTS", tmp_path)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def shaded() -> np.ndarray:
    """A photo that is black at the left and white at the right; nobody is on it."""
    photo = np.zeros((100, 200, 3), np.uint8)
    photo[:, 100:] = 255
    return photo


def turned(photo: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """The photo turned clockwise, nothing cut off, and the (2, 3) map of its pixels."""
    height, width = photo.shape[:2]
    map_ = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle, 1.0)
    size = np.abs(map_[:, :2]) @ [width, height]
    map_[:, 2] += (size - [width, height]) / 2
    shape = (int(np.ceil(size[0])), int(np.ceil(size[1])))
    return cv2.warpAffine(photo, map_, shape, borderMode=cv2.BORDER_REPLICATE), map_


def upright_and_turned(angle: float) -> list[tuple[Face, Face]]:
    """Each sample face as analysed upright and on the turned photo, by hand both times."""
    pairs = []
    for key, boxes in FACES_BY_HAND.items():
        photo, map_ = turned(PHOTOS[key], angle)
        moved = []
        for x, y, width, height in boxes:
            centre = map_ @ [x + width / 2, y + height / 2, 1]
            side = max(width, height)
            moved.append((centre[0] - side / 2, centre[1] - side / 2, side, side))
        upright, other = analyse(PHOTOS[key], boxes=boxes, people=False), analyse(photo, boxes=moved, people=False)
        pairs += zip(upright.faces, other.faces, strict=True)
    return pairs


# What an analysis holds ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("detector", ["cnn", "haar"])
def test_a_photo_without_faces_is_a_normal_answer(detector: str) -> None:
    found = analyse(np.full((100, 120, 3), 128, np.uint8), detector)
    assert found.faces == ()
    assert found.people == ()
    assert found.dropped == 0
    assert found.detector == detector
    assert set(found.seconds) == {"detect", "keypoints", "align", "expression", "pose"}


@pytest.mark.slow
def test_the_network_is_the_usual_detector() -> None:
    found = analyse(ASTRONAUT)
    assert found.detector == "cnn"
    assert len(found.faces) == 1


@pytest.mark.slow
@pytest.mark.parametrize("detector", ["cnn", "haar"])
def test_each_face_carries_what_every_network_said(detector: str) -> None:
    found = analyse(GROUP, detector)
    assert len(found.faces) == 5
    assert [face.box for face in found.faces] == sorted(face.box for face in found.faces)
    for face in found.faces:
        assert face.crop is not None
        assert face.emotion is not None
        assert tuple(face.emotion) == EXPRESSIONS
        np.testing.assert_allclose(list(face.emotion.values()), emotion.predict(face.crop[None])[0], atol=1e-5)
        assert face.landmarks is not None
        assert face.landmarks.shape == (68, 2)
        assert face.landmark_confidence is not None
        assert face.landmark_confidence.shape == (68,)
        assert face.keypoints is not None
        np.testing.assert_array_equal(face.keypoints, keypoints.to_kaggle(face.landmarks))
        assert face.marks is not None
        np.testing.assert_array_equal(face.marks, keypoints.to_marks(face.landmarks))
        x, y, width, height = face.box
        inside = (face.landmarks >= [x - 2, y - 2]) & (face.landmarks <= [x + width + 2, y + height + 2])
        assert inside.all()


@pytest.mark.slow
def test_haar_boxes_become_those_of_the_points() -> None:
    (face,) = analyse(ASTRONAUT, "haar").faces
    np.testing.assert_allclose(face.box, FACE_OF_ASTRONAUT, atol=5)
    assert abs(face.angle) < 6


@pytest.mark.slow
def test_eyes_and_mouth_stand_where_the_emotion_network_learned_them() -> None:
    (face,) = analyse(ASTRONAUT, boxes=[FACE_OF_ASTRONAUT]).faces
    assert face.marks is not None
    assert face.transform is not None
    places = np.concatenate([face.marks[:2], face.marks[3:].mean(axis=0, keepdims=True)])
    back = (places - face.transform[:, 2]) @ np.linalg.inv(face.transform[:, :2]).T
    np.testing.assert_allclose(back, PLACES, atol=1.5)
    scale = np.hypot(*face.transform[:, 0])
    np.testing.assert_allclose(face.transform[:, :2] @ face.transform[:, :2].T, scale**2 * np.eye(2), atol=1e-5)


def test_the_dictionary_is_ready_for_json() -> None:
    found = analyse(GROUP, "haar")
    report = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert report["detector"] == "haar"
    assert report["people"] == [person.to_dict() for person in found.people]
    assert report["dropped"] == found.dropped
    assert report["seconds"] == found.seconds
    for face, told in zip(found.faces, report["faces"], strict=True):
        assert tuple(told["box"]) == face.box
        assert told["angle"] == face.angle
        assert told["emotion"] == face.emotion
        assert told["expression"] == face.expression
        assert told["score"] == face.score
        np.testing.assert_allclose(told["landmarks"], face.landmarks)
        assert len(told["landmark_confidence"]) == 68


# At any angle --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_face_reads_the_same_at_every_angle() -> None:
    moved: dict[bool, list[float]] = {True: [], False: []}
    for angle in range(15, 360, 15):
        for upright, other in upright_and_turned(float(angle)):
            assert upright.emotion is not None
            assert other.emotion is not None
            shares = np.array([list(face.emotion.values()) for face in (upright, other) if face.emotion])
            moved[shares[0].max() >= 0.8].append(np.abs(shares[0] - shares[1]).sum() / 2)
            assert other.landmarks is not None
            assert (other.angle - upright.angle - angle + 180) % 360 - 180 == pytest.approx(0, abs=4)
    assert len(moved[True]) == 23 * 5
    assert len(moved[False]) == 23 * 4
    assert np.mean(moved[True]) <= 0.02, "the share of a sure answer that goes to other expressions"
    assert np.mean(moved[False]) <= 0.2, "the same of answers between several expressions"


def test_the_crop_of_a_turned_face_is_that_of_the_upright_one() -> None:
    for upright, other in upright_and_turned(140.0):
        assert upright.crop is not None
        assert other.crop is not None
        first, second = upright.crop.astype(float).ravel(), other.crop.astype(float).ravel()
        assert np.corrcoef(first, second)[0, 1] > 0.95


@pytest.mark.slow
@pytest.mark.parametrize("angle", [45.0, 180.0])
def test_the_detector_network_finds_turned_faces_and_their_angle(angle: float) -> None:
    (upright,) = analyse(ASTRONAUT, "cnn").faces
    (other,) = analyse(turned(ASTRONAUT, angle)[0], "cnn").faces
    assert (other.angle - upright.angle - angle + 180) % 360 - 180 == pytest.approx(0, abs=4)
    assert other.expression == upright.expression


# By hand -------------------------------------------------------------------------------------------------------------


def test_boxes_by_hand_take_the_place_of_detection(tiny_emotion: None, shaded: np.ndarray) -> None:
    found = analyse(shaded, boxes=[(120, 20, 60, 60), (10, 20, 60, 40)])
    assert found.detector == "by hand"
    assert [face.box for face in found.faces] == [(120, 20, 60, 60), (10, 20, 60, 40)]
    assert [face.expression for face in found.faces] == ["happy", "neutral"]
    assert [face.score for face in found.faces] == [1.0, 1.0]
    assert found.dropped == 0


def test_where_the_points_make_no_face_the_box_is_cut_out(shaded: np.ndarray) -> None:
    (face,) = analyse(shaded, boxes=[(70, 20, 60, 60)]).faces
    assert face.landmarks is None
    assert face.keypoints is None
    assert face.angle == 0
    crop, transform = crop_face(shaded, (70, 20, 60, 60))
    np.testing.assert_array_equal(face.crop, crop)
    np.testing.assert_array_equal(face.transform, transform)


def test_a_box_by_hand_gets_points_and_stays_as_it_is() -> None:
    box = (165.0, 50.0, 120.0, 140.0)
    (face,) = analyse(ASTRONAUT, boxes=[box]).faces
    assert face.box == (165, 50, 120, 140)
    assert face.landmarks is not None
    expected = [[203, 101], [247, 104], [225, 129], [204, 140], [247, 141]]
    np.testing.assert_allclose(face.marks, expected, atol=5)


def test_a_winner_below_the_threshold_is_named_uncertain(tiny_emotion: None, shaded: np.ndarray) -> None:
    (face,) = analyse(shaded, boxes=[(70, 20, 60, 60)]).faces  # half black, half white: happy and neutral tie
    assert face.emotion is not None
    assert max(face.emotion.values()) < 0.6
    assert face.expression == "uncertain"


def test_no_boxes_by_hand_give_no_faces(shaded: np.ndarray) -> None:
    assert analyse(shaded, boxes=[]).faces == ()


@pytest.mark.parametrize("box", [(0, 0, 0, 9), (200, 0, 9, 9), (float("nan"), 0, 9, 9)])
def test_impossible_boxes_are_refused(shaded: np.ndarray, box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="The box"):
        analyse(shaded, boxes=[box])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("photo", "box"),
    [
        (ASTRONAUT, (200.0, 100.0, 3.0, 3.0)),
        (ASTRONAUT, (0.2, 0.2, 0.1, 0.1)),
        (ASTRONAUT, (-400.0, -300.0, 430.0, 330.0)),
        (ASTRONAUT, (-1e6, -1e6, 3e6, 3e6)),
        (ASTRONAUT, (500.0, 500.0, 1.0, 4000.0)),
        (np.zeros((1, 1, 3), np.uint8), (0.0, 0.0, 1.0, 1.0)),
        (np.full((1, 900, 3), 9, np.uint8), (100.0, 0.0, 300.0, 1.0)),
    ],
    ids=["three pixels", "less than one", "corner", "huge", "a tall line", "photo of one pixel", "photo of one row"],
)
def test_boxes_of_any_size_and_place_are_analysed(photo: np.ndarray, box: tuple[float, float, float, float]) -> None:
    (face,) = analyse(photo, boxes=[box]).faces
    assert face.crop is not None
    assert face.crop.shape == (48, 48)
    assert face.emotion is not None
    assert sum(face.emotion.values()) == pytest.approx(1, abs=1e-4)
    json.dumps(face.to_dict(), allow_nan=False)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 2), (5, 5)])
@pytest.mark.parametrize("detector", ["cnn", "haar"])
def test_photos_of_any_shape_are_analysed(shape: tuple[int, int], detector: str) -> None:
    assert analyse(np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8), detector).faces == ()


def test_an_unknown_detector_is_named_with_its_near_matches(shaded: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Did you mean haar"):
        analyse(shaded, detector="har")


def test_what_is_no_photo_is_refused() -> None:
    with pytest.raises(ValueError, match=r"RGB uint8 \(H, W, 3\), but is float64 \(5, 5\)"):
        analyse(np.zeros((5, 5)))


# People --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def with_pose(tiny_emotion: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts a network that finds coloured joints beside the others."""
    write_pose(networks.WEIGHTS)
    pose.inference._compiled.cache_clear()
    yield
    pose.inference._compiled.cache_clear()


@pytest.mark.slow
def test_people_are_told_with_their_faces(with_pose: None) -> None:
    one, other = place(180, 80, 50), place(520, 90, 50)
    photo = draw(500, 700, one, other)
    boxes = [tuple(float(value) for value in face_of(joints).box) for joints in (other, one)]
    found = analyse(photo, boxes=boxes)
    assert [person.face for person in found.people] == [0, 1]
    for person, joints in zip(found.people, (other, one), strict=True):
        np.testing.assert_allclose(person.joints[:, :2], joints, atol=10)
    assert found.seconds["pose"] > 0
    report = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert [person["face"] for person in report["people"]] == [0, 1]
    assert [person["source"] for person in report["people"]] == ["face", "face"]
    assert len(report["people"][0]["joints"]) == 14


@pytest.mark.slow
def test_people_by_hand_and_faces_by_hand_do_not_mix(with_pose: None) -> None:
    one, other = place(180, 80, 50), place(520, 90, 50)
    box = tuple(float(value) for value in face_of(one).box)
    found = analyse(draw(500, 700, one, other), boxes=[box], people_boxes=[(420.0, 50.0, 200.0, 380.0)])
    assert len(found.faces) == 1
    assert [(person.source, person.face) for person in found.people] == [("face", 0), ("by hand", None)]


def test_one_can_do_without_people(with_pose: None) -> None:
    photo, box = draw(500, 400, place(200, 80, 60)), (50.0, 50.0, 300.0, 400.0)
    assert len(analyse(photo, people_boxes=[box]).people) == 1
    assert analyse(photo, people_boxes=[box], people=False).people == ()


def test_without_a_pose_network_there_are_no_people(tiny_emotion: None) -> None:
    found = analyse(draw(500, 400, place(200, 80, 60)), people_boxes=[(50.0, 50.0, 200.0, 300.0)])
    assert found.people == ()
    assert "pose" in found.seconds


def test_impossible_boxes_of_people_are_refused(shaded: np.ndarray) -> None:
    with pytest.raises(ValueError, match="The box"):
        analyse(shaded, people_boxes=[(300.0, 0.0, 9.0, 9.0)])


# Half hidden ---------------------------------------------------------------------------------------------------------

# Corners, in distances of the eyes' middle from the mouth, down, and of the eyes from each other, to the side
MASK = [(0.35, -0.95), (0.35, 0.95), (1.2, 0.8), (1.6, 0.3), (1.6, -0.3), (1.2, -0.8)]
SUNGLASSES = [(-0.3, -1), (-0.3, 1), (0.3, 1), (0.3, -1)]
HAND = [(0.15, -0.2), (0.15, 1), (1.35, 1), (1.35, -0.2)]


def covered(key: str, corners: list[tuple[float, float]], grey: int) -> tuple[np.ndarray, Face]:
    """The sample with that over its largest face, and the face as it was."""
    face = max(analyse(PHOTOS[key], people=False).faces, key=lambda face: face.box[2])
    assert face.marks is not None
    eyes, mouth = face.marks[:2].mean(axis=0), face.marks[3:].mean(axis=0)
    sideways = face.marks[1] - face.marks[0]
    places = [eyes + down * (mouth - eyes) + right * sideways for down, right in corners]
    photo = PHOTOS[key].copy()
    cv2.fillPoly(photo, [np.rint(places).astype(np.int32)], (grey, grey, grey))
    return photo, face


@pytest.mark.slow
@pytest.mark.parametrize("grey", [20, 30, 230])
@pytest.mark.parametrize("key", ["astronaut", "hopper", "group", "tilted"])
def test_a_face_with_a_mask_is_kept_and_its_expression_uncertain(key: str, grey: int) -> None:
    photo, face = covered(key, MASK, grey)
    found = max(analyse(photo, people=False).faces, key=lambda face: face.box[2])
    assert intersection_over_union(np.array([found.box]), np.array([face.box]))[0, 0] > 0.6
    assert found.landmarks is not None
    assert hides_mouth(found)
    assert found.expression == "uncertain"
    assert not hides_mouth(face)


@pytest.mark.slow
@pytest.mark.parametrize(("corners", "grey"), [(SUNGLASSES, 15), (HAND, 128)], ids=["sunglasses", "hand"])
@pytest.mark.parametrize("key", ["astronaut", "hopper", "group", "tilted"])
def test_a_face_behind_sunglasses_or_a_hand_is_kept(key: str, corners: list[tuple[float, float]], grey: int) -> None:
    photo, face = covered(key, corners, grey)
    found = max(analyse(photo, people=False).faces, key=lambda face: face.box[2])
    assert intersection_over_union(np.array([found.box]), np.array([face.box]))[0, 0] > 0.6
    assert found.landmarks is not None


def test_a_mouth_is_hidden_only_where_the_eyes_are_seen() -> None:
    (face,) = analyse(ASTRONAUT, people=False).faces
    blurred = replace(face, landmark_confidence=np.full(68, 0.1, np.float32))
    assert not hides_mouth(blurred)
    assert not hides_mouth(replace(face, landmark_confidence=None))
    masked = np.where(np.arange(68) < 48, 0.7, 0.3).astype(np.float32)
    assert hides_mouth(replace(face, landmark_confidence=masked))
    assert not hides_mouth(replace(face, landmark_confidence=masked, box=(0, 0, 20, 20)))  # too small to tell


# What is no face -----------------------------------------------------------------------------------------------------


def detections(monkeypatch: pytest.MonkeyPatch, *faces: Face) -> None:
    monkeypatch.setattr(analysis, "detect_with_bodies", lambda image, detector: (list(faces), None))


@pytest.mark.slow
def test_what_has_no_face_points_is_dropped_unless_the_detector_is_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    board = PHOTOS["chessboard"]
    weak, sure = Face((100, 100, 120, 120), score=0.6), Face((250, 60, 120, 120), score=0.999)
    detections(monkeypatch, weak, sure)
    found = analyse(board)
    assert [face.box for face in found.faces] == [sure.box]
    assert found.faces[0].landmarks is None
    assert found.dropped == 1


@pytest.mark.slow
def test_marks_of_the_detector_align_a_face_without_points(monkeypatch: pytest.MonkeyPatch) -> None:
    marks = np.array([[300, 100], [300, 160], [270, 130], [240, 110], [240, 150]], np.float32)  # lying on its side
    detections(monkeypatch, Face((220, 70, 120, 120), score=0.999, angle=90.0, marks=marks))
    (face,) = analyse(PHOTOS["chessboard"]).faces
    assert face.landmarks is None
    assert face.angle == 90.0
    assert face.transform is not None
    back = (marks[:2] - face.transform[:, 2]) @ np.linalg.inv(face.transform[:, :2]).T
    np.testing.assert_allclose(back, PLACES[:2], atol=3)


@pytest.mark.slow
def test_a_face_that_was_found_twice_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Face((175, 70, 95, 95), score=0.7), Face((160, 40, 130, 130), score=0.9)
    detections(monkeypatch, first, second)
    found = analyse(ASTRONAUT)
    assert [face.score for face in found.faces] == [0.9]
    assert found.dropped == 1


@pytest.mark.slow
def test_faces_come_in_reading_order_after_their_boxes_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = [(round(x), round(y), round(w), round(h)) for x, y, w, h in reversed(FACES_BY_HAND["group"])]
    detections(monkeypatch, *(Face(box, score=0.9) for box in boxes))
    found = [face.box for face in analyse(GROUP).faces]
    assert len(found) == 5
    assert found == sorted(found)


# The package ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_package_knows_no_screen_and_no_explanations() -> None:
    script = (
        "import pkgutil, sys, importlib, models\n"
        "for module in pkgutil.walk_packages(models.__path__, 'models.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "print(sorted({'streamlit', 'plotly', 'interp', 'dashboard'} & {name.split('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_reading_a_photo_does_not_wait_for_tensorflow() -> None:
    script = "import sys, models; print('tensorflow' in sys.modules or 'keras' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
