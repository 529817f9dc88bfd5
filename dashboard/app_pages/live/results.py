"""What reads a camera's frames and films, kept in the visitor's session."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import streamlit as st

import interp
from dashboard.app_pages.live.films import Moment, Reading, Seen, Shown
from dashboard.app_pages.live.films import draw as draw_film
from dashboard.app_pages.live.films import read as read_film
from dashboard.app_pages.live.middle import eyes_on_the_middle
from dashboard.app_pages.live.reader import RATE_SECONDS, STRONGEST, Live, Painter, Settings, targets
from dashboard.drawing import pictures
from dashboard.services import networks, photos
from dashboard.services.runs import Report, Run, Slot, gate, start
from dashboard.subject import digest
from models import load_image
from models.analysis import has_pose
from models.faces.tracking import Tracker, trained_eyes
from models.pose.following import Bodies
from models.video import Film

FILM: Slot[Reading] = Slot("film_run")
DRAWN: Slot[bytes] = Slot("film_drawn")


STILL = "astronaut"
"""The sample that stands in the camera's place until it is started."""
STILL_WIDTH = 640
_STILL_TIMES = (0.0, 0.1, 0.1 + 2 * RATE_SECONDS)
"""Seconds: one frame is searched, one followed, and the last comes so late that no frame rate is drawn on it."""


@dataclass(frozen=True, eq=False)
class Still:
    """A sample as Live draws it.

    Args:
        picture: RGB uint8 (H, W, 3).
        seen: what was read on it.
    """

    picture: np.ndarray
    seen: Moment


@st.cache_resource(max_entries=16, show_spinner=False)
def film_warming(network_name: str, detector: str) -> Run[Still]:
    """Return the run, one for all sessions, that compiles what frames need: a camera's first one would wait too long.

    Args:
        network_name: str, the network that reads the expressions.
        detector: str, a name in models.detection.DETECTORS.
    """
    photo = photos.sample(STILL)

    def work(report: Report[Still]) -> Still:
        networks.network(network_name)
        picture = load_image(photo.data)
        picture = pictures.enlarge(picture[: round(3 / 4 * picture.shape[1])], STILL_WIDTH)  # as cameras have it
        labels, maps = networks.card(network_name).labels, partial(film_maps, network_name)
        time = 0.0
        live = Live(new_tracker(network_name, detector), maps, labels, lambda: time, new_bodies(network_name))
        for number, at in enumerate(_STILL_TIMES, start=1):
            time = at
            report(number, 1 + len(_STILL_TIMES))
            is_last = number == len(_STILL_TIMES)
            explained = None if is_last else STRONGEST
            live.choose(Settings(is_mirrored=False, has_points=is_last, has_bodies=True, explained=explained))
            drawn = live.see(picture)
        return Still(drawn, live.now().moments[-1])

    return start(work)


def forget_film_warming(network_name: str, detector: str) -> None:
    """Drop a run that failed, so that it is tried again."""
    film_warming.clear(network_name, detector)


def new_tracker(network_name: str, detector: str) -> Tracker:
    """Return a tracker for one camera or one file."""
    if networks.task(network_name).looks_at_area:
        return Tracker(eyes_on_the_middle(network_name))
    return Tracker(trained_eyes(network_name, detector))


def new_bodies(network_name: str, *, is_file: bool = False) -> Bodies | None:
    """Return what follows the bodies of one camera, or of one file; None where faces are not looked for either."""
    return None if networks.task(network_name).looks_at_area or not has_pose() else Bodies(at_once=is_file)


def film_maps(network_name: str, crops: np.ndarray, targets: Sequence[int], is_minus_usual: bool = False) -> np.ndarray:
    """Return maps for the faces of one frame, float32 (N, h, w), kept nowhere: by Grad-CAM at the last layer.

    Args:
        network_name: str, name of the network.
        crops: uint8 (N, h, w) or (N, h, w, 3), what it gets.
        targets: the class to explain for each.
        is_minus_usual: whether each is by the network's usual method, less its average map of the class. Defaults to
            no.
    """
    pictures = crops[..., np.newaxis] if crops.ndim == 3 else crops
    average = networks.average_maps(network_name) if is_minus_usual else None
    method, layer = ("grad_cam", None) if average is None else (average.method, average.layer)
    found = interp.explain(networks.network(network_name), pictures, method, list(targets), layer)
    if average is None:
        return found.values
    singles = (replace(found, values=values) for values in found.values)
    usual = (average.values[target] for target in targets)
    return np.stack([interp.minus_usual(*pair).values for pair in zip(singles, usual, strict=True)])


def new_live(network_name: str, detector: str) -> Live:
    """Return the reader of one visitor's camera; it lives in the caller's session."""
    return Live(
        new_tracker(network_name, detector),
        lambda crops, targets, minus_usual: film_maps(network_name, crops, targets, minus_usual),
        networks.card(network_name).labels,
        bodies=new_bodies(network_name),
    )


def start_film(data: bytes, name: str, network_name: str, detector: str) -> Run[Reading]:
    """Start to read a video file beside the page; the result is the `films.Reading` so far.

    The run lives in the caller's session, and the file in its memory alone.

    Args:
        data: bytes of the file.
        name: str, of the file.
        network_name: str, the network that reads the expressions.
        detector: str, a name in models.detection.DETECTORS.
    """
    labels = networks.card(network_name).labels

    def work(report: Report[Reading]) -> Reading:
        networks.import_tensorflow()
        tracker, bodies = new_tracker(network_name, detector), new_bodies(network_name, is_file=True)
        return read_film(Film(data), tracker, labels, report, bodies)

    key = film_key(data, network_name, detector)
    return start(work, gate(), key, {"name": name, "network": network_name})


def start_drawing(
    data: bytes, name: str, network_name: str, key: Hashable, reading: Reading, shown: Shown
) -> Run[bytes]:
    """Start to draw what was read of a video file onto it beside the page; the result is an MP4.

    Args:
        data: bytes of the file.
        name: str, of the file.
        network_name: str, the network that read the expressions.
        key: of the run.
        reading: what was read.
        shown: what is drawn.
    """

    def work(report: Report[bytes]) -> bytes:
        painter = Painter(lambda crops, targets, minus_usual: film_maps(network_name, crops, targets, minus_usual))

        def paint(image: np.ndarray, faces: Sequence[Seen]) -> np.ndarray:
            traced = [
                (one, one.traces.crop, one.traces.transform)
                for one in faces
                if one.traces is not None and one.traces.crop is not None and one.traces.transform is not None
            ]
            if not traced:
                return image
            explained = targets(shown.explained or STRONGEST, [one.winner for one, _, _ in traced], reading.labels)
            crops = [(crop, transform) for _, crop, transform in traced]
            numbers = [one.number for one, _, _ in traced]
            return painter.paint(image, numbers, crops, explained, is_minus_usual=shown.is_minus_usual)

        return draw_film(Film(data), reading, shown, paint, report)

    return start(work, gate(), key, {"name": name})


def film_key(data: bytes, network_name: str, detector: str) -> tuple[str, str, str]:
    """Return the key of the run that reads a file."""
    return (digest(data), network_name, detector)
