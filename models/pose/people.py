"""The people on a photo, with the fourteen joints of each.

A face opens a person: the network looks at squares in which the bust, the upper body or the whole body below the face
would fit, and then closer at the joints that it found in the best one. A box by hand or the whole photo opens one too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from models import pose
from models.detection import Face
from models.geometry import transform_points
from models.images import Box, check_box, check_photo, lighting_up

BY_FACE, BY_PHOTO, BY_HAND = "face", "photo", "by hand"
OFF_PHOTO = 0.2  # a joint that lies beyond the photo's edge keeps this share of its confidence

_NECK, _HEAD_TOP = pose.NAMES.index("neck"), pose.NAMES.index("head_top")
_SHOULDERS = (pose.NAMES.index("right_shoulder"), pose.NAMES.index("left_shoulder"))
_BUST = (*_SHOULDERS, _NECK, _HEAD_TOP)
# A head reaches from the neck to the head top as Leeds Sports Pose labels them, a little below the chin and a little
# below the hair's top; its middle is that of the face.
HEAD_OF_FACE = 1.6  # length of a head over √ of the area of its face's box
TORSO_OF_HEAD = 2.5  # length of a torso over that of the head, the median of Leeds Sports Pose
# Side of the square, and how far its centre is below the head's, in heads; and by how many pixels a head it is told: of
# two portraits, a bust with elbows, an upper body with its hips, a whole body. The whole body's are medians of 671
# upright people of Leeds Sports Pose; bust and upper body are wider than theirs, of 3.4 and 4.9. Heads of the training
# have 11 to 26 pixels: near by, a good photo is far sharper than what the network has seen, so it is shown less. Sides
# of all but the whole body, and pixels, are chosen on the samples, that of the upper body on tuning people.
_FIRST_LOOKS = ((2.6, 0.4, 15.5), (3.0, 0.4, 15.5), (3.8, 0.9, 17.5), (5.0, 1.4, 9.0), (9.1, 3.0, np.inf))
_PORTRAITS = 2  # of these looks
_SHARP = 52.0  # pixels: a smaller head, up to twice the training's largest, is shown as sharp as it is
_NEAR = 4.2  # heads: a closer look at less is told by so few pixels as well, the fewer ones
_SHARPEST = 16.0
_AT_FACE = 0.8  # share that its head's place leaves of the score of a portrait that is believed: a third of a head off
_CLAIMED = 0.56  # confidence from which on a portrait's shoulder is believed against other looks
_DOUBTED = 0.75  # share that such a shoulder leaves of the score of another look
_CONTRADICTED = 0.4  # heads: a shoulder so far from where the surer portrait is sure that it is, is doubted
_CLOSEST = 2.4  # heads: side of the smallest square that half bodies of the training filled
_LEAST_INSIDE = 0.35  # share of such a square that the photo fills; the smallest is looked at anyway
_TILTED = 25.0  # degrees from which on a body may be turned as its face is
_LOOSE = 0.5  # heads by which a head's joints may usually miss the face
_FARTHEST = 1.0  # heads: what is farther is not this face's head
_SAME_FACE = 0.5  # heads: faces nearer to each other are one
_MOST_FACES = 40  # the largest ones; bounds the time that a crowd takes
_SIDES_OF_BOX = (1.0, 1.25)  # of the square over the longer side of a box by hand
_UPRIGHT = 1.15  # so many times as sure must be what is seen in a turned square
_AROUND_BOX = 0.1  # of its longer side: joints so far outside of a box by hand still count
_LEAST_JOINTS = 3  # that are drawn; fewer are no person
_LEAST_JOINTS_OF_PHOTO, _LEAST_SUM_OF_PHOTO = 7, 4.5  # drawn joints, and sum of confidences, of one without a face
_WORSE = 0.9  # of the first look's score: less, and the closer look was misled
_SAME_PERSON = 0.25  # torsos, median distance of the joints that two looks at one person both see
_TORSO_OF_EXTENT = 0.36  # median of Leeds Sports Pose


@dataclass(frozen=True, eq=False)
class Person:
    """One person of a photo."""

    joints: np.ndarray  # float32 (14, 3) x and y in photo pixels, confidence 0..1; see `models.pose.NAMES`
    box: tuple[int, int, int, int]  # (x, y, width, height) around the joints that are sure enough, in photo pixels
    source: str  # what the person was found by: "face", "photo" (one person fills it) or "by hand" (a drawn box)
    face: int | None  # which of `Analysis.faces` is this person's, counted from 0
    crop: np.ndarray  # uint8 (256, 256, 3), exactly what the pose network gets, a dark photo's lit up
    transform: np.ndarray  # float32 (2, 3), crop pixel (x, y, 1) -> photo pixel

    def to_dict(self) -> dict[str, Any]:
        """The person as plain JSON values, without the picture."""
        return {
            "joints": self.joints.tolist(),
            "box": list(self.box),
            "source": self.source,
            "face": self.face,
        }


def find_people(
    image: np.ndarray, faces: Sequence[Face], boxes: Sequence[Box] | None = None, network: str = pose.DEFAULT
) -> list[Person]:
    """Finds the people on a photo and their joints.

    Every face opens a person, the forty largest ones if there are more. Where no face turns out to be anybody's, the
    photo is looked at as a whole, and one person who fills it is found. All squares are looked at in one batch, and
    all second looks in another.

    A joint that lies beyond the photo's edge keeps a fifth of its confidence: nobody can see it. The network is shown
    dark photos lit up, as `models.images.lighting_up` says.

    Args:
        image: RGB uint8 (H, W, 3).
        faces: what `models.detection.detect` or the analysis found there.
        boxes: (x, y, width, height) of people pointed out by hand, in photo pixels. Each gets an answer, however
            unsure; one whose head is a face's takes the place of whom that face opened. Defaults to None.
        network: name of a published pose network. Defaults to "pose".

    Returns:
        The people with faces in the faces' order, then the others; nobody twice, the surer answer stays.

    Raises:
        ValueError: if the image is no RGB photo, a box is empty or outside it, or there is no such pose network.
    """
    check_photo(image)
    drawn, light = pose.thresholds(network).drawn, lighting_up(image)
    heads = _heads(faces)
    openings = [_open_by_box(image, box) for box in boxes or ()]
    largest = sorted(range(len(faces)), key=lambda index: -heads.lengths[index])[:_MOST_FACES]
    openings += [_open_by_face(image, heads, index) for index in sorted(largest)]
    found = [one for one in _look_twice(image, openings, network, light) if _is_somebody(one, drawn)]
    if not any(one.opening.source == BY_FACE for one in found):
        found += [
            one for one in _look_twice(image, [_open_by_photo(image)], network, light) if _fills_photo(one, drawn)
        ]
    found = _give_faces(_once_each(found, drawn), heads)
    found.sort(key=lambda one: len(faces) if one.face is None else one.face)
    return [_to_person(one, drawn, image) for one in found]


@dataclass(frozen=True, eq=False)
class Looks:
    """What the network says of N squares of one photo."""

    joints: np.ndarray  # float32 (N, 14, 3), photo pixels and confidence
    crops: np.ndarray  # uint8 (N, 256, 256, 3)
    transforms: np.ndarray  # float64 (N, 2, 3), crop pixel (x, y, 1) -> photo pixel


def look(
    image: np.ndarray,
    squares: np.ndarray,
    angles: np.ndarray,
    network: str = pose.DEFAULT,
    is_quick: bool | np.ndarray = False,
    details: np.ndarray | None = None,
    light: np.ndarray | None = None,
) -> Looks:
    """Finds the joints of one person in each square of a photo, in one batch.

    A joint beyond the photo's edge keeps `OFF_PHOTO` of its confidence.

    Args:
        image: RGB uint8 (H, W, 3).
        squares: (N, 3), centre x, centre y and side in photo pixels, as of `models.pose.square_of_joints`.
        angles: (N,) degrees by which each square is turned clockwise on the photo.
        network: name of a published pose network. Defaults to "pose".
        is_quick: as of `models.pose.predict`. Defaults to False.
        details: (N,) number of pixels that each side is told by, as of `models.pose.crop_square`. Defaults to all.
        light: uint8 (256,), the level that each level of the crops is shown by. Defaults to itself.
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
    joints[..., 2] *= np.where(is_off, OFF_PHOTO, 1).astype(np.float32)
    return Looks(joints, crops, transforms)


