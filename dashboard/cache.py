"""Every cache of the app, all bounded.

What is computed from a photo is kept for one session only and keyed by the SHA-256 of its bytes; nothing of one
visitor's photo can be reached from another session. Networks and samples are shared by all; treat every value as
read-only.
"""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from dashboard.jobs import Run, start
from dashboard.state import Box, Photo, digest

SAMPLES = Path(__file__).resolve().parent.parent / "sample_images"
PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
LONG_RUNS_AT_ONCE = 2


@st.cache_resource(max_entries=1, show_spinner=False)
def samples() -> dict[str, Path]:
    """Returns the sample pictures: name in the address bar to file."""
    files = (path for path in sorted(SAMPLES.iterdir()) if path.suffix.lower() in PICTURE_SUFFIXES)
    return {path.stem: path for path in files}


@st.cache_resource(max_entries=32, show_spinner=False)
def sample(name: str) -> Photo:
    """Returns a sample picture by name."""
    return Photo(name=name.replace("_", " "), data=samples()[name].read_bytes(), source="Sample")


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


@st.cache_resource(max_entries=128, show_spinner=False, scope="session")
def _explanation(
    crop_id: str,
    network_name: str,
    method: str,
    target: int,
    layer: str | None,
    parameters: tuple[tuple[str, Any], ...],
    _crop: np.ndarray,
) -> Any:
    from interp import explain

    return explain(network(network_name), _crop[..., np.newaxis], method, target, layer, **dict(parameters))


def explanation(
    network_name: str,
    crop: np.ndarray,
    method: str,
    target: int,
    layer: str | None,
    parameters: dict[str, Any],
) -> Any:
    """Returns the interp.Explanation of one class for one crop."""
    settings = tuple(sorted(parameters.items()))
    return _explanation(digest(crop.tobytes()), network_name, method, target, layer, settings, crop)


def start_dream(network_name: str, crop: np.ndarray, layer: str, settings: dict[str, Any], title: str) -> Run:
    """Starts a dream of a layer from a face beside the page; the run lives in the caller's session, not in a cache."""
    from interp import dream
    from interp.dream import layer as layer_objective

    shared = network(network_name)

    def frames() -> Iterator[Any]:
        return dream(shared, layer_objective(layer), start=crop[..., np.newaxis], frames_every=1, **settings)

    return start(frames, gate(), {"title": title, "layer": layer, "crop": crop, **settings})
