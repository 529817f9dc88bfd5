"""Faces that keep their numbers from frame to frame, and probabilities that do not flicker."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.analysis import analyse, find_faces
from models.detection import Face
from models.emotion import EXPRESSIONS
from models.faces import tracking
from models.faces.tracking import Eyes, Tracker, match, smooth
from models.geometry import intersection_over_union
from tests.models.films import couple, portrait

FRAME = np.zeros((120, 160, 3), np.uint8)
MASKED = np.where(np.arange(68) < 48, 0.9, 0.3).astype(np.float32)


class Scene:
    """Boxes on made-up frames; counts how often the whole frame is searched and faces are followed.

    A face is told by the left edge of its box: what was read on it is its entry of `reads`.
    """

    def __init__(self) -> None:
        self.boxes: list[tuple[int, int, int, int]] = []
        self.hidden_from_search: set[int] = set()
        self.lost: set[int] = set()
        self.reading = np.eye(7)[3]
        self.confidence: np.ndarray | None = None
        self.searches = 0
        self.followed = 0

    def find(self, image: np.ndarray) -> list[Face]:
        self.searches += 1
        return [Face(box, 0.9) for index, box in enumerate(self.boxes) if index not in self.hidden_from_search]

    def follow(self, image: np.ndarray, faces: Sequence[Face]) -> list[Face | None]:
        self.followed += len(faces)
        return [self._again(face) for face in faces]

    def _again(self, face: Face) -> Face | None:
        seen = [box for index, box in enumerate(self.boxes) if index not in self.lost]
        near = [box for box in seen if intersection_over_union([box], [face.box]) > 0.2]
        return replace(face, box=near[0]) if near else None

    def read(self, faces: Sequence[Face]) -> list[Face]:
        emotion = dict(zip(EXPRESSIONS, self.reading.tolist(), strict=True))
        return [
            replace(face, emotion=emotion, expression="happy", landmark_confidence=self.confidence) for face in faces
        ]

    def name(self, shares: np.ndarray) -> str:
        return EXPRESSIONS[int(shares.argmax())] if shares.max() >= 0.5 else "uncertain"

    @property
    def eyes(self) -> Eyes:
        return Eyes(self.find, self.follow, self.read, self.name)


def numbers(frame: tracking.Frame) -> dict[int, int]:
    """The left edge of each face's box by its number."""
    return {sighting.number: sighting.face.box[0] for sighting in frame.sightings}


# Which box is which --------------------------------------------------------------------------------------------------


def test_boxes_are_matched_by_overlap_whatever_their_order() -> None:
    before = [(0, 0, 20, 20), (50, 0, 20, 20)]
    assert match(before, [(53, 0, 20, 20), (2, 0, 20, 20)]) == [1, 0]


def test_a_box_that_jumped_is_the_nearest_of_its_size() -> None:
    assert match([(0, 0, 20, 20)], [(19, 0, 20, 20)]) == [0]
    assert match([(0, 0, 20, 20)], [(40, 0, 20, 20)]) == [-1], "two sides away"
    assert match([(0, 0, 20, 20)], [(5, 5, 60, 60)]) == [-1], "three times as large"


def test_no_box_is_given_away_twice() -> None:
    assert sorted(match([(0, 0, 20, 20)], [(1, 0, 20, 20), (2, 0, 20, 20)])) == [-1, 0]
    assert match([], [(0, 0, 5, 5)]) == [-1]
    assert match([(0, 0, 5, 5)], []) == []


def test_equal_matches_go_from_left_to_right() -> None:
    assert match([(0, 0, 20, 20), (40, 0, 20, 20)], [(20, 0, 20, 20), (60, 0, 20, 20)]) == [0, 1]


# Smoothing -----------------------------------------------------------------------------------------------------------


def test_what_was_read_before_counts_half_after_the_half_life() -> None:
    assert smooth(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.3, 0.3) == pytest.approx([0.5, 0.5])
    assert smooth(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.6, 0.3) == pytest.approx([0.25, 0.75])
    assert smooth(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 0.1, 0) == pytest.approx([0, 1])


