"""The ascent: octave after octave, several compiled steps between two frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from interp import showing
from interp.dream.parameterisation import PARAMETERISATIONS, Parameterisation, natural_noise
from interp.dream.transforms import Jitter, Transform
from interp.gradients import gradient_of
from interp.lazy import tf
from interp.names import unknown_name
from interp.network import Forward, Network
from interp.targets import Sum, Target, operand_specs

Start = np.ndarray | Literal["noise", "grey"]

NOISE = 0.08  # standard deviation of the starting noise, the picture's values going from 0 to 1
IMPERCEPTIBLE = 1 / 255  # of the noise on a grey start, where many a unit has no gradient at all
PEAK = 16.0  # a pixel moves by at most so many steps at once, however few pixels there are to move
SMALL_DIFFERENCE = 0.01  # of two neighbours: below it the total variation counts as round, above as straight
TRANSFORMS: tuple[Transform, ...] = (Jitter(1 / 16),)
OPEN_SIDE = 128  # of the picture, for a network without a size of its own
GREATEST = float(np.finfo(np.float32).max)  # of the numbers that the ascent counts with


@dataclass(frozen=True)
class Frame:
    """Pictures on the way.

    Args:
        images: uint8 (N, h, w, c), ready to be shown.
        step: Steps done so far.
        total_steps: Steps of the whole ascent.
        octave: The octave this frame belongs to, from 0.
        scores: The objective of each picture at the last step's beginning, without penalties, float32 (N,); 0 where
            it is not finite.
    """

    images: np.ndarray
    step: int
    total_steps: int
    octave: int
    scores: np.ndarray

    @property
    def image(self) -> np.ndarray:
        """The first picture, uint8 (h, w, c)."""
        first: np.ndarray = self.images[0]
        return first

    @property
    def score(self) -> float:
        """The first picture's objective."""
        return float(self.scores[0])

    def _repr_png_(self) -> bytes:
        """Return what a notebook shows: the pictures side by side."""
        return showing.png(showing.pictures_side_by_side(self.images))


