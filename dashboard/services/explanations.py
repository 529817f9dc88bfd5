"""What networks answer and why, kept for one session: activations, maps and their tests, by Question."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from dashboard.services import networks
from dashboard.services.runs import Report, Run, gate, start
from dashboard.subject import Question, digest, with_channels

SMALL_DREAM = 96
"""Pixels of a side of the picture that a channel likes best."""
TIMED_PASSES = 7
"""Passes of which the median is a network's time on this server."""
PER_MAP = 100
"""Steps that a map counts for in a run over several."""


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _forward_seconds(crop_id: str, network_name: str, _crop: np.ndarray) -> float:
    networks.score(network_name, _crop[np.newaxis])
    times = []
    for _ in range(TIMED_PASSES):
        start = time.perf_counter()
        networks.score(network_name, _crop[np.newaxis])
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def forward_seconds(network_name: str, crop: np.ndarray) -> float:
    """Returns the seconds that a network takes to answer for one face, the median of a few passes once it is warm."""
    return _forward_seconds(digest(crop.tobytes()), network_name, crop)


@st.cache_resource(max_entries=64, show_spinner=False, scope="session")
def _logits(crop_id: str, network_name: str, _crop: np.ndarray) -> np.ndarray:
    raw = networks.card(network_name).raw
    faces = np.stack([_crop, _crop[:, ::-1]]) if raw.get("flip_average") else _crop[np.newaxis]
    values = networks.network(network_name).logits(faces[..., np.newaxis]).mean(axis=0)
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

    return all_activations(networks.network(network_name), _crop)


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
    return top_channels(networks.network(network_name), _crop, layer, _target).contributions


def importance(network_name: str, crop: np.ndarray, layer: str, target: Any) -> np.ndarray:
    """Returns what a target gains by each channel of a layer: gradient × activation, float32 (channels,)."""
    return _importance((digest(crop.tobytes()), network_name, layer, repr(target)), crop, target)


@st.cache_resource(max_entries=32, show_spinner=False, scope="session")
def _arithmetic(key: tuple[Any, ...], _crop: np.ndarray) -> Any:
    from interp import arithmetic

    _, network_name, *place = key
    return arithmetic(networks.network(network_name), _crop, *place)


def arithmetic(network_name: str, crop: np.ndarray, layer: str, channel: int, row: int, column: int) -> Any:
    """Returns the interp.Arithmetic of one value of a convolution."""
    return _arithmetic((digest(crop.tobytes()), network_name, layer, channel, row, column), crop)


@st.cache_resource(max_entries=16, show_spinner=False, scope="session")
def _answer_maps(crop_id: str, network_name: str, _crop: np.ndarray) -> np.ndarray:
    return networks.task(network_name).answer_maps(networks.network(network_name), _crop, network_name)


def answer_maps(network_name: str, crop: np.ndarray) -> np.ndarray:
    """Return the maps that a network answers with, float32 (h, w, maps).

    Args:
        network_name: str, name of a network that answers with maps.
        crop: uint8 (h, w) or (h, w, 3), what the network gets.
    """
    return _answer_maps(digest(crop.tobytes()), network_name, crop)


@st.cache_resource(max_entries=256, show_spinner=False, scope="session")
def remember(key: tuple[Any, ...], _answer: Callable[[], Any]) -> Any:
    return _answer()


def kept(key: tuple[Any, ...]) -> Any | None:
    """Returns what was found about a photo and kept for this session, or None."""

    def refuse() -> Any:
        raise LookupError

    try:
        return remember(key, refuse)
    except LookupError:  # an error is never kept
        return None


def keep(key: tuple[Any, ...], found: Any) -> Any:
    """Keeps what a run found about a photo, for this session, and returns it."""
    return remember(key, lambda: found)


def answer_question(question: Question, report: Callable[[int, int], None] | None = None) -> Any:
    """Computes the interp.Explanation; a slow method reports each pass."""
    from interp import METHODS, explain

    for _ in range(2 if question.is_timed and not METHODS[question.method].is_slow else 1):
        found = explain(
            networks.network(question.network_name),
            with_channels(question.crop),
            question.method,
            question.target,
            question.layer,
            engine=question.engine,
            on_step=report,
            **dict(question.settings),
        )
    return found


def refusal(question: Question) -> str | None:
    """Returns the sentence that says why the engine has no such method, None where it has."""
    from interp import METHODS

    if question.engine == "interp":
        return None
    from interp.reference import REFERENCES

    if question.method in REFERENCES:
        return None
    known = ", ".join(METHODS[name].label for name in REFERENCES)
    return f"{question.engine} has no {METHODS[question.method].label}. It has {known}."


def explanation(question: Question) -> Any:
    """Returns the interp.Explanation of a fast method, computed now where it is not kept already."""
    return remember(question.key, lambda: answer_question(question))


def diagnosis(question: Question, found: Any) -> Any:
    """Returns the interp.doctor's Diagnosis of a question's explanation."""
    from interp import diagnose

    shared, picture = networks.network(question.network_name), with_channels(question.crop)
    return remember(("diagnosis", *question.key), lambda: diagnose(shared, picture, found))


def start_explanation(question: Question) -> Run:
    """Starts a slow method beside the page; the run lives in the caller's session."""
    networks.network(question.network_name)
    return start(partial(answer_question, question), gate(), {"question": question})


def start_explanations(questions: Sequence[Question], settings: dict[str, Any]) -> Run:
    """Starts one method after another beside the page, to be kept with settings.

    The run's result holds for each question's key so far its interp.Explanation, or the sentence that says why there is
    none.
    """
    networks.network(questions[0].network_name)

    def work(report: Report) -> None:
        found: dict[tuple[Any, ...], Any] = {}
        for number, question in enumerate(questions):
            begin = number * PER_MAP

            def tell(done: int, total: int, begin: int = begin) -> None:
                report(begin + PER_MAP * done // total, PER_MAP * len(questions))

            try:
                found[question.key] = refusal(question) or answer_question(question, tell)
            except ValueError as error:
                found[question.key] = str(error)
            report(begin + PER_MAP, PER_MAP * len(questions), dict(found))

    return start(work, gate(), settings)


def start_trust(question: Question, found: Any) -> Run:
    """Starts the tests of a map beside the page; the run's result is the `trust.Trust` as far as it is known."""
    from dashboard.services.trust import examine

    shared, picture = networks.network(question.network_name), with_channels(question.crop)
    return start(lambda report: examine(shared, picture, found, report), gate(), {"question": question})


def start_trusts(questions: Sequence[Question], answers: Sequence[Any], settings: dict[str, Any]) -> Run:
    """Starts the tests of one map after another beside the page, to be kept with settings.

    The run's result holds for each question's key the `trust.Trust` as far as it is known.
    """
    from dashboard.services.trust import Trust, examine

    shared = networks.network(questions[0].network_name)

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


def noise_settings(network_name: str) -> dict[str, Any]:
    """Returns the settings for a small picture from noise of what excites a part of a network."""
    settings: dict[str, Any] = {"octaves": 2, "steps": 24, "total_variation": 0.15}
    return settings | (
        {"size": SMALL_DREAM} if networks.network(network_name).accepts(SMALL_DREAM, SMALL_DREAM) else {}
    )
