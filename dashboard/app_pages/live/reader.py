"""One visitor's camera: what is seen on each frame, drawn on it, and told to the page. No Streamlit."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from statistics import fmean
from typing import cast

import av
import numpy as np

from dashboard.app_pages.live.films import Moment, Seen
from dashboard.drawing import pictures
from dashboard.subject import ReadFace
from interp import render
from models import pose
from models.faces.tracking import Frame, Sighting, Tracker
from models.pose.following import Bodies, Body

TIMELINE_SECONDS = 30.0
LEAST_GAP = 0.1
"""Seconds between two moments that the timeline keeps."""
RATE_SECONDS = 2.0
"""Seconds over which the frame rate is counted."""
STAGE_FRAMES = 60
"""Frames over whose stages the mean is taken."""
FREEZE_SECONDS = 2.0
"""Seconds to wait for a frame that is to be kept as a photo."""
STRONGEST = "strongest"
"""The choice that explains whichever expression is the most probable on each face."""
LIMIT_DECAY = 0.95
"""A map's colour scale falls by no more than this from frame to frame, so that it does not flicker."""

Explain = Callable[[np.ndarray, Sequence[int], bool], np.ndarray]
"""Crops uint8 (N, h, w), a class for each, and whether the usual maps are taken away, to maps float32 (N, h, w)."""


@dataclass(frozen=True)
class Settings:
    """What is drawn on the frames.

    Args:
        is_mirrored: bool, whether the picture is turned as in a mirror. Defaults to yes.
        has_faces: bool, whether the faces' boxes and answers are drawn. Defaults to yes.
        has_points: bool, whether the fifteen points are drawn. Defaults to no.
        has_bodies: bool, whether the bodies are looked for and drawn. Defaults to no.
        explained: str, the expression that Grad-CAM explains, or `STRONGEST`. Defaults to None: no map.
        opacity: float, of the map, 0 to 1.
        palette: str, of the map.
        is_minus_usual: bool, whether the network's average map is taken away from the map. Defaults to no.
    """

    is_mirrored: bool = True
    has_faces: bool = True
    has_points: bool = False
    has_bodies: bool = False
    explained: str | None = None
    opacity: float = 0.6
    palette: str | None = None
    is_minus_usual: bool = False


@dataclass(frozen=True)
class Now:
    """What the page tells of a camera at one moment.

    Args:
        rate: float, frames a second that were read lately; 0 before the second one.
        frames: int, how many were read in all.
        size: (width, height) of the frames.
        milliseconds: mean of each stage lately.
        moments: what was seen within the last half minute, the newest last.
        error: str, what stopped the reading, if anything.
    """

    rate: float = 0.0
    frames: int = 0
    size: tuple[int, int] = (0, 0)
    milliseconds: Mapping[str, float] = field(default_factory=dict)
    moments: tuple[Moment, ...] = ()
    error: str = ""


class Painter:
    """Lays the maps of a film's faces over its frames, one frame after the other, on colour scales that change slowly.

    Args:
        explain: makes the maps; called with the faces of one frame.
    """

    def __init__(self, explain: Explain) -> None:
        self._explain = explain
        self._limits: dict[tuple[int, bool], float] = {}

    def paint(
        self,
        image: np.ndarray,
        numbers: Sequence[int],
        crops: Sequence[tuple[np.ndarray, np.ndarray]],
        targets: Sequence[int],
        opacity: float = 0.6,
        palette: str | None = None,
        is_minus_usual: bool = False,
    ) -> np.ndarray:
        """Return a frame with the maps on it.

        Args:
            image: RGB uint8 (H, W, 3).
            numbers: of the faces.
            crops: of each face what the network was shown, and the (2, 3) map from its pixels to the frame's.
            targets: the class that is explained on each.
            opacity: float, 0 to 1. Defaults to 0.6.
            palette: str. Defaults to the usual one.
            is_minus_usual: bool, whether the network's average maps are taken away. Defaults to no.
        """
        maps = self._explain(np.stack([crop for crop, _ in crops]), targets, is_minus_usual)
        limits = {}
        for number, (crop, transform), values in zip(numbers, crops, maps, strict=True):
            limit = max(float(np.abs(values).max()), LIMIT_DECAY * self._limits.get((number, is_minus_usual), 0.0))
            limits[number, is_minus_usual] = limit
            if limit > 0:
                size = crop.shape[:2]
                look = (opacity, palette, is_minus_usual, limit)
                image = render.paste(image, values, transform, size, *look)
        self._limits = limits
        return image


