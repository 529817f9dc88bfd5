"""Every cache of the app, all bounded.

What is computed from a photo is kept for one session only and keyed by the SHA-256 of its bytes; nothing of one
visitor's photo can be reached from another session. Networks and samples are shared by all; treat every value as
read-only.
"""

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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import streamlit as st

import sample_images
from dashboard.average_maps import AverageMaps, fingerprint
from dashboard.average_maps import read as read_average_maps
from dashboard.dataset import Source, read_faces
from dashboard.films import read as read_film
from dashboard.jobs import Report, Run, start
from dashboard.live import Live
from dashboard.references import Paper, find_papers
from dashboard.state import DEFAULT_NETWORK, ByHand, Photo, digest

LONG_RUNS_AT_ONCE = 2
SMALL_DREAM = 96
"""Pixels of a side of the picture that a channel likes best."""
FRAMES_KEPT = 48
"""Frames of a dream that can be looked at once it has ended."""
CHANNELS_AT_ONCE = 8
"""Channels of an atlas between two reports: few, so that Cancel is heard."""
DATASETS_KEPT = 2
"""Sets of faces in memory: FER2013's Training takes 66 MB."""
USUAL_THRESHOLDS = (0.25, 0.5)
"""From which confidence joints are drawn, and drawn solid, where no pose network's card tells."""
ANY_SIDE = 640
"""Pixels of a side for which the layers of a network that takes any size are described."""
SCORED_AT_ONCE = 256
BETWEEN_LAYERS = 0.3
"""Seconds of rest between two layers that are made ready in the background, which leave the visitors the processor."""
FIRST_PHOTO = 30.0
"""Seconds that what the next clicks need waits at most for the first photo to be read."""
TIMED_PASSES = 7
"""Passes of which the median is a network's time on this server."""
PER_MAP = 100
"""Steps that a map counts for in a run over several."""
HEAT_MAPS = "heat_maps"
"""The layer with one map a joint or point."""
NOTHING_BY_HAND = ByHand()
DETECTOR_NETWORKS = {"cnn": "detector"}
"""The network of each detector that has one."""


Begin = np.ndarray | Literal["noise"]
"""Where a dream starts: a picture uint8 (h, w) or (h, w, 3), or noise."""

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
            importlib.import_module("interp")
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
    reads_expressions = card(name).task == "expression"
    network = Network(model, labels=list(card(name).labels) if reads_expressions else None)
    advance()
    if reads_expressions and name != DEFAULT_NETWORK:  # the default one is compiled by the first photo's analysis
        _score(name, np.zeros((1, *card(name).input_shape[:2]), np.uint8))
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
def card(name: str) -> Any:
    """Returns the card of a network: labels, thresholds, training and scores."""
    from models.cards import load_card

    return load_card(name)


