"""What is explained: one number for each picture, computed from the tensors of a forward pass.

A target is a plain value. Its `key` says which computation it is; its numbers, such as the class, are operands that
enter a compiled pass as tensors, so that a new class never traces anew. Targets add, subtract and scale like numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from interp.network import Forward, Network


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
        if not 0 <= self.output < len(network.output_shapes):
            raise ValueError(
                f"The network has {len(network.output_shapes)} outputs, so there is no output {self.output}."
            )
        classes = network.output_shapes[self.output][-1]
        for index in _numbers(self.index):
            if classes is not None and not 0 <= index < classes:
                raise ValueError(f"The network has {classes} classes, so there is no class {index}.")

    def describe(self, network: Network) -> str:
        return ", ".join(_class_name(network, index, self.output) for index in _numbers(self.index))

    def part(self, start: int, stop: int) -> Target:
        return self if isinstance(self.index, int) else Class(self.index[start:stop], self.output)


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

    def describe(self, network: Network) -> str:
        parts = zip(self.weights, self.targets, strict=True)
        return " + ".join(f"{weight:g} × {target.describe(network)}" for weight, target in parts)

    def part(self, start: int, stop: int) -> Target:
        return Sum(tuple(target.part(start, stop) for target in self.targets), self.weights)


def resolve(network: Network, target: Any, inputs: Sequence[np.ndarray]) -> Target:
    """Return what the caller means by a target.

    Args:
        network: The network to explain.
        target: A `Target`; a class's number or label; a sequence of them, one for each picture; or None for the
            class the network answers with.
        inputs: The batch as `Network.batch` returns it.

    Raises:
        ValueError: The network has nothing of that number or name.
    """
    if target is None:
        answers = network.predict(list(inputs) if len(inputs) > 1 else inputs[0])
        target = answers.reshape(len(answers), -1, answers.shape[-1]).mean(axis=1).argmax(axis=-1)
    if isinstance(target, list | tuple | np.ndarray):
        target = Class(tuple(_class_number(network, one) for one in target))
    elif not isinstance(target, Target):
        target = Class(_class_number(network, target))
    target.validate(network)
    return target


def operand_specs(target: Target) -> list[tf.TensorSpec]:
    """Return the signature of a target's operands for `Network.compile`."""
    return [tf.TensorSpec([None, *operand.shape[1:]], operand.dtype) for operand in target.operands(0)]


def _class_number(network: Network, label: Any) -> int:
    if isinstance(label, str):
        return network.class_index(label)
    if isinstance(label, int | np.integer) and not isinstance(label, bool):
        return int(label)
    raise ValueError(f"A target is a class's number or label, or a Target; got {label!r}.")


def _class_name(network: Network, index: int, output: int) -> str:
    return network.labels[index] if network.labels is not None and output == 0 else f"class {index}"


def _numbers(index: int | tuple[int, ...]) -> tuple[int, ...]:
    return (index,) if isinstance(index, int) else index


def _broadcast(index: int | tuple[int, ...], count: int, kind: str) -> np.ndarray:
    numbers = _numbers(index)
    if isinstance(index, tuple) and count and len(numbers) != count:
        raise ValueError(f"Give one {kind} for each of the {count} pictures, or one for all; got {len(numbers)}.")
    return np.full(count, index, np.int32) if isinstance(index, int) else np.array(numbers[:count], np.int32)


def _pick(values: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
    """Return the unit `index` (N,) of each picture, averaged over space where there is any."""
    values = tf.cast(values, tf.float32)
    space = list(range(1, len(values.shape) - 1))
    means = tf.reduce_mean(values, axis=space) if space else values  # (N, K)
    # A product with a one-hot row has a cheaper gradient than a gather.
    return tf.reduce_sum(means * tf.one_hot(index, tf.shape(means)[-1], dtype=tf.float32), axis=-1)
