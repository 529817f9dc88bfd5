"""Scores of a people's head: who is found on made pictures and whole ones, and where nobody is but somebody is seen.

A person is found by a box with an intersection over union of at least 0.5, each by one box, the best first. Boxes in
regions where there may be somebody without a label are neither right nor wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from models.detection import Body, Forward, box_of_points, search_bodies
from models.detection.training.datasets import Photos
from models.detection.training.evaluation import TEXTURES, faceless_pictures
from models.detection.training.people.configurations import PeopleConfiguration
from models.detection.training.people.datasets import Bodies, is_whole, region
from models.detection.training.people.scenes import PeopleScene, PeopleSceneMaker, PeopleSettings
from models.detection.training.textures import texture
from models.geometry import intersection_over_union
from models.pose.people import find_people, large_bodies
from models.pose.training.datasets import PoseData
from models.training.scores import cluster_interval, wilson_interval

OVERLAP = 0.5
LOWEST = 0.05
SIDE = 448  # pixels of a made picture
SIZES = {"small": 0.2, "middle": 0.45, "large": 1.0}  # longer side of a person's box over the picture's, at most
_SEED = 91_000  # the training draws from (seed, number of the scene), which gives other numbers
KEPT_PICTURES = 200
_ON_TEXTURE = 0.2  # of the made pictures
FindBodies = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Matched:
    """Every person that counts and every box, over some pictures."""

    found_at: np.ndarray  # float (m,), score of the box that found each person; -inf where none did
    shown_on: np.ndarray  # int (m,), the picture of each
    sizes: np.ndarray  # float (m,), longer side over the picture's longer side
    wrong: np.ndarray  # float (n,), the scores of boxes that found nobody
    pictures: int


def by_head(forward: Forward, threshold: float = LOWEST) -> FindBodies:
    """Return a network's search for people as a function of a photo."""

    def find(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = search_bodies(np.ascontiguousarray(image), forward, threshold)
        high = np.minimum(found.boxes[:, :2] + found.boxes[:, 2:], [image.shape[1], image.shape[0]])
        low = np.maximum(found.boxes[:, :2], 0)
        return np.concatenate([low, high - low], axis=1), found.scores

    return find


def by_joints(forward: Forward, threshold: float) -> FindBodies:
    """Return the search for people as the app does it: of the bodies that the head sees, those with joints are left."""
    see = by_head(forward, threshold)

    def find(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        boxes, scores = see(image)
        rows = zip(boxes.tolist(), scores.tolist(), strict=True)
        bodies = [Body((x, y, width, height), score) for (x, y, width, height), score in rows]
        large = large_bodies(image, bodies)
        is_somebody = np.array([body in large and bool(find_people(image, [], bodies=[body])) for body in bodies], bool)
        return boxes[is_somebody], scores[is_somebody]

    return find


def empty_pictures(photos: Photos, textures: int | None = None) -> dict[str, list[np.ndarray]]:
    """Return pictures without people by kind, as `faceless_pictures` does, away from where faces have their bodies.

    Somebody whose face nobody can see has no label, and may be on a cut: of seven of WIDER FACE's validation part on
    which somebody is found, five show people from behind, with the head down, cut off or in a costume.
    """
    regions = [np.array([region(box) for box in boxes]).reshape(-1, 4) for boxes in photos.boxes]
    far = Photos(photos.images, regions, photos.invalid, photos.marks)
    return faceless_pictures(far, TEXTURES if textures is None else textures)


def made_pictures(people: PoseData, empty: Sequence[np.ndarray], count: int, seed: int = 0) -> list[PeopleScene]:
    """Return pictures with one to three people pasted onto pictures without any, and onto textures.

    Args:
        people: to paste; those with all joints are.
        empty: pictures without people.
        count: how many to make.
        seed: of the choice. Defaults to 0.
    """
    settings = PeopleSettings(smallest=0.12 * SIDE, largest=1.1 * SIDE, portrait_head=(0.12 * SIDE, 0.4 * SIDE))
    nothing = Photos([np.zeros((1, 1, 3), np.uint8)], [np.zeros((0, 4))], [np.zeros(0, bool)], [np.zeros((0, 5, 2))])
    nobody = Bodies([[]], [np.zeros((0, 4), np.float32)])
    maker = PeopleSceneMaker(nothing, nobody, people.take(is_whole(people)), settings, SIDE)
    made = []
    for number in range(count):
        rng = np.random.default_rng((_SEED, seed, number))
        if rng.random() < _ON_TEXTURE or not empty:
            image = texture(rng, SIDE, SIDE)
        else:
            image = _square(rng, empty[int(rng.integers(len(empty)))])
        made.append(maker.paste_people(rng, image, int(rng.integers(1, 4))))
    return [scene for scene in made if len(scene.boxes)]


def whole_pictures(people: PoseData) -> list[PeopleScene]:
    """Return pictures of people as they are; all but the labelled person is a region in which others may be."""
    scenes = []
    for index in np.flatnonzero(is_whole(people)):
        image, joints = people.images[index], people.joints[index].astype(np.float64) + 0.5
        box = box_of_points(joints)
        size = np.array([image.shape[1], image.shape[0]])
        low, high = np.clip(box[:2], 0, size), np.clip(box[:2] + box[2:], 0, size)
        everywhere = np.array([[0.0, 0.0, *size]])
        scenes.append(PeopleScene(image, np.concatenate([low, high - low])[None], everywhere))
    return scenes


def match_people(scenes: Sequence[PeopleScene], find: FindBodies) -> Matched:
    """Match what is found with who is there."""
    found_at, shown_on, sizes, wrong = [], [], [], []
    for number, scene in enumerate(scenes):
        boxes, scores = find(scene.image)
        overlaps = intersection_over_union(boxes, scene.boxes)
        best = np.full(len(scene.boxes), -np.inf)
        for index in np.argsort(-scores, kind="stable"):
            free = np.where(np.isneginf(best), overlaps[index], -1.0)
            if free.max(initial=-1) >= OVERLAP:
                best[free.argmax()] = scores[index]
            elif not _is_excused(boxes[index], scene.ignored):
                wrong.append(float(scores[index]))
        found_at.append(best)
        shown_on.append(np.full(len(best), number))
        sizes.append(scene.boxes[:, 2:].max(axis=1) / max(scene.image.shape[:2]))
    return Matched(
        np.concatenate(found_at), np.concatenate(shown_on), np.concatenate(sizes), np.array(wrong), len(scenes)
    )


def summarise_people(matched: Matched, threshold: float) -> dict[str, Any]:
    """Return the share of the people that are found, with its interval, and the share of the boxes that are right."""
    found = matched.found_at >= threshold
    counts = np.stack(
        [np.bincount(matched.shown_on, found, matched.pictures), np.bincount(matched.shown_on, None, matched.pictures)],
        axis=1,
    )
    wrong = int((matched.wrong >= threshold).sum())
    return {
        "recall": float(found.mean()),
        "recall_interval": cluster_interval(counts, lambda right, all_: right / np.maximum(all_, 1), draws=1000),
        "people": len(found),
        "pictures": matched.pictures,
        "precision": float(found.sum() / max(found.sum() + wrong, 1)),
    }


def recall_by_size(matched: Matched, threshold: float) -> dict[str, float]:
    """Return the share of the people found, by how much of the picture they take."""
    rows, least = {}, 0.0
    for name, most in SIZES.items():
        here = (matched.sizes > least) & (matched.sizes <= most)
        if here.any():
            rows[name] = float((matched.found_at[here] >= threshold).mean())
        least = most
    return rows


def sureness(pictures: Sequence[np.ndarray], find: FindBodies) -> np.ndarray:
    """Return how sure (N,) the network is of somebody on pictures without anybody; 0 where it sees nobody."""
    return np.array([find(image)[1].max(initial=0.0) for image in pictures])


def count_people_alarms(pictures: dict[str, list[np.ndarray]], find: FindBodies, threshold: float) -> dict[str, Any]:
    """Return on which share of pictures without people somebody is seen, with its interval, in all and by kind."""
    kinds = {kind: sureness(images, find) >= threshold for kind, images in pictures.items() if images}
    everything = np.concatenate(list(kinds.values()))
    return {
        "pictures": len(everything),
        "with_alarm": float(everything.mean()),
        "with_alarm_interval": list(wilson_interval(int(everything.sum()), len(everything))),
        "kinds": {
            kind: {"pictures": len(alarms), "with_alarm": float(alarms.mean())} for kind, alarms in kinds.items()
        },
    }


def choose_person_threshold(sure: np.ndarray, alarms: float) -> float:
    """Return the least threshold, by hundredths, at which at most that share of pictures without people has an alarm.

    Args:
        sure: of `sureness`.
        alarms: the share.
    """
    hundredths = range(round(100 * LOWEST), 100)
    return next((value / 100 for value in hundredths if np.mean(sure >= value / 100) <= alarms), 0.99)


def choose(
    photos: Photos, people: PoseData, forward: Forward, configuration: PeopleConfiguration
) -> tuple[float, dict[str, Any]]:
    """Choose the threshold on kept photos and people, and score the head there."""
    empty = empty_pictures(photos)
    sure = sureness([picture for pictures in empty.values() for picture in pictures], by_head(forward))
    threshold = choose_person_threshold(sure, configuration.alarms)
    return threshold, score_people(photos, people, forward, threshold, KEPT_PICTURES, seed=1)


def score_people(
    photos: Photos, people: PoseData, forward: Forward, threshold: float, count: int, seed: int = 0
) -> dict[str, Any]:
    """Return all that a card says of a people's head, on photos and people that no training has seen.

    Args:
        photos: with face boxes.
        people: with joints.
        forward: of the network, as from `models.detection.compile_network`.
        threshold: least score of a person.
        count: of pictures to make.
        seed: of these. Defaults to 0.
    """
    find, empty = by_head(forward), empty_pictures(photos)
    pictures = made_pictures(people, empty["cuts"], count, seed)
    made = match_people(pictures, find)
    return {
        "threshold": threshold,
        **summarise_people(made, threshold),
        "recall_by_size": recall_by_size(made, threshold),
        "whole": summarise_people(match_people(whole_pictures(people), find), threshold),
        "nobody": count_people_alarms(empty, find, threshold),
        "with_joints": summarise_people(match_people(pictures, by_joints(forward, threshold)), threshold)
        | {"nobody": count_people_alarms(empty, by_joints(forward, threshold), threshold)},
    }


def _square(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Return a square cut of a picture, enlarged to the side of a made one."""
    side = min(picture.shape[:2])
    top, left = (int(rng.integers(length - side + 1)) for length in picture.shape[:2])
    return cv2.resize(picture[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)


def _is_excused(box: np.ndarray, ignored: np.ndarray) -> bool:
    """Return whether half of a box lies in one region."""
    sides = np.minimum(box[:2] + box[2:], ignored[:, :2] + ignored[:, 2:]) - np.maximum(box[:2], ignored[:, :2])
    return bool((np.clip(sides, 0, None).prod(axis=1) >= 0.5 * box[2:].prod()).any())