def test_smoothing_does_not_depend_on_the_frame_rate() -> None:
    slow = fast = np.array([1.0, 0.0])
    now = np.array([0.2, 0.8])
    slow = smooth(slow, now, 0.4)
    for _ in range(8):
        fast = smooth(fast, now, 0.05)
    assert fast == pytest.approx(slow)


def test_a_changed_answer_takes_over_gradually_and_sums_to_one() -> None:
    scene = Scene()
    scene.boxes = [(10, 10, 40, 40)]
    tracker = Tracker(scene.eyes, half_life=0.3)
    tracker.update(FRAME, 0.0)
    scene.reading = np.eye(7)[4]
    shares = [tracker.update(FRAME, 0.1 * step).sightings[0] for step in range(1, 12)]
    assert [sighting.expression for sighting in shares[:2]] == ["happy", "happy"]
    assert shares[-1].expression == "sad"
    assert all(sighting.shares.sum() == pytest.approx(1) for sighting in shares)
    assert shares[2].shares[3] == pytest.approx(0.5)


def test_no_clear_answer_is_uncertain() -> None:
    scene = Scene()
    scene.boxes, scene.reading = [(10, 10, 40, 40)], np.full(7, 1 / 7)
    assert Tracker(scene.eyes).update(FRAME, 0).sightings[0].expression == "uncertain"


def test_a_mouth_that_is_hidden_for_a_while_leaves_the_answer_open() -> None:
    scene = Scene()
    scene.boxes = [(10, 10, 40, 40)]
    tracker = Tracker(scene.eyes, half_life=0.25)
    seen = [tracker.update(FRAME, 0.0).sightings[0]]
    scene.confidence = MASKED
    seen += [tracker.update(FRAME, 0.1 * step).sightings[0] for step in range(1, 6)]
    assert [sighting.hides_mouth for sighting in seen] == [False, False, False, True, True, True]
    assert [sighting.expression for sighting in seen] == ["happy"] * 3 + ["uncertain"] * 3
    assert seen[-1].winner == 3, "the shares are as they are"
    scene.confidence = None
    assert tracker.update(FRAME, 1.0).sightings[0].expression == "happy"


# Tracking ------------------------------------------------------------------------------------------------------------


def test_frames_are_searched_rarely_while_a_face_is_followed() -> None:
    scene = Scene()
    scene.boxes = [(10, 10, 40, 40)]
    tracker = Tracker(scene.eyes, search_every=10)
    searched = [tracker.update(FRAME, step / 20).is_searched for step in range(21)]
    assert [index for index, was in enumerate(searched) if was] == [0, 10, 20]
    assert scene.searches == 3
    assert scene.followed == 18


def test_frames_without_a_face_are_searched_every_third_time() -> None:
    scene = Scene()
    tracker = Tracker(scene.eyes)
    searched = [tracker.update(FRAME, step / 20).is_searched for step in range(7)]
    assert searched == [True, False, False, True, False, False, True]


def test_moving_faces_keep_their_numbers() -> None:
    scene = Scene()
    tracker = Tracker(scene.eyes, search_every=3)
    for step in range(20):
        scene.boxes = [(100 - 2 * step, 10, 30, 30), (10 + step, 60, 30, 30)]
        if step % 2:
            scene.boxes.reverse()
        seen = numbers(tracker.update(FRAME, step / 20))
        assert seen == {1: 10 + step, 2: 100 - 2 * step}, "the left one of the first frame is number 1"


def test_lost_face_is_searched_for_on_the_next_frame_and_has_its_number_again() -> None:
    scene = Scene()
    scene.boxes = [(10, 10, 40, 40), (100, 10, 40, 40)]
    tracker = Tracker(scene.eyes)
    tracker.update(FRAME, 0.0)
    scene.lost = {0}
    assert numbers(tracker.update(FRAME, 0.1)) == {2: 100}
    scene.lost = set()
    frame = tracker.update(FRAME, 0.2)
    assert frame.is_searched
    assert numbers(frame) == {1: 10, 2: 100}


def test_face_that_was_away_for_long_is_a_new_one() -> None:
    scene = Scene()
    scene.boxes = [(10, 10, 40, 40)]
    tracker = Tracker(scene.eyes)
    tracker.update(FRAME, 0.0)
    assert numbers(tracker.update(FRAME, tracking.PATIENCE + 0.5)) == {2: 10}


