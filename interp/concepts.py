"""Concepts: a layer's activations as a sum of a few parts, and what each part carries.

A layer answers each place of a picture with a vector of its channels. Over many pictures these vectors are taken apart
into a few directions, so that each vector is nearly a sum of directions with weights that are never negative. A
direction is a concept: something that the network looks for in many pictures, such as a mouth's corner.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interp.activations import activations
from interp.lazy import tf
from interp.network import Network
from interp.passes import layer_maps, pass_size
from interp.targets import Class, Target, operand_specs, resolve

MOST = 12  # concepts that can be named and shown side by side
SWEEPS = 500  # of the least squares over all concepts
SETTLED = 1e-6  # the least squares end where no weight moves by more than this share of the greatest


@dataclass(frozen=True, eq=False)
class Concepts:
    """The concepts of a layer, the one that matters most for any class first.

    Args:
        layer: Name of the layer.
        directions: Of each concept, float32 (concepts, channels), never negative, of length 1.
        importance: By how much the score (logit) of a class falls when a concept is taken out, the mean over the
            pictures that were answered with that class, float32 (concepts, classes); NaN for a class that no picture
            was answered with. Below zero where the concept speaks against the class.
        error: Share of the activations that the concepts leave over: the length of what is left, beside that of all.
        pictures: How many pictures they were found in.
        seed: Of the random numbers they were found with.
    """

    layer: str
    directions: np.ndarray
    importance: np.ndarray
    error: float
    pictures: int
    seed: int

    def __len__(self) -> int:
        return len(self.directions)


@dataclass(frozen=True, eq=False)
class ConceptExplanation:
    """What each concept carries of the answer to one picture.

    Args:
        maps: How much of each concept is at each place, float32 (h, w, concepts), never negative, in the units of the
            layer's activations; (1, 1, concepts) for a layer without space.
        drops: By how much the target falls when a concept is taken out, float32 (concepts,).
        score: The target as it is.
        answer: The network's output as it is, float32 (classes,).
        without: The output with each concept taken out, float32 (concepts, classes).
    """

    maps: np.ndarray
    drops: np.ndarray
    score: float
    answer: np.ndarray
    without: np.ndarray


def find_concepts(
    network: Network,
    pictures: np.ndarray | Iterable[Any],
    layer: str | None = None,
    count: int = MOST,
    *,
    places: int = 10,
    scored: int = 1000,
    seed: int = 0,
) -> Concepts:
    """Take a layer's activations over many pictures apart into concepts, and measure what each carries.

    With A the activations of all places (places, channels), `A ≈ U D` with U and D nowhere negative and as close as
    they can be by squares (non-negative matrix factorisation): the rows of D are the concepts' directions, U how much
    of each is at a place. The importance takes a concept's part `u_k d_k` out of the whole layer and lets the rest of
    the network run on. Other than CRAFT, which cuts the pictures into crops, the places of a map are the samples, and
    importance is what is lost by taking one concept out, not a Sobol index. Concepts need not mean anything to people,
    and another seed or count gives others; a small error says that they hold the layer, not that they are meant.

    Needs scikit-learn; the concepts, once found, do not.

    Args:
        network: The network; its first output is a list of classes.
        pictures: A stack (N, h, w, c), or anything to iterate over that yields pictures or stacks, as a folder would;
            each as `Network.batch` takes it. Gone through once.
        layer: Name of a layer whose output is nowhere negative, as behind a ReLU. Defaults to the network's usual.
        count: How many concepts to look for, from 1 to 12. Fewer come back where the activations hold no more.
            Defaults to 12.
        places: How many places of each picture, drawn at random, go into the factorisation. Defaults to 10.
        scored: How many pictures, drawn at random, the importance is measured on. Defaults to 1,000.
        seed: Of the random numbers. Defaults to 0.

    Returns:
        The concepts, by their greatest importance for any class.

    Raises:
        ValueError: There is no such layer, no picture, or the layer is silent or somewhere negative on them.

    Reference:
        Fel et al. 2023, "CRAFT: Concept Recursive Activation FacTorization for Explainability", arXiv:2211.10154
    """
    name = network.layer(layer).name if layer is not None else network.default_layer
    for argument, number, most in (("count", count, MOST), ("places", places, None), ("scored", scored, None)):
        if number < 1 or (most is not None and number > most):
            raise ValueError(f"{argument} goes from 1{f' to {most}' if most else ' up'}, got {number}.")
    rng = np.random.default_rng(seed)
    rows: list[np.ndarray] = []
    kept: list[list[np.ndarray]] = []  # of all pictures so far, each with the same chance
    seen = 0
    for inputs in _chunks(network, pictures):
        vectors = _vectors(_activations(network, inputs, name), name)  # (N, places, channels)
        for number, some in enumerate(vectors):
            chosen = rng.permutation(len(some))[:places]
            rows.append(some[chosen])
            slot = seen if seen < scored else int(rng.integers(seen + 1))
            if slot < scored:
                kept[slot : slot + 1] = [[array[number] for array in inputs]]
            seen += 1
    if not seen:
        raise ValueError("Concepts are found in pictures, but there are none.")
    directions, error = _factorise(np.concatenate(rows), name, count, seed)
    stacks = [np.stack(arrays) for arrays in zip(*kept, strict=True)]
    importance = _importance(network, stacks, name, directions)
    order = np.argsort(-np.nanmax(importance, axis=1), kind="stable")
    return Concepts(name, directions[order], importance[order], error, seen, seed)


def explain_by_concepts(network: Network, x: Any, concepts: Concepts, target: Any = None) -> ConceptExplanation:
    """Say where the concepts are in a picture, and how much each carries the answer.

    The maps are the non-negative least squares of the layer's vector at each place. A concept is taken out of the
    whole layer, what no concept accounts for stays, and the rest of the network runs on.

    Args:
        network: The network that the concepts were found in.
        x: One picture (h, w, c), or a list with one array for each of several inputs.
        concepts: From `find_concepts`.
        target: A class's number or label, or a `Target`. Defaults to the class the network answers with.

    Returns:
        The concepts' maps, and the target and the answer without each.

    Raises:
        ValueError: There is no such layer, its channels are not as many as the directions have, or more than one
            picture came.
    """
    inputs, single = network.batch(x)
    if not single and len(inputs[0]) > 1:
        raise ValueError(f"Concepts are explained for one picture, got {len(inputs[0])}.")
    channels = network.layer(concepts.layer).channels
    if channels is not None and channels != concepts.directions.shape[1]:
        raise ValueError(
            f"Layer {concepts.layer!r} has {channels} channels, but the directions have {concepts.directions.shape[1]}."
        )
    found = resolve(network, target, inputs)
    values, score = layer_maps(network, inputs, found, concepts.layer)  # (1, h, w, channels)
    weights = fit_weights(values, concepts.directions)  # (1, h, w, concepts)
    parts = weights[0][..., None] * concepts.directions  # (h, w, concepts, channels)
    changed = np.concatenate([values, values - np.moveaxis(parts, -2, 0)])  # (1 + concepts, h, w, channels)
    scores, answers = _run_on(network, inputs, concepts.layer, found, changed)
    maps = weights[0] if weights.ndim == 4 else weights[0].reshape(1, 1, -1)
    return ConceptExplanation(maps, scores[0] - scores[1:], float(score[0]), answers[0], answers[1:])


def fit_weights(values: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Write vectors as sums of directions: the non-negative least squares, for many vectors at once.

    Args:
        values: Vectors, float (..., channels).
        directions: float (concepts, channels), none of them zero.

    Returns:
        The weights w >= 0 with the least `|values - w directions|`, float32 (..., concepts).
    """
    wanted = np.asarray(directions, np.float64)
    flat = np.asarray(values, np.float64).reshape(-1, wanted.shape[1])
    inner, outer = wanted @ wanted.T, flat @ wanted.T  # (C, C), (rows, C)
    weights = np.zeros_like(outer)
    for _ in range(SWEEPS):  # one concept after another, each to its best while the others rest
        moved = 0.0
        for concept, length in enumerate(np.diag(inner)):
            column = weights[:, concept]
            best = np.maximum(0, column + (outer[:, concept] - weights @ inner[concept]) / length)
            moved = max(moved, float(np.abs(best - column).max(initial=0)))
            weights[:, concept] = best
        if moved <= SETTLED * weights.max(initial=0):
            break
    return weights.astype(np.float32).reshape(*np.shape(values)[:-1], len(wanted))