@dataclass(frozen=True, eq=False)
class _Heads:
    """Where the faces say that F heads are."""

    centres: np.ndarray  # float64 (F, 2), photo pixels
    lengths: np.ndarray  # float64 (F,), neck to head top
    angles: np.ndarray  # float64 (F,), degrees clockwise

    def misses(self, joints: np.ndarray) -> np.ndarray:
        """(N, F): how far neck and head top of each person (N, 14, 3) are from those of each face, in its heads."""
        half = (self.lengths / 2)[:, None] * _down(self.angles)
        misses = [
            np.linalg.norm(joints[:, None, joint, :2] - place, axis=-1)
            for joint, place in ((_NECK, self.centres + half), (_HEAD_TOP, self.centres - half))
        ]
        return (misses[0] + misses[1]) / 2 / self.lengths


@dataclass(frozen=True, eq=False)
class _Opening:
    """A reason to look for a person, and where."""

    source: str
    squares: np.ndarray  # float64 (K, 3)
    angles: np.ndarray  # float64 (K,)
    judge: Callable[[np.ndarray], np.ndarray]  # joints (N, 14, 3) -> how much they are this person's (N,), from 0 on
    details: np.ndarray  # float64 (K,), pixels that each side is told by
    is_portrait: np.ndarray  # bool (K,)
    face: int | None = None
    head: float = float("nan")  # its length in photo pixels, where a face tells


