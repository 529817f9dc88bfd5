"""How the ascent holds the picture: as pixels or as a spectrum."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from interp.lazy import tf

MARGIN = 0.02  # keeps the inverse sigmoid of black and white finite

# The square root of the covariance of colours in ImageNet's photos, as Lucid ships it: brightness, then the two
# contrasts of colour. Divided by the longest column, so that brightness keeps its size.
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]])
COLOURS = (_COLOURS / np.linalg.norm(_COLOURS, axis=0).max()).astype(np.float32)  # (RGB, decorrelated)


class Parameterisation(ABC):
    """A picture with values 0 to 1 as one real tensor that the ascent moves."""

    name: str

    @abstractmethod
    def encode(self, picture: np.ndarray) -> np.ndarray:
        """Return the parameters float32 of a picture float32 (N, h, w, c) with values 0 to 1."""

    @abstractmethod
    def decode(self, parameters: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        """Return the picture (N, h, w, c) of parameters; `size` is int32 (h, w)."""

    @abstractmethod
    def extent(self, change: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        """Return by how much a change of the parameters changes a pixel, about and on average, for each picture."""

    @abstractmethod
    def confine(self, parameters: tf.Tensor) -> tf.Tensor:
        """Return the parameters with the picture's values between 0 and 1."""

    @property
    @abstractmethod
    def rank(self) -> int:
        """Number of the parameters' dimensions."""


class Pixels(Parameterisation):
    """The picture itself. Keeps a photo recognisable; from noise it ends in high frequencies."""

    name = "pixel"
    rank = 4

    def encode(self, picture: np.ndarray) -> np.ndarray:
        return picture

    def decode(self, parameters: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        return parameters

    def extent(self, change: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.abs(change), axis=[1, 2, 3])

    def confine(self, parameters: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(parameters, 0.0, 1.0)


class Fourier(Parameterisation):
    """The spectrum of the picture's logit, each frequency divided by its weight 1/f.

    Steps of equal size then move all scales alike, so that large shapes form and not only fine texture. The three
    channels of a colour picture are held as brightness and two contrasts of colour, as they vary in photos.

    Reference:
        Olah et al. 2017, "Feature Visualization", doi:10.23915/distill.00007
    """

    name = "fourier"
    rank = 5

    def encode(self, picture: np.ndarray) -> np.ndarray:
        inside = np.clip(picture.astype(np.float64), MARGIN, 1 - MARGIN)
        logit = np.log(inside / (1 - inside))
        if picture.shape[-1] == 3:
            logit = logit @ np.linalg.inv(COLOURS.astype(np.float64)).T
        spectrum = np.fft.rfft2(logit.transpose(0, 3, 1, 2), norm="ortho")
        parameters = spectrum * frequencies(*picture.shape[1:3])
        return np.stack([parameters.real, parameters.imag], axis=-1).astype(np.float32)  # (N, c, h, w // 2 + 1, 2)

    def decode(self, parameters: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        scaled = parameters / _frequencies(size)[:, :, None] * _root_of_pixels(size)
        logit = tf.signal.irfft2d(tf.complex(scaled[..., 0], scaled[..., 1]), fft_length=size)
        return tf.sigmoid(_mix_colours(tf.transpose(logit, [0, 2, 3, 1])))

    def extent(self, change: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        # Parseval: the spectrum's norm is that of the logit, and a sigmoid's slope is 1/4 at mid grey.
        spectrum = change / _frequencies(size)[:, :, None]
        squares = tf.reduce_sum(tf.square(spectrum), axis=[2, 3, 4]) / tf.cast(tf.reduce_prod(size), tf.float32)
        weights = np.square(COLOURS).sum(axis=0) if change.shape[1] == 3 else np.ones(1, np.float32)
        return tf.sqrt(tf.reduce_mean(squares * weights, axis=1)) / 4

    def confine(self, parameters: tf.Tensor) -> tf.Tensor:
        return parameters


def frequencies(height: int, width: int) -> np.ndarray:
    """Return the magnitudes of the frequencies (h, w // 2 + 1) of a real picture, the zero one raised to the next."""
    magnitudes = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    return np.maximum(magnitudes, 1 / max(height, width))


def natural_noise(shape: tuple[int, int, int], seed: int | tuple[int, ...]) -> np.ndarray:
    """Return noise with the spectrum 1/f of photos, float32 (h, w, c) of mean 0 and standard deviation 1.

    Args:
        shape: Height, width and channels.
        seed: Seed of the noise.
    """
    height, width, channels = shape
    white = np.random.default_rng(seed).normal(size=(height, width, channels))
    noise = np.fft.irfft2(
        np.fft.rfft2(white, axes=(0, 1)) / frequencies(height, width)[..., None], s=(height, width), axes=(0, 1)
    )
    if channels == 3:
        noise = noise @ COLOURS.T
    noise -= noise.mean(axis=(0, 1))
    return (noise / max(noise.std(), 1e-12)).astype(np.float32)


def _mix_colours(decorrelated: tf.Tensor) -> tf.Tensor:
    return tf.einsum("nhwd,cd->nhwc", decorrelated, COLOURS) if decorrelated.shape[-1] == 3 else decorrelated


def _frequencies(size: tf.Tensor) -> tf.Tensor:
    """Return `frequencies` of a size that comes in as a tensor."""
    height, width = size[0], size[1]
    sides = tf.cast(size, tf.float32)
    rows = tf.range(height)
    rows = tf.where(rows <= (height - 1) // 2, rows, rows - height)
    vertical = tf.cast(rows, tf.float32)[:, None] / sides[0]
    horizontal = tf.cast(tf.range(width // 2 + 1), tf.float32)[None, :] / sides[1]
    return tf.maximum(tf.sqrt(tf.square(vertical) + tf.square(horizontal)), 1 / tf.reduce_max(sides))


def _root_of_pixels(size: tf.Tensor) -> tf.Tensor:
    return tf.sqrt(tf.cast(tf.reduce_prod(size), tf.float32))


PARAMETERISATIONS: dict[str, Parameterisation] = {held.name: held for held in (Pixels(), Fourier())}