@dataclass(frozen=True)
class _Ascent:
    """All that the compiled steps of an ascent are made for."""

    network: Network
    objective: Target
    held: Parameterisation
    moves: tuple[Transform, ...]
    diverse_layer: str | None
    is_own_size: bool  # what the network is shown
    is_enlarged: bool  # to that size, from whatever an octave works at

    @property
    def key(self) -> tuple[Any, ...]:
        looks = (self.is_own_size, self.is_enlarged)
        return ("dream", self.objective.key, self.held.name, self.moves, self.diverse_layer, *looks)

    def compile(self) -> Callable[..., Any]:
        """Compile steps for pictures of the network's own size or of any."""
        signature = [
            tf.TensorSpec([None] * self.held.rank, tf.float32),
            operand_specs(self.objective),
            tf.TensorSpec([5], tf.int32),
            tf.TensorSpec([4], tf.float32),
        ]
        return self.network.compile(self.key, self._climb, signature)

    def _climb(
        self, parameters: tf.Tensor, operands: list[tf.Tensor], counters: tf.Tensor, numbers: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Climb from step counters[0] to counters[1]; the other counters are seed, height and width."""
        stop, seed, size = counters[1], counters[2], counters[3:5]
        step_size, total_variation, l2, diversity = tf.unstack(numbers)

        def step(number: tf.Tensor, current: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            with tf.GradientTape(watch_accessed_variables=False) as decoding:
                decoding.watch(current)
                picture = self.held.decode(current, size)
            with tf.GradientTape(watch_accessed_variables=False, persistent=self.network.is_half) as tape:
                tape.watch(picture)
                scores, value = self._look(picture, operands, tf.stack([seed, number]), diversity)
            wish = _even(gradient_of(value, picture, tape, self.network))
            wish = _unless_still(wish, tf.stack([seed, number]))
            wish -= total_variation * _variation_gradient(picture) + l2 * 2 * (picture - 0.5)
            reach = tf.reduce_mean(tf.abs(wish), axis=[1, 2, 3])
            change = decoding.gradient(picture, current, output_gradients=wish)
            change *= _over_pictures(tf.math.divide_no_nan(reach, self.held.extent(change, size)), change)
            return number + 1, self.held.confine(current + step_size * change), scores

        count = tf.shape(parameters)[0]
        _, parameters, scores = tf.while_loop(
            lambda number, *_: number < stop,
            step,
            (counters[0], parameters, tf.zeros([count])),
            shape_invariants=(tf.TensorShape([]), parameters.shape, tf.TensorShape([None])),
        )
        return parameters, self.held.decode(parameters, size), scores

    def _look(
        self, picture: tf.Tensor, operands: Sequence[tf.Tensor], seed: tf.Tensor, diversity: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the objective of each picture (N,) after the moves, and the number whose gradient is climbed."""
        network = self.network
        low, high = network.value_range
        for position, move in enumerate(self.moves):
            picture = move.apply(picture, seed * [1, len(self.moves)] + [0, position])
        sides = network.input_shape[:2] if self.is_own_size else (None, None)
        if self.is_enlarged:
            picture = tf.image.resize(picture, sides)
        picture = tf.ensure_shape(picture, [None, *sides, network.input_shape[-1]])
        forward = network.run([picture * (high - low) + low])
        scores = self.objective.score(forward, operands)
        value = tf.reduce_sum(self._or_before_activation(forward, scores, operands))
        if self.diverse_layer is not None:
            likeness = _likeness(forward.layers[self.diverse_layer])
            # By the score's size, so that the weight means the same for every objective.
            value -= diversity * tf.reduce_sum(tf.stop_gradient(tf.abs(scores)) * likeness)
        return scores, value

    def _or_before_activation(self, forward: Forward, scores: tf.Tensor, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        """Return the scores, of silent units those before their activation function: a ReLU at rest has no gradient."""
        layer = getattr(self.objective, "layer", None)
        if layer is None:
            return scores
        awake = replace(forward, layers=forward.layers | {layer: forward.before_activation(layer)})
        return tf.where(tf.equal(scores, 0.0), self.objective.score(awake, operands), scores)


def dream(
    network: Network,
    objective: Target | Sequence[Target],
    start: Start = "noise",
    *,
    octaves: int = 3,
    octave_scale: float = 1.4,
    steps: int = 20,
    step_size: float | None = None,
    seed: int = 0,
    size: int | tuple[int, int] | None = None,
    frames_every: int = 5,
    parameterisation: str | None = None,
    transforms: Sequence[Transform] | None = None,
    total_variation: float = 0.0,
    l2: float = 0.0,
    count: int = 1,
    diversity: float = 0.0,
) -> Iterator[Frame]:
    """Change pictures step by step so that an objective rises.

    Each octave works at its own resolution, from coarse to fine; what it added is enlarged and laid over the start at
    the next. A network that takes one size only is shown the coarse pictures enlarged to it. The gradient by the
    picture is scaled to an even change, so `step_size` and the penalties' weights mean the same on every network and
    at every size. A silent unit is woken through what comes before its activation function; where there is no gradient
    at all the picture wanders at random. Closing the iterator ends the ascent.

    Args:
        network: The network.
        objective: What shall rise: `layer`, `channel`, `unit`, `target` or `direction` of `interp.dream`, or a sum
            or difference of them. A sequence of objectives of one kind makes one picture of each, all from the same
            start.
        start: A picture (h, w, c) in the network's own range of values, "noise" with the spectrum of photos, or
            "grey". Defaults to "noise".
        octaves: Number of resolutions; the ones below half the network's own are left out. Defaults to 3.
        octave_scale: Ratio of the sides of two octaves. Defaults to 1.4.
        steps: Steps in each octave. Defaults to 20.
        step_size: Mean change of a pixel in a step as a share of the value range. Defaults to 0.003 from a picture,
            which stays recognisable, and to 0.03 else.
        seed: Seed of the noise and the transforms. Defaults to 0.
        size: Side or (height, width) of the result. Defaults to the start's where the network takes it, else the
            network's.
        frames_every: Steps between two frames. Defaults to 5.
        parameterisation: "pixel" or "fourier". Defaults to "pixel" from a picture, else to "fourier".
        transforms: Random moves before each step. Defaults to a jitter of a sixteenth of the shorter side.
        total_variation: Weight of the penalty on differences of neighbours; at 1 it moves a pixel as much as the
            objective does. Defaults to 0.
        l2: Weight of the penalty on the distance from mid grey, measured alike. Defaults to 0.
        count: Number of pictures of one objective, each from its own noise. Defaults to 1.
        diversity: Weight that drives several pictures apart, by the cosine of the Gram matrices of the objective's
            layer, as a share of the objective. Defaults to 0.

    Returns:
        An iterator of frames; the last is the result. No frame has a value that is not finite.

    Raises:
        ValueError: A name is unknown, a number is out of range, or the network does not take pictures of that size.

    Reference:
        Mordvintsev et al. 2015, "Inceptionism: Going Deeper into Neural Networks"; Olah et al. 2017, "Feature
        Visualization", doi:10.23915/distill.00007
    """
    is_picture = not isinstance(start, str)
    parameterisation = parameterisation or ("pixel" if is_picture else "fourier")
    step_size = step_size if step_size is not None else (0.003 if is_picture else 0.03)
    if parameterisation not in PARAMETERISATIONS:
        raise unknown_name("parameterisation", parameterisation, PARAMETERISATIONS)
    _check_counts(octaves=octaves, steps=steps, frames_every=frames_every, count=count)
    _check_positive(step_size=step_size)
    _check_weights(total_variation=total_variation, l2=l2, diversity=diversity)
    if not 1 < octave_scale < np.inf:
        raise ValueError(f"octave_scale is greater than 1, got {octave_scale!r}.")
    if not 0 <= seed < 2**31:
        raise ValueError(f"seed goes from 0 to {2**31 - 1}, got {seed!r}.")
    if len(network.model.inputs) > 1:
        raise ValueError(f"dream takes a network with one input, this one has {len(network.model.inputs)}.")
    objectives = _objectives(network, objective, count)
    base = _start(network, start, _size(network, start, size), count, seed)
    base = np.repeat(base, len(objectives) // len(base), axis=0)
    sizes, is_fixed = _octave_sizes(network, base.shape[1:3], octaves, octave_scale)
    own = network.input_shape[:2]
    ascent = _Ascent(
        network=network,
        objective=objectives[0],
        held=PARAMETERISATIONS[parameterisation],
        moves=tuple(transforms) if transforms is not None else TRANSFORMS,
        diverse_layer=_layer_of(network, objectives[0]) if diversity and len(objectives) > 1 else None,
        is_own_size=sizes[-1] == own and (is_fixed or len(sizes) == 1),
        is_enlarged=is_fixed and len(sizes) > 1,
    )
    operands = [np.concatenate(parts) for parts in zip(*(one.operands(1) for one in objectives), strict=True)]
    numbers = np.array([step_size, total_variation, l2, diversity], np.float32)
    return _frames(ascent, operands, base, sizes, steps, frames_every, seed, numbers)


def _frames(
    ascent: _Ascent,
    operands: list[np.ndarray],
    base: np.ndarray,
    sizes: Sequence[tuple[int, int]],
    steps: int,
    frames_every: int,
    seed: int,
    numbers: np.ndarray,
) -> Iterator[Frame]:
    climb = ascent.compile()
    total = steps * len(sizes)
    done = 0
    added = np.zeros_like(base)
    for octave, size in enumerate(sizes):
        ground = _resize(base, size)
        pictures = np.clip(ground + _resize(added, size), 0.0, 1.0)
        parameters = tf.constant(ascent.held.encode(pictures))
        while done < steps * (octave + 1):
            stop = min(done + frames_every, steps * (octave + 1))
            counters = np.array([done, stop, seed, *size], np.int32)
            parameters, decoded, scores = climb(parameters, operands, counters, numbers)
            done, pictures = stop, decoded.numpy()
            finite = np.nan_to_num(scores.numpy(), posinf=0.0, neginf=0.0)
            yield Frame((pictures * 255).round().astype(np.uint8), done, total, octave, finite)
        added = pictures - ground


def _even(gradient: tf.Tensor) -> tf.Tensor:
    """Return each picture's gradient scaled to a mean size of one, less where few pixels have all of it."""
    gradient = tf.where(tf.math.is_finite(gradient), gradient, 0.0)
    # By the greatest value first: the mean of huge values would overflow, that of tiny ones vanish.
    gradient = tf.math.divide_no_nan(gradient, tf.reduce_max(tf.abs(gradient), axis=[1, 2, 3], keepdims=True))
    mean = tf.reduce_mean(tf.abs(gradient), axis=[1, 2, 3], keepdims=True)
    return gradient / tf.maximum(mean, 1 / PEAK)


def _unless_still(wish: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Return the wish, and smooth noise for the pictures that wish for nothing."""
    still = tf.reduce_all(tf.equal(wish, 0.0), axis=[1, 2, 3])

    def wander() -> tf.Tensor:
        shape = tf.shape(wish)
        noise = tf.random.stateless_normal(tf.stack([shape[0], 8, 8, shape[3]]), seed)
        return tf.where(still[:, None, None, None], tf.image.resize(noise, shape[1:3], "bicubic"), wish)

    return tf.ensure_shape(tf.cond(tf.reduce_any(still), wander, lambda: wish), wish.shape)


def _variation_gradient(picture: tf.Tensor) -> tf.Tensor:
    """Return the gradient of the total variation, -1 to 1; its kink at no difference is rounded off."""

    def down(pictures: tf.Tensor) -> tf.Tensor:
        # Beyond the edge there is no difference.
        padded = tf.pad(pictures, [[0, 0], [1, 1], [0, 0], [0, 0]], "SYMMETRIC")
        steps = padded[:, 1:] - padded[:, :-1]
        slopes = steps / (tf.abs(steps) + SMALL_DIFFERENCE)
        return (slopes[:, :-1] - slopes[:, 1:]) / 4

    return down(picture) + tf.transpose(down(tf.transpose(picture, [0, 2, 1, 3])), [0, 2, 1, 3])


def _likeness(activations: tf.Tensor) -> tf.Tensor:
    """Return the mean cosine of each picture's Gram matrix to those of the others, float32 (N,)."""
    activations = tf.cast(activations, tf.float32)
    shape = tf.shape(activations)
    flat = tf.reshape(activations, [shape[0], -1, shape[-1]])  # (N, positions, K)
    gram = tf.reshape(tf.einsum("npk,npl->nkl", flat, flat), [shape[0], -1])
    gram = tf.math.l2_normalize(gram, axis=-1)
    cosines = tf.einsum("na,ma->nm", gram, gram)
    others = tf.cast(tf.maximum(shape[0] - 1, 1), tf.float32)
    return (tf.reduce_sum(cosines, axis=1) - tf.linalg.diag_part(cosines)) / others


def _over_pictures(factors: tf.Tensor, like: tf.Tensor) -> tf.Tensor:
    """Return factors (N,) with as many dimensions as another tensor."""
    return tf.reshape(factors, [-1] + [1] * (len(like.shape) - 1))


def _objectives(network: Network, objective: Target | Sequence[Target], count: int) -> list[Target]:
    """Return one objective for each picture."""
    several = [objective] * count if isinstance(objective, Target) else list(objective)
    if not isinstance(objective, Target) and count > 1:
        raise ValueError(f"count goes with one objective, not with {len(several)} of them.")
    if not several:
        raise ValueError("objective is a target or several, got none.")
    for one in several:
        one.validate(network)
        if one.key != several[0].key:
            raise ValueError("Objectives that are climbed together are of one kind and of the same layer.")
    return several


def _layer_of(network: Network, objective: Target) -> str:
    """Return the layer an objective speaks of; the default layer where it speaks of none."""
    if isinstance(objective, Sum):
        return _layer_of(network, objective.targets[0])
    name: str = getattr(objective, "layer", None) or network.default_layer
    return name


def _start(network: Network, start: Start, size: tuple[int, int], count: int, seed: int) -> np.ndarray:
    """Return the pictures to begin with, float32 (count, h, w, c) with values 0 to 1."""
    shape = (*size, int(network.input_shape[-1] or 1))
    noise = np.stack([natural_noise(shape, (seed, number)) for number in range(count)])
    if isinstance(start, str):
        if start not in ("noise", "grey"):
            raise unknown_name("start", start, ("noise", "grey"))
        return np.clip(0.5 + noise * (NOISE if start == "noise" else IMPERCEPTIBLE), 0, 1)
    low, high = network.value_range
    noise[0] = 0
    picture = (_picture(network, start)[None] - low) / (high - low)
    return np.clip(_resize(picture, size) + noise * IMPERCEPTIBLE, 0, 1)


def _picture(network: Network, start: np.ndarray) -> np.ndarray:
    picture = np.asarray(start, np.float32)
    channels = network.input_shape[-1]
    if picture.ndim == 2 and channels == 1:
        picture = picture[..., None]
    if picture.ndim != 3 or picture.shape[-1] != channels or not np.isfinite(picture).all():
        raise ValueError(f"start is a picture (h, w, {channels}) of finite values, got shape {np.shape(start)}.")
    return picture


def _size(network: Network, start: Start, size: int | tuple[int, int] | None) -> tuple[int, int]:
    """Return the height and width of the result."""
    own = network.input_shape[0] or OPEN_SIDE, network.input_shape[1] or OPEN_SIDE
    if size is None:
        asked = own if isinstance(start, str) else _picture(network, start).shape[:2]
        return asked if network.accepts(*asked) else own
    sides = (size, size) if isinstance(size, int) else tuple(np.atleast_1d(size))
    if len(sides) != 2 or not all(isinstance(side, int | np.integer) and side >= 1 for side in sides):
        raise ValueError(f"size is a side or (height, width) of at least one pixel, got {size!r}.")
    height, width = sides
    if not network.accepts(height, width):
        raise ValueError(f"The network takes pictures of {own[0]} × {own[1]} only, not {height} × {width}.")
    return int(height), int(width)


def _octave_sizes(
    network: Network, size: tuple[int, int], octaves: int, scale: float
) -> tuple[list[tuple[int, int]], bool]:
    """Return the sizes from coarse to fine, and whether the network takes none of them but its own, the last."""
    lowest = max(min(side or 2 for side in network.input_shape[:2]) // 2, 1)
    sizes = [(round(size[0] * scale**-octave), round(size[1] * scale**-octave)) for octave in reversed(range(octaves))]
    coarse = [one for one in sizes[:-1] if min(one) >= lowest]
    taken = [one for one in coarse if network.accepts(*one)]
    is_fixed = not taken and size == network.input_shape[:2]
    return [*(coarse if is_fixed else taken), sizes[-1]], is_fixed


def _resize(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if pictures.shape[1:3] == size:
        return pictures
    resized: np.ndarray = tf.image.resize(pictures, size, antialias=True).numpy()
    return resized


def _check_counts(**numbers: int) -> None:
    for name, number in numbers.items():
        if not isinstance(number, int | np.integer) or number < 1:
            raise ValueError(f"{name} is greater than 0 and a whole number, got {number!r}.")


def _check_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 < number <= GREATEST:
            raise ValueError(f"{name} is greater than 0, got {number!r}.")


def _check_weights(**numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 <= number <= GREATEST:
            raise ValueError(f"{name} is a weight of 0 or more, got {number!r}.")
