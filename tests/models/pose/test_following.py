"""Bodies on films: followed by one look a frame, searched for rarely, smoothed, and dropped with their faces."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models import pose
from models.detection import Face
from models.pose import following
from models.pose.following import Bodies, OneEuro
from models.pose.people import Person, find_people, follow_people
from tests.models.people import draw, face_of, place

FRAME = np.zeros((600, 800, 3), np.uint8)


def person_of(joints: np.ndarray, face: int, confidence: float = 0.9) -> Person:
    found = np.concatenate([joints, np.full((14, 1), confidence)], axis=1).astype(np.float32)
    transform = np.array([[2, 0, joints[:, 0].mean() - 256], [0, 2, joints[:, 1].mean() - 256]], np.float32)
    return Person(found, (0, 0, 9, 9), "face", face, np.zeros((256, 256, 3), np.uint8), transform)


class Network:
    """Finds everybody where they stand, and notes who is searched for and how many are followed on each frame."""

    def __init__(self) -> None:
        self.people: list[np.ndarray] = []
        self.searched: list[list[int]] = []
        self.followed: list[int] = []
        self.hidden: set[int] = set()

    def find(self, image: np.ndarray, faces: Sequence[Face], asked: Sequence[int]) -> list[Person]:
        self.searched.append(list(asked))
        return [person_of(self.people[index], index) for index in asked if index not in self.hidden]

    def follow(
        self, image: np.ndarray, people: Sequence[Person], faces: Sequence[Face], light: Any
    ) -> list[Person | None]:
        self.followed.append(len(people))
        return [
            None if one.face in self.hidden else person_of(self.people[one.face or 0], one.face or 0) for one in people
        ]

    def faces(self) -> dict[int, Face]:
        return {number: face_of(joints) for number, joints in enumerate(self.people, start=1)}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr(following, "find_people", made.find)
    monkeypatch.setattr(following, "follow_people", made.follow)
    return made


def test_each_body_is_searched_for_once_and_then_followed_by_one_look_a_frame(network: Network) -> None:
    network.people = [place(100 + 150 * number, 80, 40) for number in range(3)]
    bodies = Bodies()
    seen = [sorted(bodies.update(FRAME, step / 10, network.faces())) for step in range(8)]
    assert network.searched == [[0], [1], [2]], "one search a frame, the new ones at once"
    assert network.followed == [0, 1, 2, 3, 3, 3, 3, 3]
    assert seen[2:] == [[1, 2, 3]] * 6
    for step in range(8, 40):
        bodies.update(FRAME, step / 10, network.faces())
    assert len(network.searched) in (5, 6), "and then one a second"


def test_in_a_file_all_new_bodies_are_searched_for_on_their_first_frame(network: Network) -> None:
    network.people, network.hidden = [place(100 + 150 * number, 80, 40) for number in range(3)], {1}
    bodies = Bodies(at_once=True)
    assert sorted(bodies.update(FRAME, 0.0, network.faces())) == [1, 3]
    network.people.append(place(600, 80, 40))
    assert sorted(bodies.update(FRAME, 0.1, network.faces())) == [1, 3, 4]
    assert network.searched == [[0, 1, 2], [3]]


def test_four_bodies_at_most_those_of_the_largest_faces(network: Network) -> None:
    network.people = [place(100 + 120 * number, 80, 20 + 5 * number) for number in range(6)]
    bodies = Bodies()
    for step in range(8):
        seen = bodies.update(FRAME, step / 10, network.faces())
    assert sorted(seen) == [3, 4, 5, 6]


def test_a_face_without_a_body_is_not_searched_for_on_every_frame(network: Network) -> None:
    network.people, network.hidden = [place(100, 80, 40)], {0}
    bodies = Bodies()
    assert not any(bodies.update(FRAME, step / 20, network.faces()) for step in range(41))
    assert len(network.searched) == 3


@pytest.mark.parametrize("how", ["leaves", "jumps", "the film begins anew"])
def test_nobody_keeps_the_body_of_who_is_gone(network: Network, how: str) -> None:
    network.people = [place(100, 80, 40)]
    bodies = Bodies()
    assert list(bodies.update(FRAME, 5.0, network.faces())) == [1]
    network.hidden = {0}
    if how == "jumps":
        network.people = [place(500, 80, 40)]
    faces = {} if how == "leaves" else network.faces()
    assert bodies.update(FRAME, 0.0 if how == "the film begins anew" else 5.1, faces) == {}
    assert sum(network.followed) == 0


# Smoothing -----------------------------------------------------------------------------------------------------------


def test_what_rests_is_still_and_what_moves_hardly_lags() -> None:
    random = np.random.default_rng(0)
    rest, wave = OneEuro(1), OneEuro(1)
    seen = np.ones(1, bool)
    noise = random.normal(0, 1, (100, 1, 2))
    still = np.array([rest(200 + each, seen, 1 / 20, 40.0)[0, 0] for each in noise])
    assert still[20:].std() < 0.6 * noise[20:, 0, 0].std()
    lag = [10 * step - wave(np.full((1, 2), 10.0 * step), seen, 1 / 20, 40.0)[0, 0] for step in range(40)]
    assert lag[-1] < 5, "less than half a frame's way, at five sides of the face a second"


def test_a_point_that_was_away_does_not_glide_back() -> None:
    smooth = OneEuro(1)
    smooth(np.zeros((1, 2)), np.array([True]), 0.05, 40.0)
    smooth(np.full((1, 2), 50.0), np.array([False]), 0.05, 40.0)
    np.testing.assert_array_equal(smooth(np.full((1, 2), 300.0), np.array([True]), 0.05, 40.0), [[300.0, 300.0]])


# The look ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_body_is_found_again_where_it_was(colours: None, monkeypatch: pytest.MonkeyPatch) -> None:
    before, now = place(250, 90, 50), place(262, 96, 50)
    (person,) = find_people(draw(600, 560, before), [face_of(before)])
    looks: list[int] = []
    predict = pose.inference.predict

    def counted(crops: Sequence[np.ndarray], *rest: Any) -> np.ndarray:
        looks.append(len(crops))
        return predict(crops, *rest)

    monkeypatch.setattr(pose.inference, "predict", counted)
    (again,) = follow_people(draw(600, 560, now), [person], [face_of(now)])
    assert again is not None
    assert np.linalg.norm(again.joints[:, :2] - now, axis=1).max() < 0.2 * 50
    assert looks == [1]
    (gone,) = follow_people(draw(600, 560), [replace(person)], [face_of(now)])
    assert gone is None
