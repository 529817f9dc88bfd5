"""The people of a photo: where is looked, whom what belongs to, and nobody where nobody is."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from models import analyse, load_image, networks, pose
from models.detection import Body, Face, box_of_points
from models.geometry import transform_points
from models.images import cut_out_colour
from models.pose import NAMES, people
from models.pose.looks import LOOKS
from models.pose.people import Answers, Person, find_joints, find_people, large_bodies
from sample_images import SAMPLES
from tests.models.people import draw, face_of, place

PHOTOS = {sample.key: load_image(sample.path) for sample in SAMPLES}
UPPER = [NAMES.index(name) for name in ("right_shoulder", "left_shoulder", "neck", "head_top")]

# Boxes from forehead to chin, read off the photos, and where someone who looks at them sets the joints; "left" is the
# person's own left. The collage's neck and head tops follow from the portraits that it is made of.
MARKED = {
    "astronaut": [
        (
            (177, 59, 93, 119),
            {
                "head_top": (234, 28), "neck": (226, 205), "right_shoulder": (95, 262), "left_shoulder": (318, 262),
                "right_elbow": (55, 455), "right_wrist": (140, 500),
            },
        ),
    ],
    "hopper": [
        (
            (172, 113, 185, 221),
            {"head_top": (258, 45), "neck": (261, 355), "right_shoulder": (80, 412), "left_shoulder": (458, 412)},
        ),
    ],
    "cameraman": [
        (
            (180, 115, 80, 85),
            {
                "head_top": (205, 70), "neck": (160, 165), "right_shoulder": (85, 190), "right_elbow": (90, 297),
                "right_wrist": (180, 245), "left_elbow": (243, 300), "left_wrist": (288, 248),
            },
        ),
    ],
    "group": [
        (
            (107, 552, 52, 66),
            {"head_top": (127, 535), "neck": (131, 633), "right_shoulder": (81, 664), "left_shoulder": (203, 664)},
        ),
        (
            (183, 126, 171, 207),
            {"head_top": (262, 62), "neck": (265, 353), "right_shoulder": (95, 406), "left_shoulder": (449, 406)},
        ),
        (
            (340, 558, 65, 80),
            {"head_top": (370, 535), "neck": (371, 644), "right_shoulder": (308, 665), "left_shoulder": (441, 665)},
        ),
        (
            (623, 474, 121, 148),
            {"head_top": (688, 430), "neck": (686, 636), "right_shoulder": (555, 673), "left_shoulder": (806, 673)},
        ),
        (
            (652, 74, 85, 107),
            {"head_top": (704, 45), "neck": (696, 204), "right_shoulder": (578, 256), "left_shoulder": (779, 256)},
        ),
    ],
}  # fmt: skip
# Joints that the published network does not find, in dark or wide sleeves: it must not draw them.
UNKNOWN = {
    "astronaut": ("right_wrist",),
    "cameraman": ("right_wrist", "left_wrist"),
}
TOLERANCE = 0.4  # heads; a head is four tenths of a torso, so this is stricter than a fifth of the torso

pytestmark = pytest.mark.slow
needs_network = pytest.mark.skipif(
    not (networks.WEIGHTS / "pose.keras").exists(), reason="no pose network is published yet"
)


def misses(person: Person, joints: np.ndarray) -> np.ndarray:
    """How far each joint is from where it was drawn, in heads."""
    head = np.linalg.norm(joints[12] - joints[13])
    return np.linalg.norm(person.joints[:, :2] - joints, axis=1) / head


# By their faces ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", [16, 45, 80])
def test_a_face_opens_the_person_below_it(colours: None, head: float) -> None:
    joints = place(250, 1.2 * head, head)
    photo = draw(700, 500, joints)
    (person,) = find_people(photo, [face_of(joints)])
    assert person.source == "face"
    assert person.face == 0
    assert person.joints.dtype == np.float32
    assert (misses(person, joints) < 0.15).all()
    assert (person.joints[:, 2] > 0.8).all()
    low, high = joints.min(axis=0), joints.max(axis=0)
    np.testing.assert_allclose(person.box, [*low, *(high - low)], atol=0.15 * head + 2)


def test_the_crop_is_exactly_what_the_network_saw(colours: None) -> None:
    joints = place(220, 70, 45)
    photo = draw(420, 500, joints)
    (person,) = find_people(photo, [face_of(joints)])
    assert person.transform.dtype == np.float32
    np.testing.assert_allclose(person.crop, cut_out_colour(photo, person.transform.astype(float), pose.SIZE), atol=1)
    (again,) = pose.predict([person.crop])
    again[:, :2] = transform_points(again[:, :2], person.transform)
    np.testing.assert_allclose(again, person.joints, atol=0.05)


def test_neighbours_keep_their_own_joints_in_the_order_of_the_faces(colours: None) -> None:
    left, right = place(200, 80, 55), place(480, 100, 55)
    found = find_people(draw(560, 760, left, right), [face_of(right), face_of(left)])
    assert [person.face for person in found] == [0, 1]
    assert (misses(found[0], right) < 0.15).all()
    assert (misses(found[1], left) < 0.15).all()


def test_people_are_handed_over_as_they_are_found_the_largest_faces_first(
    colours: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "AT_A_TIME", 1)
    small, large = place(200, 80, 50), place(480, 100, 55)
    x, y, width, height = face_of(small).box
    photo = draw(560, 760, small, large)
    faces = [face_of(small), face_of(large), Face((x + 4, y - 3, width - 2, height), 0.5)]
    told: list[tuple[int, int, list[int | None]]] = []
    found = find_people(photo, faces, on_found=lambda *now: told.append((*now[:2], [one.face for one in now[2]])))
    together = find_people(photo, faces)
    assert told == [(1, 3, [1]), (2, 3, [0, 1])]
    assert [person.face for person in found] == [person.face for person in together]
    for one, other in zip(found, together, strict=True):
        np.testing.assert_allclose(one.joints, other.joints, atol=1e-3)


@pytest.mark.parametrize("angle", [35.0, 90.0, 180.0, -120.0])
def test_a_turned_face_opens_a_turned_person(colours: None, angle: float) -> None:
    joints = place(450, 450, 50, angle)
    (person,) = find_people(draw(900, 900, joints), [face_of(joints, angle)])
    assert (misses(person, joints) < 0.2).all()
    assert (person.joints[:, 2] > 0.5).all()


@pytest.mark.parametrize("angle", [20.0, -50.0])
def test_the_body_need_not_lean_as_the_head_does(colours: None, angle: float) -> None:
    joints = place(250, 80, 50)
    (person,) = find_people(draw(500, 500, joints), [face_of(joints, angle)])
    assert (misses(person, joints) < 0.15).all()


def test_a_bust_shows_only_what_it_shows(colours: None) -> None:
    joints = place(200, 110, 120)
    photo = draw(310, 400, joints)  # cut off below the shoulders
    (person,) = find_people(photo, [face_of(joints)])
    visible = np.isin(np.arange(14), UPPER)
    assert (misses(person, joints)[visible] < 0.15).all()
    assert (person.joints[visible, 2] > 0.8).all()
    assert (person.joints[[0, 1, 2, 3, 4, 5, 6, 11], 2] < 0.5).all()
    x, y, width, height = person.box
    assert 0 <= x < x + width <= 400
    assert 0 <= y < y + height <= 310


def test_hidden_joints_have_a_low_confidence(colours: None) -> None:
    joints, hidden = place(250, 80, 50), (1, 7, 11)
    (person,) = find_people(draw(500, 500, joints, absent=hidden), [face_of(joints)])
    np.testing.assert_array_equal(person.joints[:, 2] < 0.5, np.isin(np.arange(14), hidden))


def test_a_face_without_a_body_is_nobody(colours: None) -> None:
    assert find_people(draw(300, 300), [Face((120, 40, 40, 50), 0.9)]) == []


def test_a_face_found_twice_is_one_person(colours: None) -> None:
    joints = place(200, 80, 55)
    face = face_of(joints)
    x, y, width, height = face.box
    (person,) = find_people(draw(500, 500, joints), [face, Face((x + 4, y - 3, width + 6, height), 0.5)])
    assert (misses(person, joints) < 0.15).all()


def answer_by(monkeypatch: pytest.MonkeyPatch, answer: Callable[[np.ndarray], np.ndarray]) -> None:
    """Answer squares (N, 3) by joints (N, 14, 3) in place of the network."""

    def find(image: np.ndarray, squares: np.ndarray, *rest: Any) -> Answers:
        crops = np.zeros((len(squares), pose.SIZE, pose.SIZE, 3), np.uint8)
        return Answers(answer(squares).astype(np.float32), crops, np.zeros((len(squares), 2, 3)))

    monkeypatch.setattr(people, "find_joints", find)


def answer_with(monkeypatch: pytest.MonkeyPatch, joints: np.ndarray, confidence: float = 0.9) -> list[Any]:
    """Make every look find the same joints (14, 2); note how many squares there are, and with mirror images."""
    counts: list[tuple[int, int]] = []

    def find(
        image: np.ndarray, squares: np.ndarray, angles: np.ndarray, network: str, is_quick: Any, *rest: Any
    ) -> Answers:
        counts.append((len(squares), int((~np.broadcast_to(is_quick, len(squares))).sum())))
        sure = np.full((14, 1), confidence)
        said = np.repeat(np.concatenate([joints, sure], axis=1)[None], len(squares), axis=0).astype(np.float32)
        crops = np.zeros((len(squares), pose.SIZE, pose.SIZE, 3), np.uint8)
        return Answers(said, crops, np.zeros((len(squares), 2, 3)))

    monkeypatch.setattr(people, "find_joints", find)
    return counts


@pytest.mark.parametrize("shift", [30, 45, 80, 400])
@pytest.mark.parametrize("is_first", [True, False])
def test_two_heads_are_not_one_skeleton(
    colours: None, monkeypatch: pytest.MonkeyPatch, shift: float, is_first: bool
) -> None:
    joints = place(200, 80, 50)
    answer_with(monkeypatch, joints)
    own, other = face_of(joints), face_of(joints + np.array([shift, 5]))
    found = find_people(draw(500, 700), [own, other] if is_first else [other, own])
    assert [person.face for person in found] == [0 if is_first else 1]


def test_all_faces_are_looked_at_together(colours: None, monkeypatch: pytest.MonkeyPatch) -> None:
    faces = [Face((10 * column, 5, 8, 8), 0.9) for column in range(60)]
    counts = answer_with(monkeypatch, place(1000, 1000, 5), confidence=0.2)
    assert find_people(draw(60, 700), faces) == []
    assert len(counts) == 2
    assert 80 < counts[0][0] <= 200
    assert counts[0][1] == 0
    assert counts[1] == (40, 40)


@pytest.mark.parametrize(("confidence", "looks"), [(0.95, 1), (0.8, 2)])
def test_only_who_is_unsure_is_looked_at_closer(
    colours: None, monkeypatch: pytest.MonkeyPatch, confidence: float, looks: int
) -> None:
    joints = place(200, 80, 50)
    counts = answer_with(monkeypatch, joints, confidence)
    assert len(find_people(draw(500, 500), [face_of(joints)])) == 1
    assert len(counts) == looks


# What lies beyond the photo ------------------------------------------------------------------------------------------


def test_joints_beyond_the_edge_lose_most_of_their_confidence(monkeypatch: pytest.MonkeyPatch) -> None:
    middle, last = (pose.SIZE - 1) / 2, pose.SIZE - 1
    places = np.full((14, 2), middle)
    places[0], places[1], places[2], places[3] = (-5, 50), (50, last + 6), (0, 0), (last, last)
    said = np.concatenate([places, np.full((14, 1), 0.8)], axis=1).astype(np.float32)
    monkeypatch.setattr(
        pose.inference, "predict", lambda crops, network, is_quick: np.repeat(said[None], len(crops), axis=0)
    )
    photo = np.zeros((pose.SIZE, pose.SIZE, 3), np.uint8)
    answers = find_joints(photo, np.array([[middle, middle, float(pose.SIZE)]]), np.zeros(1))
    np.testing.assert_allclose(answers.joints[0, :, :2], places, atol=1e-3)
    np.testing.assert_allclose(answers.joints[0, :2, 2], 0.8 * LOOKS.off_photo, rtol=1e-5)
    np.testing.assert_allclose(answers.joints[0, 2:, 2], 0.8, rtol=1e-5)


# Without a face ------------------------------------------------------------------------------------------------------


def body_of(joints: np.ndarray) -> Body:
    """What the detector would see of someone with the joints (14, 2)."""
    x, y, width, height = box_of_points(joints).tolist()
    return Body((x, y, width, height), 0.9)


@pytest.mark.parametrize("head", [16, 55])
def test_a_body_opens_the_person_in_it_without_a_face(colours: None, head: float) -> None:
    joints = place(400, 2 * head, head)
    (person,) = find_people(draw(700, 700, joints), [], bodies=[body_of(joints)])
    assert person.source == "person"
    assert person.face is None
    assert (misses(person, joints) < 0.15).all()


def test_a_few_joints_are_nobody_without_a_face(colours: None) -> None:
    joints = place(200, 80, 55)
    for absent, is_somebody in ((range(6), True), (range(11), False)):
        body = body_of(joints[len(absent) :])
        assert bool(find_people(draw(500, 400, joints, absent=absent), [], bodies=[body])) == is_somebody


def test_small_bodies_are_not_looked_at() -> None:
    photo = np.zeros((400, 500, 3), np.uint8)
    large, small, tiny = (Body((10.0, 10.0, side / 2, side), 0.9) for side in (400.0, 70.0, 50.0))
    assert large_bodies(photo, [large, small, tiny]) == [large]
    assert large_bodies(photo, [small, tiny]) == [small]
    assert large_bodies(photo, []) == []


def test_those_without_a_face_come_after_those_with_one_and_nobody_twice(colours: None) -> None:
    left, right = place(180, 80, 50), place(560, 80, 60)
    found = find_people(draw(560, 760, left, right), [face_of(right)], bodies=[body_of(left), body_of(right)])
    assert [(person.source, person.face) for person in found] == [("face", 0), ("person", None)]
    assert (misses(found[1], left) < 0.15).all()


@pytest.mark.parametrize(
    ("score", "confidence", "aside", "is_somebody"),
    [
        (0.9, 0.55, 300, True),
        (0.25, 0.9, 0, True),
        (0.4, 0.55, 0, True),
        (0.4, 0.55, 300, False),
        (0.25, 0.55, 0, False),
    ],
    ids=["well seen", "sure joints", "joints in the body", "joints elsewhere", "hardly seen and unsure"],
)
def test_score_joints_and_place_decide_together_whether_a_body_is_somebody(
    colours: None, monkeypatch: pytest.MonkeyPatch, score: float, confidence: float, aside: float, is_somebody: bool
) -> None:
    joints = place(200, 80, 50)
    answer_with(monkeypatch, joints, confidence)
    body = replace(body_of(joints + np.array([aside, 0])), score=score)
    assert bool(find_people(draw(600, 800), [], bodies=[body])) == is_somebody


def test_only_a_body_without_a_face_at_its_head_is_searched(colours: None, monkeypatch: pytest.MonkeyPatch) -> None:
    joints = place(200, 80, 50)
    counts = answer_with(monkeypatch, joints, 0.95)
    alone = len(find_people(draw(500, 500), [face_of(joints)], bodies=[])), counts[0][0]
    both = len(find_people(draw(500, 500), [face_of(joints)], bodies=[body_of(joints)])), counts[1][0]
    assert alone == both
    beside = body_of(joints + np.array([250, 0]))
    find_people(draw(500, 500), [face_of(joints)], bodies=[beside])
    assert counts[2][0] == counts[0][0] + len(LOOKS.body_sides)


def test_what_the_detector_sees_twice_around_a_face_is_not_searched(
    colours: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    joints = place(200, 80, 50)
    counts = answer_with(monkeypatch, joints, 0.95)
    x, y, width, height = body_of(joints).box
    seen = [Body((x, y, width, height), 0.9), Body((x - 30, y - 20, width + 60, height / 2), 0.4)]
    for bodies in ([], seen):
        find_people(draw(500, 500), [face_of(joints)], bodies=bodies)
    assert counts[0] == counts[1]


def test_a_face_that_opens_nobody_is_given_to_whose_body_it_is(colours: None, monkeypatch: pytest.MonkeyPatch) -> None:
    joints = place(200, 80, 60)
    body = Body((100.0, 140.0, 200.0, 340.0), 0.8)  # the face is above the box

    def answer(squares: np.ndarray) -> np.ndarray:
        is_of_body = np.abs(squares[:, 1] - 309.5) < 1
        is_around_joints = np.abs(squares[:, 1] - (joints[:, 1].min() + joints[:, 1].max()) / 2) < 1
        return np.where((is_of_body | is_around_joints)[:, None, None], sure(joints), sure(joints, 0.0))

    answer_by(monkeypatch, answer)
    (person,) = find_people(draw(520, 400, joints), [Face((5, 400, 30, 30), 0.5), face_of(joints)], bodies=[body])
    assert person.source == "person"
    assert person.face == 1


# By hand -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [0.0, 90.0, 180.0])
def test_a_box_by_hand_finds_whom_it_surrounds(colours: None, angle: float) -> None:
    one, other = place(420, 420, 40, angle), place(100, 80, 40)
    low, high = one.min(axis=0) - 15, one.max(axis=0) + 15
    found = find_people(draw(840, 840, one, other), [face_of(other)], boxes=[(*low, *(high - low))])
    assert [person.source for person in found] == ["face", "by hand"]
    assert found[1].face is None
    assert (misses(found[1], one) < 0.2).all()


def test_a_box_around_nothing_is_answered_without_confidence(colours: None) -> None:
    (person,) = find_people(draw(300, 400), [], boxes=[(50, 60, 100, 120)])
    assert person.source == "by hand"
    assert (person.joints[:, 2] < 0.5).all()
    x, y, width, height = person.box
    assert 0 <= x <= 50
    assert x + width >= 150
    assert 0 <= y <= 60
    assert y + height >= 180


def test_a_box_around_somebody_with_a_face_finds_nobody_new(colours: None) -> None:
    joints = place(200, 80, 55)
    (person,) = find_people(draw(500, 500, joints), [face_of(joints)], boxes=[(90, 40, 220, 420)])
    assert person.face == 0
    assert (misses(person, joints) < 0.15).all()


def test_a_box_takes_the_place_of_whom_its_face_opened(colours: None, monkeypatch: pytest.MonkeyPatch) -> None:
    right, wrong = place(200, 80, 55), place(200, 80, 55)
    wrong[:12] += [200, 100]
    photo, face = draw(600, 600, right), face_of(right)
    by_face: list[np.ndarray] = []  # the squares that are tried for the face

    def find(image: np.ndarray, squares: np.ndarray, *rest: Any) -> Answers:
        by_face.extend([] if by_face else squares)
        answers = find_joints(image, squares, *rest)
        is_misled = (squares[:, None] == by_face).all(axis=2).any(axis=1) | (squares[:, 0] > 250)
        return replace(answers, joints=np.where(is_misled[:, None, None], sure(wrong), answers.joints))

    monkeypatch.setattr(people, "find_joints", find)
    (alone,) = find_people(photo, [face])
    assert alone.source == "face"
    assert misses(alone, right)[0] > 2
    (person,) = find_people(photo, [face], boxes=[(90, 40, 230, 420)])
    assert person.source == "by hand"
    assert person.face == 0
    assert (misses(person, right) < 0.15).all()


@pytest.mark.parametrize("box", [(0, 0, 0, 9), (400, 0, 9, 9), (float("inf"), 0, 9, 9)])
def test_impossible_boxes_are_refused(colours: None, box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="The box"):
        find_people(draw(300, 400), [], boxes=[box])


# Merging -------------------------------------------------------------------------------------------------------------


def sure(joints: np.ndarray, confidence: float = 0.9) -> np.ndarray:
    return np.concatenate([joints, np.full((14, 1), confidence)], axis=1).astype(np.float32)


def count_people(monkeypatch: pytest.MonkeyPatch, one: np.ndarray, other: np.ndarray) -> int:
    """How many people are found where two boxes by hand are answered by the joints (14, 3) of one and of another."""

    def answer(squares: np.ndarray) -> np.ndarray:
        is_first = np.arange(len(squares)) < (len(squares) + 1) // 2
        return np.where(is_first[:, None, None], one, other)

    answer_by(monkeypatch, answer)
    return len(find_people(draw(600, 600), [], boxes=[(0, 0, 600, 600), (0, 0, 600, 600)]))


@pytest.mark.parametrize("scale", [4.0, 40.0])
def test_nearly_the_same_joints_are_one_person_at_any_scale(
    colours: None, monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    random = np.random.default_rng(0)
    joints = place(7, 3, 1)
    near, far = joints + random.normal(0, 0.2, (14, 2)), joints + np.array([1.5, 0])
    assert count_people(monkeypatch, sure(scale * joints), sure(scale * near)) == 1
    assert count_people(monkeypatch, sure(scale * joints), sure(scale * far)) == 2


def test_unsure_joints_do_not_decide_who_is_the_same(colours: None, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = sure(place(200, 60, 20)), sure(place(200, 60, 20))
    other[:8, :2] += 200
    other[:8, 2] = 0.1
    assert count_people(monkeypatch, one, other) == 1
    other[:12, 2] = 0.1
    assert count_people(monkeypatch, one, other) == 2


# Portraits against other looks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "shift", "shoulder", "off", "is_heard"),
    [
        (60, 30, 0.9, 0, True),
        (90, 30, 0.9, 0, False),  # so little beside a larger head
        (40, 30, 0.9, 0, False),  # of a small head a portrait shows no more than other looks do
        (60, 30, 0.3, 0, False),  # the portrait is not sure itself
        (60, 30, 0.9, 36, False),  # the portrait's head is not at the face
    ],
    ids=["heard", "little apart", "small head", "unsure", "beside the face"],
)
def test_a_sure_portrait_speaks_against_shoulders_that_are_elsewhere(
    colours: None, monkeypatch: pytest.MonkeyPatch, head: int, shift: int, shoulder: float, off: int, is_heard: bool
) -> None:
    joints = place(450, 200, head)
    bust, legs = [NAMES.index(name) for name in ("neck", "head_top")], list(range(6))
    portrait, other = sure(joints, 0.1), sure(joints, 0.1)
    other[8, 0] -= shift  # the right shoulder
    for answer, of_legs, of_shoulders in ((portrait, 0.6, shoulder), (other, 0.8, 0.9)):
        answer[bust, 2], answer[legs, 2], answer[[8, 9], 2] = 0.9, of_legs, of_shoulders
    portrait[bust, 1] -= off

    def answer(squares: np.ndarray) -> np.ndarray:
        if len(squares) > 1:  # the first looks: two portraits, then the others
            return np.stack([portrait, portrait, other] + [sure(joints, 0.0)] * (len(squares) - 3))
        is_at_other = abs(squares[0, 0] - (450 - shift / 2)) < abs(squares[0, 0] - 450)
        return (other if is_at_other else portrait)[None]

    answer_by(monkeypatch, answer)
    (person,) = find_people(draw(900, 900), [face_of(joints)])
    assert (person.joints[8, 0] == joints[8, 0]) == is_heard


# Odd photos ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "box",
    [(0, 0, 3, 3), (397, 297, 3, 3), (0, 0, 400, 300), (150, 298, 60, 2), (399, 0, 1, 300), (-50, -80, 90, 120)],
    ids=["three pixels", "corner", "whole photo", "bottom line", "right line", "beyond the corner"],
)
@pytest.mark.parametrize("angle", [0.0, 77.0, -180.0])
@pytest.mark.parametrize("texture", ["grey", "noise"])
def test_faces_anywhere_are_looked_at(
    colours: None, box: tuple[int, int, int, int], angle: float, texture: str
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 400, 3)).astype(np.uint8)
    photo = draw(300, 400) if texture == "grey" else noise
    for person in find_people(photo, [Face(box, 0.9, angle=angle)]):
        check_person(person, photo)


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (700, 2), (5, 5)])
def test_photos_of_any_shape_are_looked_at(colours: None, shape: tuple[int, int]) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.uint8)
    box = (0.0, 0.0, float(shape[1]), float(shape[0]))
    found = find_people(photo, [Face((0, 0, shape[1], shape[0]), 0.9)], boxes=[box])
    assert [person.source for person in found][-1] == "by hand"
    for person in found:
        check_person(person, photo)


def check_person(person: Person, photo: np.ndarray) -> None:
    height, width = photo.shape[:2]
    x, y, w, h = person.box
    assert 0 <= x < x + w <= width
    assert 0 <= y < y + h <= height
    assert np.isfinite(person.joints).all()
    assert ((person.joints[:, 2] >= 0) & (person.joints[:, 2] <= 1)).all()
    assert person.crop.shape == (pose.SIZE, pose.SIZE, 3)
    assert json.loads(json.dumps(person.to_dict(), allow_nan=False))["box"] == list(person.box)


@pytest.mark.parametrize(("head", "is_blurred"), [(20, False), (90, True)])
def test_only_what_is_near_is_shown_with_fewer_pixels(
    colours: None, monkeypatch: pytest.MonkeyPatch, head: int, is_blurred: bool
) -> None:
    told: list[np.ndarray] = []

    def noted(image: np.ndarray, squares: np.ndarray, angles: np.ndarray, *rest: Any) -> Any:
        told.append(rest[2])
        return find_joints(image, squares, angles, *rest)

    monkeypatch.setattr(people, "find_joints", noted)
    where = place(400, 200, head)
    find_people(draw(800, 800, where), [face_of(where)])
    assert (told[0].min() < pose.SIZE) == is_blurred


def test_what_is_no_photo_is_refused(colours: None) -> None:
    with pytest.raises(ValueError, match=r"RGB uint8 \(H, W, 3\)"):
        find_people(np.zeros((5, 5)), [])


def test_the_network_is_shown_a_dark_photo_lit_up(colours: None) -> None:
    photo = draw(700, 500, place(250, 90, 45))
    dark = np.rint(0.3 * photo).astype(np.uint8)
    for image, is_lit in ((photo, False), (dark, True)):
        (person,) = find_people(image, [], boxes=[(150, 60, 200, 330)])
        cut = cut_out_colour(image, person.transform.astype(np.float64), pose.SIZE)
        assert (np.abs(cut.astype(int) - person.crop).max() > 100) == is_lit
        assert np.percentile(person.crop, 99) > 0.65 * 255


def test_the_photo_stays_as_it_is(colours: None) -> None:
    photo = draw(300, 300, place(150, 60, 30))
    before = photo.copy()
    find_people(photo, [face_of(place(150, 60, 30))], boxes=[(80, 20, 150, 250)])
    np.testing.assert_array_equal(photo, before)


# The trained network -------------------------------------------------------------------------------------------------


@needs_network
@pytest.mark.parametrize("key", MARKED)
def test_the_joints_are_where_a_person_would_set_them(key: str) -> None:
    faces = [Face(box, 1.0) for box, _ in MARKED[key]]
    found = {person.face: person for person in find_people(PHOTOS[key], faces)}
    assert sorted(found) == list(range(len(faces)))
    limits = pose.thresholds()
    for index, (_, marks) in enumerate(MARKED[key]):
        head = np.linalg.norm(np.subtract(marks["neck"], marks["head_top"]))
        for name, mark in marks.items():
            x, y, confidence = found[index].joints[NAMES.index(name)]
            if name in UNKNOWN.get(key, ()):
                assert confidence < limits.drawn, f"{name} is drawn, but not where it is"
                continue
            assert np.hypot(x - mark[0], y - mark[1]) <= TOLERANCE * head, name
            assert confidence >= limits.drawn, name


@needs_network
@pytest.mark.parametrize(("key", "turned"), [("tilted", 40.0), ("dark", 0.0), ("noisy", 0.0)])
def test_head_and_shoulders_of_a_worse_photo_are_where_they_were(key: str, turned: float) -> None:
    """The variants of the astronaut's photo, of which one is turned clockwise about its middle."""
    photo = PHOTOS[key]
    (person,) = analyse(photo).people
    ((_, marks),) = MARKED["astronaut"]
    head = np.linalg.norm(np.subtract(marks["neck"], marks["head_top"]))
    turn = cv2.getRotationMatrix2D(((photo.shape[1] - 1) / 2, (photo.shape[0] - 1) / 2), -turned, 1.0)
    for name in ("head_top", "neck", "right_shoulder", "left_shoulder"):
        x, y, confidence = person.joints[NAMES.index(name)]
        assert np.linalg.norm(turn @ [*marks[name], 1] - [x, y]) <= TOLERANCE * head, name
        assert confidence >= pose.thresholds().drawn, name


