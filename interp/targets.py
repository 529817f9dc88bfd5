"""What is explained: one number for each picture, computed from the tensors of a forward pass.

A target is a plain value. Its `key` says which computation it is; its numbers, such as the class, are operands that
enter a compiled pass as tensors, so that a new class never traces anew. Targets add, subtract and scale like numbers.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from interp.lazy import tf
from interp.names import unknown_name
from interp.network import Forward, Network

READINGS = ("peak", "mean", "x", "y")
SHARPNESS = 20.0  # of the soft maximum over a heat map scaled to a peak of 1


class Target(ABC):
    """Base of all targets."""

    @property
    @abstractmethod
    def key(self) -> Hashable:
        """What tells this computation from others, without its numbers."""

    @abstractmethod
    def operands(self, count: int) -> list[np.ndarray]:
        """Return the numbers of the target for a batch, each int32 or float32 (count, ...)."""

    @abstractmethod
    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        """Return the number to explain, float32 (N,), from a forward pass and the operands as tensors."""

    @abstractmethod
    def validate(self, network: Network) -> None:
        """Raise ValueError where the network has nothing the target speaks of."""

    @abstractmethod
    def describe(self, network: Network) -> str:
        """Return a few words for a caption."""

    def part(self, start: int, stop: int) -> Target:
        """Return the target for a part of a batch."""
        return self

    def __add__(self, other: Target) -> Target:
        return Sum((self, other), (1.0, 1.0))

    def __sub__(self, other: Target) -> Target:
        return Sum((self, other), (1.0, -1.0))

    def __mul__(self, weight: float) -> Target:
        return Sum((self,), (float(weight),))

    __rmul__ = __mul__

    def __neg__(self) -> Target:
        """The same the other way round: what speaks against it."""
        return self * -1.0


@dataclass(frozen=True)
class Class(Target):
    """The logit of a class; of a network without softmax or sigmoid, the output itself.

    Args:
        index: Number of the class, or one number for each picture of a batch.
        output: Which of several outputs. Defaults to the first.
    """

    index: int | tuple[int, ...]
    output: int = 0

    @property
    def key(self) -> Hashable:
        return ("class", self.output)

    def operands(self, count: int) -> list[np.ndarray]:
        return [_broadcast(self.index, count, "class")]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        return _pick(forward.logits[self.output], operands[0])

    def validate(self, network: Network) -> None:
        classes = _output_shape(network, self.output)[-1]
        for index in _numbers(self.index):
            if classes is not None and not 0 <= index < classes:
                raise ValueError(f"The network has {classes} classes, so there is no class {index}.")

    def describe(self, network: Network) -> str:
        return ", ".join(_class_name(network, index, self.output) for index in _numbers(self.index))

    def part(self, start: int, stop: int) -> Target:
        return self if len(_numbers(self.index)) == 1 else Class(_numbers(self.index)[start:stop], self.output)


@dataclass(frozen=True)
class Contrast(Target):
    """How much more a class is answered than another: the difference of their logits.

    Args:
        index: Number of the class.
        against: Number of the other class.
        output: Which of several outputs. Defaults to the first.
    """

    index: int
    against: int
    output: int = 0

    @property
    def key(self) -> Hashable:
        return ("contrast", self.output)

    def operands(self, count: int) -> list[np.ndarray]:
        return [_broadcast(self.index, count, "class"), _broadcast(self.against, count, "class")]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        logits = forward.logits[self.output]
        return _pick(logits, operands[0]) - _pick(logits, operands[1])

    def validate(self, network: Network) -> None:
        Class((self.index, self.against), self.output).validate(network)

    def describe(self, network: Network) -> str:
        names = [_class_name(network, index, self.output) for index in (self.index, self.against)]
        return f"{names[0]} rather than {names[1]}"


@dataclass(frozen=True)
class Coordinate(Target):
    """A coordinate of a keypoint, in a network that answers with x and y of each.

    Args:
        keypoint: Number of the keypoint.
        axis: "x" or "y".
        output: Which of several outputs; its shape is (N, K, 2), or (N, 2 K) with x and y in turn. Defaults to the
            first.
    """

    keypoint: int
    axis: Literal["x", "y"]
    output: int = 0

    @property
    def key(self) -> Hashable:
        return ("coordinate", self.output)

    def operands(self, count: int) -> list[np.ndarray]:
        return [_broadcast(2 * self.keypoint + ("x", "y").index(self.axis), count, "coordinate")]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        answers = forward.outputs[self.output]
        return _pick(tf.reshape(answers, [-1, math.prod(answers.shape[1:])]), operands[0])

    def validate(self, network: Network) -> None:
        if self.axis not in ("x", "y"):
            raise unknown_name("axis", self.axis, ("x", "y"))
        shape = _output_shape(network, self.output)
        numbers = math.prod(size or 0 for size in shape)
        if not (len(shape) == 1 or (len(shape) == 2 and shape[1] == 2)) or numbers % 2:
            raise ValueError(f"Output {self.output} has the shape {shape}, not (K, 2) or (2 K,) for K keypoints.")
        if not 0 <= self.keypoint < numbers // 2:
            raise ValueError(f"The network has {numbers // 2} keypoints, so there is no keypoint {self.keypoint}.")

    def describe(self, network: Network) -> str:
        return f"{self.axis} of keypoint {self.keypoint}"


@dataclass(frozen=True)
class HeatMap(Target):
    """A heat map of the answer, such as a joint's.

    Args:
        index: Number of the heat map.
        output: Which of several outputs; its shape is (N, h, w, K). Defaults to the first.
        reading: "peak" or "mean" of the map, before a sigmoid; or "x" or "y", where its peak is in pixels of the map,
            as a soft maximum over the answer. Defaults to "peak".
    """

    index: int
    output: int = 0
    reading: Literal["peak", "mean", "x", "y"] = "peak"

    @property
    def key(self) -> Hashable:
        return ("heat map", self.output, self.reading)

    def operands(self, count: int) -> list[np.ndarray]:
        return [_broadcast(self.index, count, "heat map")]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        if self.reading == "mean":
            return _pick(forward.logits[self.output], operands[0])
        if self.reading == "peak":
            return tf.reduce_max(_pick_map(forward.logits[self.output], operands[0]), axis=[1, 2])
        heat = _pick_map(forward.outputs[self.output], operands[0])  # (N, h, w)
        peak = tf.stop_gradient(tf.reduce_max(tf.abs(heat), axis=[1, 2], keepdims=True))
        shares = tf.exp(SHARPNESS * (tf.math.divide_no_nan(heat, peak) - 1))
        along = tf.reduce_sum(shares, axis=1 if self.reading == "x" else 2)  # (N, w) or (N, h)
        places = tf.range(tf.shape(along)[1], dtype=tf.float32)
        return tf.reduce_sum(along * places, axis=1) / tf.reduce_sum(along, axis=1)

    def validate(self, network: Network) -> None:
        if self.reading not in READINGS:
            raise unknown_name("reading", self.reading, READINGS)
        shape = _output_shape(network, self.output)
        if len(shape) != 3:
            raise ValueError(f"Output {self.output} has the shape {shape}, not that of heat maps, (h, w, K).")
        Class(self.index, self.output).validate(network)

    def describe(self, network: Network) -> str:
        return f"{self.reading} of heat map {self.index}"


@dataclass(frozen=True)
class Cell(Target):
    """One cell of an answer that is a stack of maps, before a sigmoid: such as a detection's score.

    Args:
        index: Number of the map.
        row: Row of the cell.
        column: Column of the cell.
        output: Which of several outputs; its shape is (N, h, w, K). Defaults to the first.
    """

    index: int
    row: int
    column: int
    output: int = 0

    @property
    def key(self) -> Hashable:
        return ("cell", self.output)

    def operands(self, count: int) -> list[np.ndarray]:
        return [_broadcast(number, count, "cell") for number in (self.index, self.row, self.column)]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        return _gather(forward.logits[self.output], *operands)

    def validate(self, network: Network) -> None:
        HeatMap(self.index, self.output).validate(network)
        _check_place(f"Output {self.output}", _output_shape(network, self.output), self.row, self.column)

    def describe(self, network: Network) -> str:
        return f"map {self.index} at row {self.row}, column {self.column}"


@dataclass(frozen=True)
class Channel(Target):
    """The mean of one channel of a layer, or one unit of a layer without space.

    Args:
        layer: Name of the layer.
        index: Number of the channel.
    """

    layer: str
    index: int

    @property
    def key(self) -> Hashable:
        return ("channel", self.layer)

    def operands(self, count: int) -> list[np.ndarray]:
        return [_broadcast(self.index, count, "channel")]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        return _pick(forward.layers[self.layer], operands[0])

    def validate(self, network: Network) -> None:
        channels = network.layer(self.layer).channels
        if channels is not None and not 0 <= self.index < channels:
            raise ValueError(f"Layer {self.layer!r} has {channels} channels, so there is no channel {self.index}.")

    def describe(self, network: Network) -> str:
        return f"channel {self.index} of {self.layer}"


@dataclass(frozen=True)
class Unit(Target):
    """One place of one channel of a layer.

    Args:
        layer: Name of a layer with maps.
        index: Number of the channel.
        row: Row of the place.
        column: Column of the place.
    """

    layer: str
    index: int
    row: int
    column: int

    @property
    def key(self) -> Hashable:
        return ("unit", self.layer)

    def operands(self, count: int) -> list[np.ndarray]:
        return [_broadcast(number, count, "unit") for number in (self.index, self.row, self.column)]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        return _gather(forward.layers[self.layer], *operands)

    def validate(self, network: Network) -> None:
        Channel(self.layer, self.index).validate(network)
        shape = network.layer(self.layer).output_shape
        if len(shape) != 3:
            raise ValueError(f"Layer {self.layer!r} has no maps, so its units have no row and column; use Channel.")
        _check_place(f"Layer {self.layer!r}", shape, self.row, self.column)

    def describe(self, network: Network) -> str:
        return f"channel {self.index} of {self.layer} at row {self.row}, column {self.column}"


@dataclass(frozen=True)
class Function(Target):
    """Any number that can be computed from the network's answer.

    Args:
        function: Takes the answer as the model gives it, a tensor or a list of one for each output, and returns a
            number for each picture (N,), by TensorFlow or Keras operations. Use one function again and again: every
            new one is compiled anew, and kept as long as the network.
    """

    function: Callable[[Any], Any]

    @property
    def key(self) -> Hashable:
        return ("function", self.function)

    def operands(self, count: int) -> list[np.ndarray]:
        return []

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        score = tf.convert_to_tensor(self.function(forward.outputs if len(forward.outputs) > 1 else forward.outputs[0]))
        if score.shape.rank != 1:
            raise ValueError(f"A target function returns one number for each picture, (N,); got shape {score.shape}.")
        return tf.cast(score, tf.float32)

    def validate(self, network: Network) -> None:
        if not callable(self.function):
            raise ValueError(f"A target function is callable; got {self.function!r}.")

    def describe(self, network: Network) -> str:
        return getattr(self.function, "__name__", "a function").replace("<lambda>", "a function")


@dataclass(frozen=True)
class LayerEnergy(Target):
    """The mean square of all activations of a layer: what DeepDream amplifies.

    Args:
        layer: Name of the layer.
    """

    layer: str

    @property
    def key(self) -> Hashable:
        return ("energy", self.layer)

    def operands(self, count: int) -> list[np.ndarray]:
        return []

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        activations = tf.cast(forward.layers[self.layer], tf.float32)
        return tf.reduce_mean(tf.square(activations), axis=list(range(1, len(activations.shape))))

    def validate(self, network: Network) -> None:
        network.layer(self.layer)

    def describe(self, network: Network) -> str:
        return f"everything {self.layer} sees"


@dataclass(frozen=True)
class Sum(Target):
    """A weighted sum of targets.

    Args:
        targets: The targets.
        weights: One factor for each.
    """

    targets: tuple[Target, ...]
    weights: tuple[float, ...]

    @property
    def key(self) -> Hashable:
        return ("sum", *(target.key for target in self.targets))

    def operands(self, count: int) -> list[np.ndarray]:
        weights = [np.full(count, weight, np.float32) for weight in self.weights]
        return weights + [operand for target in self.targets for operand in target.operands(count)]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        weights, rest = operands[: len(self.targets)], list(operands[len(self.targets) :])
        total = tf.constant(0.0)
        for target, weight in zip(self.targets, weights, strict=True):
            size = len(target.operands(0))
            total = total + weight * target.score(forward, rest[:size])
            rest = rest[size:]
        return total

    def validate(self, network: Network) -> None:
        for target in self.targets:
            target.validate(network)

    def __neg__(self) -> Target:
        if self.weights == (-1.0,):
            return self.targets[0]
        return Sum(self.targets, tuple(-weight for weight in self.weights))

    def describe(self, network: Network) -> str:
        if self.weights == (-1.0,):
            return f"against {self.targets[0].describe(network)}"
        parts = zip(self.weights, self.targets, strict=True)
        return " + ".join(f"{weight:g} × {target.describe(network)}" for weight, target in parts)

    def part(self, start: int, stop: int) -> Target:
        return Sum(tuple(target.part(start, stop) for target in self.targets), self.weights)


def resolve(network: Network, target: Any, inputs: Sequence[np.ndarray]) -> Target:
    """Return what the caller means by a target.

    Args:
        network: The network to explain.
        target: A `Target`; a class's number or label; a sequence of them, one for each picture; a function of the
            network's outputs; or None for the class the network answers with.
        inputs: The batch as `Network.batch` returns it.

    Raises:
        ValueError: The network has nothing of that number or name.
    """
    if target is None:
        answers = network.predict(list(inputs) if len(inputs) > 1 else inputs[0])
        target = answers.reshape(len(answers), -1, answers.shape[-1]).mean(axis=1).argmax(axis=-1)
    if hasattr(target, "__array__"):  # an array, or a tensor of any library
        target = np.asarray(target).tolist()
    if isinstance(target, list | tuple):
        target = Class(tuple(_class_number(network, one) for one in target))
    elif callable(target):
        target = Function(target)
    elif not isinstance(target, Target):
        target = Class(_class_number(network, target))
    target.validate(network)
    target.operands(len(inputs[0]))  # raises where there are not as many numbers as pictures
    return target


def operand_specs(target: Target) -> list[tf.TensorSpec]:
    """Return the signature of a target's operands for `Network.compile`."""
    return [tf.TensorSpec([None, *operand.shape[1:]], operand.dtype) for operand in target.operands(0)]


