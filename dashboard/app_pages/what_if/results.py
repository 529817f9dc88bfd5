"""What is computed for changed faces, kept for one session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import streamlit as st

from dashboard.services import explanations, networks, photos
from dashboard.services.runs import Report, Run, gate, start
from dashboard.subject import Photo, Question, digest


def scene_id(photo: Photo, face: Any) -> str:
    """Returns the key of a face on a photo: of the photo's bytes and of the square that is cut out."""
    return digest(photo.id.encode() + face.transform.tobytes())


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def _scene(key: str, _image: np.ndarray, _face: Any) -> Any:
    from models.changes import Scene

    return Scene.of_face(_image, _face)


def scene(photo: Photo, face: Any) -> Any:
    """Returns the models.changes.Scene of a face that was found on a photo."""
    return _scene(scene_id(photo, face), photos.image(photo), face)


@st.cache_resource(max_entries=64, show_spinner=False, scope="session")
def _read_face(crop_id: str, network_name: str, _crop: np.ndarray) -> tuple[dict[str, float], str]:
    (row,) = networks.score(network_name, _crop[np.newaxis])
    return dict(zip(networks.card(network_name).labels, row.tolist(), strict=True)), networks.name_expression(
        row, network_name
    )


def read_face(network_name: str, crop: np.ndarray) -> tuple[dict[str, float], str]:
    """Returns the probability of each expression on a crop, uint8 (48, 48), and the named one or "uncertain"."""
    return _read_face(digest(crop.tobytes()), network_name, crop)


@st.cache_resource(max_entries=32, show_spinner=False, scope="session")
def _changed_map(key: tuple[Any, ...], _answer: Callable[[], Any]) -> Any:
    return _answer()


def changed_map(question: Question) -> Any:
    """Returns the interp.Explanation of a changed face by a fast method.

    It is kept apart from other maps, for a moving slider would soon push those out.
    """
    return _changed_map(question.key, lambda: explanations.answer_question(question))


@st.cache_resource(max_entries=32, show_spinner=False, scope="session")
def _curve(key: tuple[Any, ...], _scene: Any) -> Any:
    from models.steadiness import curve as along

    _, network_name, setting, name = key
    return along(_scene, lambda faces: networks.score(network_name, faces), setting, name)


def curve(key: str, shown: Any, network_name: str, setting: Any, name: str) -> Any:
    """Returns the models.steadiness.Curve of a face along one change.

    Args:
        key: str, the face's `scene_id`.
        shown: its models.changes.Scene.
        network_name: str, the network that answers.
        setting: the models.changes.Setting of all else.
        name: str, of the change.
    """
    from models.changes import CHANGES

    return _curve((key, network_name, setting.replace(**{name: CHANGES[name].neutral}), name), shown)


def start_flips(key: tuple[Any, ...], shown: Any, network_name: str, **settings: Any) -> Run:
    """Starts to look for the least single change that flips the answer; the result is a list of models' Flip.

    Args:
        key: what is asked, kept with the run.
        shown: the face's models.changes.Scene.
        network_name: str, the network that answers.
        settings: more of models.steadiness.find_flips's arguments.
    """
    from models.steadiness import find_flips

    def work(report: Report) -> Any:
        return find_flips(shown, lambda faces: networks.score(network_name, faces), on_step=report, **settings)

    return start(work, gate(), {"key": key})


def start_jitter(
    key: tuple[Any, ...], photo: Photo, face: Any, network_name: str, wobble: Any, *, with_points: bool
) -> Run:
    """Starts to jitter a face's box; the result is a models.steadiness.Spread.

    Args:
        key: what is asked, kept with the run.
        photo: the photo.
        face: the models.Face.
        network_name: str, the network that answers.
        wobble: the models.steadiness.Wobble.
        with_points: bool, whether the face's points are looked for anew in each box; else the crop itself moves.
    """
    from models.steadiness import jitter_box, jitter_crop

    pixels = photos.image(photo)

    def predict(faces: np.ndarray) -> np.ndarray:
        return networks.score(network_name, faces)

    def work(report: Report) -> Any:
        if with_points:
            return jitter_box(pixels, face.landmarks, face.angle, predict, wobble, report)
        return jitter_crop(pixels, face.transform, face.crop.shape[0], predict, wobble, report)

    return start(work, gate(), {"key": key})