def targets(explained: str, winners: Sequence[int], labels: Sequence[str]) -> list[int]:
    """Return the class to explain on each face: the chosen one, or each face's most probable one."""
    fixed = labels.index(explained) if explained in labels else None
    return [winner if fixed is None else fixed for winner in winners]


class Live:
    """Reads the frames of one camera, in whatever thread delivers them; the page asks from its own.

    No frame is kept: of each there remain the probabilities of the last half minute.

    Args:
        tracker: models.faces.tracking.Tracker of this camera alone.
        explain: makes the maps; called with the faces of one frame.
        labels: the network's classes.
        clock: tells the time in seconds. Defaults to the machine's.
        bodies: models.pose.following.Bodies of this camera alone. Defaults to None: bodies are not looked for.
    """

    def __init__(
        self,
        tracker: Tracker,
        explain: Explain,
        labels: Sequence[str],
        clock: Callable[[], float] = time.perf_counter,
        bodies: Bodies | None = None,
    ) -> None:
        self.labels = tuple(labels)
        self._tracker = tracker
        self._bodies = bodies
        self._clock = clock
        self._lock = threading.Lock()
        self._settings = Settings()
        self._start = clock()
        self._frames = 0
        self._size = (0, 0)
        self._error = ""
        self._ends: deque[float] = deque(maxlen=240)
        self._stages: deque[dict[str, float]] = deque(maxlen=STAGE_FRAMES)
        self._moments: deque[Moment] = deque(maxlen=round(TIMELINE_SECONDS / LEAST_GAP) + 1)
        self._painter = Painter(explain)  # used by the one thread that delivers frames
        self._still: Future[np.ndarray] | None = None  # whoever waits for the next frame

    def choose(self, settings: Settings) -> None:
        """Take over what is to be drawn from the next frame on."""
        with self._lock:
            self._settings = settings

    @property
    def settings(self) -> Settings:
        """What is drawn on the frames."""
        with self._lock:
            return self._settings

    def now(self) -> Now:
        """Return what is known at this moment."""
        with self._lock:
            stages = list(self._stages)
            names = list(stages[-1]) if stages else []
            return Now(
                rate=self._rate(),
                frames=self._frames,
                size=self._size,
                milliseconds={name: 1000 * fmean(stage.get(name, 0.0) for stage in stages) for name in names},
                moments=tuple(self._moments),
                error=self._error,
            )

    @property
    def finds_bodies(self) -> bool:
        """Whether bodies can be looked for."""
        return self._bodies is not None

    def freeze(self, seconds: float = FREEZE_SECONDS) -> np.ndarray | None:
        """Wait for the next frame and return it as it came, RGB uint8 (H, W, 3), upright and not mirrored.

        No frame is kept unless it is asked for.

        Args:
            seconds: how long to wait. Defaults to two.

        Returns:
            The frame; None where none has come.
        """
        still: Future[np.ndarray] = Future()
        with self._lock:
            self._still = still
        try:
            return still.result(seconds)
        except TimeoutError:
            return None
        finally:
            with self._lock:
                self._still = None

    def newest_stages(self) -> dict[str, float]:
        """Return the seconds of each stage of the newest frame."""
        with self._lock:
            return dict(self._stages[-1]) if self._stages else {}

    def answer(self, frame: av.VideoFrame) -> av.VideoFrame:
        """Read one frame of the stream and return it with what was seen; one that can't be read passes as it was."""
        try:
            return av.VideoFrame.from_ndarray(self.see(frame.to_ndarray(format="rgb24", threads=1)), format="rgb24")
        except Exception as error:  # an error would end the stream without a word; the page tells it instead
            with self._lock:
                self._error = str(error) or type(error).__name__
            return frame

    def see(self, image: np.ndarray) -> np.ndarray:
        """Read one frame, RGB uint8 (H, W, 3), and return a copy with faces, answers and maps drawn on it."""
        with self._lock:
            settings = self._settings
            if self._still is not None and not self._still.done():
                self._still.set_result(image.copy())
        begin = self._clock()
        if settings.is_mirrored:
            image = np.ascontiguousarray(image[:, ::-1])
        frame = self._tracker.update(image, begin - self._start)
        read = self._clock()
        bodies: dict[int, Body] = {}
        if settings.has_bodies and self._bodies is not None:
            faces = {sighting.number: sighting.face for sighting in frame.sightings}
            bodies = self._bodies.update(image, begin - self._start, faces)
        followed = self._clock()
        picture = self._with_maps(image, frame.sightings, settings)
        mapped = self._clock()
        shown = frame.sightings if settings.has_faces else ()
        size = (image.shape[1], image.shape[0])
        picture = pictures.mark(
            picture,
            [sighting.face.box for sighting in shown],
            [caption(sighting, self.labels) for sighting in shown],
            points=[sighting.face.keypoints for sighting in frame.sightings] if settings.has_points else (),
            corner=self._rate_words(),
            skeletons={number: skeleton(size, body.joints, settings.is_mirrored) for number, body in bodies.items()},
        )
        end = self._clock()
        stages = dict(frame.seconds)
        stages |= {"body": followed - read} if settings.has_bodies else {}
        stages |= ({"map": mapped - followed} if settings.explained else {}) | {"draw": end - mapped}
        self._note(frame, image, bodies, stages, end)
        return picture

    def _with_maps(self, image: np.ndarray, sightings: Sequence[Sighting], settings: Settings) -> np.ndarray:
        if settings.explained is None or not sightings:
            return image
        faces = [cast(ReadFace, sighting.face) for sighting in sightings]
        return self._painter.paint(
            image,
            [sighting.number for sighting in sightings],
            [(face.crop, face.transform) for face in faces],
            targets(settings.explained, [sighting.winner for sighting in sightings], self.labels),
            settings.opacity,
            settings.palette,
            settings.is_minus_usual,
        )

    def _note(
        self, frame: Frame, image: np.ndarray, bodies: Mapping[int, Body], stages: dict[str, float], end: float
    ) -> None:
        with self._lock:
            self._error = ""
            self._frames += 1
            self._size = (image.shape[1], image.shape[0])
            self._ends.append(end)
            self._stages.append(stages)
            if not self._moments or frame.time - self._moments[-1].time >= LEAST_GAP:
                seen = tuple(Seen.of(sighting, bodies.get(sighting.number)) for sighting in frame.sightings)
                self._moments.append(Moment(frame.time, seen))
            while self._moments and self._moments[-1].time - self._moments[0].time > TIMELINE_SECONDS:
                self._moments.popleft()

    def _rate(self) -> float:
        """Frames a second over the last two seconds; 0 when none has come for as long."""
        now = self._clock()
        ends = [end for end in self._ends if now - end <= RATE_SECONDS]
        if len(ends) < 2 or ends[-1] <= ends[0]:
            return 0.0
        return (len(ends) - 1) / (ends[-1] - ends[0])

    def _rate_words(self) -> str:
        with self._lock:
            rate = self._rate()
        return f"{rate:.0f} frames/s" if rate else ""


def skeleton(size: tuple[int, int], joints: np.ndarray, is_mirrored: bool) -> pictures.Skeleton:
    """Return the skeleton of a body on a frame; in the mirror a person's left seems to be right.

    Args:
        size: (width, height) of the frame.
        joints: float32 (14, 3), pixels of the frame and confidence.
        is_mirrored: whether the frame is turned as in a mirror.
    """
    joints = joints[list(pose.MIRRORED)] if is_mirrored else joints
    return pictures.skeleton(size, joints, "", pictures.joint_thresholds())


def caption(sighting: Sighting, labels: Sequence[str]) -> str:
    """Write what stands on a face's frame: its number, the answer and its share."""
    return Seen.of(sighting).caption(labels)
