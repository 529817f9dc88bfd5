"""Is a map to be trusted? Tests of a map against the network, and of a method against chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import cv2
import numpy as np

from interp.explanation import explain
from interp.lazy import tf
from interp.method import Explanation, OnStep
from interp.names import unknown_name
from interp.network import Network
from interp.similarity import rank_correlation, scaled_to, structural_similarity
from interp.targets import Target, operand_specs, resolve
from interp.twin import twin

Baseline = str | float | np.ndarray

BASELINES = ("mean", "black", "grey", "blur")


@dataclass(frozen=True)
class Curves:
    """How the answer changes while pixels are deleted or inserted in the order of a map, and in other orders.

    Args:
        kind: "deletion" or "insertion".
        fractions: (S + 1,), the share of pixels deleted or inserted, from 0 to 1.
        scores: (S + 1,), the network's own output for the target after each share.
        area: Area under `scores`: low is good for a deletion, high for an insertion.
        random_scores: (R, S + 1), the same for random orders, those of maps of chance as coarse as the map.
        random_areas: (R,), their areas.
        centre_scores: (S + 1,), the same from the picture's centre outwards, a prior that knows no network.
        centre_area: Its area.
        baseline: What stands in for a pixel that is not shown; "given" for an array.
    """

    kind: Literal["deletion", "insertion"]
    fractions: np.ndarray
    scores: np.ndarray
    area: float
    random_scores: np.ndarray
    random_areas: np.ndarray
    centre_scores: np.ndarray
    centre_area: float
    baseline: str

    @property
    def gain(self) -> float:
        """How much better the area is than that of the mean random order; negative where it is worse."""
        difference = float(self.random_areas.mean()) - self.area
        return difference if self.kind == "deletion" else -difference

    @property
    def beats_random(self) -> bool:
        """Whether the area is better than that of every random order."""
        areas = self.random_areas
        return bool(self.area < areas.min()) if self.kind == "deletion" else bool(self.area > areas.max())

    @property
    def beats_centre(self) -> bool:
        """Whether the area is better than that of the order from the centre."""
        return self.area < self.centre_area if self.kind == "deletion" else self.area > self.centre_area


@dataclass(frozen=True)
class Covering:
    """What the answer is with regions hidden, and with nothing but them shown.

    Args:
        whole: The network's own output for the target on the picture as it is.
        hidden: (M,), the same with each region hidden: one point of a deletion.
        alone: (M,), the same with each region alone shown: one point of an insertion.
    """

    whole: float
    hidden: np.ndarray
    alone: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """(M,), `alone - hidden`: high for a region that suffices for the answer and that it falls without."""
        difference: np.ndarray = self.alone - self.hidden
        return difference


@dataclass(frozen=True)
class Randomisation:
    """What is left of a map while the network's weights are randomised from the output towards the input.

    Args:
        layers: Names of the L layers with weights; at each step one more of them is random.
        correlations: (L,), rank correlation with the original map.
        similarities: (L,), structural similarity with the original map.
        scores: (L,), the target's score.
        maps: float32 (L, h, w), the maps at their own resolution.
        seed: Seed of the randomness.
    """

    layers: tuple[str, ...]
    correlations: np.ndarray
    similarities: np.ndarray
    scores: np.ndarray
    maps: np.ndarray
    seed: int

    @property
    def final_correlation(self) -> float:
        """Rank correlation of the map of a wholly random network with the original: near 0 for a sound method."""
        return float(self.correlations[-1])


@dataclass(frozen=True)
class Repeatability:
    """How alike the maps of several seeds are.

    Args:
        seeds: The seeds.
        correlations: (pairs,), rank correlation of each two maps.
        deviation: float32 (h, w), standard deviation of each value over the seeds.
    """

    seeds: tuple[int, ...]
    correlations: np.ndarray
    deviation: np.ndarray

    @property
    def mean(self) -> float:
        """Mean rank correlation: 1 for a method without randomness."""
        return float(self.correlations.mean())


def deletion(
    network: Network,
    x: Any,
    values: np.ndarray,
    target: Any = None,
    *,
    baseline: Baseline = "mean",
    steps: int = 32,
    random_orders: int = 5,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Curves:
    """Delete pixels, those of the greatest values first, and follow the answer.

    A map that names what the answer rests on makes it fall at once. Equal values, such as the zeros of a rectified
    map, are deleted in random order. The network never saw pictures with deleted pixels, so a fall may also come
    from that; compare with the random orders, which are as coarse as the map, and with another baseline.

    Args:
        network: The network.
        x: One picture (h, w, c), or a list with one array for each of several inputs.
        values: The map, at its own resolution; of a signed one what speaks for the target goes first.
        target: As in `explain`. The curve shows the network's own output for it: a probability behind softmax.
        baseline: What takes a deleted pixel's place: "mean" (the picture's mean colour), "black" or "grey" (lowest or
            middle of the value range), "blur", a number, or an array of the picture's shape. Defaults to "mean".
        steps: Number of deletions of equal size. Defaults to 32.
        random_orders: Number of random orders to compare with. Defaults to 5.
        seed: Seed of the random orders.
        on_step: Called as `on_step(done, total)` while the passes run.

    Returns:
        The curves and their areas.

    Raises:
        ValueError: A name, shape or number does not fit.

    Reference:
        Petsiuk et al. 2018, "RISE: Randomized Input Sampling for Explanation of Black-box Models", arXiv:1806.07421
    """
    settings = (target, baseline, steps, random_orders, seed, on_step)
    return _curves("deletion", network, x, values, *settings)


def insertion(
    network: Network,
    x: Any,
    values: np.ndarray,
    target: Any = None,
    *,
    baseline: Baseline = "blur",
    steps: int = 32,
    random_orders: int = 5,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> Curves:
    """Insert pixels into a baseline, those of the greatest values first, and follow the answer.

    A map that names what the answer rests on makes it rise at once. All else is as in `deletion`; the baseline is
    the blurred picture, which has no edges of its own at the inserted pixels.

    Returns:
        The curves and their areas.

    Raises:
        ValueError: A name, shape or number does not fit.

    Reference:
        Petsiuk et al. 2018, arXiv:1806.07421
    """
    settings = (target, baseline, steps, random_orders, seed, on_step)
    return _curves("insertion", network, x, values, *settings)


def cover_test(
    network: Network,
    x: Any,
    masks: np.ndarray,
    target: Any = None,
    *,
    hide_with: Baseline = "mean",
    show_on: Baseline = "blur",
) -> Covering:
    """Hide each of several regions, and show each alone.

    To compare maps fairly, give each the same number of pixels: its greatest values. As in `deletion`, the network
    never saw such pictures; compare with regions of the same size and coarseness that were drawn at random.

    Args:
        network: The network.
        x: As in `deletion`.
        masks: bool (M, h, w), the regions, of the picture's size.
        target: As in `deletion`.
        hide_with: What takes the place of a hidden pixel, as `baseline` in `deletion`. Defaults to "mean".
        show_on: What the other pixels are when a region is shown alone. Defaults to "blur".

    Returns:
        The answers for each region.

    Raises:
        ValueError: There is no region, a shape does not fit, or a name is unknown.
    """
    inputs, _ = network.batch(x)
    if len(inputs[0]) != 1:
        raise ValueError(f"One picture is covered at a time, got {len(inputs[0])}.")
    picture = inputs[network.picture][0]
    regions = np.asarray(masks, bool)
    if regions.ndim != 3 or not len(regions) or regions.shape[1:] != picture.shape[:2]:
        expected = f"(M, {picture.shape[0]}, {picture.shape[1]})"
        raise ValueError(f"Regions have the shape {expected} with at least one region, got {regions.shape}.")
    asked = resolve(network, target, inputs)
    ranks = np.concatenate([~regions, np.ones_like(regions[:1])]).astype(np.int32)  # the last one replaces nothing
    order = np.arange(len(ranks), dtype=np.int32)
    count = np.ones(len(ranks), np.int32)
    hidden = _ask(network, inputs, asked, (picture, _blank(network, picture, hide_with)), ranks, order, count, None)
    pair = (_blank(network, picture, show_on), picture)
    alone = _ask(network, inputs, asked, pair, ranks, order[:-1], count[:-1], None)
    return Covering(float(hidden[-1]), hidden[:-1], alone)


def randomisation_cascade(
    network: Network, x: Any, explanation: Explanation, *, seed: int = 0, on_step: OnStep | None = None
) -> Randomisation:
    """Randomise the layers' weights one after another, from the output on, and explain each network.

    A method that shows what the network learnt must change its map; one whose map stays shows the picture's edges.
    Weights are shuffled within each array, which keeps their distribution and so the scale of the activations. The
    caller's model is not touched: a twin with weights of its own runs through the same layers.

    Args:
        network: The network.
        x: The picture that was explained.
        explanation: The explanation; its method, target, layer, parameters and seed are used again.
        seed: Seed of the shuffling.
        on_step: Called as `on_step(done, total)` after each layer.

    Returns:
        Similarity to the original map after each layer.

    Raises:
        ValueError: The explanation is of a batch or another engine, or the network has no weights.

    Reference:
        Adebayo et al. 2018, "Sanity Checks for Saliency Maps", arXiv:1810.03292
    """
    inputs = _one_picture(network, x, explanation)
    size = inputs[network.picture].shape[1:3]
    original = scaled_to(explanation.values, size)
    other = twin(network)
    count = len(other.stages)
    if not count:
        raise ValueError("The network has no weights to randomise.")
    rng = np.random.default_rng(seed)
    maps, scores, correlations, similarities = [], [], [], []
    with other.lock:
        other.restore()
        for done in range(1, count + 1):
            other.shuffle(count - done, rng)
            again = _again(other, inputs, explanation, explanation.seed)
            shown = scaled_to(again.values, size)
            maps.append(again.values)
            scores.append(float(again.score))
            correlations.append(rank_correlation(original, shown))
            similarities.append(structural_similarity(original, shown))
            _tell(on_step, done, count)
    names = tuple(name for name, _ in reversed(other.stages))
    return Randomisation(names, np.array(correlations), np.array(similarities), np.array(scores), np.stack(maps), seed)


def repeatability(
    network: Network,
    x: Any,
    explanation: Explanation,
    *,
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    on_step: OnStep | None = None,
) -> Repeatability:
    """Explain the picture with several seeds.

    Args:
        network: The network.
        x: The picture that was explained.
        explanation: The explanation; its method, target, layer and parameters are used again.
        seeds: The seeds, at least two. Defaults to five.
        on_step: Called as `on_step(done, total)` after each explanation.

    Returns:
        How alike the maps are.

    Raises:
        ValueError: The explanation is of a batch or another engine, or there are less than two seeds.
    """
    inputs = _one_picture(network, x, explanation)
    if len(seeds) < 2:
        raise ValueError(f"Give at least two seeds to compare, got {len(seeds)}.")
    maps = []
    for done, seed in enumerate(seeds, 1):
        maps.append(_again(network, inputs, explanation, seed).values)
        _tell(on_step, done, len(seeds))
    correlations = [rank_correlation(first, second) for first, second in combinations(maps, 2)]
    return Repeatability(
        tuple(seeds), np.array(correlations), np.std(maps, axis=0, dtype=np.float64).astype(np.float32)
    )


def _curves(
    kind: Literal["deletion", "insertion"],
    network: Network,
    x: Any,
    values: np.ndarray,
    target: Any,
    baseline: Baseline,
    steps: int,
    random_orders: int,
    seed: int,
    on_step: OnStep | None,
) -> Curves:
    _check_map(values)
    if steps < 1 or random_orders < 1:
        raise ValueError(f"steps and random_orders are at least 1, got {steps} and {random_orders}.")
    inputs, _ = network.batch(x)
    if len(inputs[0]) != 1:
        raise ValueError(f"A curve is that of one picture, got {len(inputs[0])}.")
    picture = inputs[network.picture][0]
    blank = _blank(network, picture, baseline)
    rng = np.random.default_rng(seed)
    size = picture.shape[:2]
    orders = [_order(scaled_to(np.nan_to_num(np.asarray(values, np.float32)), size), rng)]
    # As coarse as the map: single pixels strewn over a picture disturb a network more than any patch does.
    orders += [_order(scaled_to(rng.random(np.shape(values), np.float32), size), rng) for _ in range(random_orders)]
    orders.append(_order(-_centre_distance(size), rng))
    counts = np.round(np.linspace(0, picture[..., 0].size, steps + 1)).astype(np.int32)
    shown, hidden = (picture, blank) if kind == "deletion" else (blank, picture)
    scores = _scores(network, inputs, resolve(network, target, inputs), shown, hidden, orders, counts, on_step)
    fractions = counts / counts[-1]
    areas = np.trapezoid(scores, fractions, axis=1)
    return Curves(
        kind=kind,
        fractions=fractions,
        scores=scores[0],
        area=float(areas[0]),
        random_scores=scores[1:-1],
        random_areas=areas[1:-1],
        centre_scores=scores[-1],
        centre_area=float(areas[-1]),
        baseline=baseline if isinstance(baseline, str) else "given",
    )


def _scores(
    network: Network,
    inputs: Sequence[np.ndarray],
    target: Target,
    shown: np.ndarray,
    hidden: np.ndarray,
    orders: Sequence[np.ndarray],
    counts: np.ndarray,
    on_step: OnStep | None,
) -> np.ndarray:
    """Return the outputs (orders, counts) for `shown` with the first pixels of each order taken from `hidden`."""
    # All orders begin and end with the same pictures.
    jobs = [(0, counts[0]), (0, counts[-1])] + [(o, count) for o in range(len(orders)) for count in counts[1:-1]]
    order, count = (np.array(column, np.int32) for column in zip(*jobs, strict=True))
    scores = _ask(network, inputs, target, (shown, hidden), np.stack(orders).astype(np.int32), order, count, on_step)
    inner = scores[2:].reshape(len(orders), -1)
    ends = np.broadcast_to(scores[:2], (len(orders), 2))
    return np.concatenate([ends[:, :1], inner, ends[:, 1:]], axis=1)


def _ask(
    network: Network,
    inputs: Sequence[np.ndarray],
    target: Target,
    pair: tuple[np.ndarray, np.ndarray],
    ranks: np.ndarray,
    order: np.ndarray,
    count: np.ndarray,
    on_step: OnStep | None,
) -> np.ndarray:
    """Return the outputs (N,) for N pictures, each mixed of two.

    Args:
        pair: Two pictures (h, w, c). Pixels whose rank is below the count come from the second, the others from the
            first.
        ranks: int32 (orders, h, w), ranks of the pixels in several orders.
        order: int32 (N,), the order that each picture takes.
        count: int32 (N,), how many pixels of it come from the second picture.
    """

    def perturb(
        tensors: list[tf.Tensor],
        pair: tf.Tensor,
        ranks: tf.Tensor,
        order: tf.Tensor,
        count: tf.Tensor,
        operands: list[tf.Tensor],
    ) -> tf.Tensor:
        replaced = (tf.gather(ranks, order) < count[:, None, None])[..., None]  # (N, h, w, 1)
        size = tf.shape(order)[0]
        batch = [tf.repeat(tensor, size, axis=0) for tensor in tensors]
        batch[network.picture] = tf.where(replaced, pair[1], pair[0])
        forward = network.run(batch)
        outputs = replace(forward, logits=forward.outputs)  # the answer itself, not the logit
        return target.score(outputs, [tf.repeat(operand, size, axis=0) for operand in operands])

    specs = network.input_specs()
    picture = list(specs[network.picture].shape)
    signature = [
        specs,
        tf.TensorSpec([2, *picture[1:]], tf.float32),
        tf.TensorSpec([None, *picture[1:3]], tf.int32),
        tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([None], tf.int32),
        operand_specs(target),
    ]
    run = network.compile(("perturb", target.key), perturb, signature)
    both = np.stack(pair).astype(np.float32)
    found = []
    for start in range(0, len(order), network.most_at_once):
        part = slice(start, start + network.most_at_once)
        found.append(run(list(inputs), both, ranks, order[part], count[part], target.operands(1)).numpy())
        _tell(on_step, min(start + network.most_at_once, len(order)), len(order))
    return np.concatenate(found)


def _blank(network: Network, picture: np.ndarray, baseline: Baseline) -> np.ndarray:
    """Return the picture that shows nothing, (h, w, c)."""
    low, high = network.value_range
    if isinstance(baseline, np.ndarray):
        if baseline.shape != picture.shape:
            raise ValueError(f"A baseline has the picture's shape {picture.shape}, got {baseline.shape}.")
        return baseline.astype(np.float32)
    if not isinstance(baseline, str):
        return np.full_like(picture, baseline)
    if baseline == "blur":
        deviation = max(picture.shape[:2]) / 12
        return cv2.GaussianBlur(picture, (0, 0), deviation).reshape(picture.shape)
    constants = {"mean": picture.mean(axis=(0, 1)), "black": low, "grey": (low + high) / 2}
    if baseline not in constants:
        raise unknown_name("baseline", baseline, BASELINES)
    return np.broadcast_to(np.asarray(constants[baseline], np.float32), picture.shape)


def _order(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return each pixel's place in the order of falling values, int (h, w); equal values come in random order."""
    flat = values.ravel()
    ranks = np.empty(flat.size, np.int32)
    ranks[np.lexsort((rng.random(flat.size), -flat))] = np.arange(flat.size)
    return ranks.reshape(values.shape)