def test_slow_frames_change_no_numbers() -> None:
    scene = Scene()
    scene.boxes = [(10, 10, 40, 40)]
    tracker = Tracker(scene.eyes)
    tracker.update(FRAME, 0.0)
    assert [numbers(tracker.update(FRAME, time)) for time in (0.9, 2.3, 4.5)] == [{1: 10}] * 3


def test_face_that_searches_miss_is_followed_for_a_while_only() -> None:
    scene = Scene()
    scene.boxes = [(10, 10, 40, 40)]
    tracker = Tracker(scene.eyes, search_every=2)
    tracker.update(FRAME, 0.0)
    scene.hidden_from_search = {0}
    seen = [bool(tracker.update(FRAME, step / 20).sightings) for step in range(1, 8)]
    assert seen[:4] == [True] * 4
    assert not seen[-1]


def test_two_tracks_of_one_face_become_one() -> None:
    scene = Scene()
    scene.boxes = [(10, 10, 40, 40), (60, 10, 40, 40)]
    tracker = Tracker(scene.eyes)
    tracker.update(FRAME, 0.0)
    scene.boxes = [(36, 10, 40, 40)]
    assert numbers(tracker.update(FRAME, 0.1)) == {1: 36}


def test_only_the_largest_faces_are_followed() -> None:
    scene = Scene()
    scene.boxes = [(20 * index, 0, 10 + index, 10 + index) for index in range(tracking.MOST_FACES + 2)]
    seen = Tracker(scene.eyes).update(FRAME, 0).sightings
    assert len(seen) == tracking.MOST_FACES
    assert min(sighting.face.box[2] for sighting in seen) == 12


