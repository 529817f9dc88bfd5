"""The people on a photo, with the fourteen joints of each.

The pose network sees one square of a photo and finds the joints of one person there. There are three reasons to search
for a person: a face, a body that the detector sees though no face is at its head, and a box drawn by hand. Each search
tries a few squares, for a face those in which a bust, an upper body or a whole body would fit, and then takes a closer
look at the joints found in the best of them, unless they are sure. Whoever is found twice is kept once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import cv2
import numpy as np
from scipy.special import logit

from models.detection import Body, Face, box_of_points, find_bodies
from models.geometry import intersection_over_union, transform_points
from models.images import Box, check_box, check_photo, lighting_up
from models.pose import inference as pose
from models.pose.looks import LOOKS
from models.pose.openness import Openness, openness
from models.showing import draw_bones, figure

BY_FACE, BY_BODY, BY_HAND = "face", "person", "by hand"
AT_A_TIME = 8
"""Searches whose people are handed over together: on two cores they take about a second."""

_NECK, _HEAD_TOP = pose.NAMES.index("neck"), pose.NAMES.index("head_top")
_SHOULDERS = [pose.NAMES.index("right_shoulder"), pose.NAMES.index("left_shoulder")]
_BUST = [*_SHOULDERS, _NECK, _HEAD_TOP]
_MIDDLE = np.full((1, 2), (pose.SIZE - 1) / 2)  # of a crop


@dataclass(frozen=True, eq=False)
class Person:
    """One person of a photo."""

    joints: np.ndarray  # float32 (14, 3) x and y in photo pixels, confidence 0..1; see `models.pose.NAMES`
    box: tuple[int, int, int, int]  # (x, y, width, height) around the joints that are sure enough, in photo pixels
    source: str  # what the person was found by: "face", "person" (seen without a face) or "by hand" (a drawn box)
    face: int | None  # which of `Analysis.faces` is this person's, counted from 0
    crop: np.ndarray  # uint8 (256, 256, 3), exactly what the pose network gets; that of a dark photo is lit up
    transform: np.ndarray  # float32 (2, 3), crop pixel (x, y, 1) -> photo pixel

    @property
    def openness(self) -> Openness | None:
        """Whether the body is open or closed, by the joints that are sure; see `models.pose.openness`."""
        return openness(self.joints)

    def to_dict(self) -> dict[str, Any]:
        """Return the person as plain JSON values, without the picture."""
        return {
            "joints": self.joints.tolist(),
            "box": list(self.box),
            "source": self.source,
            "face": self.face,
        }

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the person's crop with the surer bones, and how the body looks."""
        picture = self.crop.copy()
        back = cv2.invertAffineTransform(self.transform)
        draw_bones(picture, [transform_points(ends, back) for ends in sure_bones(self.joints)], width=3)
        look = self.openness
        sure = int((self.joints[:, 2] >= pose.thresholds().drawn).sum())
        told = f"; {look.word}: {', '.join(look.signs)}" if look is not None and look.signs else ""
        words = f"{sure} of {pose.JOINTS} joints are sure{told}"
        return figure(picture, words)


def sure_bones(joints: np.ndarray) -> list[np.ndarray]:
    """Return both ends, each (2, 2), of the bones of which both joints are sure; `joints` is (14, 3)."""
    pairs = [joints[list(pair)] for pair in pose.SKELETON]
    return [ends[:, :2] for ends in pairs if (ends[:, 2] >= pose.thresholds().drawn).all()]


