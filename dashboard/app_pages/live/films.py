"""What was seen over time, live or in a video file: moments, changes of the answer, tables. No Streamlit."""

from __future__ import annotations

import io
import json
import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dashboard.drawing import pictures
from dashboard.drawing.impression import COLUMNS, find_valence
from dashboard.drawing.words import percent
from dashboard.services.runs import Report
from models import Face
from models.emotion.valence import VALENCE, Valence
from models.faces.tracking import Sighting, Tracker
from models.pose.following import Bodies, Body
from models.pose.openness import Openness, openness
from models.video import Film, Shot, write_film

LEAST_SECONDS = 0.4
"""Seconds that an answer must last to be a change."""
MOST_KEY_FRAMES = 24
KEY_FRAME_SIDE = 480
"""Larger side of a key frame in pixels."""
STEPS_A_SECOND = 100
"""Steps of a run's progress for a second of the film."""
LONGEST_GAP = 1.0
"""Seconds between two moments that still belong together."""
REPORT_EVERY = 5
"""Frames between two results of a run."""


def answer_words(expression: str, hides_mouth: bool) -> str:
    """Name the expression, and where the mouth seems hidden, why it is uncertain."""
    return f"{expression}, mouth hidden" if hides_mouth else expression


@dataclass(frozen=True, eq=False)
class Traces:
    """What of one face on one frame can be drawn on a film later.

    Args:
        points: float32 (15, 2), pixels of the frame; None where there are none.
        joints: float32 (14, 3), pixels of the frame and confidence; None where there is no body.
        crop: what the network was shown; None where nothing was cut out.
        transform: float (2, 3), crop pixel (x, y, 1) to the frame's pixel.
    """

    points: np.ndarray | None = None
    joints: np.ndarray | None = None
    crop: np.ndarray | None = None
    transform: np.ndarray | None = None


@dataclass(frozen=True)
class Seen:
    """One face at one moment.

    Args:
        number: int, from 1; stays the face's own.
        box: (x, y, width, height) in the frame's pixels.
        shares: the smoothed probability of each class.
        expression: str, the answer by them, or "uncertain".
        hides_mouth: bool, whether the mouth seems hidden. Defaults to no.
        body: whether the body is open or closed. Defaults to None: too little of it is seen.
        traces: what can be drawn of it. Defaults to None: nothing is kept, as of a camera.
    """

    number: int
    box: tuple[int, int, int, int]
    shares: tuple[float, ...]
    expression: str
    hides_mouth: bool = False
    body: Openness | None = None
    traces: Traces | None = field(default=None, repr=False, compare=False)

    @property
    def winner(self) -> int:
        """Position of the most probable class, also where the answer is "uncertain"."""
        return int(np.argmax(self.shares))

    @property
    def answer(self) -> str:
        return answer_words(self.expression, self.hides_mouth)

    def valence(self, labels: Sequence[str]) -> Valence | None:
        """Return how positive the expression is; None where the mouth is hidden, or the classes are no expressions."""
        return find_valence(dict(zip(labels, self.shares, strict=True)), hides_mouth=self.hides_mouth)

    @classmethod
    def of(cls, sighting: Sighting, body: Body | None = None) -> Seen:
        """Return what remains of a models.faces.tracking.Sighting and its body once their frame is gone."""
        shares = tuple(sighting.shares.tolist())
        look = None if body is None else openness(body.joints)
        return cls(sighting.number, sighting.face.box, shares, sighting.expression, sighting.hides_mouth, look)

    def with_traces(self, face: Face, body: Body | None) -> Seen:
        """Return it with what can be drawn of a face and its body."""
        joints = None if body is None else body.joints
        return replace(self, traces=Traces(face.keypoints, joints, face.crop, face.transform))

    def caption(self, labels: Sequence[str]) -> str:
        """Write what stands on the face's frame: its number, the answer and its share."""
        share, name = percent(self.shares[self.winner]), labels[self.winner]
        if self.expression == name:
            return f"{self.number}  {name} {share}"
        return f"{self.number}  {self.answer} ({name} {share})"


@dataclass(frozen=True)
class Moment:
    """What was seen on one frame, `time` seconds from the start."""

    time: float
    faces: tuple[Seen, ...]


@dataclass(frozen=True)
class KeyFrame:
    """A frame on which an answer changes, with the faces drawn on it."""

    time: float
    words: str
    picture: np.ndarray = field(repr=False, compare=False)


