"""The shared networks: loading, warming up, their cards and what is known of their layers. Shared by all sessions."""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

import interp
import models
from dashboard import tasks
from dashboard.patches import keras_session
from dashboard.services import own_networks, shared_networks
from dashboard.services.average_maps import AverageMaps
from dashboard.services.average_maps import read as read_average_maps
from dashboard.services.runs import Report, Run, start
from dashboard.subject import DEFAULT_NETWORK, Subject
from dashboard.tasks.task import Need, Task, View
from interp import Class, Network
from interp.passes import layer_gradients
from interp.preparation import preparation_of
from interp.receptive_field import Interval
from models import Card, detection
from models import cards as published_cards
from models import networks as published
from models.cards import UsualMap
from models.detection import Detector

NETWORK_FILE = "the network's file"
"""What stands in Python lines for a file that did not come with the app."""
ANY_SIDE = 640
"""Pixels of a side for which the layers of a network that takes any size are described."""
BETWEEN_LAYERS = 0.3
"""Seconds of rest between two layers that are made ready in the background, which leave the visitors the processor."""
FIRST_PHOTO = 30.0
"""Seconds that what the next clicks need waits at most for the first photo to be read."""
FIRST_PAGE = 30.0
"""Seconds that the import of TensorFlow waits at most for the first page, in whose way it would be."""
DETECTOR_NETWORKS = {"cnn": "detector"}
"""The network of each detector that has one."""
LOADING = ("starting TensorFlow", "reading the weights", "preparing the layers", "compiling")
"""The stages of a network on its way from disk."""
POSE = "pose"
"""The network that finds people's joints, without which photos are read as well."""

first_photo_read = threading.Event()
"""Set once the server has read a photo: only then the passes of the next clicks are compiled, not in its way."""
first_page_drawn = threading.Event()
"""Set once a page stands, or waits for a network: until then TensorFlow is not imported in its way."""
_importing = threading.Lock()


def import_tensorflow() -> None:
    """Import TensorFlow and Keras, one thread at a time: their modules break when two import them at once."""
    first_page_drawn.set()
    with _importing:
        importlib.import_module("tensorflow")
        importlib.import_module("keras")
        keras_session.keep()


def start_loading(name: str, *, is_urgent: bool = True) -> Run[Network]:
    """Start to load a network beside the page, once per server; if nobody waits for it, the first page goes first."""
    if is_urgent:
        first_page_drawn.set()
    own = own_networks.find(name)
    return _loading(name) if own is None else Run(result=own.network, is_done=True)


@st.cache_resource(max_entries=12, show_spinner=False)
def _loading(name: str) -> Run[Network]:
    def work(report: Report[Network]) -> Network:
        first_page_drawn.wait(FIRST_PAGE)
        import_tensorflow()
        report(1, len(LOADING))
        network = _load(name, report)
        _warming(name)
        return network

    return start(work)


def _load(name: str, report: Report[Network]) -> Network:
    shared = shared_networks.find(name)
    if shared is not None:
        return shared.load()
    model = models.load_network(name)
    report(2, len(LOADING))
    kind = task(name)
    network = Network(model, labels=list(card(name).labels) if kind.has_classes else None)
    report(3, len(LOADING))
    if name != usual():  # which the first photo's analysis compiles
        kind.get_ready(card(name))
    return network


def loading_words(run: Run[Network]) -> str:
    """Say what a network on its way from disk waits for now."""
    return LOADING[min(run.done, len(LOADING) - 1)]


@st.cache_resource(max_entries=12, show_spinner=False)
def _warming(name: str) -> Run[None]:
    """Compile the passes that the first page turns need, so that the first click does not wait for them."""

    def work(report: Report[None]) -> None:
        begun = time.perf_counter()
        while not first_photo_read.wait(0.2) and time.perf_counter() - begun < FIRST_PHOTO:
            report(0, 1)  # ends with the server
        _warm(network(name), card(name).usual_map)
        gc.freeze()  # a full collection of garbage would walk TensorFlow's objects too, which takes 0.3 s

    return start(work)


def _warm(shared: Network, usual: UsualMap | None) -> None:
    if shared.labels is not None:
        method, layer = (usual.method, usual.layer) if usual is not None else ("grad_cam", None)
        interp.explain(shared, np.zeros(shared.input_shape, np.float32), method, 0, layer)


def compile_layers(name: str, layers: tuple[str, ...]) -> Run[None]:
    """Compile in the background, once per server, what a map of each layer needs, so that no click waits for it.

    Building the pass of a layer takes ten times as long as a map. A click on a layer whose turn has not come builds its
    own, and so does every one on a visitor's own network.
    """
    return Run(is_done=True) if own_networks.find(name) is not None else _compiling(name, layers)


