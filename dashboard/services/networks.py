"""The shared networks: loading, warming up, their cards and what is known of their layers. Shared by all sessions."""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import tasks
from dashboard.services.average_maps import AverageMaps, fingerprint
from dashboard.services.average_maps import read as read_average_maps
from dashboard.subject import DEFAULT_NETWORK, Subject
from dashboard.tasks.task import Task, View
from models import Card, load_card

ANY_SIDE = 640
"""Pixels of a side for which the layers of a network that takes any size are described."""
BETWEEN_LAYERS = 0.3
"""Seconds of rest between two layers that are made ready in the background, which leave the visitors the processor."""
FIRST_PHOTO = 30.0
"""Seconds that what the next clicks need waits at most for the first photo to be read."""
DETECTOR_NETWORKS = {"cnn": "detector"}
"""The network of each detector that has one."""


class Loading:
    """A network on its way from disk, in a thread of its own, once per server.

    Args:
        name: str, name of the network.
    """

    STAGES = ("reading the weights", "preparing the layers", "compiling")

    def __init__(self, name: str) -> None:
        self.name = name
        self.stage = 0
        self.imported = threading.Event()
        """Set once TensorFlow is imported: its modules break when two threads import them at the same time."""
        self._future: Future[Any] = Future()
        threading.Thread(target=self._run, name=f"load-{name}", daemon=True).start()

    @property
    def progress(self) -> float:
        """Share of the stages that are done, 0 to 1."""
        return self.stage / len(self.STAGES)

    @property
    def words(self) -> str:
        """What is being done now."""
        return self.STAGES[min(self.stage, len(self.STAGES) - 1)]

    def wait(self, seconds: float) -> bool:
        """Waits until the network is there or its loading failed; whether that came within `seconds`."""
        return bool(wait([self._future], timeout=seconds).done)

    def result(self) -> Any:
        """Returns the `interp.Network`, once it is there; raises what stopped the loading."""
        return self._future.result()

    def _run(self) -> None:
        try:
            self._import()
            network = _load(self.name, self._advance)
            _keep_keras_session()
        except Exception as error:
            self._future.set_exception(error)
            return
        self._future.set_result(network)
        first_photo_read.wait(FIRST_PHOTO)
        _warm(network)
        gc.freeze()  # Streamlit collects all garbage after each run; TensorFlow's objects alone take 0.3 s to walk

    def _import(self) -> None:
        try:
            importlib.import_module("tensorflow")
            importlib.import_module("keras")
        finally:
            self.imported.set()

    def _advance(self) -> None:
        self.stage += 1


first_photo_read = threading.Event()
"""Set once the server has read a photo: only then the passes of the next clicks are compiled, not in its way."""


@st.cache_resource(max_entries=12, show_spinner=False)
def _loading(name: str) -> Loading:
    return Loading(name)


def _load(name: str, advance: Callable[[], None]) -> Any:
    from interp import Network
    from models import load_network

    model = load_network(name)
    advance()
    kind = task(name)
    network = Network(model, labels=list(card(name).labels) if kind.has_classes else None)
    advance()
    if name != DEFAULT_NETWORK:  # which the first photo's analysis compiles
        kind.get_ready(card(name))
    return network


def _keep_keras_session() -> None:
    """Stops Streamlit from clearing Keras's session after every run of a page.

    It would throw away the kernels of networks that all sessions share, also in the middle of another session's work:
    a dream took 25 times as long.
    """
    vars(sys.modules["keras"].backend)["clear_session"] = lambda *arguments, **settings: None


def _warm(network: Any) -> None:
    """Compiles the passes that the first page turns need, so that the first click does not wait for them."""
    from interp import explain

    if network.labels is not None:
        explain(network, np.zeros(network.input_shape, np.float32), method="grad_cam", target=0)


@st.cache_resource(max_entries=12, show_spinner=False)
def compile_layers(name: str, layers: tuple[str, ...]) -> threading.Thread:
    """Compiles in the background, once per server, what a map of each layer needs, so that no click waits for it.

    Building the pass of a layer takes ten times as long as a map. A click on a layer whose turn has not come builds its
    own.
    """
    from interp import Class
    from interp.passes import layer_gradients

    shared = network(name)
    blank = np.zeros((1, *shared.input_shape), np.float32)

    def work() -> None:
        for layer in layers:
            with contextlib.suppress(ValueError):  # a layer beside the way to the answer
                layer_gradients(shared, [blank], Class(0), layer)
            time.sleep(BETWEEN_LAYERS)

    thread = threading.Thread(target=work, name=f"compile-{name}", daemon=True)
    thread.start()
    return thread


def start_loading(name: str) -> Loading:
    """Starts to load a network in the background, once per server, while the page is drawn."""
    return _loading(name)


def wait_for_interp() -> None:
    """Waits until `interp` can be imported: the first import of TensorFlow takes seconds, in the loading's thread."""
    start_loading(DEFAULT_NETWORK).imported.wait()


def network(name: str) -> Any:
    """Returns the shared `interp.Network` of that name and waits until it is loaded. Read-only."""
    try:
        return _loading(name).result()
    except Exception:
        _loading.clear(name)
        raise


@st.cache_resource(max_entries=16, show_spinner=False)
def card(name: str) -> Card:
    """Return the card of a network: labels, thresholds, training and scores."""
    return load_card(name)


