"""Decoded photos and what was found on them, keyed by the photo's SHA-256."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

import models
import sample_images
from dashboard.drawing.pictures import jpeg
from dashboard.services import networks, samples
from dashboard.services.kept import kept
from dashboard.services.runs import Report, Run, Slot, gate, start
from dashboard.subject import AREA, DEFAULT_NETWORK, Box, ByHand, Photo
from models import Analysis, Face
from models.analysis import add_people, read_expressions
from models.detection import detect

THUMBNAIL = 120
"""Pixels of a side of a sample's picture in the gallery."""
MANY_FACES = 8
"""With more faces than that on a photo, its bodies are looked for beside the page."""
BODIES: Slot[Analysis] = Slot("bodies_run")
NOTHING_BY_HAND = ByHand()
DRAWINGS = sample_images.DRAWINGS
"""The samples that are no photos."""
SAMPLES = {sample.key: sample for sample in (*sample_images.SAMPLES, *DRAWINGS)}
"""The sample pictures by their keys, in the picker's order."""


def list_samples(*, with_drawings: bool) -> list[str]:
    """Return the keys of the photos among the samples and, if they are asked for, of the drawings."""
    drawn = {one.key for one in DRAWINGS}
    return [key for key in SAMPLES if with_drawings or key not in drawn]


@st.cache_resource(max_entries=32, show_spinner=False)
def sample(key: str) -> Photo:
    """Return a sample picture by its key."""
    return Photo(name=SAMPLES[key].title, data=SAMPLES[key].path.read_bytes(), source="Sample")


@st.cache_resource(max_entries=32, show_spinner=False)
def thumbnail(key: str) -> tuple[np.ndarray, bytes]:
    """Return a sample picture as a small square from its middle, RGB uint8 (THUMBNAIL, THUMBNAIL, 3), and as a JPEG."""
    with Image.open(SAMPLES[key].path) as picture:
        small = np.asarray(ImageOps.fit(picture.convert("RGB"), (THUMBNAIL, THUMBNAIL)))
    return small, jpeg(small)


@kept(own=4, common=16)
def image(photo: Photo) -> np.ndarray:
    """Return the decoded photo, RGB uint8 (H, W, 3); raises models.ImageError with a plain sentence."""
    if photo.refusal:
        raise models.ImageError(photo.refusal)
    return models.load_image(photo.data)


@kept(own=16, common=64)
def _analysis(photo_id: str, by_hand: ByHand, detector: str, network_name: str, _image: np.ndarray) -> Analysis:
    if (known := samples.find(photo_id, detector, by_hand)) is not None:
        get_ready()
        return known.analysis
    networks.import_tensorflow()
    try:
        found = models.analyse(_image, detector, people=False, network=network_name)
        if by_hand.faces:
            return _with_faces(found, by_hand, _image, network_name)
        if has_people() and len(found.faces) <= MANY_FACES:
            return add_people(_image, found, by_hand.people or None)
    finally:
        networks.first_photo_read.set()
    return found


@st.cache_resource(max_entries=1, show_spinner=False)
def get_ready() -> Run[None]:
    """Read a sample in the background, once per server, so that no visitor's first photo waits for a network."""

    def work(report: Report[None]) -> None:
        reader = networks.usual()
        networks.start_loading(reader, is_urgent=False).wait()
        report(0, 1)  # ends with the server
        try:
            models.analyse(models.load_image(next(iter(SAMPLES.values())).path), people=has_people(), network=reader)
        finally:
            networks.first_photo_read.set()

    return start(work)


def _with_faces(found: Analysis, by_hand: ByHand, image: np.ndarray, reader: str) -> Analysis:
    """Return an analysis with the faces by hand behind those that were found, which keep their score, turn and crop."""
    boxes = [*(face.box for face in found.faces), *by_hand.faces]
    anew = models.analyse(image, boxes=boxes, people=has_people(), people_boxes=by_hand.people or None, network=reader)
    if not found.faces:
        return anew
    faces = (*found.faces, *anew.faces[len(found.faces) :])
    return replace(found, faces=faces, people=anew.people, seconds=anew.seconds | {"detect": found.seconds["detect"]})