@dataclass(frozen=True, eq=False)
class _Found:
    """The best look at a person."""

    opening: _Opening
    joints: np.ndarray  # float32 (14, 3)
    score: float  # what the opening's judge says
    crop: np.ndarray
    transform: np.ndarray
    face: int | None


def _heads(faces: Sequence[Face]) -> _Heads:
    boxes = np.array([face.box for face in faces], np.float64).reshape(-1, 4)
    lengths = HEAD_OF_FACE * np.sqrt(np.maximum(boxes[:, 2:], 1).prod(axis=1))
    return _Heads(boxes[:, :2] + boxes[:, 2:] / 2 - 0.5, lengths, np.array([face.angle for face in faces], np.float64))


def _down(angles: np.ndarray) -> np.ndarray:
    """(N, 2): downwards in what is turned clockwise by so many degrees (N,)."""
    turn = np.radians(angles)
    return np.stack([-np.sin(turn), np.cos(turn)], axis=-1)


def _open_by_face(image: np.ndarray, heads: _Heads, face: int) -> _Opening:
    centre, head, angle = heads.centres[face], heads.lengths[face], float(heads.angles[face])
    angle = (angle + 180) % 360 - 180
    squares: list[np.ndarray] = []
    angles: list[float] = []
    details: list[float] = []
    is_portrait: list[bool] = []
    for turned in (0.0, angle) if abs(angle) > _TILTED else (0.0,):
        down = _down(np.array(turned))
        for number, (side, below, sharpness) in enumerate(_FIRST_LOOKS):
            square = np.array([*(centre + below * head * down), side * head])
            if number < _PORTRAITS or _share_inside(image, square) >= _LEAST_INSIDE:
                squares.append(square)
                angles.append(turned)
                details.append(sharpness * side if head >= _SHARP else np.inf)
                is_portrait.append(number < _PORTRAITS)
    judge = partial(_judge_by_face, heads=heads, face=face)
    told = (np.minimum(details, pose.SIZE), np.array(is_portrait))
    return _Opening(BY_FACE, np.array(squares), np.array(angles), judge, *told, face, float(head))