def _class_number(network: Network, label: Any) -> int:
    label = label.item() if isinstance(label, np.ndarray) and label.ndim == 0 else label
    if isinstance(label, str):
        return network.class_index(label)
    if isinstance(label, int | np.integer) and not isinstance(label, bool):
        return int(label)
    raise ValueError(f"A target is a class's number or label, or a Target; got {label!r}.")


def _output_shape(network: Network, output: int) -> tuple[int | None, ...]:
    if not 0 <= output < len(network.output_shapes):
        raise ValueError(f"The network has {len(network.output_shapes)} outputs, so there is no output {output}.")
    return network.output_shapes[output]


def _class_name(network: Network, index: int, output: int) -> str:
    return network.labels[index] if network.labels is not None and output == 0 else f"class {index}"


def _numbers(index: int | tuple[int, ...]) -> tuple[int, ...]:
    return (int(index),) if isinstance(index, int | np.integer) else index


def _broadcast(index: int | tuple[int, ...], count: int, kind: str) -> np.ndarray:
    numbers = _numbers(index)
    if count and len(numbers) not in (1, count):
        raise ValueError(f"Give one {kind} for each of the {count} pictures, or one for all; got {len(numbers)}.")
    return np.full(count, numbers if count else 0, np.int32)


def _pick(values: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    """Return the unit `index` (N,) of each picture, averaged over space where there is any."""
    values = _with_units(tf.cast(values, tf.float32))
    space = list(range(1, len(values.shape) - 1))
    means = tf.reduce_mean(values, axis=space) if space else values  # (N, K)
    # A product with a one-hot row has a cheaper gradient than a gather.
    return tf.reduce_sum(means * tf.one_hot(index, tf.shape(means)[-1], dtype=tf.float32), axis=-1)


def _with_units(values: tf.Tensor) -> tf.Tensor:
    """Return an answer of one number a picture (N,) as one of one unit (N, 1)."""
    return values[:, None] if values.shape.rank == 1 else values


def _gather(maps: tf.Tensor, index: tf.Tensor, row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
    """Return one value of each picture's maps, (N,)."""
    maps = tf.cast(maps, tf.float32)
    return tf.gather_nd(maps, tf.stack([tf.range(tf.shape(maps)[0]), row, column, index], axis=1))


def _check_place(owner: str, shape: Sequence[int | None], row: int, column: int) -> None:
    for name, number, size in zip(("row", "column"), (row, column), shape, strict=False):
        if number < 0 or (size is not None and number >= size):
            raise ValueError(f"{owner} has {size} {name}s, so there is no {name} {number}.")


def _pick_map(values: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    """Return the map `index` (N,) of each picture, (N, h, w)."""
    values = tf.cast(values, tf.float32)
    chosen = tf.one_hot(index, tf.shape(values)[-1], dtype=tf.float32)
    return tf.reduce_sum(values * chosen[:, None, None, :], axis=-1)