def find_people(
    image: np.ndarray,
    faces: Sequence[Face],
    boxes: Sequence[Box] | None = None,
    network: str = pose.DEFAULT,
    asked: Sequence[int] | None = None,
    on_found: Callable[[int, int, list[Person]], None] | None = None,
    bodies: Sequence[Body] | None = None,
) -> list[Person]:
    """Find the people on a photo and their joints.

    There is a search for every face, or for the forty largest, and for every body that the detector sees without a
    face at its head, or for the twenty surest. All first squares go through the network in one batch, and all closer
    ones, at those of whom the first look is unsure, in another.

    A joint beyond the photo's edge keeps a fifth of its confidence, since nobody can see it. The network is shown dark
    photos lit up, see `models.images.lighting_up`.

    Args:
        image: RGB uint8 (H, W, 3).
        faces: what `models.detection.detect` or the analysis found there.
        boxes: (x, y, width, height) of people pointed out by hand, in photo pixels. Each gets an answer, however
            unsure. If its head is that of a face, it replaces the person found by that face. Defaults to none.
        network: name of a published pose network. Defaults to "pose".
        asked: which of the faces to search a person for, counted from 0; nobody without a face is searched for then.
            Defaults to all, or the forty largest.
        on_found: called as `on_found(done, total, people)` with those found so far after every few searches but the
            last ones, the largest faces' first; what it raises ends the search. Defaults to None: all searches go
            through the network together.
        bodies: what `models.detection.detect_with_bodies` saw there. Defaults to None: `models.detection.find_bodies`
            looks.

    Returns:
        The people with faces in the faces' order, then the others. Nobody comes twice; the surer answer is kept.

    Raises:
        ValueError: if the image is no RGB photo, a box is empty or outside it, or there is no such pose network.
    """
    check_photo(image)
    drawn, light = pose.thresholds(network).drawn, lighting_up(image)
    heads = _heads_of(faces)
    searches = [_search_box(image, box) for box in boxes or ()]
    largest = sorted(range(len(faces)), key=lambda index: -heads.lengths[index])[: LOOKS.most_faces]
    searches += [_search_face(image, heads, index) for index in (largest if asked is None else asked)]
    if asked is None:
        seen = large_bodies(image, find_bodies(image) if bodies is None else bodies)
        searches += [_search_body(body) for body in _without_face(seen, heads)[: LOOKS.most_bodies]]
    size, total = AT_A_TIME if on_found else max(1, len(searches)), len(searches)
    found: list[_Found] = []
    for done in range(size, total + size, size):
        looked = _look(image, searches[done - size : done], network, light)
        found += [one for one in looked if _is_somebody(one, drawn)]
        if on_found and done < total:
            on_found(done, total, _settle(found, heads, drawn, image))
    return _settle(found, heads, drawn, image)


def large_bodies(image: np.ndarray, bodies: Sequence[Body]) -> list[Body]:
    """Return the bodies on a photo that are large enough to be looked at."""
    lengths = [max(body.box[2:]) for body in bodies]
    least = max(LOOKS.least_body * max(image.shape[:2]), LOOKS.least_of_largest * max(lengths, default=0))
    return [body for body, length in zip(bodies, lengths, strict=True) if length >= least]


def follow_people(
    image: np.ndarray,
    people: Sequence[Person],
    faces: Sequence[Face],
    light: np.ndarray | None = None,
    network: str = pose.DEFAULT,
) -> list[Person | None]:
    """Find people again on the next frame of a film by one look each at where they were, much faster than by a search.

    Args:
        image: RGB uint8 (H, W, 3), the frame.
        people: with faces, as they were on the frame before.
        faces: as they are on this frame; `Person.face` counts them.
        light: uint8 (256,), of `models.images.lighting_up` for this film. Defaults to no change.
        network: name of a published pose network. Defaults to "pose".

    Returns:
        The people in their order; None for one of whom hardly a joint is seen, or whose head is not that of the face.
    """
    if not people:
        return []
    drawn, heads = pose.thresholds(network).drawn, _heads_of(faces)
    owners = np.array([one.face for one in people], int)
    joints = np.stack([one.joints for one in people])
    squares = np.stack([transform_points(_MIDDLE, one.transform.astype(np.float64))[0] for one in people])
    turns = np.stack([one.transform[:, 0] for one in people]).astype(np.float64)  # a step to the right on the crop
    sides, angles = pose.SIZE * np.hypot(turns[:, 0], turns[:, 1]), np.degrees(np.arctan2(turns[:, 1], turns[:, 0]))
    squares = _closer_squares(joints, np.column_stack([squares, sides]), angles, drawn)
    lengths = heads.lengths[owners]
    answers = find_joints(image, squares, angles, network, True, _details(squares[:, 2], lengths), light)
    found: list[Person | None] = []
    for index, (one, face) in enumerate(zip(people, owners.tolist(), strict=True)):
        search = _search_face(image, heads, face)
        (seen,) = _collect([search], answers.take([index]), [None])
        found.append(replace(_to_person(seen, drawn, image), source=one.source) if _is_somebody(seen, drawn) else None)
    return found


