"""The bodies of people in a film: each is followed from frame to frame beside its face."""

import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.detection import Face
from models.images import lighting_up
from models.pose import inference as pose
from models.pose.people import Person, find_people, follow_people

MOST_BODIES = 4  # those of the largest faces
SEARCH_EVERY = 1.0  # seconds between two searches for bodies of faces that are not new
_LARGEST_SHIFT = 1.0  # of a face between two frames, in its sides: above, it is somewhere else after a cut

# The one-euro filter of Casiez, Roussel and Vogel 2012, with the paper's 1 Hz at rest and for the speed. The third is
# judgement: at five heads a second, a quick wave, the cut-off is 11 Hz, which lags a frame at most.
_REST = 1.0  # Hz, the cut-off for a joint that rests
_SPEED = 1.0  # Hz, the cut-off for its speed
_GAIN = 2.0  # Hz by which the cut-off rises for each face's side a second


@dataclass(frozen=True, eq=False)
class Body:
    """One person's body on one frame."""

    number: int  # of the face
    joints: np.ndarray  # float32 (14, 3) pixels of the frame, smoothed over time, and the confidence on this frame


class OneEuro:
    """Smooths points that are seen at times: those that rest strongly, those that move hardly (Casiez et al. 2012).

    A point that was away begins anew.

    Args:
        count: how many points there are.
    """

    def __init__(self, count: int) -> None:
        self._places = np.zeros((count, 2))
        self._speeds = np.zeros((count, 2))
        self._is_known = np.zeros(count, bool)

    def __call__(self, places: np.ndarray, is_seen: np.ndarray, seconds: float, unit: float) -> np.ndarray:
        """Return the smoothed points, float64 (n, 2).

        Args:
            places: (n, 2), where the points are now.
            is_seen: bool (n,), which of them are seen.
            seconds: since the frame before, above 0.
            unit: the length, in the points' unit, that speeds are measured by.
        """
        places = np.asarray(places, np.float64)
        step = (places - self._places) / (unit * seconds)
        weight = _weight(np.array(_SPEED), seconds)
        speeds = np.where(self._is_known[:, None], weight * step + (1 - weight) * self._speeds, 0.0)
        cutoff = _REST + _GAIN * np.linalg.norm(speeds, axis=1, keepdims=True)
        share = np.where(self._is_known[:, None], _weight(cutoff, seconds), 1.0)
        self._places = share * places + (1 - share) * self._places
        self._speeds, self._is_known = speeds, np.asarray(is_seen, bool)
        return self._places.copy()


def _weight(cutoff: np.ndarray, seconds: float) -> np.ndarray:
    """Return how much a new value counts in a low-pass filter with a cut-off in Hz."""
    return 1 / (1 + 1 / (2 * math.pi * cutoff * seconds))


@dataclass(frozen=True, eq=False)
class _Track:
    """A face, and the body that is followed with it."""

    face: Face
    searched_at: float  # -inf: never yet
    person: Person | None
    smoother: OneEuro


class Bodies:
    """Follows the bodies of up to four faces of one film.

    One look of the network a person and frame, at where the body was on the frame before, moved as its face has moved.
    The search, some six looks, is for whoever is new; and once a second for the one who was not searched for the
    longest, so that legs that come into the picture are found. A body whose head is not that of its face is dropped.

    One frame at a time; a lock sees to that.

    Args:
        at_once: bool, whether all new people are searched for on their first frame, as in a file. Defaults to no: one
            person a frame, since a camera does not wait.
    """

    def __init__(self, at_once: bool = False) -> None:
        self._at_once = at_once
        self._tracks: dict[int, _Track] = {}
        self._last = -math.inf
        self._light: np.ndarray | None = None  # of the frame that was searched last
        self._lock = threading.Lock()

    def update(self, image: np.ndarray, time: float, faces: Mapping[int, Face]) -> dict[int, Body]:
        """Find the bodies on the next frame.

        Args:
            image: RGB uint8 (H, W, 3).
            time: seconds, of the frame within its film.
            faces: those on this frame, by their numbers.

        Returns:
            The bodies by the numbers of their faces, without those that are not seen.
        """
        with self._lock:
            return self._update(image, time, faces)

    def _update(self, image: np.ndarray, time: float, faces: Mapping[int, Face]) -> dict[int, Body]:
        seconds = time - self._last
        self._last = time
        chosen = sorted(faces, key=lambda number: -faces[number].box[2] * faces[number].box[3])[:MOST_BODIES]
        tracks = self._tracks if 0 < seconds <= SEARCH_EVERY else {}
        tracks = {number: tracks[number] for number in chosen if _goes_on(tracks.get(number), faces[number])}
        everybody = list(faces.values())
        places = {number: place for place, number in enumerate(faces)}
        known = [number for number in tracks if tracks[number].person is not None]
        moved = [_moved(tracks[number], faces[number], places[number]) for number in known]
        found: dict[int, Person | None] = dict(
            zip(known, follow_people(image, moved, everybody, self._light), strict=True)
        )
        searched = self._due(chosen, tracks, found, time)
        if searched:
            self._light = lighting_up(image)
            seen = {one.face: one for one in find_people(image, everybody, asked=[places[one] for one in searched])}
            for number in searched:
                found[number] = max(
                    (one for one in (seen.get(places[number]), found.get(number)) if one is not None),
                    key=lambda one: float(one.joints[:, 2].sum()),
                    default=None,
                )
        self._tracks = {}
        bodies: dict[int, Body] = {}
        drawn = pose.thresholds().drawn
        for number in chosen:
            before, person = tracks.get(number), found.get(number)
            smoother = before.smoother if before is not None and person is not None else OneEuro(pose.JOINTS)
            at = time if number in searched else before.searched_at if before is not None else -math.inf
            self._tracks[number] = _Track(faces[number], at, person, smoother)
            if person is not None:
                confidence = person.joints[:, 2]
                unit = math.sqrt(faces[number].box[2] * faces[number].box[3])
                smooth = smoother(person.joints[:, :2], confidence >= drawn, seconds, unit)
                bodies[number] = Body(number, np.column_stack([smooth, confidence]).astype(np.float32))
        return bodies

    def _due(
        self, chosen: list[int], tracks: Mapping[int, _Track], found: Mapping[int, Person | None], time: float
    ) -> list[int]:
        """Return the numbers of those whose bodies to search for on this frame."""
        searched_at = {number: tracks[number].searched_at if number in tracks else -math.inf for number in chosen}
        new = [number for number in chosen if searched_at[number] == -math.inf]
        if new:
            return new if self._at_once else new[:1]
        if not chosen or time - max(searched_at.values()) < SEARCH_EVERY:
            return []
        return [min(chosen, key=lambda number: (searched_at[number], found.get(number) is not None))]


def _goes_on(track: _Track | None, face: Face) -> bool:
    """Return whether a face is about where it was."""
    if track is None:
        return False
    return math.dist(_centre(track.face), _centre(face)) <= _LARGEST_SHIFT * math.sqrt(face.box[2] * face.box[3])


def _moved(track: _Track, face: Face, place: int) -> Person:
    """Return a track's person moved as its face has moved, and owned by the face at a place."""
    assert track.person is not None
    shift = np.subtract(_centre(face), _centre(track.face)).astype(np.float32)
    joints, transform = track.person.joints.copy(), track.person.transform.copy()
    joints[:, :2] += shift
    transform[:, 2] += shift
    return replace(track.person, joints=joints, transform=transform, face=place)


def _centre(face: Face) -> tuple[float, float]:
    return face.box[0] + face.box[2] / 2, face.box[1] + face.box[3] / 2
