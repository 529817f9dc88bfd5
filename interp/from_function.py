"""A network of which nothing is known but its answers: any function from pictures to scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from interp.lazy import keras, tf
from interp.network import Network

Function = Callable[[np.ndarray], np.ndarray]
NO_GRADIENT = "A function has no gradients and no layers; occlusion, RISE and the tests of covering ask it alone."


def from_function(
    function: Function, input_shape: tuple[int, int, int], labels: Sequence[str] | None = None, name: str = "function"
) -> Network:
    """Return a network that asks a function.

    What asks for answers alone works on it: `predict`, occlusion, RISE, `cover_test`, `deletion`, `insertion`. What
    asks for layers or gradients raises ValueError with a sentence.

    Args:
        function: From float32 pictures (N, h, w, c) of 0 to 255 to a score or a probability for each class, (N, K). It
            is called from several threads, one at a time.
        input_shape: (h, w, c) of the pictures.
        labels: Names of the classes. Defaults to none.
        name: What it is called. Defaults to "function".

    Raises:
        ValueError: The function's answer to two grey pictures is no array (2, K), or labels don't fit.
    """
    blank = np.full((2, *input_shape), 127.5, np.float32)
    answer = np.asarray(function(blank))
    if answer.ndim != 2 or len(answer) != 2 or not np.issubdtype(answer.dtype, np.number):
        raise ValueError(f"The function must answer two pictures with numbers (2, classes), but gave {answer.shape}.")
    picture = keras.Input(input_shape, name="photo")
    asked = _layer(function, answer.shape[1])(picture)
    network = Network(keras.Model(picture, asked, name=name), labels)
    network.keep("is_function", lambda: True)
    return network


def is_function(network: Network) -> bool:
    """Tell whether nothing of a network is known but its answers."""
    return "is_function" in network.kept


def _layer(function: Function, classes: int) -> Any:
    """Return a layer that asks a function; Keras is loaded when the first one is made."""

    def ask(pictures: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(function(pictures), np.float32)

    @tf.custom_gradient
    def asked(pictures: Any) -> Any:
        answer = tf.numpy_function(ask, [pictures], tf.float32)
        answer.set_shape((pictures.shape[0], classes))

        def gradient(*_: Any) -> Any:
            raise ValueError(NO_GRADIENT)

        return answer, gradient

    class AskedFunction(keras.layers.Layer):
        """Asks the function for each batch."""

        def call(self, pictures: Any) -> Any:
            return asked(pictures)

        def compute_output_spec(self, pictures: Any) -> Any:
            return keras.KerasTensor((pictures.shape[0], classes), "float32")

    return AskedFunction(name="answer")