def joint_thresholds() -> tuple[float, float]:
    """Returns the confidence from which a joint is drawn at all, and from which it is drawn solid."""
    from models import pose

    if pose.DEFAULT not in cards():
        return USUAL_THRESHOLDS
    found = pose.thresholds()
    return found.drawn, found.sure


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
def cards() -> dict[str, Any]:
    """Returns the cards of all networks by name, those that read expressions first and the default before all.

    A card that can't be read is left out, and with it its network.
    """
    from models import networks

    tasks = ("expression", "keypoints", "pose", "detection")
    found = {}
    for path in sorted(networks.WEIGHTS.glob("*.json")):
        try:
            found[path.stem] = card(path.stem)
        except (OSError, ValueError, KeyError, TypeError):
            logging.getLogger(__name__).exception("The card %s can't be read.", path.name)

    def rank(name: str) -> tuple[bool, int, str]:
        task = found[name].task
        return (name != DEFAULT_NETWORK, tasks.index(task) if task in tasks else len(tasks), name)

    return {name: found[name] for name in sorted(found, key=rank)}


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

    start_loading(DEFAULT_NETWORK).imported.wait()
    people: dict[str, Any] = {"people_boxes": list(by_hand.people)} if by_hand.people else {}
    try:
        found = analyse(_image, detector=detector, **people)
    finally:
        first_photo_read.set()
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
    labels = card(network_name).labels
    scores = _score(network_name, np.stack([face.crop for face in found.faces]))
    faces = tuple(
        replace(
            face,
            emotion=dict(zip(labels, row.tolist(), strict=True)),
            expression=_name_expression(row, network_name),
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


def _score(network_name: str, faces: np.ndarray) -> np.ndarray:
    """Scores uint8 (N, 48, 48) grey faces: float32 (N, classes)."""
    from models import emotion

    return emotion.predict(faces, network=network_name)


def _name_expression(shares: np.ndarray, network_name: str) -> str:
    from models import emotion

    return emotion.name_expression(shares, network=network_name)


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _forward_seconds(crop_id: str, network_name: str, _crop: np.ndarray) -> float:
    _score(network_name, _crop[np.newaxis])
    times = []
    for _ in range(TIMED_PASSES):
        start = time.perf_counter()
        _score(network_name, _crop[np.newaxis])
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def forward_seconds(network_name: str, crop: np.ndarray) -> float:
    """Returns the seconds that a network takes to answer for one face, the median of a few passes once it is warm."""
    return _forward_seconds(digest(crop.tobytes()), network_name, crop)


@st.cache_resource(max_entries=64, show_spinner=False, scope="session")
def _logits(crop_id: str, network_name: str, _crop: np.ndarray) -> np.ndarray:
    raw = card(network_name).raw
    faces = np.stack([_crop, _crop[:, ::-1]]) if raw.get("flip_average") else _crop[np.newaxis]
    values = network(network_name).logits(faces[..., np.newaxis]).mean(axis=0)
    return np.asarray(values * raw.get("temperature", 1.0))


def logits(network_name: str, crop: np.ndarray) -> np.ndarray:
    """Returns the score of each class before temperature and softmax for one crop, float32 (classes,).

    Softmax of these, divided by the card's temperature, gives the probabilities; of a network that answers for a face
    and its mirror image, both are averaged.
    """
    return _logits(digest(crop.tobytes()), network_name, crop)


@st.cache_resource(max_entries=2, show_spinner=False, scope="session")
def _activations(crop_id: str, network_name: str, _crop: np.ndarray) -> dict[str, np.ndarray]:
    from interp import all_activations

    return all_activations(network(network_name), _crop)


def all_activations(network_name: str, crop: np.ndarray) -> dict[str, np.ndarray]:
    """Returns what every layer makes of a picture, by its name, from one pass.

    Args:
        network_name: str, name of the network.
        crop: uint8 (h, w), or (h, w, 3), what the network gets.
    """
    return _activations(digest(crop.tobytes()), network_name, crop)


def activations(network_name: str, crop: np.ndarray, layer: str) -> np.ndarray:
    """Returns the feature maps of a layer for one crop, float32 (h, w, channels)."""
    return all_activations(network_name, crop)[layer]


@st.cache_resource(max_entries=64, show_spinner=False, scope="session")
def _importance(key: tuple[Any, ...], _crop: np.ndarray, _target: Any) -> np.ndarray:
    from interp import top_channels

    _, network_name, layer, _ = key
    return top_channels(network(network_name), _crop, layer, _target).contributions


def importance(network_name: str, crop: np.ndarray, layer: str, target: Any) -> np.ndarray:
    """Returns what a target gains by each channel of a layer: gradient × activation, float32 (channels,)."""
    return _importance((digest(crop.tobytes()), network_name, layer, repr(target)), crop, target)


@st.cache_resource(max_entries=32, show_spinner=False, scope="session")
def _arithmetic(key: tuple[Any, ...], _crop: np.ndarray) -> Any:
    from interp import arithmetic

    _, network_name, *place = key
    return arithmetic(network(network_name), _crop, *place)


def arithmetic(network_name: str, crop: np.ndarray, layer: str, channel: int, row: int, column: int) -> Any:
    """Returns the interp.Arithmetic of one value of a convolution."""
    return _arithmetic((digest(crop.tobytes()), network_name, layer, channel, row, column), crop)


@st.cache_resource(max_entries=64, show_spinner=False)
def seen_spans(network_name: str, layer: str, size: tuple[int, int]) -> Any:
    """Returns what each row and each column of a layer sees of a picture of a size; see `interp.seen_spans`."""
    from interp import seen_spans as spans_of

    return spans_of(network(network_name), layer, size)


@st.cache_resource(max_entries=128, show_spinner=False)
def _channel_dream(key: tuple[str, str, int], _make: Callable[[], np.ndarray]) -> np.ndarray:
    return _make()


def kept_channel_dream(network_name: str, layer: str, channel: int) -> np.ndarray | None:
    """Returns the picture that a channel likes best where it is kept already, else None. It shows no photo."""

    def refuse() -> np.ndarray:
        raise LookupError

    try:
        return _channel_dream((network_name, layer, channel), refuse)
    except LookupError:  # an error is never kept
        return None


def keep_channel_dream(network_name: str, layer: str, channel: int, picture: np.ndarray) -> np.ndarray:
    """Keeps the picture that a channel likes best, for all sessions."""
    return _channel_dream((network_name, layer, channel), lambda: picture)


def start_channel_dream(network_name: str, layer: str, channel: int) -> Run:
    """Starts to look for the picture that a channel likes best, small and from noise; its result is that picture."""
    from interp import dream
    from interp.dream import channel as of_channel

    shared = network(network_name)

    def work(report: Report) -> None:
        for frame in dream(shared, of_channel(layer, channel), frames_every=3, **noise_settings(network_name)):
            report(frame.step, frame.total_steps, frame.image)

    return start(work, gate(), {"place": (network_name, layer, channel)})


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _answer(crop_id: str, network_name: str, _crop: np.ndarray) -> np.ndarray:
    return network(network_name).predict(with_channels(_crop))[0]


def answer(network_name: str, crop: np.ndarray) -> np.ndarray:
    """Returns the first output of a network for one input, uint8 (h, w) or (h, w, 3): float32 without the batch."""
    return _answer(digest(crop.tobytes()), network_name, crop)


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def _heat_maps(crop_id: str, network_name: str, _crop: np.ndarray) -> np.ndarray:
    from interp import activations
    from models import pose

    if cards()[network_name].task == "pose":
        return pose.heat_maps([_crop], network_name)[0][0]
    heat = activations(network(network_name), with_channels(_crop), HEAT_MAPS)
    shares = np.exp(heat - heat.max(axis=(0, 1)))
    return shares / shares.sum(axis=(0, 1))


def heat_map(network_name: str, crop: np.ndarray, channel: int) -> np.ndarray:
    """Returns where on a crop a network thinks a joint or a point may be, float32 (h, w) that sums to 1.

    Args:
        network_name: str, name of a network of poses or keypoints.
        crop: uint8 (h, w) or (h, w, 3), what the network gets.
        channel: int, number of the joint or point.
    """
    return _heat_maps(digest(crop.tobytes()), network_name, crop)[..., channel]


def with_channels(pixels: np.ndarray) -> np.ndarray:
    """Returns a grey or RGB picture as a network takes it, (h, w, channels)."""
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


@dataclass(frozen=True)
class Question:
    """What an explanation is asked for: all that its map depends on, and so its key.

    Args:
        network_name: str, name of the network.
        crop: uint8 (h, w) or (h, w, 3), what the network gets.
        method: str, name from interp.METHODS.
        target: the interp.Target.
        layer: str, the layer to explain by. Defaults to None, for a method without.
        settings: the method's parameters, sorted pairs of name and value.
        engine: whose method it is. Defaults to this project's own.
        is_timed: bool, whether a fast method is computed twice, so that its time is not that of building the pass.
            Defaults to no.
    """

    network_name: str
    crop: np.ndarray = field(repr=False, compare=False)
    method: str
    target: Any
    layer: str | None = None
    settings: tuple[tuple[str, Any], ...] = ()
    engine: Literal["interp", "tf-keras-vis"] = "interp"
    is_timed: bool = False
    crop_id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "crop_id", digest(self.crop.tobytes()))

    @property
    def key(self) -> tuple[Any, ...]:
        """The question in plain values, without the picture."""
        names = (
            self.crop_id,
            self.network_name,
            self.method,
            repr(self.target),
            self.layer,
            self.engine,
            self.is_timed,
        )
        return (*names, *self.settings)

    def answer(self, report: Callable[[int, int], None] | None = None) -> Any:
        """Computes the interp.Explanation; a slow method reports each pass."""
        from interp import METHODS, explain

        for _ in range(2 if self.is_timed and not METHODS[self.method].is_slow else 1):
            found = explain(
                network(self.network_name),
                with_channels(self.crop),
                self.method,
                self.target,
                self.layer,
                engine=self.engine,
                on_step=report,
                **dict(self.settings),
            )
        return found

    def refusal(self) -> str | None:
        """Returns the sentence that says why the engine has no such method, None where it has."""
        from interp import METHODS

        if self.engine == "interp":
            return None
        from interp.reference import REFERENCES

        if self.method in REFERENCES:
            return None
        known = ", ".join(METHODS[name].label for name in REFERENCES)
        return f"{self.engine} has no {METHODS[self.method].label}. It has {known}."


@st.cache_resource(max_entries=256, show_spinner=False, scope="session")
def _kept(key: tuple[Any, ...], _answer: Callable[[], Any]) -> Any:
    return _answer()


def kept(key: tuple[Any, ...]) -> Any | None:
    """Returns what was found about a photo and kept for this session, or None."""

    def refuse() -> Any:
        raise LookupError

    try:
        return _kept(key, refuse)
    except LookupError:  # an error is never kept
        return None


def keep(key: tuple[Any, ...], found: Any) -> Any:
    """Keeps what a run found about a photo, for this session, and returns it."""
    return _kept(key, lambda: found)


def explanation(question: Question) -> Any:
    """Returns the interp.Explanation of a fast method, computed now where it is not kept already."""
    return _kept(question.key, question.answer)


def diagnosis(question: Question, found: Any) -> Any:
    """Returns the interp.doctor's Diagnosis of a question's explanation."""
    from interp import diagnose

    shared, picture = network(question.network_name), with_channels(question.crop)
    return _kept(("diagnosis", *question.key), lambda: diagnose(shared, picture, found))


def start_explanation(question: Question) -> Run:
    """Starts a slow method beside the page; the run lives in the caller's session."""
    network(question.network_name)
    return start(question.answer, gate(), {"question": question})


def start_explanations(questions: Sequence[Question], settings: dict[str, Any]) -> Run:
    """Starts one method after another beside the page, to be kept with settings.

    The run's result holds for each question's key so far its interp.Explanation, or the sentence that says why there is
    none.
    """
    network(questions[0].network_name)

    def work(report: Report) -> None:
        found: dict[tuple[Any, ...], Any] = {}
        for number, question in enumerate(questions):
            begin = number * PER_MAP

            def tell(done: int, total: int, begin: int = begin) -> None:
                report(begin + PER_MAP * done // total, PER_MAP * len(questions))

            try:
                found[question.key] = question.refusal() or question.answer(tell)
            except ValueError as error:
                found[question.key] = str(error)
            report(begin + PER_MAP, PER_MAP * len(questions), dict(found))

    return start(work, gate(), settings)


def start_trust(question: Question, found: Any) -> Run:
    """Starts the tests of a map beside the page; the run's result is the `trust.Trust` as far as it is known."""
    from dashboard.trust import examine

    shared, picture = network(question.network_name), with_channels(question.crop)
    return start(lambda report: examine(shared, picture, found, report), gate(), {"question": question})


def start_trusts(questions: Sequence[Question], answers: Sequence[Any], settings: dict[str, Any]) -> Run:
    """Starts the tests of one map after another beside the page, to be kept with settings.

    The run's result holds for each question's key the `trust.Trust` as far as it is known.
    """
    from dashboard.trust import Trust, examine

    shared = network(questions[0].network_name)

    def work(report: Report) -> None:
        found: dict[tuple[Any, ...], Any] = {}
        for number, (question, answer) in enumerate(zip(questions, answers, strict=True)):

            def tell(done: int, total: int, result: Any = None, begin: int = number, key: Any = question.key) -> None:
                if result is not None:
                    found[key] = result
                report(PER_MAP * begin + PER_MAP * done // total, PER_MAP * len(questions), dict(found))

            try:
                examine(shared, with_channels(question.crop), answer, tell)
            except ValueError as error:
                found[question.key] = replace(found.get(question.key, Trust()), problem=str(error), is_whole=True)
        report(PER_MAP * len(questions), PER_MAP * len(questions), dict(found))

    return start(work, gate(), settings)


def start_doubt(question: Question, explanation: Any) -> Run:
    """Starts the tests of the tour's map beside the page; the run's result is the `tour.Doubt`."""
    from dashboard.tour import doubt

    shared, picture = network(question.network_name), with_channels(question.crop)
    return start(lambda report: doubt(shared, picture, explanation, report), gate(), {"question": question})


def outcome(question: Question, explanation: Any, mask: np.ndarray) -> Any:
    """Returns the `guess.Outcome` of a guess, bool (h, w), beside the map of a question."""
    from dashboard.guess import judge

    shared, picture = network(question.network_name), with_channels(question.crop)
    key = ("guess", digest(mask.tobytes()), *question.key)
    return _kept(key, lambda: judge(shared, picture, question.target, mask, explanation.values))


def start_dream(network_name: str, begin: Begin, objective: Any, settings: dict[str, Any], title: str) -> Run:
    """Starts a dream beside the page; the run lives in the caller's session, not in a cache.

    Its settings keep `FRAMES_KEPT` frames at most, evenly over the steps.

    Args:
        network_name: str, name of the network.
        begin: uint8 (h, w) or (h, w, 3), where the dream starts; or "noise".
        objective: what shall rise, of interp.dream.
        settings: more of interp.dream's arguments.
        title: str, whose picture it is.
    """
    from interp import dream

    shared = network(network_name)
    frames: list[np.ndarray] = []

    def work(report: Report) -> None:
        for frame in dream(shared, objective, start=begin, frames_every=1, **settings):
            if frame.step * FRAMES_KEPT // frame.total_steps > len(frames) or frame.step == frame.total_steps:
                frames.append(frame.image)
            report(frame.step, frame.total_steps, frame)

    return start(work, gate(), {"title": title, "aim": objective.describe(shared), "start": begin, "frames": frames})


def start_ladder(network_name: str, begin: Begin, objective: Any, settings: dict[str, Any], title: str) -> Run:
    """Starts the rungs of interp.dream.LADDER, one after the other; the result is the newest frame of each by its name.

    Args:
        network_name: str, name of the network.
        begin: uint8 (h, w) or (h, w, 3), where all rungs start; or "noise".
        objective: what shall rise, of interp.dream.
        settings: more of interp.dream's arguments.
        title: str, whose picture it is.
    """
    from interp import ladder
    from interp.dream import LADDER

    shared = network(network_name)

    def work(report: Report) -> None:
        found: dict[str, Any] = {}
        for rung, frame in ladder(shared, objective, start=begin, frames_every=1, **settings):
            found = found | {rung: frame}
            done = (len(found) - 1) * frame.total_steps + frame.step
            report(done, len(LADDER) * frame.total_steps, found)

    return start(work, gate(), {"title": title, "aim": objective.describe(shared)})


def start_atlas(network_name: str, layer: str, seed: int) -> Run:
    """Starts to render what each channel of a layer likes best; the result is the newest interp.Atlas."""
    from interp import atlas

    shared = network(network_name)
    settings = noise_settings(network_name) | {"seed": seed}

    def work(report: Report) -> None:
        report(0, shared.layer(layer).channels)
        for page in atlas(shared, layer, batch=CHANNELS_AT_ONCE, **settings):
            report(page.done, page.total, page)

    return start(work, gate(), {"place": (network_name, layer)})


def noise_settings(network_name: str) -> dict[str, Any]:
    """Returns the settings for a small picture from noise of what excites a part of a network."""
    settings: dict[str, Any] = {"octaves": 2, "steps": 24, "total_variation": 0.15}
    return settings | ({"size": SMALL_DREAM} if network(network_name).accepts(SMALL_DREAM, SMALL_DREAM) else {})


# Films ---------------------------------------------------------------------------------------------------------------


@st.cache_resource(max_entries=16, show_spinner=False)
def film_warming(network_name: str, detector: str) -> Run:
    """Returns the run, one for all sessions, that compiles what frames need: a camera's first one would wait too long.

    Args:
        network_name: str, the network that reads the expressions.
        detector: str, a name in models.detection.DETECTORS.
    """
    photo = sample(next(iter(SAMPLES)))

    def work(report: Report) -> None:
        start_loading(DEFAULT_NETWORK).imported.wait()
        network(network_name)
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
    """Returns a models.faces.tracking.Tracker for one camera or one file."""
    from models.faces.tracking import Tracker, trained_eyes

    return Tracker(trained_eyes(network_name, detector))


def film_maps(network_name: str, crops: np.ndarray, targets: Sequence[int]) -> np.ndarray:
    """Returns Grad-CAM for the faces of one frame, float32 (N, h, w), kept nowhere.

    Args:
        network_name: str, name of the network.
        crops: uint8 (N, h, w), what it gets.
        targets: the class to explain for each.
    """
    from interp import explain

    found = explain(network(network_name), crops[..., np.newaxis], "grad_cam", list(targets))
    return np.asarray(found.values)


def new_live(network_name: str, detector: str) -> Live:
    """Returns the reader of one visitor's camera; it lives in the caller's session."""
    return Live(
        new_tracker(network_name, detector),
        lambda crops, targets: film_maps(network_name, crops, targets),
        card(network_name).labels,
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
    labels = card(network_name).labels

    def work(report: Report) -> Any:
        start_loading(DEFAULT_NETWORK).imported.wait()
        from models.video import Film

        return read_film(Film(data), new_tracker(network_name, detector), labels, report)

    return start(work, gate(), settings)


# Cards and data ------------------------------------------------------------------------------------------------------


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


@st.cache_data(max_entries=16, show_spinner=False)
def training_log(network_name: str) -> pd.DataFrame | None:
    """Returns the CSV log of a network's training, None where its card names none or it is not there."""
    from models.networks import WEIGHTS

    name = card(network_name).raw.get("log")
    path = WEIGHTS / Path(name).name if name else None
    if path is None or not path.is_file():
        return None
    return pd.read_csv(path)


@st.cache_resource(max_entries=4, show_spinner=False)
def table(name: str) -> dict[str, Any] | None:
    """Returns a table that the training wrote beside the cards, None where it is not there."""
    from models.cards import load_table

    try:
        return load_table(name)
    except ValueError:
        return None


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


@st.cache_data(max_entries=1, show_spinner=False)
def papers() -> tuple[Paper, ...]:
    """Returns the papers that the source cites."""
    return find_papers()


@st.cache_resource(max_entries=DATASETS_KEPT, show_spinner=False)
def reading(source: Source, usage: str) -> Run:
    """Returns the run that reads the operator's faces, for all sessions; its result is a `dataset.FaceSet`."""
    return start(lambda report: read_faces(source, usage), gate())


@st.cache_resource(max_entries=8, show_spinner=False)
def scoring(source: Source, usage: str, network_name: str) -> Run:
    """Returns the run that scores the operator's faces, for all sessions; its result is float32 (N, classes)."""
    images = reading(source, usage).result.faces.images

    def work(report: Report) -> np.ndarray:
        network(network_name)
        parts = []
        for begin in range(0, len(images), SCORED_AT_ONCE):
            parts.append(_score(network_name, images[begin : begin + SCORED_AT_ONCE]))
            report(min(begin + SCORED_AT_ONCE, len(images)), len(images))
        return np.concatenate(parts)

    return start(work, gate())


def forget_scoring(source: Source, usage: str, network_name: str) -> None:
    """Drops a run that failed, so that it is tried again."""
    scoring.clear(source, usage, network_name)


# Changed faces -------------------------------------------------------------------------------------------------------


def scene_id(photo: Photo, face: Any) -> str:
    """Returns the key of a face on a photo: of the photo's bytes and of the square that is cut out."""
    return digest(photo.id.encode() + face.transform.tobytes())


@st.cache_resource(max_entries=4, show_spinner=False, scope="session")
def _scene(key: str, _image: np.ndarray, _face: Any) -> Any:
    from models.faces.changes import Scene

    return Scene.of_face(_image, _face)


def scene(photo: Photo, face: Any) -> Any:
    """Returns the models.faces.changes.Scene of a face that was found on a photo."""
    return _scene(scene_id(photo, face), image(photo), face)


@st.cache_resource(max_entries=64, show_spinner=False, scope="session")
def _read_face(crop_id: str, network_name: str, _crop: np.ndarray) -> tuple[dict[str, float], str]:
    (row,) = _score(network_name, _crop[np.newaxis])
    return dict(zip(card(network_name).labels, row.tolist(), strict=True)), _name_expression(row, network_name)


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
    return _changed_map(question.key, question.answer)


@st.cache_resource(max_entries=32, show_spinner=False, scope="session")
def _curve(key: tuple[Any, ...], _scene: Any) -> Any:
    from models.faces.steadiness import curve as along

    _, network_name, setting, name = key
    return along(_scene, lambda faces: _score(network_name, faces), setting, name)


def curve(key: str, shown: Any, network_name: str, setting: Any, name: str) -> Any:
    """Returns the models.faces.steadiness.Curve of a face along one change.

    Args:
        key: str, the face's `scene_id`.
        shown: its models.faces.changes.Scene.
        network_name: str, the network that answers.
        setting: the models.faces.changes.Setting of all else.
        name: str, of the change.
    """
    from models.faces.changes import CHANGES

    return _curve((key, network_name, setting.replace(**{name: CHANGES[name].neutral}), name), shown)


def start_flips(key: tuple[Any, ...], shown: Any, network_name: str, **settings: Any) -> Run:
    """Starts to look for the least single change that flips the answer; the result is a list of models' Flip.

    Args:
        key: what is asked, kept with the run.
        shown: the face's models.faces.changes.Scene.
        network_name: str, the network that answers.
        settings: more of models.faces.steadiness.find_flips's arguments.
    """
    from models.faces.steadiness import find_flips

    def work(report: Report) -> Any:
        return find_flips(shown, lambda faces: _score(network_name, faces), on_step=report, **settings)

    return start(work, gate(), {"key": key})


def start_jitter(
    key: tuple[Any, ...], photo: Photo, face: Any, network_name: str, wobble: Any, *, with_points: bool
) -> Run:
    """Starts to jitter a face's box; the result is a models.faces.steadiness.Spread.

    Args:
        key: what is asked, kept with the run.
        photo: the photo.
        face: the models.Face.
        network_name: str, the network that answers.
        wobble: the models.faces.steadiness.Wobble.
        with_points: bool, whether the face's points are looked for anew in each box; else the crop itself moves.
    """
    from models.faces.steadiness import jitter_box, jitter_crop

    pixels = image(photo)

    def predict(faces: np.ndarray) -> np.ndarray:
        return _score(network_name, faces)

    def work(report: Report) -> Any:
        if with_points:
            return jitter_box(pixels, face.landmarks, face.angle, predict, wobble, report)
        return jitter_crop(pixels, face.transform, face.crop.shape[0], predict, wobble, report)

    return start(work, gate(), {"key": key})
