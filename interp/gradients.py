"""Gradients of a target inside a compiled pass; filter gradients are never taken."""

from __future__ import annotations

from collections.abc import Sequence

from interp.lazy import tf
from interp.network import Hook, Network
from interp.targets import Target

SCALES = (2.0**7, 2.0**14)  # of a score in half precision, whose gradients would else be rounded to zero


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
    with tf.GradientTape(watch_accessed_variables=False, persistent=network.is_half) as tape:

        def watch(name: str, tensor: tf.Tensor) -> tf.Tensor:
            if name == layer:
                tape.watch(tensor)
            return tensor

        forward = network.run(inputs, watch)
        score = target.score(forward, operands)
    activations = forward.layers[layer]
    gradient = gradient_of(score, activations, tape, network)
    if gradient is None:
        raise ValueError(f"The target does not depend on layer {layer!r}, so it can't be explained by that layer.")
    return tf.cast(activations, tf.float32), gradient, score


def gradient_of(score: tf.Tensor, source: tf.Tensor, tape: tf.GradientTape, network: Network) -> tf.Tensor | None:
    """Return the gradient of a score by a tensor (N, ...), float32; None where the score does not depend on it.

    In a network of half precision much of a gradient is too small for float16 and would be zero. There the score is
    scaled up as far as nothing overflows, as in training.

    Args:
        score: What is differentiated, one number for each picture (N,) or one for all.
        source: By what.
        tape: A tape that watches the source; persistent for a network of half precision.
        network: The network that both are of.
    """
    gradient = tape.gradient(score, source)
    if gradient is None:
        return None
    gradient = tf.cast(gradient, tf.float32)
    for scale in SCALES if network.is_half else ():
        scaled = tape.gradient(score, source, output_gradients=scale * tf.ones_like(score))
        scaled = tf.cast(scaled, tf.float32) / scale
        every = list(range(1, len(scaled.shape)))
        gradient = tf.where(tf.reduce_all(tf.math.is_finite(scaled), axis=every, keepdims=True), scaled, gradient)
    return gradient


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
    with tf.GradientTape(watch_accessed_variables=False, persistent=network.is_half) as tape:
        tape.watch(picture)
        score = target.score(network.run(inputs, hook), operands)
    gradient = gradient_of(score, picture, tape, network)
    if gradient is None:
        raise ValueError("The target does not depend on the picture, so there is no gradient to explain it by.")
    return gradient, score