@st.cache_resource(max_entries=12, show_spinner=False)
def _compiling(name: str, layers: tuple[str, ...]) -> Run[None]:
    shared = network(name)
    blank = np.zeros((1, *(side or ANY_SIDE for side in shared.input_shape)), np.float32)

    def work(report: Report[None]) -> None:
        for done, layer in enumerate(layers):
            report(done, len(layers))
            with contextlib.suppress(ValueError):  # a layer beside the way to the answer
                layer_gradients(shared, [blank], Class(0), layer)
            time.sleep(BETWEEN_LAYERS)

    return start(work)


def network(name: str) -> Network:
    """Return the shared `interp.Network` of that name and wait until it is loaded. Read-only."""
    if (own := own_networks.find(name)) is not None:
        return own.network
    try:
        return start_loading(name).wait()
    except Exception:
        _loading.clear(name)
        raise


def card(name: str) -> Card:
    """Return the card of a network: labels, thresholds, training and scores."""
    own = own_networks.find(name)
    return own.card if own is not None else _card(name)


@st.cache_resource(max_entries=64, show_spinner=False)
def _card(name: str) -> Card:
    shared = shared_networks.find(name)
    return shared.card if shared is not None else published_cards.load_card(name)


def task(name: str) -> Task:
    """Return the kind of a network."""
    return tasks.of(card(name))


def is_function(name: str) -> bool:
    """Return whether nothing is known of a network but its answers, as of one from an ONNX file."""
    own = own_networks.find(name)
    return own is not None and own.network.is_function


def why_not(name: str, need: Need) -> str:
    """Return why a network lacks what a page needs, in half a sentence; "" where it has it."""
    if need == "layers" and is_function(name):
        return "its file gives answers alone, and shows no layers"
    return task(name).why_not(need)


def view(subject: Subject, name: str) -> View:
    """Return what a network is shown of a subject.

    Raises:
        NoInputError: There is nothing on the photo that the network looks at.
    """
    return task(name).view(subject, card(name))


def has_network(name: str) -> bool:
    """Return whether the network itself is there, not only its card."""
    return own_networks.find(name) is not None or file_of(name) is not None


def code_of(name: str) -> tuple[str, str]:
    """Return the Python lines of imports and the expression that make a network."""
    own = own_networks.find(name)
    if own is not None and own.network.is_function:
        imports = "from interp import explain\nfrom interp.formats import load_black_box"
        lines = f"{imports}\nfrom interp.preparation import Preparation"
        return lines, f"load_black_box(open({NETWORK_FILE!r}, 'rb').read(), {own.preparation!r})"
    preparation = preparation_of(network(name))
    if preparation is None:
        return (
            "from interp import Network, explain\nfrom models import load_network",
            f"Network(load_network({name!r}))",
        )
    imports = "from interp import explain, load\nfrom interp.preparation import Preparation, prepared"
    return imports, f"prepared(load({NETWORK_FILE!r}), {preparation!r})"


def file_of(name: str) -> Path | None:
    """Return the file of a network that is on this server; None for a visitor's own and for one that is not there."""
    shared = shared_networks.find(name)
    path = published.WEIGHTS / f"{name}.keras" if shared is None else shared.path
    return path if path.is_file() else None


@st.cache_resource(max_entries=64, show_spinner=False)
def trouble(name: str) -> str:
    """Return what is wrong with a published network, as the end of a sentence that it begins; "" where nothing is."""
    if not has_network(name):
        return f"is missing on this server: its file {name}.keras belongs in models/weights"
    if name not in cards():
        return f"lacks its card on this server: {name}.json is missing in models/weights, or can't be read"
    expected = card(name).sha256
    if expected and weights_hash(name) != expected:
        return (
            f"can't be used on this server: its file {name}.keras is not the one that its card describes, for it was "
            "changed, cut off or replaced"
        )
    return ""


def troubles() -> list[str]:
    """Return a sentence about each published network that can't be used, as far as its file and card tell."""
    names = sorted({path.stem for ending in ("json", "keras") for path in published.WEIGHTS.glob(f"*.{ending}")})
    return [f"The network “{name}” {words}." for name in names if (words := trouble(name))]


@st.cache_resource(max_entries=1, show_spinner=False)
def usual() -> str:
    """Return the network that faces are read with where nobody chose one.

    That is the default one; where that can't be used, the best other one takes over.
    """
    if not trouble(DEFAULT_NETWORK):
        return DEFAULT_NETWORK
    others = [name for name in face_readers() if not trouble(name)]
    return max(others, key=lambda name: task(name).quality(card(name)), default=DEFAULT_NETWORK)