def _chunks(network: Network, pictures: np.ndarray | Iterable[Any]) -> Iterator[list[np.ndarray]]:
    """Yield the pictures in parts of a bounded number, each as one array for each input."""
    if isinstance(pictures, np.ndarray) and not len(pictures):
        return
    for some in [pictures] if isinstance(pictures, np.ndarray) else pictures:
        inputs, _ = network.batch(some)
        most = pass_size(network, inputs)
        for start in range(0, len(inputs[0]), most):
            yield [array[start : start + most] for array in inputs]


def _activations(network: Network, inputs: Sequence[np.ndarray], layer: str) -> np.ndarray:
    return activations(network, list(inputs) if len(inputs) > 1 else inputs[0], layer)


def _vectors(values: np.ndarray, layer: str) -> np.ndarray:
    """Return a layer's activations as (N, places, channels)."""
    if values.ndim < 2:
        raise ValueError(f"{layer} has no channels, so there are no concepts in it.")
    if not np.isfinite(values).all():
        raise ValueError(f"{layer} has values that are not finite, so there are no concepts in it.")
    if values.min() < 0:
        raise ValueError(
            f"{layer} has values below zero, and concepts are sums of what is there: choose a layer behind a ReLU."
        )
    return values.reshape(len(values), -1, values.shape[-1])


