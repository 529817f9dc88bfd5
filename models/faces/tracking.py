"""From the frames of a film to faces that keep their numbers, with probabilities that do not flicker."""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter

import cv2
import numpy as np

from models import emotion
from models.analysis import find_faces, follow_faces, hides_mouth, read_expressions
from models.detection import Face
from models.geometry import intersection_over_union
from models.images import check_photo
from models.showing import figure

SEARCH_EVERY = 10  # frames between two searches while faces are followed
SEARCH_EMPTY_EVERY = 3  # while there is none
HALF_LIFE = 0.3  # seconds after which what was read before counts half
PATIENCE = 1.0  # seconds for which a face that is gone keeps its number; three frames where they come slowly
MOST_FACES = 6  # the largest ones
_LEAST_IOU = 0.3  # of a face's boxes on two frames
_LARGEST_SHIFT = 1.0  # of a face's centre between two frames, in its sides, where the boxes do not overlap so much
_LARGEST_GROWTH = 1.6
_SAME_IOU = 0.5  # of two faces' boxes: above, it is one face followed twice
_LEAST_LIKENESS = 0.8  # of crops; on the samples those of one person reach 0.97, those of two people 0.5 at most
_LEAST_SAME = 0.6  # of the crops of one face on two frames that follow each other: below, it is somebody else
_THUMBNAIL = (32, 24)  # pixels, width and height, by which frames are compared
_LEAST_FRAME_LIKENESS = 0.5  # correlation of two thumbnails: below, there is a cut between the frames
_MOST_MISSES = 3  # searches that do not find a face which is still followed

Box = Sequence[float]


@dataclass(frozen=True, eq=False)
class Sighting:
    """One face on one frame."""

    number: int  # from 1; stays the face's own while it is seen
    face: Face  # as on this frame, with what was read on this frame alone
    shares: np.ndarray  # float64 (7,), probability of each expression, smoothed over time
    expression: str  # the most probable one by the smoothed probabilities, or "uncertain"
    hides_mouth: bool = False  # on most of the latest frames, smoothed likewise; the expression is "uncertain" then

    @property
    def winner(self) -> int:
        """Position of the most probable expression, also where it is "uncertain"."""
        return int(self.shares.argmax())


