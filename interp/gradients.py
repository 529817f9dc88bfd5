"""Gradients of a target inside a compiled pass; filter gradients are never taken."""

from __future__ import annotations

from collections.abc import Sequence

from interp.lazy import tf
from interp.network import Hook, Network
from interp.targets import Target


def layer_gradient(
    network: Network, inputs: Sequence[tf.Tensor], target: Target, operands: Sequence[tf.Tensor], layer: str
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Differentiate a target by a layer's output.

    The tape watches that output alone, so the backward pass ends there.

    Args:
        network: The network.
        inputs: One tensor (N, ...) for each input.
        target: What is explained.
        operands: The target's numbers.
        layer: Name of the layer.

    Returns:
        The layer's activations and their gradient, float32 (N, ..., K), and the target's score (N,).

    Raises:
        ValueError: The target does not depend on the layer.
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:

        def watch(name: str, tensor: tf.Tensor) -> tf.Tensor:
            if name == layer:
                tape.watch(tensor)
            return tensor

        forward = network.run(inputs, watch)
        score = target.score(forward, operands)
    activations = forward.layers[layer]
    gradient = tape.gradient(score, activations)
    if gradient is None:
        raise ValueError(f"The target does not depend on layer {layer!r}, so it can't be explained by that layer.")
    return tf.cast(activations, tf.float32), tf.cast(gradient, tf.float32), score


def input_gradient(
    network: Network,
    inputs: Sequence[tf.Tensor],
    target: Target,
    operands: Sequence[tf.Tensor],
    hook: Hook | None = None,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Differentiate a target by the picture.

    Args:
        network: The network.
        inputs: One tensor (N, ...) for each input.
        target: What is explained.
        operands: The target's numbers.
        hook: The hook of `Network.run`, which may change how layers are differentiated. Defaults to none.

    Returns:
        The gradient, float32 (N, h, w, c), and the target's score (N,).

    Raises:
        ValueError: The target does not depend on the picture.
    """
    picture = inputs[network.picture]
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(picture)
        score = target.score(network.run(inputs, hook), operands)
    gradient = tape.gradient(score, picture)
    if gradient is None:
        raise ValueError("The target does not depend on the picture, so there is no gradient to explain it by.")
    return gradient, score