def _open_by_box(image: np.ndarray, box: Box) -> _Opening:
    x, y, width, height = check_box(box, image)
    low, high = np.maximum([x, y], 0.0), np.minimum([x + width, y + height], [image.shape[1], image.shape[0]])
    middle, longer = (low + high) / 2 - 0.5, float((high - low).max())
    turns = [(side, 0.0) for side in _SIDES_OF_BOX] + [(_SIDES_OF_BOX[-1], angle) for angle in (90.0, 180.0, 270.0)]
    squares = np.array([[*middle, side * longer] for side, _ in turns])
    around = _AROUND_BOX * longer
    judge = partial(_judge_by_box, low=low - around, high=high + around)
    return _Opening(BY_HAND, squares, np.array([angle for _, angle in turns]), judge, *_as_sharp_as_it_is(len(squares)))


def _open_by_photo(image: np.ndarray) -> _Opening:
    height, width = image.shape[:2]
    middle, sides = ((width - 1) / 2, (height - 1) / 2), sorted({height, width})
    squares = np.array([[*middle, float(side)] for side in sides])
    told = _as_sharp_as_it_is(len(squares))
    return _Opening(BY_PHOTO, squares, np.zeros(len(squares)), lambda joints: joints[..., 2].sum(axis=1), *told)