@dataclass(frozen=True)
class Span:
    """A stretch of time with one answer for one face."""

    start: float
    end: float
    answer: str


@dataclass(frozen=True)
class Reading:
    """What a video file shows, as far as it was read.

    Args:
        size: (width, height) of the frames.
        labels: the network's classes.
        moments: one for each frame that was read.
        key_frames: where an answer changes.
        changes: int, how many changes there were, with those that have no key frame.
        is_cut: bool, whether the file goes on after the longest time that is read.
        is_broken: bool, whether the file breaks off.
    """

    size: tuple[int, int]
    labels: tuple[str, ...]
    moments: tuple[Moment, ...]
    key_frames: tuple[KeyFrame, ...] = ()
    changes: int = 0
    is_cut: bool = False
    is_broken: bool = False


class Changes:
    """Finds where the answer for a face changes, frame by frame; an answer counts once it has lasted a while.

    Args:
        least_seconds: float, how long. Defaults to 0.4 s.
        most: int, key frames that are kept. Defaults to 24.
    """

    def __init__(self, least_seconds: float = LEAST_SECONDS, most: int = MOST_KEY_FRAMES) -> None:
        self.count = 0
        self._least_seconds = least_seconds
        self._most = most
        self._settled: dict[int, str] = {}
        self._candidates: dict[int, tuple[str, float, np.ndarray]] = {}
        self._key_frames: list[KeyFrame] = []

    @property
    def key_frames(self) -> tuple[KeyFrame, ...]:
        """The key frames so far, in the order of time."""
        return tuple(sorted(self._key_frames, key=lambda frame: frame.time))

    def look(self, moment: Moment, image: np.ndarray) -> None:
        """Take the next frame, RGB uint8 (H, W, 3)."""
        picture: np.ndarray | None = None
        gone = self._candidates.keys() - {seen.number for seen in moment.faces}
        for number in gone:
            del self._candidates[number]
        for seen in moment.faces:
            if seen.answer == self._settled.get(seen.number):
                self._candidates.pop(seen.number, None)
                continue
            candidate = self._candidates.get(seen.number)
            if candidate is None or candidate[0] != seen.answer:
                if picture is None:
                    picture = key_picture(moment, image)
                candidate = self._candidates[seen.number] = (seen.answer, moment.time, picture)
            if moment.time - candidate[1] >= self._least_seconds:
                self._settle(seen.number, candidate)

    def _settle(self, number: int, candidate: tuple[str, float, np.ndarray]) -> None:
        answer, time, picture = candidate
        before = self._settled.get(number)
        words = f"Face {number}: {answer}" if before is None else f"Face {number}: {before} → {answer}"
        self._settled[number] = answer
        del self._candidates[number]
        self.count += 1
        if len(self._key_frames) < self._most:
            self._key_frames.append(KeyFrame(time, words, picture))


def key_picture(moment: Moment, image: np.ndarray) -> np.ndarray:
    """Return a frame, shrunk, with a numbered box around each face."""
    scale = min(1.0, KEY_FRAME_SIDE / max(image.shape[:2]))
    small = pictures.enlarge(image, KEY_FRAME_SIDE) if scale < 1 else image
    boxes = [tuple(scale * value for value in seen.box) for seen in moment.faces]
    return pictures.mark(small, boxes, [f"{seen.number}  {seen.answer}" for seen in moment.faces])


def read(
    film: Film, tracker: Tracker, labels: Sequence[str], report: Report[Reading], bodies: Bodies | None = None
) -> Reading:
    """Read a film frame by frame.

    Args:
        film: models.video.Film.
        tracker: models.faces.tracking.Tracker, new.
        labels: the network's classes.
        report: is told how far it is, every few frames with the Reading so far.
        bodies: models.pose.following.Bodies, new. Defaults to None: bodies are not looked for.

    Raises:
        models.video.VideoError: if the file turns out to be broken or too large on the way.
    """
    total = max(1, round(STEPS_A_SECOND * film.expected_seconds))
    moments: list[Moment] = []
    changes = Changes()
    size = (film.width, film.height)

    def so_far() -> Reading:
        return Reading(
            size=size,
            labels=tuple(labels),
            moments=tuple(moments),
            key_frames=changes.key_frames,
            changes=changes.count,
            is_cut=film.is_cut,
            is_broken=film.is_broken,
        )

    report(0, total)
    for number, shot in enumerate(film.shots()):
        frame = tracker.update(shot.image, shot.time)
        faces = {sighting.number: sighting.face for sighting in frame.sightings}
        found = {} if bodies is None else bodies.update(shot.image, shot.time, faces)
        moment = Moment(
            shot.time,
            tuple(Seen.of(one, body := found.get(one.number)).with_traces(one.face, body) for one in frame.sightings),
        )
        moments.append(moment)
        changes.look(moment, shot.image)
        size = (shot.image.shape[1], shot.image.shape[0])  # a film may be turned
        done = min(total, round(STEPS_A_SECOND * shot.time))
        report(done, total, so_far() if number % REPORT_EVERY == 0 else None)
    return so_far()