def with_bodies(photo: Photo, detector: str, by_hand: ByHand, network_name: str, found: Analysis) -> Analysis:
    """Return the analysis of a photo with the people that have been found beside the page so far.

    On a photo of many the bodies take several times as long as the faces. `BODIES` has the run that looks for them,
    those of the largest faces first.
    """
    if len(found.faces) <= MANY_FACES or found.people or by_hand.faces or is_known(photo, detector, by_hand):
        return found
    if not has_people():
        return found
    pixels, key = image(photo), ("bodies", photo.id, detector, by_hand, network_name)

    def work(report: Report[Analysis]) -> Analysis:
        return add_people(pixels, found, by_hand.people or None, report)

    complete, run = BODIES.find(key)
    if complete is None and run is None:
        BODIES.put(start(work, gate(), key), glance=True)
        complete, run = BODIES.find(key)
    return complete or (run and run.result) or found


def has_people() -> bool:
    """Return whether people are looked for: not where the network for it is damaged, and the rest goes on."""
    return not networks.trouble(networks.POSE)


def is_known(photo: Photo, detector: str, by_hand: ByHand) -> bool:
    """Return whether what is on the photo is known before any network is loaded."""
    return samples.find(photo.id, detector, by_hand) is not None


@kept(own=16, common=64)
def _analysis_by(photo_id: str, by_hand: ByHand, detector: str, network_name: str, _image: np.ndarray) -> Analysis:
    found = _analysis(photo_id, by_hand, detector, networks.usual(), _image)
    start = time.perf_counter()
    faces = tuple(read_expressions(found.faces, network_name)) if found.faces else ()
    return replace(found, faces=faces, seconds=found.seconds | {"expression": time.perf_counter() - start})


@kept(own=16, common=64)
def _analysis_of_area(photo_id: str, box: Box | None, network_name: str, _image: np.ndarray) -> Analysis:
    networks.import_tensorflow()
    networks.first_photo_read.set()
    return read_area(_image, box, network_name)


def read_area(image: np.ndarray, box: Box | None, network_name: str) -> Analysis:
    """Return the answer to a box of a photo, None for all of it, as if the box were the photo's only face."""
    kind, card = networks.task(network_name), networks.card(network_name)
    height, width = image.shape[:2]
    area = box or (0, 0, width, height)
    transform = kind.frame(area, card)
    pixels = kind.look(image, transform, card)
    start = time.perf_counter()
    (shares,) = networks.score(network_name, pixels[np.newaxis])
    seconds = time.perf_counter() - start
    answer = dict(zip(card.labels, shares.tolist(), strict=True))
    name = networks.name_answer(shares, network_name)
    face = Face(area, 1.0, crop=pixels, transform=transform, emotion=answer, expression=name)
    return Analysis((face,), (), AREA, {"answer": seconds})


def analysis(
    photo: Photo, detector: str, by_hand: ByHand = NOTHING_BY_HAND, network_name: str = DEFAULT_NETWORK
) -> Analysis:
    """Return the analysis of a photo.

    For a network that looks for no face, that is its answer to an area of the photo, which stands in a face's place.
    """
    kind = networks.task(network_name)
    if kind.looks_at_area:
        return _analysis_of_area(photo.id, by_hand.area, network_name, image(photo))
    by_hand = replace(by_hand, area=None)
    if network_name == networks.usual():
        return _analysis(photo.id, by_hand, detector, network_name, image(photo))
    return _analysis_by(photo.id, by_hand, detector, network_name, image(photo))


@kept(own=16, common=32)
def detection_seconds(photo: Photo, detector: str) -> float:
    """Return the seconds that a detector takes on a photo, once it is warm."""
    pixels = image(photo)
    networks.import_tensorflow()
    detect(pixels, detector)  # builds what the first pass needs
    start = time.perf_counter()
    detect(pixels, detector)
    return time.perf_counter() - start
