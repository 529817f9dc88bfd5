"""How the ascent holds the picture: as pixels or as a spectrum."""

from abc import ABC, abstractmethod

import numpy as np
import tensorflow as tf

MARGIN = 0.02  # keeps the inverse sigmoid of black and white finite


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
        """Return by how much a change of the parameters changes a pixel, about and on average."""

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
        return tf.reduce_mean(tf.abs(change))

    def confine(self, parameters: tf.Tensor) -> tf.Tensor:
        return tf.clip_by_value(parameters, 0.0, 1.0)


class Fourier(Parameterisation):
    """The spectrum of the picture's logit, each frequency divided by its weight 1/f.

    Steps of equal size then move all scales alike, so that large shapes form and not only fine texture.

    Reference:
        Olah et al. 2017, "Feature Visualization", doi:10.23915/distill.00007
    """

    name = "fourier"
    rank = 5

    def encode(self, picture: np.ndarray) -> np.ndarray:
        inside = np.clip(picture.astype(np.float64), MARGIN, 1 - MARGIN)
        logit = np.log(inside / (1 - inside)).transpose(0, 3, 1, 2)  # (N, c, h, w)
        spectrum = np.fft.rfft2(logit, norm="ortho")
        height, width = picture.shape[1:3]
        frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
        parameters = spectrum * np.maximum(frequency, 1 / max(height, width))
        return np.stack([parameters.real, parameters.imag], axis=-1).astype(np.float32)  # (N, c, h, w // 2 + 1, 2)

    def decode(self, parameters: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        scaled = parameters / _frequencies(size)[:, :, None] * _root_of_pixels(size)
        logit = tf.signal.irfft2d(tf.complex(scaled[..., 0], scaled[..., 1]), fft_length=size)
        return tf.transpose(tf.sigmoid(logit), [0, 2, 3, 1])

    def extent(self, change: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        # Parseval: the spectrum's norm is that of the logit, and a sigmoid's slope is 1/4 at mid grey.
        pictures = tf.cast(tf.shape(change)[0] * tf.shape(change)[1], tf.float32)
        spectrum = change / _frequencies(size)[:, :, None]
        return tf.norm(spectrum) / (_root_of_pixels(size) * tf.sqrt(pictures)) / 4

    def confine(self, parameters: tf.Tensor) -> tf.Tensor:
        return parameters


def _frequencies(size: tf.Tensor) -> tf.Tensor:
    """Return the magnitudes of the frequencies (h, w // 2 + 1) of a real picture, the zero one raised to the next."""
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