@dataclass(frozen=True)
class Shown:
    """What is drawn on a film: faces with their answers, points, bodies, and the map of an expression or of none.

    The map may be drawn minus the network's average one.
    """

    has_faces: bool = True
    has_points: bool = False
    has_bodies: bool = True
    explained: str | None = None
    is_minus_usual: bool = False


def draw(
    film: Film,
    reading: Reading,
    shown: Shown,
    paint: Callable[[np.ndarray, Sequence[Seen]], np.ndarray],
    report: Report[bytes],
) -> bytes:
    """Return a film with what was read drawn on every frame, as an MP4; frames between two moments show the earlier.

    Args:
        film: models.video.Film.
        reading: what was read of it.
        shown: what is drawn.
        paint: puts the maps of the faces onto a frame; called where a map is asked for.
        report: is told how far it is.
    """
    total = max(1, round(STEPS_A_SECOND * film.expected_seconds))
    times = [moment.time for moment in reading.moments]

    def drawn() -> Iterator[Shot]:
        for shot in film.shots(math.inf):
            report(min(total, round(STEPS_A_SECOND * shot.time)), total)
            place = bisect_right(times, shot.time + 1e-6) - 1
            faces = reading.moments[place].faces if place >= 0 else ()
            image = paint(shot.image, faces) if shown.explained is not None and faces else shot.image
            yield Shot(shot.time, mark(image, faces, reading.labels, shown))

    return write_film(drawn())


def mark(image: np.ndarray, faces: Sequence[Seen], labels: Sequence[str], shown: Shown) -> np.ndarray:
    """Return a frame with its faces, their answers, points and bodies drawn on it."""
    boxed = faces if shown.has_faces else ()
    traces = [(one.number, one.traces) for one in faces if one.traces is not None]
    size, thresholds = (image.shape[1], image.shape[0]), pictures.joint_thresholds()
    return pictures.mark(
        image,
        [one.box for one in boxed],
        [one.caption(labels) for one in boxed],
        points=[trace.points for _, trace in traces] if shown.has_points else (),
        skeletons={
            number: pictures.skeleton(size, trace.joints, "", thresholds)
            for number, trace in traces
            if shown.has_bodies and trace.joints is not None
        },
    )


def numbers(moments: Sequence[Moment], least: int = 1) -> list[int]:
    """Return the numbers of the faces that were seen at `least` so many moments, the one seen most often first."""
    counts: dict[int, int] = {}
    for moment in moments:
        for seen in moment.faces:
            counts[seen.number] = counts.get(seen.number, 0) + 1
    return sorted(
        (number for number in counts if counts[number] >= least), key=lambda number: (-counts[number], number)
    )


