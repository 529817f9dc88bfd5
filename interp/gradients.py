"""Gradients of a target inside a compiled pass; filter gradients are never taken."""

from __future__ import annotations

from interp.lazy import tf
from interp.network import Network

SCALES = (2.0**7, 2.0**14)  # of a score in half precision, whose gradients would else be rounded to zero


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