@needs_network
def test_the_cameraman_is_found_without_a_face() -> None:
    (person,) = find_people(PHOTOS["cameraman"], [])
    assert person.source == "person"
    ((_, marks),) = MARKED["cameraman"]
    head = np.linalg.norm(np.subtract(marks["neck"], marks["head_top"]))
    for name, tolerance in (("head_top", TOLERANCE), ("neck", TOLERANCE), ("right_shoulder", 0.5)):
        assert np.linalg.norm(person.joints[NAMES.index(name), :2] - marks[name]) <= tolerance * head, name


@needs_network
@pytest.mark.parametrize("key", ["astronaut", "hopper"])
def test_the_legs_of_a_portrait_are_not_drawn(key: str) -> None:
    (person,) = analyse(PHOTOS[key]).people
    assert (person.joints[:6, 2] < pose.thresholds().drawn).all()


@needs_network
def test_the_pass_with_its_weights_as_constants_answers_as_the_network_does() -> None:
    crops = np.stack([cv2.resize(PHOTOS[key], (pose.SIZE, pose.SIZE)) for key in ("astronaut", "hopper")])
    run, _ = pose.inference._compiled(pose.DEFAULT)
    for mirrored in ([], [1]):
        numbers = np.array(mirrored, np.int32)
        found, expected = run(crops, numbers), pose.forward(networks.load_network(pose.DEFAULT), crops * 1.0, numbers)
        np.testing.assert_allclose(found[0][..., :2], expected[0][..., :2], atol=0.5)
        np.testing.assert_allclose(found[0][..., 2], expected[0][..., 2], atol=1e-3)


@needs_network
@pytest.mark.parametrize("key", ["cat", "chessboard"])
def test_nobody_is_seen_where_nobody_is(key: str) -> None:
    assert find_people(PHOTOS[key], []) == []


@needs_network
@pytest.mark.parametrize("texture", ["noise", "stripes", "clouds", "ramp"])
def test_nobody_is_seen_in_a_texture(texture: str) -> None:
    random = np.random.default_rng(1)
    rows, columns = np.mgrid[:400, :400]
    grey = {
        "noise": random.integers(0, 256, (400, 400)),
        "stripes": 127 + 100 * np.sin(columns / 9),
        "clouds": 127 + 60 * np.sin(rows / 50 + 2 * np.sin(columns / 70)) + 40 * np.cos(columns / 31),
        "ramp": rows * 255 / 399,
    }[texture]
    assert find_people(np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2), []) == []