def course(moments: Sequence[Moment], number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return when a face was seen, float (n,), and its probabilities, float (n, classes).

    Where it was away for longer than `LONGEST_GAP`, a row of nan stands in between.
    """
    times: list[float] = []
    rows: list[tuple[float, ...]] = []
    for moment in moments:
        for seen in moment.faces:
            if seen.number == number:
                if times and moment.time - times[-1] > LONGEST_GAP:
                    times.append((times[-1] + moment.time) / 2)
                    rows.append((float("nan"),) * len(seen.shares))
                times.append(moment.time)
                rows.append(seen.shares)
    return np.array(times), np.array(rows) if rows else np.zeros((0, 0))


def spans(moments: Sequence[Moment], number: int) -> list[Span]:
    """Return the stretches of time with one answer for a face, without those of a single moment between two alike."""
    found: list[Span] = []
    for moment in moments:
        for seen in moment.faces:
            if seen.number != number:
                continue
            last = found[-1] if found else None
            if last is not None and last.answer == seen.answer and moment.time - last.end <= LONGEST_GAP:
                found[-1] = Span(last.start, moment.time, seen.answer)
            else:
                found.append(Span(moment.time, moment.time, seen.answer))
    return found


def impressions(seen: Iterable[Seen], labels: Sequence[str]) -> dict[str, str]:
    """Return the words for a face's expression and body that stand most often, by `impression.COLUMNS`.

    Args:
        seen: the face, at one moment or more.
        labels: the network's classes; where they are no expressions, no words are returned.
    """
    if set(labels) != set(VALENCE):
        return {}
    expressions: Counter[str] = Counter()
    bodies: Counter[str] = Counter()
    for one in seen:
        expression = one.valence(labels)
        expressions.update([] if expression is None else [expression.word])
        bodies.update([] if one.body is None else [one.body.word])
    both = (max(words, key=words.__getitem__, default="–") for words in (expressions, bodies))
    return dict(zip(COLUMNS, both, strict=True))


def within(moments: Sequence[Moment], number: int, span: Span) -> Iterator[Seen]:
    """Yield a face at each moment of a stretch of time at which it was seen."""
    for moment in moments:
        if span.start <= moment.time <= span.end:
            yield from (seen for seen in moment.faces if seen.number == number)


def table(reading: Reading) -> pd.DataFrame:
    """Return one row for each face on each frame: when, what was read, where, and whether the mouth seems hidden.

    Where the classes are the expressions: valence, its spread, openness and its signs as well.
    """
    has_words = set(reading.labels) == set(VALENCE)
    rows = [
        {
            "time": round(moment.time, 3),
            "face": seen.number,
            "expression": seen.expression,
            **dict(zip(reading.labels, seen.shares, strict=True)),
            **{f"box_{part}": value for part, value in zip(("x", "y", "width", "height"), seen.box, strict=True)},
            "hides_mouth": seen.hides_mouth,
            **(_words(seen, reading.labels) if has_words else {}),
        }
        for moment in reading.moments
        for seen in moment.faces
    ]
    boxes = ("box_x", "box_y", "box_width", "box_height")
    words = ("valence", "valence_spread", "openness", "signs") if has_words else ()
    columns = ["time", "face", "expression", *reading.labels, *boxes, "hides_mouth", *words]
    return pd.DataFrame(rows, columns=columns)


def _words(seen: Seen, labels: Sequence[str]) -> dict[str, float | str | None]:
    """Return valence and openness under the names that a photo's tables have, None where they can't be had."""
    expression, body = seen.valence(labels), seen.body
    return {
        "valence": None if expression is None else round(expression.mean, 5),
        "valence_spread": None if expression is None else round(expression.spread, 5),
        "openness": None if body is None else body.word,
        "signs": None if body is None else ", ".join(body.signs),
    }


def to_csv(reading: Reading) -> str:
    """Return `table` as comma-separated values with a header."""
    buffer = io.StringIO()
    table(reading).to_csv(buffer, index=False, float_format="%.5g")
    return buffer.getvalue()


def to_json(reading: Reading, name: str, network_name: str, half_life: float) -> str:
    """Return all that was read as indented JSON."""
    found = {
        "video": name,
        "network": network_name,
        "smoothing_half_life_seconds": half_life,
        "width": reading.size[0],
        "height": reading.size[1],
        "is_cut": reading.is_cut,
        "is_broken": reading.is_broken,
        "frames": [
            {
                "time": round(moment.time, 3),
                "faces": [
                    {
                        "face": seen.number,
                        "box": list(seen.box),
                        "expression": seen.expression,
                        "hides_mouth": seen.hides_mouth,
                        "joints": _joints(seen),
                        "emotion": {
                            label: round(share, 5) for label, share in zip(reading.labels, seen.shares, strict=True)
                        },
                        **_words(seen, reading.labels),
                    }
                    for seen in moment.faces
                ],
            }
            for moment in reading.moments
        ],
        "changes": [{"time": round(frame.time, 3), "change": frame.words} for frame in reading.key_frames],
    }
    return json.dumps(found, indent=2, ensure_ascii=False)


def _joints(seen: Seen) -> list[list[float]] | None:
    """Return the joints of a face's body as JSON values."""
    if seen.traces is None or seen.traces.joints is None:
        return None
    rounded: list[list[float]] = np.round(seen.traces.joints.astype(float), 2).tolist()
    return rounded
