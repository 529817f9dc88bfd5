"""The compiled passes the methods share, each built once for a network, a layer and a kind of target.

They take arrays and return arrays; what a method makes of them is little work and needs no compiling of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from interp.gradients import gradient_of
from interp.lazy import tf
from interp.network import Hook, Network
from interp.targets import Target, operand_specs

PASS_PIXELS = 2**19  # pixels of a pass: larger pictures go through in smaller numbers, in bounded memory


def pass_size(network: Network, inputs: Sequence[np.ndarray]) -> int:
    """Return how many pictures of this size go through the network at once."""
    height, width = inputs[network.picture].shape[1:3]
    return min(network.most_at_once, max(1, PASS_PIXELS // math.prod((height, width))))


def scores(network: Network, inputs: Sequence[np.ndarray], target: Target) -> np.ndarray:
    """Return the target's value for each picture, float32 (N,).

    Args:
        network: The network.
        inputs: One array (N, ...) for each input.
        target: What is scored.
    """

    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor]) -> tuple[tf.Tensor]:
        return (target.score(network.run(tensors), operands),)

    return _run(network, ("score", target.key), compute, inputs, target)[0]


def input_gradients(
    network: Network, inputs: Sequence[np.ndarray], target: Target, hook: Hook | None = None, kind: str = "plain"
) -> tuple[np.ndarray, np.ndarray]:
    """Differentiate a target by the picture.

    Args:
        network: The network.
        inputs: One array (N, ...) for each input.
        target: What is explained.
        hook: The hook of `Network.run`, which may change how layers are differentiated. Defaults to none.
        kind: The hook's name: passes of one kind are built once. Defaults to that of no hook.

    Returns:
        The gradient, float32 (N, h, w, c), and the target's scores (N,).

    Raises:
        ValueError: The target does not depend on the picture.
    """

    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        picture = tensors[network.picture]
        with tf.GradientTape(watch_accessed_variables=False, persistent=network.is_half) as tape:
            tape.watch(picture)
            score = target.score(network.run(tensors, hook), operands)
        gradient = gradient_of(score, picture, tape, network)
        if gradient is None:
            raise ValueError("The target does not depend on the picture, so there is no gradient to explain it by.")
        return gradient, score

    gradient, score = _run(network, ("input gradient", kind, target.key), compute, inputs, target)
    return gradient, score


def layer_gradients(
    network: Network, inputs: Sequence[np.ndarray], target: Target, layer: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Differentiate a target by a layer's output.

    The tape watches that output alone, so the backward pass ends there.

    Args:
        network: The network.
        inputs: One array (N, ...) for each input.
        target: What is explained.
        layer: Name of the layer.

    Returns:
        The layer's activations and their gradient, float32 (N, ..., K), and the target's scores (N,).

    Raises:
        ValueError: The target does not depend on the layer.
    """

    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        with tf.GradientTape(watch_accessed_variables=False, persistent=network.is_half) as tape:

            def watch(name: str, tensor: tf.Tensor) -> tf.Tensor:
                if name == layer:
                    tape.watch(tensor)
                return tensor

            forward = network.run(tensors, watch)
            score = target.score(forward, operands)
        activations = forward.layers[layer]
        gradient = gradient_of(score, activations, tape, network)
        if gradient is None:
            raise ValueError(f"The target does not depend on layer {layer!r}, so it can't be explained by that layer.")
        return tf.cast(activations, tf.float32), gradient, score

    activations, gradient, score = _run(network, ("layer gradient", layer, target.key), compute, inputs, target)
    return activations, gradient, score


def layer_maps(
    network: Network, inputs: Sequence[np.ndarray], target: Target, layer: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return a layer's activations, float32 (N, ..., K), and the target's scores (N,), without gradients.

    Args:
        network: The network.
        inputs: One array (N, ...) for each input.
        target: What is scored.
        layer: Name of the layer.
    """

    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        forward = network.run(tensors)
        return tf.cast(forward.layers[layer], tf.float32), target.score(forward, operands)

    maps, score = _run(network, ("layer maps", layer, target.key), compute, inputs, target)
    return maps, score


def _run(
    network: Network, key: Hashable, compute: Callable[..., Any], inputs: Sequence[np.ndarray], target: Target
) -> list[np.ndarray]:
    run = network.compile(key, compute, [network.input_specs(), operand_specs(target)])
    return [tensor.numpy() for tensor in run(list(inputs), target.operands(len(inputs[0])))]