def task(name: str) -> Task:
    """Return the kind of a network."""
    return tasks.of(card(name))


def view(subject: Subject, name: str) -> View:
    """Return what a network is shown of a subject.

    Raises:
        NoInputError: There is nothing on the photo that the network looks at.
    """
    return task(name).view(subject, card(name))


def has_network(name: str) -> bool:
    """Whether the network itself is there, not only its card."""
    from models.networks import WEIGHTS

    return (WEIGHTS / f"{name}.keras").is_file()


def first_broken(names: Sequence[str]) -> str | None:
    """Returns the first of some networks whose file can't be read, None where all can; waits until they are loaded."""
    start_loading(DEFAULT_NETWORK).imported.wait()
    from models import load_network, networks

    for name in names:
        if not (networks.WEIGHTS / f"{name}.keras").is_file():
            continue
        try:
            load_network(name)
        except Exception:  # a broken file fails in ways of its own: its archive, its graph, its weights
            logging.getLogger(__name__).exception("The network %s can't be read.", name)
            return name
    return None


@st.cache_resource(max_entries=1, show_spinner=False)
def detectors() -> dict[str, Any]:
    """Returns the detectors by name, the one to begin with first; one whose network is not there is left out."""
    from models.detection import DETECTORS

    needs = DETECTOR_NETWORKS
    names = [name for name in DETECTORS if name not in needs or (has_network(needs[name]) and needs[name] in cards())]
    return {name: DETECTORS[name] for name in sorted(names, key=lambda name: name not in needs)}


@st.cache_resource(max_entries=1, show_spinner=False)
def cards() -> dict[str, Card]:
    """Return the cards of all networks by name, in the order of their tasks, and the default before all.

    A card that can't be read is left out, and with it its network.
    """
    from models import networks

    found = {}
    for path in sorted(networks.WEIGHTS.glob("*.json")):
        try:
            found[path.stem] = card(path.stem)
        except (OSError, ValueError, KeyError, TypeError):
            logging.getLogger(__name__).exception("The card %s can't be read.", path.name)

    return {
        name: found[name]
        for name in sorted(found, key=lambda name: (name != DEFAULT_NETWORK, tasks.of(found[name]).rank, name))
    }


def known() -> list[str]:
    """Return the names of all networks that are there and of a kind that the pages know."""
    return [name for name, card in cards().items() if has_network(name) and tasks.is_known(card)]


def face_readers() -> list[str]:
    """Return the names of the networks that read faces and are there, the default first."""
    return [name for name in known() if task(name).reads_faces]


def score(network_name: str, faces: np.ndarray) -> np.ndarray:
    """Scores uint8 (N, 48, 48) grey faces: float32 (N, classes)."""
    from models import emotion

    return emotion.predict(faces, network=network_name)


def name_expression(shares: np.ndarray, network_name: str) -> str:
    from models import emotion

    return emotion.name_expression(shares, network=network_name)


@st.cache_resource(max_entries=64, show_spinner=False)
def seen_spans(network_name: str, layer: str, size: tuple[int, int]) -> Any:
    """Returns what each row and each column of a layer sees of a picture of a size; see `interp.seen_spans`."""
    from interp import seen_spans as spans_of

    return spans_of(network(network_name), layer, size)


@st.cache_data(max_entries=8, show_spinner=False)
def layers(network_name: str) -> pd.DataFrame:
    """Returns the layers of a network in order.

    Returns:
        Columns name, kind, output (in words), parameters, and sees: the side in pixels of what one position of the
        layer sees of the picture, None where that is everything.
    """
    start_loading(DEFAULT_NETWORK).imported.wait()
    from interp import receptive_fields

    shown = network(network_name)
    height, width = card(network_name).input_shape[:2]
    fields = receptive_fields(shown, size=(height or ANY_SIDE, width or ANY_SIDE))
    return pd.DataFrame(
        {
            "name": layer.name,
            "kind": layer.kind,
            "output": "×".join("any" if side is None else str(side) for side in layer.output_shape),
            "parameters": layer.parameters,
            "sees": None if fields[layer.name].is_everything else max(fields[layer.name].size),
        }
        for layer in shown.layers
        if layer.name in fields
    )


@st.cache_resource(max_entries=1, show_spinner=False)
def average_faces() -> dict[str, tuple[np.ndarray, int]]:
    """Returns for each class the average training face, uint8 (48, 48), and of how many; {} where there are none."""
    from models.cards import load_average_faces

    try:
        return load_average_faces()
    except ValueError:
        return {}


@st.cache_resource(max_entries=1, show_spinner=False)
def _average_maps() -> dict[str, AverageMaps]:
    from models.networks import WEIGHTS

    return read_average_maps(WEIGHTS / "tables")


def average_maps(network_name: str) -> AverageMaps | None:
    """Returns the average map of each class for a network; None where there is none, or another file was mapped."""
    found = _average_maps().get(network_name)
    return found if found is not None and found.weights == weights_hash(network_name) else None


@st.cache_data(max_entries=32, show_spinner=False)
def weights_hash(network_name: str) -> str | None:
    """Returns the SHA-256 of a network's file, None where it is not there."""
    from models.networks import WEIGHTS

    path = WEIGHTS / f"{network_name}.keras"
    return fingerprint(path) if path.is_file() else None
