"""What reads a camera's frames and films, kept in the visitor's session."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard.app_pages.live.films import read as read_film
from dashboard.app_pages.live.reader import Live
from dashboard.services import networks, photos
from dashboard.services.runs import Report, Run, gate, start
from dashboard.subject import DEFAULT_NETWORK


@st.cache_resource(max_entries=16, show_spinner=False)
def film_warming(network_name: str, detector: str) -> Run:
    """Returns the run, one for all sessions, that compiles what frames need: a camera's first one would wait too long.

    Args:
        network_name: str, the network that reads the expressions.
        detector: str, a name in models.detection.DETECTORS.
    """
    photo = photos.sample(next(iter(photos.SAMPLES)))

    def work(report: Report) -> None:
        networks.start_loading(DEFAULT_NETWORK).imported.wait()
        networks.network(network_name)
        from models import load_image

        report(1, 4)
        tracker, picture = new_tracker(network_name, detector), load_image(photo.data)
        for number in range(2):  # searches, then follows
            found = tracker.update(picture, float(number) / 10)
            report(2 + number, 4)
        crops = np.stack([sighting.face.crop for sighting in found.sightings])
        film_maps(network_name, crops, [sighting.winner for sighting in found.sightings])

    return start(work, threading.Semaphore(1))


def forget_film_warming(network_name: str, detector: str) -> None:
    """Drops a run that failed, so that it is tried again."""
    film_warming.clear(network_name, detector)


def new_tracker(network_name: str, detector: str) -> Any:
    """Returns a models.tracking.Tracker for one camera or one file."""
    from models.tracking import Tracker, trained_eyes

    return Tracker(trained_eyes(network_name, detector))


def film_maps(network_name: str, crops: np.ndarray, targets: Sequence[int]) -> np.ndarray:
    """Returns Grad-CAM for the faces of one frame, float32 (N, h, w), kept nowhere.

    Args:
        network_name: str, name of the network.
        crops: uint8 (N, h, w), what it gets.
        targets: the class to explain for each.
    """
    from interp import explain

    found = explain(networks.network(network_name), crops[..., np.newaxis], "grad_cam", list(targets))
    return np.asarray(found.values)


def new_live(network_name: str, detector: str) -> Live:
    """Returns the reader of one visitor's camera; it lives in the caller's session."""
    return Live(
        new_tracker(network_name, detector),
        lambda crops, targets: film_maps(network_name, crops, targets),
        networks.card(network_name).labels,
    )


def start_film(data: bytes, network_name: str, detector: str, settings: dict[str, Any]) -> Run:
    """Starts to read a video file beside the page; the result is the `films.Reading` so far.

    The run lives in the caller's session, and the file in its memory alone.

    Args:
        data: bytes of the file.
        network_name: str, the network that reads the expressions.
        detector: str, a name in models.detection.DETECTORS.
        settings: dict to keep with the run.
    """
    labels = networks.card(network_name).labels

    def work(report: Report) -> Any:
        networks.start_loading(DEFAULT_NETWORK).imported.wait()
        from models.video import Film

        return read_film(Film(data), new_tracker(network_name, detector), labels, report)

    return start(work, gate(), settings)