# What the network says of squares ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Answers:
    """What the network says of N squares of one photo."""

    joints: np.ndarray  # float32 (N, 14, 3), photo pixels and confidence
    crops: np.ndarray  # uint8 (N, 256, 256, 3)
    transforms: np.ndarray  # float64 (N, 2, 3), crop pixel (x, y, 1) -> photo pixel

    def take(self, numbers: Sequence[int]) -> "Answers":
        """Return the answers of these numbers."""
        return Answers(self.joints[numbers], self.crops[numbers], self.transforms[numbers])


def find_joints(
    image: np.ndarray,
    squares: np.ndarray,
    angles: np.ndarray,
    network: str = pose.DEFAULT,
    is_quick: bool | np.ndarray = False,
    details: np.ndarray | None = None,
    light: np.ndarray | None = None,
) -> Answers:
    """Find the joints of one person in each square of a photo, all squares in one batch.

    A joint beyond the photo's edge keeps a fifth of its confidence.

    Args:
        image: RGB uint8 (H, W, 3).
        squares: (N, 3), centre x, centre y and side in photo pixels, as of `models.pose.square_of_joints`.
        angles: (N,) degrees by which each square is turned clockwise on the photo.
        network: name of a published pose network. Defaults to "pose".
        is_quick: as of `models.pose.predict`. Defaults to False.
        details: (N,), pixels of the photo that each side is shown with, as of `models.pose.crop_square`. Defaults to
            all.
        light: uint8 (256,), the new grey level for each grey level of the crops. Defaults to no change.
    """
    details = np.full(len(squares), pose.SIZE) if details is None else details
    cut = [
        pose.crop_square(image, square, angle, detail=detail)
        for square, angle, detail in zip(squares, angles, details, strict=True)
    ]
    crops = np.array([crop for crop, _ in cut], np.uint8).reshape(-1, pose.SIZE, pose.SIZE, 3)
    crops = crops if light is None else light[crops]
    transforms = np.array([transform for _, transform in cut]).reshape(-1, 2, 3)
    joints = pose.predict(list(crops), network, is_quick)
    for person, transform in zip(joints, transforms, strict=True):
        person[:, :2] = transform_points(person[:, :2], transform)
    height, width = image.shape[:2]
    is_off = ((joints[..., :2] < -0.5) | (joints[..., :2] > [width - 0.5, height - 0.5])).any(axis=-1)
    joints[..., 2] *= np.where(is_off, LOOKS.off_photo, 1).astype(np.float32)
    return Answers(joints, crops, transforms)


# Heads ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Heads:
    """Where the heads of F faces are."""

    centres: np.ndarray  # float64 (F, 2), photo pixels
    lengths: np.ndarray  # float64 (F,), neck to head top
    angles: np.ndarray  # float64 (F,), degrees clockwise

    def misses(self, joints: np.ndarray) -> np.ndarray:
        """Return how far the heads of people are from those of the faces, float64 (N, F) in lengths of the face's head.

        It is the mean distance of neck and head top.

        Args:
            joints: (N, 14, 3) of the people.
        """
        half = (self.lengths / 2)[:, None] * _down(self.angles)
        misses = [
            np.linalg.norm(joints[:, None, joint, :2] - place, axis=-1)
            for joint, place in ((_NECK, self.centres + half), (_HEAD_TOP, self.centres - half))
        ]
        return (misses[0] + misses[1]) / 2 / self.lengths


def _heads_of(faces: Sequence[Face]) -> _Heads:
    boxes = np.array([face.box for face in faces], np.float64).reshape(-1, 4)
    lengths = LOOKS.head_of_face * np.sqrt(np.maximum(boxes[:, 2:], 1).prod(axis=1))
    return _Heads(boxes[:, :2] + boxes[:, 2:] / 2 - 0.5, lengths, np.array([face.angle for face in faces], np.float64))


def _down(angles: np.ndarray) -> np.ndarray:
    """Return which way is down, float64 (N, 2), for things turned clockwise by degrees (N,)."""
    turn = np.radians(angles)
    return np.stack([-np.sin(turn), np.cos(turn)], axis=-1)


