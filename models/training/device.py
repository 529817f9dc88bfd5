"""Random changes of grey faces on the device, in backend-agnostic Keras operations."""

from typing import Literal

import keras
import numpy as np
from keras import ops

from models.training.fitting import Tensor

_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16


class RandomFaces(keras.layers.Layer):
    """A layer that makes training faces; the same code feeds an accelerator and a laptop.

    Args:
        seed: of all chances.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(dtype="float32", name="device_faces")
        self.random = keras.random.SeedGenerator(seed)

    def uniform(self, count: Tensor, low: float, high: float) -> Tensor:
        """Return so many numbers (count,) between two."""
        return keras.random.uniform((count,), low, high, seed=self.random)

    def chosen(self, count: Tensor, share: float | Tensor) -> Tensor:
        """Return 1 for about this share of the faces, drawn at random, and 0 for the others, (count, 1, 1, 1)."""
        return ops.cast(self.uniform(count, 0, 1) < share, "float32")[:, None, None, None]

    def factor(self, count: Tensor, largest: float) -> Tensor:
        """Return factors (count, 1, 1, 1) from the inverse of the largest up to it."""
        return ops.exp(self.uniform(count, -1, 1) * float(np.log(largest)))[:, None, None, None]

    def blur(self, faces: Tensor, share: float) -> Tensor:
        """Blur this share of faces (N, h, w, 1) by up to a 5×5 binomial kernel."""
        count = ops.shape(faces)[0]
        amount = self.chosen(count, share) * self.uniform(count, 0, 1)[:, None, None, None]
        kernel = np.outer(_BINOMIAL, _BINOMIAL)[:, :, None, None]
        return faces + amount * (ops.conv(faces, kernel, padding="same", data_format="channels_last") - faces)

    def rectangles(self, faces: Tensor, sides: tuple[float, float], share: float) -> Tensor:
        """Return a mask (N, size, size, 1) for faces: 1 in a rectangle on this share of them, and 0 elsewhere.

        Args:
            faces: float32 (N, size, size, 1).
            sides: the smallest and the largest side of a rectangle, as share of the face's.
            share: of the faces that get one.
        """
        count, size = ops.shape(faces)[0], faces.shape[1]
        grid = ops.arange(size, dtype="float32")[None, :]
        inside = []
        for _ in range(2):
            centre = self.uniform(count, 0, size)[:, None]
            half = self.uniform(count, sides[0] / 2, sides[1] / 2)[:, None] * size
            inside.append(ops.cast(ops.abs(grid - centre) <= half, "float32"))
        return self.chosen(count, share) * (inside[0][:, :, None] * inside[1][:, None, :])[..., None]


def sample(
    pictures: Tensor,
    matrix: tuple[Tensor, Tensor, Tensor, Tensor],
    middle: tuple[Tensor, Tensor],
    size: int,
    beyond: Literal["reflect", "nearest"],
) -> Tensor:
    """Return the square of each picture that a matrix and its middle tell, float32 (N, size, size, 1).

    Args:
        pictures: float32 (N, h, w, 1).
        matrix: (a, b, c, d), each (N,): a step (across, down) in the square is one by (a · across + b · down,
            c · across + d · down) in the picture.
        middle: (x, y), each (N,), of the square in pixels of the picture.
        size: of the square's sides in pixels; not larger than the picture.
        beyond: what lies beyond the picture.
    """
    (a, b, c, d), (x, y), centre = matrix, middle, (size - 1) / 2
    nothing = ops.zeros_like(a)
    transform = [a, b, x - (a + b) * centre, c, d, y - (c + d) * centre, nothing, nothing]
    return ops.image.affine_transform(
        pictures, ops.stack(transform, axis=1), interpolation="bilinear", fill_mode=beyond, data_format="channels_last"
    )[:, :size, :size]
