"""Every cache of the app, all bounded.

What is computed from a photo is kept for one session only and keyed by the SHA-256 of its bytes; nothing of one
visitor's photo can be reached from another session. Networks and samples are shared by all; treat every value as
read-only.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

import sample_images
from dashboard.jobs import Report, Run, start
from dashboard.state import Box, Photo, digest

LONG_RUNS_AT_ONCE = 2


SAMPLES = {sample.key: sample for sample in sample_images.SAMPLES}
"""The sample pictures by their keys, in the picker's order."""


@st.cache_resource(max_entries=32, show_spinner=False)
def sample(key: str) -> Photo:
    """Returns a sample picture by its key."""
    return Photo(name=SAMPLES[key].title, data=SAMPLES[key].path.read_bytes(), source="Sample")


@st.cache_resource(max_entries=1, show_spinner=False)
def gate() -> threading.Semaphore:
    """Returns the semaphore that bounds how many long runs of all sessions work at once."""
    return threading.Semaphore(LONG_RUNS_AT_ONCE)


@st.cache_resource(max_entries=4, show_spinner=False)
def _loading(name: str) -> Future[Any]:
    future: Future[Any] = Future()

    def load() -> None:
        try:
            network = _load(name)
            _keep_keras_session()
        except Exception as error:
            future.set_exception(error)
            return
        future.set_result(network)
        _warm(network)
        gc.freeze()  # Streamlit collects all garbage after each run; TensorFlow's objects alone take 0.3 s to walk

    threading.Thread(target=load, name=f"load-{name}", daemon=True).start()
    return future


def _load(name: str) -> Any:
    from interp import Network
    from models import load_network
    from models.cards import load_card

    return Network(load_network(name), labels=list(load_card(name).labels))


def _keep_keras_session() -> None:
    """Stops Streamlit from clearing Keras's session after every run of a page.

    It would throw away the kernels of networks that all sessions share, also in the middle of another session's work:
    a dream took 25 times as long.
    """
    vars(sys.modules["keras"].backend)["clear_session"] = lambda *arguments, **settings: None


def _warm(network: Any) -> None:
    """Compiles the passes that the first page turns need, so that the first click does not wait for them."""
    from interp import explain

    blank = np.zeros(network.input_shape, np.float32)
    explain(network, blank, method="grad_cam", target=0)


def start_loading(name: str) -> None:
    """Starts to load a network in the background, once per server, while the page is drawn."""
    _loading(name)


def network(name: str) -> Any:
    """Returns the shared `interp.Network` of that name and waits until it is loaded. Read-only."""
    try:
        return _loading(name).result()
    except Exception:
        _loading.clear()
        raise


@st.cache_data(max_entries=8, show_spinner=False)
def card(name: str) -> Any:
    """Returns the card of a network: labels, thresholds, training and scores."""
    from models.cards import load_card

    return load_card(name)


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def _image(photo_id: str, _data: bytes) -> np.ndarray:
    from models import load_image

    return load_image(_data)


def image(photo: Photo) -> np.ndarray:
    """Returns the decoded photo, RGB uint8 (H, W, 3); raises models.ImageError with a plain sentence."""
    return _image(photo.id, photo.data)


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _analysis(photo_id: str, boxes: tuple[Box, ...] | None, _image: np.ndarray) -> Any:
    from models import analyse

    return analyse(_image, boxes=list(boxes) if boxes else None)


def analysis(photo: Photo, box: Box | None = None) -> Any:
    """Returns the models.Analysis of a photo; a box by hand replaces the detector."""
    return _analysis(photo.id, (box,) if box else None, image(photo))


@st.cache_resource(max_entries=8, show_spinner=False, scope="session")
def _activations(crop_id: str, network_name: str, layer: str, _crop: np.ndarray) -> np.ndarray:
    from interp import activations

    return activations(network(network_name), _crop[..., np.newaxis], layer)


def activations(network_name: str, crop: np.ndarray, layer: str) -> np.ndarray:
    """Returns the feature maps of a layer for one crop, float32 (h, w, channels)."""
    return _activations(digest(crop.tobytes()), network_name, layer, crop)


@dataclass(frozen=True)
class Question:
    """What an explanation is asked for: all that its map depends on, and so its key.

    Args:
        network_name: str, name of the network.
        crop: uint8 (h, w), what the network gets.
        method: str, name from interp.METHODS.
        expression: int, number of the class.
        against: int, number of the class to set it against. Defaults to None: the class alone.
        layer: str, the layer to explain by. Defaults to None, for a method without.
        settings: the method's parameters, sorted pairs of name and value.
    """

    network_name: str
    crop: np.ndarray = field(repr=False, compare=False)
    method: str
    expression: int
    against: int | None = None
    layer: str | None = None
    settings: tuple[tuple[str, Any], ...] = ()
    crop_id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "crop_id", digest(self.crop.tobytes()))

    @property
    def key(self) -> tuple[Any, ...]:
        """The question in plain values, without the picture."""
        names = (self.crop_id, self.network_name, self.method, self.expression, self.against, self.layer)
        return (*names, *self.settings)

    def answer(self, report: Report | None = None) -> Any:
        """Computes the interp.Explanation; a slow method reports each pass."""
        from interp import Class, Contrast, explain

        target = Class(self.expression) if self.against is None else Contrast(self.expression, self.against)
        picture = self.crop[..., np.newaxis]
        return explain(
            network(self.network_name),
            picture,
            self.method,
            target,
            self.layer,
            on_step=report,
            **dict(self.settings),
        )


@st.cache_resource(max_entries=128, show_spinner=False, scope="session")
def _explanation(key: tuple[Any, ...], _answer: Callable[[], Any]) -> Any:
    return _answer()


def explanation(question: Question) -> Any:
    """Returns the interp.Explanation of a fast method, computed now where it is not kept already."""
    return _explanation(question.key, question.answer)


def kept_explanation(question: Question) -> Any | None:
    """Returns the interp.Explanation where it is kept already, else None."""

    def refuse() -> Any:
        raise LookupError

    try:
        return _explanation(question.key, refuse)
    except LookupError:  # an error is never kept
        return None


def keep_explanation(question: Question, found: Any) -> Any:
    """Keeps an explanation that a run found, for this session."""
    return _explanation(question.key, lambda: found)


def start_explanation(question: Question) -> Run:
    """Starts a slow method beside the page; the run lives in the caller's session."""
    network(question.network_name)
    return start(question.answer, gate(), {"question": question})


def start_dream(network_name: str, face: np.ndarray, objective: Any, settings: dict[str, Any], title: str) -> Run:
    """Starts a dream from a face beside the page; the run lives in the caller's session, not in a cache.

    Args:
        network_name: str, name of the network.
        face: grey uint8 (h, w), where the dream starts.
        objective: what shall rise, of interp.dream.
        settings: more of interp.dream's arguments.
        title: str, whose face it is.
    """
    from interp import dream

    shared = network(network_name)

    def work(report: Report) -> None:
        for frame in dream(shared, objective, start=face[..., np.newaxis], frames_every=1, **settings):
            report(frame.step, frame.total_steps, frame)

    return start(work, gate(), {"title": title, "aim": objective.describe(shared), "face": face})