# Searches ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Search:
    """A reason to search for a person, and the squares to try."""

    source: str
    squares: np.ndarray  # float64 (K, 3), centre x, centre y and side
    angles: np.ndarray  # float64 (K,), degrees clockwise
    score: Callable[
        [np.ndarray], np.ndarray
    ]  # joints (N, 14, 3) -> how well they fit the reason (N,), 0 for not at all
    details: np.ndarray  # float64 (K,), pixels that each side is shown with
    is_portrait: np.ndarray  # bool (K,)
    face: int | None = None
    head: float = float("nan")  # length of the face's head in photo pixels
    body: Body | None = None


def _search_face(image: np.ndarray, heads: _Heads, face: int) -> _Search:
    centre, head, angle = heads.centres[face], heads.lengths[face], float(heads.angles[face])
    angle = (angle + 180) % 360 - 180
    squares: list[np.ndarray] = []
    angles: list[float] = []
    details: list[float] = []
    is_portrait: list[bool] = []
    for turned in (0.0, angle) if abs(angle) > LOOKS.tilted else (0.0,):
        down = _down(np.array(turned))
        for first in LOOKS.first:
            square = np.array([*(centre + first.below * head * down), first.side * head])
            if first.is_portrait or _share_inside(image, square) >= LOOKS.least_inside:
                squares.append(square)
                angles.append(turned)
                details.append(first.pixels_a_head * first.side if head >= LOOKS.near_head else np.inf)
                is_portrait.append(first.is_portrait)
    return _Search(
        BY_FACE,
        np.array(squares),
        np.array(angles),
        partial(_score_by_face, heads=heads, face=face),
        np.minimum(details, pose.SIZE),
        np.array(is_portrait),
        face,
        float(head),
    )


def _search_box(image: np.ndarray, box: Box) -> _Search:
    x, y, width, height = check_box(box, image)
    low, high = np.maximum([x, y], 0.0), np.minimum([x + width, y + height], [image.shape[1], image.shape[0]])
    middle, longer = (low + high) / 2 - 0.5, float((high - low).max())
    tries = [(side, 0.0) for side in LOOKS.box_sides]
    tries += [(LOOKS.box_sides[-1], angle) for angle in (90.0, 180.0, 270.0)]
    squares = np.array([[*middle, side * longer] for side, _ in tries])
    margin = LOOKS.box_margin * longer
    score = partial(_score_by_box, low=low - margin, high=high + margin)
    return _plain_search(BY_HAND, squares, np.array([angle for _, angle in tries]), score)


def _search_body(body: Body) -> _Search:
    x, y, width, height = body.box
    low, size = np.array([x, y]), np.array([width, height])
    longer = max(width, height)
    squares = np.array([[*(low + size / 2 - 0.5), side * longer] for side in LOOKS.body_sides])
    margin = LOOKS.box_margin * longer
    score = partial(_score_by_box, low=low - margin, high=low + size + margin)
    return replace(_plain_search(BY_BODY, squares, np.zeros(len(squares)), score), body=body)


def _without_face(bodies: Sequence[Body], heads: _Heads) -> list[Body]:
    """Return the bodies at whose head there is no face."""
    low = np.array([body.box[:2] for body in bodies]).reshape(-1, 1, 2)
    size = np.array([body.box[2:] for body in bodies]).reshape(-1, 1, 2)
    is_inside = ((heads.centres >= low) & (heads.centres <= low + size)).all(axis=2)  # (bodies, faces)
    misses = np.abs(heads.centres[:, 1] - (low[..., 1] + heads.lengths / 2)) / heads.lengths
    has_face = (is_inside & (misses <= LOOKS.farthest_miss)).any(axis=1)
    return [body for body, is_known in zip(bodies, has_face, strict=True) if not is_known]


def _plain_search(
    source: str, squares: np.ndarray, angles: np.ndarray, score: Callable[[np.ndarray], np.ndarray]
) -> _Search:
    """Return a search without portraits, whose squares are shown with all pixels of the photo."""
    details = np.full(len(squares), float(pose.SIZE))
    return _Search(source, squares, angles, score, details, np.zeros(len(squares), bool))


