"""A network of which nothing is known but its answers: any function from pictures to scores."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
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
    picture, held = keras.Input(input_shape, name="photo"), _Held(function)
    asked = _layer(weakref.ref(held), answer.shape[1])(picture)
    network = FunctionNetwork(keras.Model(picture, asked, name=name), labels)
    network.keep("function", lambda: held)
    return network


@dataclass(frozen=True, eq=False)
class _Held:
    """A function as its network holds it: TensorFlow keeps what it has called in a graph for ever."""

    function: Function


class FunctionNetwork(Network):
    """A network of which nothing is known but its answers."""

    is_function = True

    def compile(self, key: Hashable, function: Callable[..., Any], signature: Sequence[Any]) -> Callable[..., Any]:
        """Return the compiled form of a pass that asks for answers; see `Network.compile`.

        Raises:
            ValueError: The pass asks for gradients.
        """
        if isinstance(key, tuple) and key and "gradient" in str(key[0]):
            raise ValueError(NO_GRADIENT)
        return super().compile(key, function, signature)


def _layer(reference: weakref.ref[_Held], classes: int) -> Any:
    """Return a layer that asks a function; Keras is loaded when the first one is made."""

    def ask(pictures: np.ndarray) -> np.ndarray:
        held = reference()
        if held is None:
            raise RuntimeError("The function is gone.")
        return np.ascontiguousarray(held.function(pictures), np.float32)

    class AskedFunction(keras.layers.Layer):
        """Asks the function for each batch."""

        def call(self, pictures: Any) -> Any:
            answer = tf.numpy_function(ask, [pictures], tf.float32)
            answer.set_shape((pictures.shape[0], classes))
            return answer

        def compute_output_spec(self, pictures: Any) -> Any:
            return keras.KerasTensor((pictures.shape[0], classes), "float32")

    return AskedFunction(name="answer")