@dataclass(frozen=True, eq=False)
class Frame:
    """What was found on one frame."""

    time: float  # seconds
    sightings: tuple[Sighting, ...]  # by their numbers
    seconds: dict[str, float]  # of each step: find (search or follow), expression
    is_searched: bool  # whether the whole frame was searched, or the faces only followed

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the faces with their numbers and smoothed expressions."""
        faces = "".join(
            figure(one.face.crop, f"{one.number}: {one.expression} {one.shares.max():.0%}") for one in self.sightings
        )
        return f"<p>{self.time:.2f} s, {len(self.sightings)} face{'' if len(self.sightings) == 1 else 's'}</p>{faces}"


@dataclass(frozen=True, eq=False)
class Eyes:
    """What a tracker sees with; each may be called from any thread."""

    find: Callable[[np.ndarray], Sequence[Face]]
    follow: Callable[[np.ndarray, Sequence[Face]], Sequence[Face | None]]
    read: Callable[[Sequence[Face]], Sequence[Face]]
    name: Callable[[np.ndarray], str]
    tells_apart: bool = True  # whether the crops show who it is


@dataclass(frozen=True, eq=False)
class _Track:
    """A face and what is known of it."""

    face: Face
    time: float  # when it was last seen
    read: np.ndarray | None = None  # smoothed: the shares, and last how often the mouth was hidden
    read_at: float = -math.inf
    misses: int = 0
    is_seen: bool = True  # on the newest frame


def trained_eyes(network: str = emotion.DEFAULT, detector: str = "cnn") -> Eyes:
    """Return the trained networks as a tracker takes them; faces are read without their mirror images.

    Args:
        network: the expression network, one of `models.emotion.list_networks`. Defaults to the best one.
        detector: a name in `models.detection.DETECTORS`. Defaults to "cnn".
    """
    return Eyes(
        find=partial(find_faces, detector=detector),
        follow=follow_faces,
        read=partial(read_expressions, network=network, is_quick=True),
        name=partial(emotion.name_expression, network=network),
    )


class Tracker:
    """Keeps the faces of one film apart.

    The whole frame is searched every tenth frame, when a face was lost on the one before, and every third frame while
    there is none. In between each face is followed by its points, which costs a fraction. A face keeps its number while
    its boxes overlap from frame to frame or lie near each other; one that is gone for less than a second, or three
    frames where they come slowly, and comes back near its place has its number again. So has, anywhere and at any later
    time, a face that looks as it did when it was last seen: films are cut, and begin anew. Where a frame has little in
    common with the one before, or somebody else looks out of a face's place, the frame is searched at once and nobody
    keeps a number by place alone. Limits: two faces that cross behind each other may swap their numbers.

    One frame at a time; a lock sees to that.

    Args:
        eyes: how faces are found, followed and read. Defaults to the trained networks.
        search_every: frames between two searches. Defaults to 10; 1 searches every frame.
        half_life: seconds after which what was read before counts half; 0 does not smooth. Defaults to 0.3.

    Raises:
        ValueError: if there is no frame between two searches, or the half-life is negative.
    """

    def __init__(
        self, eyes: Eyes | None = None, search_every: int = SEARCH_EVERY, half_life: float = HALF_LIFE
    ) -> None:
        if search_every < 1:
            raise ValueError(f"search_every must be at least 1, but is {search_every}.")
        if half_life < 0:
            raise ValueError(f"half_life must not be negative, but is {half_life}.")
        self._eyes = eyes or trained_eyes()
        self._search_every = search_every
        self._half_life = half_life
        self._tracks: dict[int, _Track] = {}
        self._gone: dict[int, _Track] = {}  # not seen for long, the last ones
        self._next = 1
        self._since = math.inf  # frames since the last search
        self._is_lost = False
        self._last: float | None = None  # time of the last frame
        self._interval = 0.0  # seconds between the two frames before this one, a second at most
        self._thumbnail: np.ndarray | None = None  # of the last frame
        self._lock = threading.Lock()

    def update(self, image: np.ndarray, time: float) -> Frame:
        """Find the faces on the next frame.

        Args:
            image: RGB uint8 (H, W, 3).
            time: seconds, of the frame within its film; later than that of the frame before.

        Returns:
            The faces with their numbers and their smoothed probabilities.

        Raises:
            ValueError: if the image is no RGB photo.
        """
        check_photo(image)
        with self._lock:
            return self._update(image, time)

    def _update(self, image: np.ndarray, time: float) -> Frame:
        start = perf_counter()
        self._forget(time)
        if self._last is not None:
            self._interval = min(PATIENCE, max(0.0, time - self._last))
        self._last = time
        if self._is_after_cut(image):
            self._leave(list(self._tracks))
        is_due = self._since >= (self._search_every if self._seen() else SEARCH_EMPTY_EVERY)
        is_searched = is_due or self._is_lost
        if is_searched:
            self._search(image, time)
            self._since = 1
        else:
            others = self._follow(image, time, self._seen())
            self._since += 1
            if others:
                is_searched, self._since = True, 1
                self._search(image, time)
        self._drop_doubles()
        found = perf_counter()
        sightings = self._read(time)
        return Frame(time, sightings, {"find": found - start, "expression": perf_counter() - found}, is_searched)

    def _forget(self, time: float) -> None:
        """Forget faces that are gone for long; after a gap in the film that may be all."""
        patience = max(PATIENCE, 3 * self._interval)
        stale = [number for number, track in self._tracks.items() if not 0 <= time - track.time <= patience]
        self._leave(stale)
        while len(self._gone) > MOST_FACES:
            del self._gone[next(iter(self._gone))]

    def _leave(self, numbers: Sequence[int]) -> None:
        """Set faces aside, to be known again by their looks alone, and have the frame searched."""
        for number in numbers:
            self._is_lost |= self._tracks[number].is_seen
            self._gone[number] = self._tracks.pop(number)

    def _is_after_cut(self, image: np.ndarray) -> bool:
        """Return whether a frame has little in common with the one before; a camera that moves is no cut."""
        if not self._eyes.tells_apart:
            return False
        small = cv2.resize(image, _THUMBNAIL, interpolation=cv2.INTER_AREA)
        before, self._thumbnail = self._thumbnail, small
        return (
            before is not None and bool(before.std() and small.std()) and _alike(before, small) < _LEAST_FRAME_LIKENESS
        )

    def _is_other(self, before: Face, now: Face) -> bool:
        """Return whether somebody else looks out of a face's place."""
        if not self._eyes.tells_apart or before.crop is None or now.crop is None:
            return False
        return look_alike(before, now) < _LEAST_SAME

    def _seen(self) -> list[int]:
        return [number for number, track in self._tracks.items() if track.is_seen]

    def _search(self, image: np.ndarray, time: float) -> None:
        found = sorted(self._eyes.find(image), key=lambda face: -face.box[2] * face.box[3])[:MOST_FACES]
        found.sort(key=lambda face: face.box[0])  # new faces are numbered from left to right
        numbers = list(self._tracks)
        partners = match([self._tracks[number].face.box for number in numbers], [face.box for face in found])
        partners = [
            -1 if partner >= 0 and self._is_other(self._tracks[numbers[partner]].face, face) else partner
            for face, partner in zip(found, partners, strict=True)
        ]
        missed = [numbers[index] for index in set(range(len(numbers))) - {index for index in partners if index >= 0}]
        for face, partner in zip(found, partners, strict=True):
            alike = None if partner >= 0 else self._recognise(face, missed)
            if partner >= 0:
                number = numbers[partner]
                self._tracks[number] = replace(self._tracks[number], face=face, time=time, misses=0, is_seen=True)
            elif alike is not None:
                self._gone.pop(alike, None)
                missed = [number for number in missed if number != alike]
                self._tracks[alike] = _Track(face, time)
            else:
                self._tracks[self._next] = _Track(face, time)
                self._next += 1
        still_seen = [number for number in missed if self._tracks[number].is_seen]
        self._follow(image, time, still_seen, is_missed=True)
        self._is_lost = False

    def _recognise(self, face: Face, missed: Sequence[int]) -> int | None:
        """Return the number of the face that a new one looks like, of those that were missed or are long gone."""
        known = {**self._gone, **{number: self._tracks[number] for number in missed}}
        likeness = {number: look_alike(track.face, face) for number, track in known.items()}
        best = max(likeness, key=likeness.__getitem__, default=None)
        return best if best is not None and likeness[best] >= _LEAST_LIKENESS else None

    def _follow(self, image: np.ndarray, time: float, numbers: Sequence[int], is_missed: bool = False) -> bool:
        """Look for faces where they were; return whether somebody else is in the place of one."""
        others = []
        faces = self._eyes.follow(image, [self._tracks[number].face for number in numbers]) if numbers else []
        for number, face in zip(numbers, faces, strict=True):
            track = self._tracks[number]
            misses = track.misses + is_missed
            if face is None or misses >= _MOST_MISSES:
                self._tracks[number] = replace(track, is_seen=False)
                self._is_lost = True
            elif self._is_other(track.face, face):
                others.append(number)
            else:
                self._tracks[number] = replace(track, face=face, time=time, misses=misses)
        self._leave(others)
        return bool(others)

    def _drop_doubles(self) -> None:
        """Forget a face that turned out to be an older one."""
        kept: list[int] = []
        for number in sorted(self._seen()):
            box = self._tracks[number].face.box
            overlaps = intersection_over_union([box], [self._tracks[other].face.box for other in kept])
            if (overlaps > _SAME_IOU).any():
                del self._tracks[number]
            else:
                kept.append(number)

    def _read(self, time: float) -> tuple[Sighting, ...]:
        numbers = sorted(self._seen())
        sightings = []
        read = self._eyes.read([self._tracks[number].face for number in numbers]) if numbers else []
        for number, face in zip(numbers, read, strict=True):
            track = self._tracks[number]
            now = np.array([*(face.emotion or {}).values(), hides_mouth(face)], np.float64)
            smoothed = now if track.read is None else smooth(track.read, now, time - track.read_at, self._half_life)
            self._tracks[number] = replace(track, face=face, read=smoothed, read_at=time)
            shares, is_hidden = smoothed[:-1], bool(smoothed[-1] > 0.5)
            name = "uncertain" if is_hidden else self._eyes.name(shares)
            sightings.append(Sighting(number, face, shares, name, is_hidden))
        return tuple(sightings)


