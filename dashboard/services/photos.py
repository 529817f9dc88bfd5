"""Decoded photos and what was found on them, kept for one session and keyed by the photo's SHA-256."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

import sample_images
from dashboard.services import networks
from dashboard.subject import DEFAULT_NETWORK, ByHand, Photo

NOTHING_BY_HAND = ByHand()
SAMPLES = {sample.key: sample for sample in sample_images.SAMPLES}
"""The sample pictures by their keys, in the picker's order."""


@st.cache_resource(max_entries=32, show_spinner=False)
def sample(key: str) -> Photo:
    """Returns a sample picture by its key."""
    return Photo(name=SAMPLES[key].title, data=SAMPLES[key].path.read_bytes(), source="Sample")


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def _image(photo_id: str, _data: bytes) -> np.ndarray:
    from models import load_image

    return load_image(_data)


def image(photo: Photo) -> np.ndarray:
    """Returns the decoded photo, RGB uint8 (H, W, 3); raises models.ImageError with a plain sentence."""
    return _image(photo.id, photo.data)


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _analysis(photo_id: str, by_hand: ByHand, detector: str, _image: np.ndarray) -> Any:
    from models import analyse

    networks.import_tensorflow()
    people: dict[str, Any] = {"people_boxes": list(by_hand.people)} if by_hand.people else {}
    try:
        found = analyse(_image, detector=detector, **people)
    finally:
        networks.first_photo_read.set()
    if not by_hand.faces:
        return found
    boxes = [*(face.box for face in found.faces), *by_hand.faces]
    anew = analyse(_image, boxes=boxes, **people)
    if not found.faces:
        return anew
    faces = (*found.faces, *anew.faces[len(found.faces) :])  # those found keep their score, turn and crop
    return replace(found, faces=faces, people=anew.people, seconds=anew.seconds | {"detect": found.seconds["detect"]})


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _analysis_by(photo_id: str, by_hand: ByHand, detector: str, network_name: str, _image: np.ndarray) -> Any:
    found = _analysis(photo_id, by_hand, detector, _image)
    if not found.faces:
        return found
    start = time.perf_counter()
    labels = networks.card(network_name).labels
    scores = networks.score(network_name, np.stack([face.crop for face in found.faces]))
    faces = tuple(
        replace(
            face,
            emotion=dict(zip(labels, row.tolist(), strict=True)),
            expression=networks.name_expression(row, network_name),
        )
        for face, row in zip(found.faces, scores, strict=True)
    )
    return replace(found, faces=faces, seconds=found.seconds | {"expression": time.perf_counter() - start})


def analysis(
    photo: Photo, detector: str, by_hand: ByHand = NOTHING_BY_HAND, network_name: str = DEFAULT_NETWORK
) -> Any:
    """Returns the models.Analysis of a photo.

    Args:
        photo: the photo.
        detector: str, a name in models.detection.DETECTORS.
        by_hand: boxes of faces and people that the visitor added to what is found. Defaults to none.
        network_name: str, the network that reads the expressions. Defaults to the best one.
    """
    if network_name == DEFAULT_NETWORK:
        return _analysis(photo.id, by_hand, detector, image(photo))
    return _analysis_by(photo.id, by_hand, detector, network_name, image(photo))


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _detection_seconds(photo_id: str, detector: str, _image: np.ndarray) -> float:
    from models.detection import detect

    start = time.perf_counter()
    detect(_image, detector)
    return time.perf_counter() - start


def detection_seconds(photo: Photo, detector: str) -> float:
    """Returns the seconds that a detector takes on a photo, once it is warm: its analysis has come before."""
    analysis(photo, detector)
    return _detection_seconds(photo.id, detector, image(photo))