def _as_sharp_as_it_is(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Details of so many squares that are no portraits."""
    return np.full(count, float(pose.SIZE)), np.zeros(count, bool)


def _share_inside(image: np.ndarray, square: np.ndarray) -> float:
    """Share of an upright square's area that lies on the photo."""
    height, width = image.shape[:2]
    low, high = square[:2] - square[2] / 2, square[:2] + square[2] / 2
    sides = np.minimum(high, [width - 0.5, height - 0.5]) - np.maximum(low, -0.5)
    return float(np.maximum(sides, 0).prod() / square[2] ** 2)


def _judge_by_face(joints: np.ndarray, heads: _Heads, face: int) -> np.ndarray:
    """The sum of the confidences, less the farther the head is from the face; 0 if it is another one's."""
    misses = heads.misses(joints)  # (N, F)
    apart = np.linalg.norm(heads.centres - heads.centres[face], axis=1) / heads.lengths[face]
    own = misses[:, face]
    is_own = (own <= _FARTHEST) & (own <= np.where(apart > _SAME_FACE, misses, np.inf).min(axis=1))
    return np.where(is_own, np.exp(-0.5 * (own / _LOOSE) ** 2), 0) * joints[..., 2].sum(axis=1)


def _judge_by_box(joints: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """The sum of the confidences of the joints that lie between the corners."""
    is_inside = ((joints[..., :2] >= low) & (joints[..., :2] <= high)).all(axis=-1)
    return (joints[..., 2] * is_inside).sum(axis=1)


def _look_twice(
    image: np.ndarray, openings: Sequence[_Opening], network: str, light: np.ndarray | None
) -> list[_Found]:
    """A closer look at the joints that were found in the best of each opening's squares, or that square's if surer."""
    if not openings:
        return []
    squares = np.concatenate([opening.squares for opening in openings])
    angles = np.concatenate([opening.angles for opening in openings])
    details = np.concatenate([opening.details for opening in openings])
    is_portrait = np.concatenate([opening.is_portrait for opening in openings])
    heads = np.array([opening.head for opening in openings])
    limits = pose.thresholds(network)
    first = look(image, squares, angles, network, ~is_portrait, details, light).joints
    ends = np.cumsum([len(opening.squares) for opening in openings])
    best, scores, portraits = [], [], []
    for opening, end in zip(openings, ends.tolist(), strict=True):
        seen = first[end - len(opening.squares) : end]
        portraits.append(_surer_portrait(opening, seen))
        said = opening.judge(seen) * _doubt(seen, portraits[-1], opening.head)
        best.append(end - len(said) + int(np.argmax(np.where(opening.angles == 0, _UPRIGHT, 1.0) * said)))
        scores.append(said[best[-1] - end])
    squares, angles, details = squares[best], angles[best], details[best]
    closer = _closer_squares(first[best], squares, angles, limits.drawn)
    told = np.where(closer[:, 2] < _NEAR * heads, _SHARPEST * closer[:, 2] / heads, pose.SIZE)
    found = _find(openings, look(image, closer, angles, network, False, told, light), portraits)
    again = [index for index, one in enumerate(found) if one.score < _WORSE * scores[index]]
    if again:
        looks = look(image, squares[again], angles[again], network, False, details[again], light)
        seen_again = _find([openings[index] for index in again], looks, [portraits[index] for index in again])
        for index, one in zip(again, seen_again, strict=True):
            found[index] = max(found[index], one, key=lambda one: one.score)
    return found


def _surer_portrait(opening: _Opening, joints: np.ndarray) -> np.ndarray | None:
    """What the surer of an opening's portraits found, (14, 3) of (N, 14, 3); None where its head isn't the face's.

    Near by the network knows best: a ring around the neck passes for shoulders from afar.
    """
    near = joints[opening.is_portrait]
    if len(near) == 0:
        return None
    best = near[near[:, list(_BUST), 2].sum(axis=1).argmax()][None]
    is_at_face = opening.judge(best)[0] >= _AT_FACE * best[..., 2].sum()
    return best[0] if is_at_face else None


def _doubt(joints: np.ndarray, portrait: np.ndarray | None, head: float) -> np.ndarray:
    """float64 (N,): below 1 for those whose shoulders are elsewhere than where the surer portrait is sure they are.

    A portrait of a small head shows no more than the other looks do, and is not heard.
    """
    if portrait is None or head < _SHARP:
        return np.ones(len(joints))
    shoulders = list(_SHOULDERS)
    apart = np.linalg.norm(joints[:, shoulders, :2] - portrait[shoulders, :2], axis=-1)
    is_doubted = ((apart > _CONTRADICTED * head) & (portrait[shoulders, 2] >= _CLAIMED)).any(axis=1)
    return np.where(is_doubted, _DOUBTED, 1.0)


def _find(openings: Sequence[_Opening], looks: Looks, portraits: Sequence[np.ndarray | None]) -> list[_Found]:
    """What one look for each opening found."""
    return [
        _Found(
            opening,
            looks.joints[index],
            float((opening.judge(seen) * _doubt(seen, portrait, opening.head))[0]),
            looks.crops[index],
            looks.transforms[index],
            opening.face,
        )
        for index, (opening, portrait) in enumerate(zip(openings, portraits, strict=True))
        for seen in (looks.joints[index : index + 1],)
    ]


def _closer_squares(joints: np.ndarray, squares: np.ndarray, angles: np.ndarray, drawn: float) -> np.ndarray:
    """The squares of the joints that are sure enough.

    Args:
        joints: (N, 14, 3) photo pixels.
        squares: (N, 3) in which they were found; people of whom hardly a joint is sure keep theirs.
        angles: (N,) degrees by which the squares are turned clockwise.
        drawn: confidence from which on a joint is sure enough.

    Returns:
        float64 (N, 3).
    """
    is_sure = joints[..., 2] >= drawn
    is_seen = is_sure.sum(axis=1) >= _LEAST_JOINTS
    down = _down(angles)
    to_own = np.stack([np.stack([down[:, 1], -down[:, 0]], axis=-1), down], axis=1)  # (N, 2, 2), rows across and down
    own = np.einsum("nij,nkj->nki", to_own, joints[..., :2].astype(np.float64))
    closer = pose.square_of_joints(own, is_sure | ~is_seen[:, None])
    head = np.linalg.norm(own[:, _HEAD_TOP] - own[:, _NECK], axis=1)
    closer[:, 2] = np.maximum(closer[:, 2], _CLOSEST * head)
    closer[:, :2] = np.einsum("nji,nj->ni", to_own, closer[:, :2])
    return np.where(is_seen[:, None], closer, squares)


def _is_somebody(found: _Found, drawn: float) -> bool:
    return found.opening.source == BY_HAND or (found.score > 0 and (found.joints[:, 2] >= drawn).sum() >= _LEAST_JOINTS)


def _fills_photo(found: _Found, drawn: float) -> bool:
    return (found.joints[:, 2] >= drawn).sum() >= _LEAST_JOINTS_OF_PHOTO and found.score >= _LEAST_SUM_OF_PHOTO


def _once_each(found: Sequence[_Found], drawn: float) -> list[_Found]:
    """Without whom a surer look shows as well; the surer one gets the face."""
    kept: dict[int, _Found] = {}
    for index, one in sorted(enumerate(found), key=lambda pair: -pair[1].score):
        twin = next((other for other in kept if _is_same(one.joints, kept[other].joints, drawn)), None)
        if twin is None:
            kept[index] = one
        elif kept[twin].face is None:
            kept[twin] = replace(kept[twin], face=one.face)
    return [kept[index] for index in sorted(kept)]


def _is_same(joints: np.ndarray, others: np.ndarray, drawn: float) -> bool:
    """Whether two looks, (14, 3) each, show one person."""
    both = (joints[:, 2] >= drawn) & (others[:, 2] >= drawn)
    if both.sum() < _LEAST_JOINTS:
        return False
    distance = np.median(np.linalg.norm(joints[both, :2] - others[both, :2], axis=1))
    return bool(distance <= _SAME_PERSON * min(_torso(joints, drawn), _torso(others, drawn)))


def _torso(joints: np.ndarray, drawn: float) -> float:
    """About the length of the torso in pixels: the largest guess by torso, head and extent, as far as they are sure."""
    is_sure = joints[:, 2] >= drawn
    guesses = [_TORSO_OF_EXTENT * float(np.ptp(joints[is_sure, :2], axis=0).max())]
    for (first, second), factor in ((pose.TORSO, 1.0), ((_NECK, _HEAD_TOP), TORSO_OF_HEAD)):
        if is_sure[first] and is_sure[second]:
            guesses.append(factor * float(np.linalg.norm(joints[first, :2] - joints[second, :2])))
    return max(guesses)


def _give_faces(found: Sequence[_Found], heads: _Heads) -> list[_Found]:
    """Who was not opened by a face gets the face at the own head, and takes the place of whom that face opened."""
    result = list(found)
    for one in found:
        if one.face is not None or len(heads.lengths) == 0:
            continue
        misses = heads.misses(one.joints[None])[0]
        face = int(misses.argmin())
        holder = next((other for other in result if other.face == face), None)
        if misses[face] > _LOOSE or (holder is not None and holder.opening.source != BY_FACE):
            continue
        result = [replace(other, face=face) if other is one else other for other in result if other is not holder]
    return result


def _to_person(found: _Found, drawn: float, image: np.ndarray) -> Person:
    height, width = image.shape[:2]
    sure = found.joints[found.joints[:, 2] >= drawn, :2]
    if len(sure) == 0:  # somebody by hand of whom nothing is to be seen
        sure = transform_points(np.array([[0, 0], [pose.SIZE - 1, pose.SIZE - 1]]), found.transform)
    low = np.clip(np.floor(sure.min(axis=0)), 0, [width - 1, height - 1])
    high = np.clip(np.ceil(sure.max(axis=0)) + 1, low + 1, [width, height])
    x, y, right, bottom = (int(value) for value in (*low, *high))
    return Person(
        joints=found.joints.astype(np.float32),
        box=(x, y, right - x, bottom - y),
        source=found.opening.source,
        face=found.face,
        crop=found.crop,
        transform=found.transform.astype(np.float32),
    )
