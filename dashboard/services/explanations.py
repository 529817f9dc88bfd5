"""What networks answer and why: activations, maps and their tests, by Question."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypedDict

import numpy as np

import interp
from dashboard.drawing.words import three_digits
from dashboard.services import networks, trust
from dashboard.services.average_maps import AverageMaps
from dashboard.services.kept import findings, kept
from dashboard.services.trust import Trust, Verdict
from dashboard.subject import Question, Value, with_channels
from interp import METHODS, Class, Explanation, Target
from interp.arithmetic import Arithmetic
from interp.doctor import Diagnosis
from interp.reference import REFERENCES

SMALL_DREAM = 96
"""Pixels of a side of the picture that a channel likes best."""
TIMED_PASSES = 7
"""Passes of which the median is a network's time on this server."""


@kept(own=16, common=64)
def forward_seconds(network_name: str, crop: np.ndarray) -> float:
    """Return the seconds that a network takes to answer for one face, the median of a few passes once it is warm."""
    networks.score(network_name, crop[np.newaxis])
    times = []
    for _ in range(TIMED_PASSES):
        start = time.perf_counter()
        networks.score(network_name, crop[np.newaxis])
        times.append(time.perf_counter() - start)
    return float(np.median(times))


@kept(own=64, common=256)
def logits(network_name: str, crop: np.ndarray) -> np.ndarray:
    """Return the score of each class before temperature and softmax for one crop, float32 (classes,).

    Softmax of these, divided by the card's temperature, gives the probabilities; of a network that answers for a face
    and its mirror image, both are averaged.
    """
    card = networks.card(network_name)
    faces = np.stack([crop, crop[:, ::-1]]) if card.flip_average else crop[np.newaxis]
    values = networks.network(network_name).logits(faces[..., np.newaxis]).mean(axis=0)
    return np.asarray(values * (card.temperature or 1.0))


@kept(own=2, common=4)
def all_activations(network_name: str, crop: np.ndarray) -> dict[str, np.ndarray]:
    """Return what every layer makes of a picture, by its name, from one pass."""
    return interp.all_activations(networks.network(network_name), crop)


def activations(network_name: str, crop: np.ndarray, layer: str) -> np.ndarray:
    """Return the feature maps of a layer for one crop, float32 (h, w, channels)."""
    return all_activations(network_name, crop)[layer]


@kept(own=64, common=256)
def importance(network_name: str, crop: np.ndarray, layer: str, target: Target) -> np.ndarray:
    """Return what a target gains by each channel of a layer: gradient × activation, float32 (channels,)."""
    return interp.top_channels(networks.network(network_name), crop, layer, target).contributions


@kept(own=32, common=64)
def arithmetic(network_name: str, crop: np.ndarray, layer: str, channel: int, row: int, column: int) -> Arithmetic:
    """Return the interp.Arithmetic of one value of a convolution."""
    return interp.arithmetic(networks.network(network_name), crop, layer, channel, row, column)


@kept(own=16, common=16)
def answer_maps(network_name: str, crop: np.ndarray) -> np.ndarray:
    """Return the maps that a network answers with, float32 (h, w, maps)."""
    return networks.task(network_name).answer_maps(networks.network(network_name), crop, network_name)


def answer_question(question: Question, report: Callable[[int, int], None] | None = None) -> Explanation:
    """Compute the explanation; a slow method reports each pass."""
    settings: dict[str, Any] = dict(question.settings)  # explain checks the kind of each
    for _ in range(2 if question.is_timed and not METHODS[question.method].is_slow else 1):
        found = interp.explain(
            networks.network(question.network_name),
            with_channels(question.crop),
            question.method,
            question.target,
            question.layer,
            engine=question.engine,
            on_step=report,
            **settings,
        )
    return found


def refusal(question: Question) -> str | None:
    """Return the sentence that says why the engine has no such method, None where it has."""
    if question.engine == "interp" or question.method in REFERENCES:
        return None
    known = ", ".join(METHODS[name].label for name in REFERENCES)
    return f"{question.engine} has no {METHODS[question.method].label}. It has {known}."