def smooth(before: np.ndarray, now: np.ndarray, seconds: float, half_life: float = HALF_LIFE) -> np.ndarray:
    """Exponential smoothing that does not depend on the frame rate.

    With h the half-life and t the time between the two, it is w · before + (1 − w) · now with w = 2^(−t / h).

    Args:
        before: float (n,), smoothed so far.
        now: float (n,).
        seconds: between the two.
        half_life: seconds; 0 does not smooth. Defaults to 0.3.
    """
    weight = 0.5 ** (max(0.0, seconds) / half_life) if half_life > 0 else 0.0
    return weight * before + (1 - weight) * now


def look_alike(one: Face, other: Face) -> float:
    """Return how alike the crops of two faces are: their correlation, 1 for equal ones; 0 where one has none."""
    if one.crop is None or other.crop is None or not (one.crop.std() and other.crop.std()):
        return 0.0
    return _alike(one.crop, other.crop)


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Return the correlation of two pictures of one size that are not even."""
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def match(before: Sequence[Box], now: Sequence[Box]) -> list[int]:
    """Tell which box of the frame before each box of this one is.

    Pairs whose intersection over union is at least 0.3 come first, the best before the others; then, nearest first,
    pairs of about the same size whose centres are at most one side apart. Pairs that are equally good go from left to
    right, so that faces side by side keep their order.

    Args:
        before: (x, y, width, height) of each.
        now: likewise.

    Returns:
        For each box of this frame the index of the one before, -1 for a new one; no index comes twice.
    """
    overlaps = intersection_over_union(before, now)
    ranked = []
    for one, old in enumerate(before):
        for other, new in enumerate(now):
            if overlaps[one, other] >= _LEAST_IOU:
                ranked.append((0, -overlaps[one, other], old[0], new[0], one, other))
                continue
            side, other_side = math.sqrt(old[2] * old[3]), math.sqrt(new[2] * new[3])
            shift = math.dist(_centre(old), _centre(new)) / max(1e-9, (side + other_side) / 2)
            growth = max(side, other_side) / max(1e-9, min(side, other_side))
            if shift <= _LARGEST_SHIFT and growth <= _LARGEST_GROWTH:
                ranked.append((1, shift, old[0], new[0], one, other))
    partners, taken = [-1] * len(now), set()
    for *_, one, other in sorted(ranked):
        if one not in taken and partners[other] < 0:
            partners[other] = one
            taken.add(one)
    return partners


def _centre(box: Box) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2
