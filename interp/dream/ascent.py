"""The ascent: octave after octave, several compiled steps between two frames."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from interp.dream.parameterisation import PARAMETERISATIONS, Parameterisation
from interp.dream.transforms import Jitter, Transform
from interp.names import unknown_name
from interp.network import Network
from interp.targets import Target, operand_specs

NOISE = 0.05  # standard deviation of the starting noise, the picture's values going from 0 to 1


@dataclass(frozen=True)
class Frame:
    """A picture on the way.

    Args:
        image: uint8 (h, w, c), ready to be shown.
        step: Steps done so far.
        total_steps: Steps of the whole ascent.
        octave: The octave this frame belongs to, from 0.
        score: The objective at the last step's beginning, without penalties; 0 where it is not finite.
    """

    image: np.ndarray
    step: int
    total_steps: int
    octave: int
    score: float


def dream(
    network: Network,
    objective: Target,
    start: np.ndarray | Literal["noise", "grey"] = "noise",
    *,
    octaves: int = 3,
    octave_scale: float = 1.4,
    steps: int = 20,
    step_size: float = 0.01,
    seed: int = 0,
    size: int | tuple[int, int] | None = None,
    frames_every: int = 5,
    parameterisation: str = "pixel",
    transforms: Sequence[Transform] | None = None,
    total_variation: float = 0.0,
    l2: float = 0.0,
) -> Iterator[Frame]:
    """Change a picture step by step so that an objective rises.

    Each octave works at its own resolution, from coarse to fine; what it added is enlarged and laid over the start at
    the next. The gradient is scaled to an even change of the picture, so `step_size` means the same on
    every network and at every size. Closing the iterator ends the ascent.

    Args:
        network: The network.
        objective: What shall rise: `layer`, `channel` or `target` of `interp.dream`, or a sum of them.
        start: A picture (h, w, c) in the network's own range of values, "noise" or "grey". Defaults to "noise".
        octaves: Number of resolutions; the ones below half the network's own are left out. Defaults to 3.
        octave_scale: Ratio of the sides of two octaves. Defaults to 1.4.
        steps: Steps in each octave. Defaults to 20.
        step_size: Mean change of a pixel in a step as a share of the value range. Defaults to 0.01.
        seed: Seed of the noise and the transforms. Defaults to 0.
        size: Side or (height, width) of the result. Defaults to the start's, else the network's.
        frames_every: Steps between two frames. Defaults to 5.
        parameterisation: "pixel" or "fourier". Defaults to "pixel".
        transforms: Random moves before each step. Defaults to a jitter of a sixteenth of the shorter side.
        total_variation: Weight of the penalty on differences of neighbours. Defaults to 0.
        l2: Weight of the penalty on the distance from mid grey. Defaults to 0.

    Returns:
        An iterator of frames; the last is the result. No frame has a value that is not finite.

    Raises:
        ValueError: A name is unknown, a number is out of range, or the network does not take pictures of that size.
    """
    if parameterisation not in PARAMETERISATIONS:
        raise unknown_name("parameterisation", parameterisation, PARAMETERISATIONS)
    _check(octaves=octaves, steps=steps, frames_every=frames_every, step_size=step_size)
    if octave_scale <= 1:
        raise ValueError(f"octave_scale is greater than 1, got {octave_scale!r}.")
    if len(network.model.inputs) > 1:
        raise ValueError(f"dream takes a network with one input, this one has {len(network.model.inputs)}.")
    objective.validate(network)
    base = _start(network, start, _size(network, start, size), seed)
    sizes = _octave_sizes(network, base.shape[1:3], octaves, octave_scale)
    for octave_size in sizes:
        if not network.accepts(*octave_size):
            own = network.input_shape
            raise ValueError(
                f"The network takes pictures of {own[0]} × {own[1]} only, not {octave_size[0]} × {octave_size[1]}."
            )
    held = PARAMETERISATIONS[parameterisation]
    moves = tuple(transforms) if transforms is not None else (Jitter(max(min(sizes[-1]) // 16, 1)),)
    is_own_size = all(one == network.input_shape[:2] for one in sizes)
    climb = _compile(network, objective, held, moves, is_own_size)
    numbers = np.array([step_size, total_variation, l2], np.float32)
    return _climb(climb, objective, held, base, sizes, steps, frames_every, seed, numbers)


def _climb(
    climb: Callable[..., Any],
    objective: Target,
    held: Parameterisation,
    base: np.ndarray,
    sizes: Sequence[tuple[int, int]],
    steps: int,
    frames_every: int,
    seed: int,
    numbers: np.ndarray,
) -> Iterator[Frame]:
    operands = objective.operands(len(base))
    total = steps * len(sizes)
    done = 0
    added = np.zeros_like(base)
    for octave, size in enumerate(sizes):
        ground = _resize(base, size)
        picture = np.clip(ground + _resize(added, size), 0.0, 1.0)
        parameters = tf.constant(held.encode(picture))
        while done < steps * (octave + 1):
            count = min(frames_every, steps * (octave + 1) - done)
            counters = np.array([done, done + count, seed, *size], np.int32)
            parameters, decoded, score = climb(parameters, operands, counters, numbers)
            done += count
            picture = decoded.numpy()
            yield Frame((picture[0] * 255).round().astype(np.uint8), done, total, octave, _finite(score))
        added = picture - ground


def _compile(
    network: Network, objective: Target, held: Parameterisation, moves: tuple[Transform, ...], is_own_size: bool
) -> Callable[..., Any]:
    """Compile steps of the ascent, for pictures of the network's own size or of any."""
    signature = [
        tf.TensorSpec([None] * held.rank, tf.float32),
        operand_specs(objective),
        tf.TensorSpec([5], tf.int32),
        tf.TensorSpec([3], tf.float32),
    ]
    key = ("dream", objective.key, held.name, moves, is_own_size)
    sides = network.input_shape[:2] if is_own_size else (None, None)
    low, high = network.value_range

    def look(picture: tf.Tensor, operands: Sequence[tf.Tensor], seed: tf.Tensor) -> tf.Tensor:
        for position, move in enumerate(moves):
            picture = move.apply(picture, seed + tf.constant([0, position]))
        picture = tf.ensure_shape(picture, [None, *sides, network.input_shape[-1]])
        return tf.reduce_mean(objective.score(network.run([picture * (high - low) + low]), operands))

    def climb(
        parameters: tf.Tensor, operands: list[tf.Tensor], counters: tf.Tensor, numbers: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        stop, seed, size = counters[1], counters[2], counters[3:5]

        def step(number: tf.Tensor, current: tf.Tensor, _: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(current)
                picture = held.decode(current, size)
                score = look(picture, operands, tf.stack([seed, number * len(moves)]))
                value = score - _penalty(picture, numbers)
            change = _even(tape.gradient(value, current), held, size)
            return number + 1, held.confine(current + numbers[0] * change), score

        _, parameters, score = tf.while_loop(
            lambda number, *_: number < stop,
            step,
            (counters[0], parameters, tf.constant(0.0)),
            shape_invariants=(tf.TensorShape([]), tf.TensorShape([None] * held.rank), tf.TensorShape([])),
        )
        return parameters, held.decode(parameters, size), score

    return network.compile(key, climb, signature)


def _penalty(picture: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
    """Return the weighted sum of total variation a pixel and mean square distance from mid grey."""
    pixels = tf.cast(tf.size(picture), tf.float32)
    variation = tf.reduce_sum(tf.image.total_variation(picture)) / pixels
    return numbers[1] * variation + numbers[2] * tf.reduce_mean(tf.square(picture - 0.5))


def _even(gradient: tf.Tensor, held: Parameterisation, size: tf.Tensor) -> tf.Tensor:
    """Return a gradient scaled to change the picture by one on average; zero where it is zero or not finite."""
    gradient = tf.where(tf.math.is_finite(gradient), gradient, 0.0)
    # By the greatest value first: the mean of huge values would overflow, that of tiny ones vanish.
    gradient = tf.math.divide_no_nan(gradient, tf.reduce_max(tf.abs(gradient)))
    return tf.math.divide_no_nan(gradient, held.extent(gradient, size))


def _start(network: Network, start: np.ndarray | str, size: tuple[int, int], seed: int) -> np.ndarray:
    """Return the picture to begin with, float32 (1, h, w, c) with values 0 to 1."""
    channels = network.input_shape[-1]
    if isinstance(start, str):
        if start not in ("noise", "grey"):
            raise unknown_name("start", start, ("noise", "grey"))
        grey = np.full((1, *size, channels or 1), 0.5, np.float32)
        if start == "grey":
            return grey
        noise = np.random.default_rng(seed).normal(scale=NOISE, size=grey.shape)
        return np.clip(grey + noise, 0, 1).astype(np.float32)
    low, high = network.value_range
    picture = (_picture(network, start)[None] - low) / (high - low)
    return np.clip(_resize(picture, size), 0, 1)


def _picture(network: Network, start: np.ndarray) -> np.ndarray:
    picture = np.asarray(start, np.float32)
    channels = network.input_shape[-1]
    if picture.ndim == 2 and channels == 1:
        picture = picture[..., None]
    if picture.ndim != 3 or picture.shape[-1] != channels or not np.isfinite(picture).all():
        raise ValueError(f"start is a picture (h, w, {channels}) of finite values, got shape {np.shape(start)}.")
    return picture


def _size(network: Network, start: np.ndarray | str, size: int | tuple[int, int] | None) -> tuple[int, int]:
    if size is not None:
        height, width = (size, size) if isinstance(size, int) else size
    elif isinstance(start, str):
        height, width = network.input_shape[0] or 0, network.input_shape[1] or 0
    else:
        height, width = _picture(network, start).shape[:2]
    if height < 1 or width < 1:
        raise ValueError(f"size is a side or (height, width) of at least one pixel, got {size!r}.")
    return int(height), int(width)


def _octave_sizes(network: Network, size: tuple[int, int], octaves: int, scale: float) -> list[tuple[int, int]]:
    """Return the sizes from coarse to fine; a network that takes one size only gets that one."""
    lowest = min(side or 2 for side in network.input_shape[:2]) // 2
    sizes = [(round(size[0] / scale**octave), round(size[1] / scale**octave)) for octave in reversed(range(octaves))]
    kept = [one for one in sizes[:-1] if min(one) >= lowest and network.accepts(*one)]
    return [*kept, sizes[-1]]


def _resize(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if pictures.shape[1:3] == size:
        return pictures
    resized: np.ndarray = tf.image.resize(pictures, size, antialias=True).numpy()
    return resized


def _check(**numbers: float) -> None:
    for name, number in numbers.items():
        if not 0 < number < np.inf:
            raise ValueError(f"{name} is greater than 0, got {number!r}.")


def _finite(score: tf.Tensor) -> float:
    number = float(score)
    return number if math.isfinite(number) else 0.0