def _factorise(rows: np.ndarray, layer: str, count: int, seed: int) -> tuple[np.ndarray, float]:
    """Return directions of length 1 (concepts, channels), and the share of the rows that they leave over."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    rows = rows[rows.any(axis=1)]  # a place where nothing answers says nothing
    if not len(rows):
        raise ValueError(f"{layer} is silent on all of the pictures, so there are no concepts in it.")
    size = float(np.linalg.norm(rows))
    count = min(count, len(rows), int(rows.any(axis=0).sum()))
    model = NMF(count, init="nndsvda", random_state=seed, max_iter=SWEEPS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what is missing to the best is in the error
        model.fit(rows)
    lengths = np.linalg.norm(model.components_, axis=1)
    found = model.components_[lengths > 0] / lengths[lengths > 0, None]
    left = rows - fit_weights(rows, found) @ found
    return found.astype(np.float32), float(np.linalg.norm(left)) / size


def _importance(network: Network, inputs: Sequence[np.ndarray], layer: str, directions: np.ndarray) -> np.ndarray:
    """Return the mean drop of each class's score (concepts, classes) over the pictures answered with it."""
    classes = network.output_shapes[0][-1]
    drops, answered = [], []
    for some in network.chunks(inputs):
        target = resolve(network, None, some)
        assert isinstance(target, Class)
        values, scores = layer_maps(network, some, target, layer)
        weights = fit_weights(values, directions)
        answered.append(target.operands(len(values))[0])
        without = [
            _run_on(network, some, layer, target, values - weights[..., [concept]] * direction)[0]
            for concept, direction in enumerate(directions)
        ]
        drops.append(scores - np.stack(without))  # (concepts, N)
    drop, answer = np.concatenate(drops, axis=1), np.concatenate(answered)
    means = [
        drop[:, answer == one].mean(axis=1) if (answer == one).any() else np.full(len(drop), np.nan)
        for one in range(classes or 0)
    ]
    return np.stack(means, axis=1).astype(np.float32)


def _run_on(
    network: Network, inputs: Sequence[np.ndarray], layer: str, target: Target, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the target (N,) and the answers (N, ...) with the layer's output (N, ...) given.

    The inputs, one picture for each or one for all, count where the network goes around the layer.
    """

    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor], given: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        forward = network.run(tensors, lambda name, tensor: tf.cast(given, tensor.dtype) if name == layer else tensor)
        return target.score(forward, operands), tf.cast(forward.outputs[0], tf.float32)

    specs = [network.input_specs(), operand_specs(target), tf.TensorSpec([None, *values.shape[1:]], "float32")]
    run = network.compile(("run on", layer, target.key, values.shape[1:]), compute, specs)
    times = len(values) // len(inputs[0])
    operands = [np.repeat(operand, times, axis=0) for operand in target.operands(len(inputs[0]))]
    given = values.astype(np.float32)
    score, answers = run([np.repeat(array, times, axis=0) for array in inputs], operands, given)
    return score.numpy(), answers.numpy()