@pytest.mark.parametrize("settings", [{"search_every": 0}, {"half_life": -1.0}])
def test_settings_that_make_no_sense_are_refused(settings: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        Tracker(Scene().eyes, **settings)


def test_a_frame_that_is_no_photo_is_refused() -> None:
    with pytest.raises(ValueError, match="RGB"):
        Tracker(Scene().eyes).update(np.zeros((5, 5), np.uint8), 0)


# Cuts and loops ------------------------------------------------------------------------------------------------------


class Cut(Scene):
    """A scene whose faces have crops, so that they are known again; each is drawn from a seed of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.people: list[int] = []

    def find(self, image: np.ndarray) -> list[Face]:
        return [self._looking(face) for face in super().find(image)]

    def follow(self, image: np.ndarray, faces: Sequence[Face]) -> list[Face | None]:
        return [None if face is None else self._looking(face) for face in super().follow(image, faces)]

    def _looking(self, face: Face) -> Face:
        seed = self.people[self.boxes.index(face.box)]
        return replace(face, crop=np.random.default_rng(seed).integers(0, 256, (48, 48)).astype(np.uint8))


def cut_to(people: list[int], *, seconds: float = 0.1) -> list[int]:
    """Returns the numbers of faces that stand elsewhere after a cut; before it, person 5 was seen alone."""
    scene = Cut()
    scene.boxes, scene.people = [(10, 10, 40, 40)], [5]
    tracker = Tracker(scene.eyes, search_every=1)
    tracker.update(FRAME, 0.0)
    scene.boxes, scene.people = [(110 - 60 * place, 70, 30, 30) for place in range(len(people))], people
    return [sighting.number for sighting in tracker.update(FRAME, seconds).sightings]


def test_a_face_keeps_its_number_over_a_cut_and_another_one_does_not_take_it() -> None:
    assert cut_to([5]) == [1]
    assert cut_to([6]) == [2]
    assert sorted(cut_to([6, 5])) == [1, 2]


def test_a_film_that_begins_anew_keeps_its_faces_and_reads_them_anew() -> None:
    assert cut_to([5], seconds=60.0) == [1]
    scene = Cut()
    scene.boxes, scene.people = [(10, 10, 40, 40)], [5]
    tracker = Tracker(scene.eyes, search_every=1)
    tracker.update(FRAME, 20.0)
    scene.reading = np.eye(7)[4]
    (again,) = tracker.update(FRAME, 0.0).sightings
    assert (again.number, again.expression) == (1, "sad"), "what was read in a later scene does not linger"


def test_somebody_else_in_a_faces_place_is_a_new_face_in_the_same_frame() -> None:
    scene = Cut()
    scene.boxes, scene.people = [(10, 10, 40, 40), (90, 10, 40, 40)], [5, 6]
    tracker = Tracker(scene.eyes, search_every=100)
    tracker.update(FRAME, 0.0)
    scene.people = [7, 6]
    assert numbers(tracker.update(FRAME, 0.1)) == {2: 90, 3: 10}
    scene.people = [5, 6]
    assert numbers(tracker.update(FRAME, 0.2)) == {1: 10, 2: 90}, "who comes back is known again"


@pytest.mark.parametrize(("is_cut", "searches"), [(True, 2), (False, 1)])
def test_a_frame_that_has_little_in_common_with_the_one_before_is_searched_at_once(is_cut: bool, searches: int) -> None:
    scene = Cut()
    scene.boxes, scene.people = [(10, 10, 40, 40)], [5]
    tracker = Tracker(scene.eyes, search_every=100)
    first, other = (np.random.default_rng(seed).integers(0, 256, (12, 16, 3)).astype(np.uint8) for seed in range(2))
    tracker.update(cv2.resize(first, (160, 120)), 0.0)
    scene.boxes = [(12, 10, 40, 40)]
    assert numbers(tracker.update(cv2.resize(other if is_cut else first, (160, 120)), 0.1)) == {1: 12}
    assert scene.searches == searches


def test_numbers_of_faces_long_gone_are_not_kept_for_ever() -> None:
    scene = Cut()
    tracker = Tracker(scene.eyes, search_every=1)
    scene.boxes = [(10, 10, 40, 40)]
    for person in range(tracking.MOST_FACES + 2):
        scene.people = [person]
        tracker.update(FRAME, 10.0 * person)
    assert len(tracker._gone) <= tracking.MOST_FACES


# With the trained networks -------------------------------------------------------------------------------------------


def test_two_people_who_move_are_followed_and_read_as_on_a_photo() -> None:
    tracker = Tracker(search_every=100)
    frames = [tracker.update(couple(2 * step), step / 15) for step in range(6)]
    assert [frame.is_searched for frame in frames] == [True] + [False] * 5
    for step, frame in enumerate(frames):
        assert [sighting.number for sighting in frame.sightings] == [1, 2]
        left, right = (sighting.face.box[0] for sighting in frame.sightings)
        first = [sighting.face.box[0] for sighting in frames[0].sightings]
        assert abs(left - first[0] - 2 * step) <= 6
        assert abs(right - first[1] - 2 * step) <= 6
    assert frames[-1].sightings[0].expression == "happy"
    assert frames[-1].sightings[0].face.crop.shape == (48, 48)


def test_one_person_looks_alike_wherever_and_two_people_do_not() -> None:
    first, moved = find_faces(couple(0)), find_faces(couple(30))
    for index in range(2):
        assert tracking.look_alike(first[index], moved[index]) > 0.9
        assert tracking.look_alike(first[index], moved[1 - index]) < 0.6


def test_a_masked_face_is_uncertain_on_a_film_too() -> None:
    photo = portrait("astronaut")
    (face,) = analyse(photo, people=False).faces
    assert face.landmarks is not None
    chin, nose = face.landmarks[2:15], face.landmarks[28]
    cv2.fillPoly(photo, [np.rint(np.vstack([chin, nose])).astype(np.int32)], (210, 210, 210))
    tracker = Tracker(search_every=2)
    for step in range(4):
        (sighting,) = tracker.update(photo, step / 15).sightings
        assert sighting.hides_mouth
        assert sighting.expression == "uncertain"


def test_a_face_that_leaves_is_lost() -> None:
    tracker = Tracker(search_every=100)
    assert tracker.update(portrait("astronaut"), 0.0).sightings
    grey = np.full((240, 320, 3), 128, np.uint8)
    assert not tracker.update(grey, 0.1).sightings
    assert not tracker.update(grey, 0.2).sightings