def first_broken(names: Sequence[str]) -> str | None:
    """Return the first of some networks whose file can't be read, None where all can; wait until they are loaded."""
    import_tensorflow()
    for name in names:
        if not (published.WEIGHTS / f"{name}.keras").is_file():
            continue
        try:
            models.load_network(name)
        except Exception:  # a broken file fails in ways of its own: its archive, its graph, its weights
            logging.getLogger(__name__).exception("The network %s can't be read.", name)
            return name
    return None


@st.cache_resource(max_entries=1, show_spinner=False)
def detectors() -> dict[str, Detector]:
    """Return the detectors by name, the one to begin with first; one whose network is not there is left out."""
    needs = DETECTOR_NETWORKS
    known = detection.DETECTORS
    names = [name for name in known if name not in needs or (has_network(needs[name]) and needs[name] in cards())]
    return {name: known[name] for name in sorted(names, key=lambda name: name not in needs)}


def cards() -> dict[str, Card]:
    """Return the cards of all networks by name, in the order of their tasks, and the default before all.

    A card that can't be read is left out, and with it its network. The visitor's own networks come last.
    """
    return _cards() | {name: own.card for name, own in own_networks.of_session().items()}


@st.cache_resource(max_entries=1, show_spinner=False)
def _cards() -> dict[str, Card]:
    found = {name: shared.card for name, shared in shared_networks.all_shared().items()}
    for path in sorted(published.WEIGHTS.glob("*.json")):
        try:
            card = published_cards.load_card(path.stem)
            tasks.of(card).check(card)
            found[path.stem] = card
        except (OSError, ValueError, KeyError, TypeError):
            logging.getLogger(__name__).exception("The card %s can't be read.", path.name)

    return {
        name: found[name]
        for name in sorted(found, key=lambda name: (name != DEFAULT_NETWORK, tasks.of(found[name]).rank, name))
    }


def known() -> list[str]:
    """Return the names of all networks that are there and of a kind that the pages know."""
    return [name for name, card in cards().items() if has_network(name) and tasks.is_known(card)]


def alike(name: str) -> list[str]:
    """Return the names of the networks that are there and can be compared with one, which is among them."""
    return [one.name for one in tasks.alike(card(name), map(card, known()))]


def face_readers() -> list[str]:
    """Return the names of the networks that read faces and are there, the default first."""
    return [name for name in known() if task(name).reads_faces]


def score(network_name: str, crops: np.ndarray) -> np.ndarray:
    """Score uint8 (N, h, w) or (N, h, w, 3) of what a network with classes is shown: float32 (N, classes)."""
    return task(network_name).score(network(network_name), crops, network_name)


def name_answer(shares: np.ndarray, network_name: str) -> str:
    """Return what the app says for shares (classes,): a class, or "uncertain"."""
    return task(network_name).name_answer(shares, card(network_name))


@st.cache_resource(max_entries=64, show_spinner=False)
def seen_spans(
    network_name: str, layer: str, size: tuple[int, int]
) -> tuple[list[Interval | None], list[Interval | None]]:
    """Return what each row and each column of a layer sees of a picture of a size; see `interp.seen_spans`."""
    return interp.seen_spans(network(network_name), layer, size)


@st.cache_data(max_entries=8, show_spinner=False)
def layers(network_name: str) -> pd.DataFrame:
    """Return the layers of a network in order.

    Returns:
        Columns name, kind, output (in words), parameters, and sees: the side in pixels of what one position of the
        layer sees of the picture, None where that is everything.
    """
    shown = network(network_name)
    height, width = card(network_name).input_shape[:2]
    fields = interp.receptive_fields(shown, size=(height or ANY_SIDE, width or ANY_SIDE))
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
    """Return for each class the average training face, uint8 (48, 48), and of how many; {} where there are none."""
    try:
        return published_cards.load_average_faces()
    except ValueError:
        return {}


@st.cache_resource(max_entries=1, show_spinner=False)
def _average_maps() -> dict[str, AverageMaps]:
    return read_average_maps(published.WEIGHTS / "tables")


def average_maps(network_name: str) -> AverageMaps | None:
    """Return the average map of each class for a network; None where there is none, or another file was mapped."""
    found = _average_maps().get(network_name)
    return found if found is not None and found.weights == weights_hash(network_name) else None


@st.cache_data(max_entries=32, show_spinner=False)
def weights_hash(network_name: str) -> str | None:
    """Return the SHA-256 of a network's file, None where it is not there."""
    path = file_of(network_name)
    return None if path is None else published.fingerprint(path)