def explanation(question: Question) -> Explanation:
    """Return the explanation of a fast method, computed now where it is not kept already."""
    return findings().get_or_make(question.key, lambda: answer_question(question))


def usual_method(network_name: str) -> str:
    """Return the name of the method that a network is explained by to begin with, as its card says."""
    usual = networks.card(network_name).usual_map
    return usual.method if usual is not None and usual.method in METHODS else next(iter(METHODS))


def usual_layer(network_name: str, method: str) -> str:
    """Return the layer that a network is explained at to begin with: by its usual method as its card says.

    Other methods begin at the last layer, where most of them were meant to be used.
    """
    usual, shared = networks.card(network_name).usual_map, networks.network(network_name)
    names = {layer.name for layer in shared.spatial_layers}
    if usual is not None and usual.method == method and usual.layer in names:
        return usual.layer
    return networks.task(network_name).default_layer(shared)


def default_settings(method: str) -> tuple[tuple[str, Value], ...]:
    """Return the usual settings of a method, as a `Question` takes them."""
    return tuple(sorted((parameter.name, parameter.default) for parameter in METHODS[method].parameters))


def usual_question(network_name: str, pixels: np.ndarray, target: Target) -> Question:
    """Return the question that is asked where nobody chose how: by the network's usual method and layer."""
    method = METHODS[usual_method(network_name)]
    layer = usual_layer(network_name, method.name) if method.needs_layer else None
    return Question(network_name, pixels, method.name, target, layer, default_settings(method.name))


def usual_map(question: Question) -> np.ndarray | None:
    """Return the network's average map of the class that is asked about, float32 (h, w).

    None where there is none: for another target than a class by itself, another method, or another layer.
    """
    usual = _usual(question)
    return usual[0].values[usual[1]] if usual is not None else None


def minus_usual(question: Question, found: Explanation) -> Explanation:
    """Return what is particular in a question's map: less the usual one of its class; the map itself without that."""
    usual = usual_map(question)
    return found if usual is None else interp.minus_usual(found, usual)


def usual_words(question: Question, found: Explanation) -> str:
    """Return the sentence that says that a map looks like every map of its class; "" where it does not.

    It does where it is as like the average as its mirror image's map is like it, and most of it is the average.
    """
    usual = _usual(question)
    if usual is None:
        return ""
    average, index = usual
    likeness = interp.usual_similarity(found, average.values[index])
    if likeness < max(average.noise, trust.LEFT):
        return ""
    return (
        f"Much like the average map for “{average.labels[index]}” (correlation {three_digits(likeness)}), so it says "
        "little about this picture."
    )


def _usual(question: Question) -> tuple[AverageMaps, int] | None:
    """Return the average maps that a question's map can be compared with, and the number of its class."""
    average, target = networks.average_maps(question.network_name), question.target
    if average is None or not isinstance(target, Class) or not isinstance(target.index, int):
        return None
    if (question.method, question.layer) != (average.method, average.layer) or target.index >= len(average.labels):
        return None
    return average, target.index


def verdict(question: Question, found: Explanation, tested: Trust | None) -> Verdict:
    """Return whether to trust a question's map, by what is known of it so far."""
    return trust.verdict(tested, diagnosis(question, found), usual_words(question, found))


def diagnosis(question: Question, found: Explanation) -> Diagnosis:
    """Return what the interp.doctor says of a question's explanation."""
    shared, picture = networks.network(question.network_name), with_channels(question.crop)
    return findings().get_or_make(("diagnosis", *question.key), lambda: interp.diagnose(shared, picture, found))


class DreamSettings(TypedDict, total=False):
    """Arguments of interp.dream."""

    octaves: int
    steps: int
    total_variation: float
    size: int | tuple[int, int]
    seed: int
    step_size: float


def noise_settings(network_name: str) -> DreamSettings:
    """Return the settings for a small picture from noise of what excites a part of a network."""
    settings = DreamSettings(octaves=2, steps=24, total_variation=0.15)
    if networks.network(network_name).accepts(SMALL_DREAM, SMALL_DREAM):
        settings["size"] = SMALL_DREAM
    return settings