def _centre_distance(size: tuple[int, ...]) -> np.ndarray:
    rows, columns = (np.arange(extent) - (extent - 1) / 2 for extent in size)
    return np.hypot(rows[:, None], columns[None])


def _again(network: Network, inputs: Sequence[np.ndarray], explanation: Explanation, seed: int) -> Explanation:
    """Explain one picture, given as a batch for each input, as an explanation did."""
    pictures = [array[0] for array in inputs]
    return explain(
        network,
        pictures if len(pictures) > 1 else pictures[0],
        explanation.method,
        explanation.target,
        explanation.layer,
        seed=seed,
        **explanation.parameters,
    )


def _one_picture(network: Network, x: Any, explanation: Explanation) -> list[np.ndarray]:
    inputs, _ = network.batch(x)
    if explanation.values.ndim != 2 or len(inputs[0]) != 1:
        raise ValueError("Trust is tested for one picture and its explanation, not for a batch.")
    if explanation.engine != "interp":
        raise ValueError(f"Trust is tested with this library's own methods, not with {explanation.engine}'s.")
    return inputs


def _check_map(values: np.ndarray) -> None:
    if np.ndim(values) != 2 or np.size(values) == 0:
        raise ValueError(f"A map has the shape (h, w), got {np.shape(values)}.")


def _tell(on_step: OnStep | None, done: int, total: int) -> None:
    if on_step is not None:
        on_step(done, total)