def _share_inside(image: np.ndarray, square: np.ndarray) -> float:
    """Return the share of an upright square's area that lies on the photo."""
    height, width = image.shape[:2]
    low, high = square[:2] - square[2] / 2, square[:2] + square[2] / 2
    sides = np.minimum(high, [width - 0.5, height - 0.5]) - np.maximum(low, -0.5)
    return float(np.maximum(sides, 0).prod() / square[2] ** 2)


def _score_by_face(joints: np.ndarray, heads: _Heads, face: int) -> np.ndarray:
    """Return the sum of the confidences, less if the head is off the face, and 0 if it is that of another face."""
    misses = heads.misses(joints)  # (N, F)
    apart = np.linalg.norm(heads.centres - heads.centres[face], axis=1) / heads.lengths[face]
    own = misses[:, face]
    nearest_other = np.where(apart > LOOKS.same_face, misses, np.inf).min(axis=1)
    is_own = (own <= LOOKS.farthest_miss) & (own <= nearest_other)
    return np.where(is_own, np.exp(-0.5 * (own / LOOKS.usual_miss) ** 2), 0) * joints[..., 2].sum(axis=1)


def _score_by_box(joints: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the sum of the confidences of the joints between two corners."""
    is_inside = ((joints[..., :2] >= low) & (joints[..., :2] <= high)).all(axis=-1)
    return (joints[..., 2] * is_inside).sum(axis=1)


# First and closer looks ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Found:
    """The best answer to a search."""

    search: _Search
    joints: np.ndarray  # float32 (14, 3)
    score: float
    crop: np.ndarray
    transform: np.ndarray
    face: int | None


def _look(image: np.ndarray, searches: Sequence[_Search], network: str, light: np.ndarray | None) -> list[_Found]:
    """Return the best answer to each search, by a first look at its squares and a closer one where that is unsure."""
    if not searches:
        return []
    squares = np.concatenate([search.squares for search in searches])
    angles = np.concatenate([search.angles for search in searches])
    details = np.concatenate([search.details for search in searches])
    answers = find_joints(image, squares, angles, network, True, details, light)
    first = answers.joints
    ends = np.cumsum([len(search.squares) for search in searches])
    best, portraits = [], []
    for search, end in zip(searches, ends.tolist(), strict=True):
        joints = first[end - len(search.squares) : end]
        portraits.append(_believed_portrait(search, joints))
        bonus = np.where(search.angles == 0, LOOKS.upright_bonus, 1.0)
        score = bonus * _score(search, joints, portraits[-1])
        best.append(end - len(score) + int(np.argmax(score)))
    squares, angles, details = squares[best], angles[best], details[best]
    found = _collect(searches, answers.take(best), portraits)
    drawn = pose.thresholds(network).drawn
    unsure = np.flatnonzero([not _is_sure(one.joints, drawn) and not _is_hopeless(one) for one in found])
    closer = _closer_squares(first[best], squares, angles, drawn)
    shown = _details(closer[:, 2], np.array([search.head for search in searches]))
    misled = []
    for index, one in _look_again(image, found, unsure, closer, angles, shown, portraits, network, light):
        if one.score < LOOKS.worse * found[index].score:
            misled.append(index)
        found[index] = one
    for index, one in _look_again(image, found, misled, squares, angles, details, portraits, network, light):
        found[index] = max(found[index], one, key=lambda one: one.score)
    return found


def _is_hopeless(found: _Found) -> bool:
    """Return whether a first look saw so little of a body that a closer one would not find anybody."""
    body = found.search.body
    return body is not None and body.score * found.score / pose.JOINTS < LOOKS.least_first_evidence


def _is_sure(joints: np.ndarray, drawn: float) -> bool:
    """Return whether the joints (14, 3) that a first look found are so sure that a closer one finds them no better."""
    is_drawn = joints[:, 2] >= drawn
    return bool(is_drawn.any()) and float(joints[is_drawn, 2].mean()) >= LOOKS.sure_look


def _look_again(
    image: np.ndarray,
    found: Sequence[_Found],
    numbers: Sequence[int] | np.ndarray,
    squares: np.ndarray,
    angles: np.ndarray,
    details: np.ndarray,
    portraits: Sequence[np.ndarray | None],
    network: str,
    light: np.ndarray | None,
) -> Iterator[tuple[int, _Found]]:
    """Yield these numbers and what is found in their squares with mirror images, all in one batch."""
    if len(numbers) == 0:
        return
    answers = find_joints(image, squares[numbers], angles[numbers], network, False, details[numbers], light)
    again = _collect([found[index].search for index in numbers], answers, [portraits[index] for index in numbers])
    yield from zip((int(index) for index in numbers), again, strict=True)


def _score(search: _Search, joints: np.ndarray, portrait: np.ndarray | None) -> np.ndarray:
    """Return the search's score of joints (N, 14, 3), less where a portrait contradicts their shoulders.

    A portrait of a small head shows no more than other looks do, so it contradicts nothing.
    """
    score = search.score(joints)
    if portrait is None or search.head < LOOKS.near_head:
        return score
    apart = np.linalg.norm(joints[:, _SHOULDERS, :2] - portrait[_SHOULDERS, :2], axis=-1)
    is_sure = portrait[_SHOULDERS, 2] >= LOOKS.sure_shoulder
    is_contradicted = ((apart > LOOKS.other_shoulder * search.head) & is_sure).any(axis=1)
    return score * np.where(is_contradicted, LOOKS.doubt, 1.0)


def _believed_portrait(search: _Search, joints: np.ndarray) -> np.ndarray | None:
    """Return the joints (14, 3) in the surer of a search's portraits; None if there the head is not the face's.

    The network knows shoulders best near by: from afar it takes the ring of a collar for them.

    Args:
        search: for a person.
        joints: (N, 14, 3), found in its squares.
    """
    near = joints[search.is_portrait]
    if len(near) == 0:
        return None
    best = near[near[:, _BUST, 2].sum(axis=1).argmax()][None]
    is_believed = search.score(best)[0] >= LOOKS.believed_portrait * best[..., 2].sum()
    return best[0] if is_believed else None


def _collect(searches: Sequence[_Search], answers: Answers, portraits: Sequence[np.ndarray | None]) -> list[_Found]:
    """Return what was found, of one answer for each search."""
    return [
        _Found(
            search,
            answers.joints[index],
            float(_score(search, answers.joints[index : index + 1], portrait)[0]),
            answers.crops[index],
            answers.transforms[index],
            search.face,
        )
        for index, (search, portrait) in enumerate(zip(searches, portraits, strict=True))
    ]


def _closer_squares(joints: np.ndarray, squares: np.ndarray, angles: np.ndarray, drawn: float) -> np.ndarray:
    """Return the squares of the joints that are sure enough, float64 (N, 3).

    Args:
        joints: (N, 14, 3) photo pixels.
        squares: (N, 3), in which they were found. A person with hardly a sure joint keeps it.
        angles: (N,) degrees by which the squares are turned clockwise.
        drawn: confidence from which a joint is sure enough.
    """
    is_sure = joints[..., 2] >= drawn
    is_seen = is_sure.sum(axis=1) >= LOOKS.least_joints
    down = _down(angles)
    to_own = np.stack([np.stack([down[:, 1], -down[:, 0]], axis=-1), down], axis=1)  # (N, 2, 2), rows across and down
    own = np.einsum("nij,nkj->nki", to_own, joints[..., :2].astype(np.float64))
    closer = pose.square_of_joints(own, is_sure | ~is_seen[:, None])
    head = np.linalg.norm(own[:, _HEAD_TOP] - own[:, _NECK], axis=1)
    closer[:, 2] = np.maximum(closer[:, 2], LOOKS.smallest_square * head)
    closer[:, :2] = np.einsum("nji,nj->ni", to_own, closer[:, :2])
    return np.where(is_seen[:, None], closer, squares)


def _details(sides: np.ndarray, heads: np.ndarray) -> np.ndarray:
    """Return the pixels (N,) that closer squares are shown with, given their sides and the lengths of the heads."""
    is_close = sides < LOOKS.close_square * heads
    return np.where(is_close, LOOKS.close_pixels * sides / heads, pose.SIZE)


# Who is who ----------------------------------------------------------------------------------------------------------


def _settle(found: Sequence[_Found], heads: _Heads, drawn: float, image: np.ndarray) -> list[Person]:
    """Return the people, each once and with their faces, those with faces first and in the faces' order."""
    people = _give_faces(_drop_repeated(found, drawn), heads)
    people.sort(key=lambda one: len(heads.lengths) if one.face is None else one.face)
    return [_to_person(one, drawn, image) for one in people]


def _is_somebody(found: _Found, drawn: float) -> bool:
    """Return whether there is a person, of whom more must be seen without a face; a box by hand always holds one."""
    sure = found.joints[found.joints[:, 2] >= drawn, :2]
    if (body := found.search.body) is None:
        return found.search.source == BY_HAND or (found.score > 0 and len(sure) >= LOOKS.least_joints)
    if len(sure) < LOOKS.least_joints_without_face:
        return False
    overlap = intersection_over_union(box_of_points(sure), [body.box])[0, 0]
    seen, joints, fit, constant = LOOKS.evidence
    evidence = seen * logit(body.score) + joints * found.score / pose.JOINTS + fit * overlap + constant
    return bool(evidence >= logit(LOOKS.least_chance))


def _drop_repeated(found: Sequence[_Found], drawn: float) -> list[_Found]:
    """Return each person once, by the surer answer; if only the other one has a face, the surer one gets it."""
    kept: dict[int, _Found] = {}
    for index, one in sorted(enumerate(found), key=lambda pair: -pair[1].score):
        twin = next((other for other in kept if _is_same(one.joints, kept[other].joints, drawn)), None)
        if twin is None:
            kept[index] = one
        elif kept[twin].face is None:
            kept[twin] = replace(kept[twin], face=one.face)
    return [kept[index] for index in sorted(kept)]


def _is_same(joints: np.ndarray, others: np.ndarray, drawn: float) -> bool:
    """Return whether two answers, (14, 3) each, show one person."""
    both = (joints[:, 2] >= drawn) & (others[:, 2] >= drawn)
    if both.sum() < LOOKS.least_joints:
        return False
    distance = np.median(np.linalg.norm(joints[both, :2] - others[both, :2], axis=1))
    return bool(distance <= LOOKS.same_person * min(_torso(joints, drawn), _torso(others, drawn)))


def _torso(joints: np.ndarray, drawn: float) -> float:
    """Return about the length of the torso in pixels: the largest of three guesses, by torso, head and extent.

    A guess that rests on an unsure joint is left out.
    """
    is_sure = joints[:, 2] >= drawn
    guesses = [LOOKS.torso_of_extent * float(np.ptp(joints[is_sure, :2], axis=0).max())]
    for (first, second), factor in ((pose.TORSO, 1.0), ((_NECK, _HEAD_TOP), LOOKS.torso_of_head)):
        if is_sure[first] and is_sure[second]:
            guesses.append(factor * float(np.linalg.norm(joints[first, :2] - joints[second, :2])))
    return max(guesses)


def _give_faces(found: Sequence[_Found], heads: _Heads) -> list[_Found]:
    """Return the people, those found without a face with the face at their head.

    Such a person replaces the one whom the face had found.
    """
    result = list(found)
    for one in found:
        if one.face is not None or len(heads.lengths) == 0:
            continue
        misses = heads.misses(one.joints[None])[0]
        face = int(misses.argmin())
        holder = next((other for other in result if other.face == face), None)
        if misses[face] > LOOKS.usual_miss or (holder is not None and holder.search.source != BY_FACE):
            continue
        result = [replace(other, face=face) if other is one else other for other in result if other is not holder]
    return result


def _to_person(found: _Found, drawn: float, image: np.ndarray) -> Person:
    height, width = image.shape[:2]
    sure = found.joints[found.joints[:, 2] >= drawn, :2]
    if len(sure) == 0:  # a box by hand in which nothing is to be seen
        sure = transform_points(np.array([[0, 0], [pose.SIZE - 1, pose.SIZE - 1]]), found.transform)
    low = np.clip(np.floor(sure.min(axis=0)), 0, [width - 1, height - 1])
    high = np.clip(np.ceil(sure.max(axis=0)) + 1, low + 1, [width, height])
    x, y, right, bottom = (int(value) for value in (*low, *high))
    return Person(
        joints=found.joints.astype(np.float32),
        box=(x, y, right - x, bottom - y),
        source=found.search.source,
        face=found.face,
        crop=found.crop,
        transform=found.transform.astype(np.float32),
    )
