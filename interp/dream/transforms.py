"""Random moves of the picture before each step: what survives them is no accident of single pixels.

Every transform draws from a seed that comes in as a tensor, so that a picture can be made again.

Reference:
    Olah et al. 2017, "Feature Visualization", doi:10.23915/distill.00007
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from interp.lazy import tf


class Transform(ABC):
    """A random move; the frozen fields of its dataclass tell it from others."""

    @abstractmethod
    def apply(self, pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Return the pictures (N, h, w, c) moved; `seed` is int32 (2,)."""


@dataclass(frozen=True)
class Jitter(Transform):
    """Shift by up to some pixels each way; what leaves on one side comes back on the other.

    Args:
        pixels: Greatest shift; below 1 a share of the picture's shorter side. Defaults to 8.
    """

    pixels: float = 8

    def apply(self, pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        shorter = tf.cast(tf.reduce_min(tf.shape(pictures)[1:3]), tf.float32)
        limit = tf.cast(tf.math.ceil(shorter * self.pixels), tf.int32) if self.pixels < 1 else int(self.pixels)
        shift = tf.random.stateless_uniform([2], seed, -limit, limit + 1, dtype=tf.int32)
        return tf.roll(pictures, shift, axis=[1, 2])


@dataclass(frozen=True)
class Rotate(Transform):
    """Turn about the centre.

    Args:
        degrees: Greatest angle. Defaults to 10.
    """

    degrees: float = 10.0

    def apply(self, pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        limit = math.radians(self.degrees)
        angle = tf.random.stateless_uniform([], seed, -limit, limit)
        return _warp(pictures, tf.cos(angle), tf.sin(angle))


@dataclass(frozen=True)
class Scale(Transform):
    """Enlarge or shrink about the centre.

    Args:
        fraction: Greatest change of size. Defaults to 0.1.
    """

    fraction: float = 0.1

    def apply(self, pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        factor = tf.random.stateless_uniform([], seed, 1 - self.fraction, 1 + self.fraction)
        return _warp(pictures, 1 / factor, tf.constant(0.0))


@dataclass(frozen=True)
class Pad(Transform):
    """Shrink the picture into a frame of mid grey, so that its edge is no edge of the network's input.

    Args:
        pixels: Width of the frame. Defaults to 4.
    """

    pixels: int = 4

    def apply(self, pictures: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        size = tf.shape(pictures)[1:3]
        inner = tf.image.resize(pictures, tf.maximum(size - 2 * self.pixels, 1))
        margin = size - tf.shape(inner)[1:3]
        before = margin // 2
        paddings = tf.stack([[0, 0], [before[0], margin[0] - before[0]], [before[1], margin[1] - before[1]], [0, 0]])
        return tf.pad(inner, paddings, constant_values=0.5)


def _warp(pictures: tf.Tensor, cosine: tf.Tensor, sine: tf.Tensor) -> tf.Tensor:
    """Return pictures sampled at a rotated and scaled grid about their centre, mirrored at the edge."""
    size = tf.cast(tf.shape(pictures)[1:3], tf.float32)
    y, x = (size[0] - 1) / 2, (size[1] - 1) / 2
    matrix = [cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y, 0.0, 0.0]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=tf.stack([tf.cast(entry, tf.float32) for entry in matrix])[None],
        output_shape=tf.shape(pictures)[1:3],
        fill_value=0.5,
        interpolation="BILINEAR",
        fill_mode="REFLECT",
    )
