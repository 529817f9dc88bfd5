"""Which values a network expects in a picture, found by following its first operations."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from interp.graph import is_kind, run_graph
from interp.lazy import keras, tf
from interp.network import Network

PHOTO, UNIT = (0.0, 255.0), (0.0, 1.0)
STEEP = 0.05  # a step of the picture that changes the first layer's input by less is a step of 255
DARK = 2.0  # a value of the picture below which a subtracted mean is one of values up to 1


def expected_range(network: Network) -> tuple[float, float]:
    """Return 0 to 255 where a network rescales such values itself before its first weights, else 0 to 1.

    The first operations are those without weights, and normalisations: `x / 255`, `Rescaling`, `Normalization`, the
    `preprocess_input` of Keras's applications and what else is done to each value. Flat pictures go through them: if
    they come out many times smaller, or shifted by about half of 255, the network expects 0 to 255. One that does
    nothing to its pictures does not say what it expects; 0 to 1 is then the usual choice.

    Args:
        network: The network.
    """
    black, dark, white = _prepared(network, (0.0, 1.0, 255.0))  # each (channels,)
    slope = np.abs(white - black).max() / 255
    if np.abs(dark - black).max() > 2 * slope:  # bent: values above 1 are cut off
        return UNIT
    if slope < STEEP:
        return PHOTO
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = np.nanmedian(-black * 255 / (white - black))  # the value that becomes 0, as a subtracted mean does
    return PHOTO if zero > DARK else UNIT


class _ReachedError(Exception):
    """The first weights are reached; what lies behind them need not run."""


def _prepared(network: Network, values: tuple[float, ...]) -> np.ndarray:
    """Return what flat pictures of some values are in the middle where the first weights meet them, (n, channels)."""
    shapes = [[side or 64 for side in spec.shape[1:]] for spec in network.input_specs()]
    inputs = [np.zeros([len(values), *shape], np.float32) for shape in shapes]
    inputs[network.picture] += np.array(values, np.float32)[:, None, None, None]
    inputs, _ = network.batch(inputs if len(inputs) > 1 else inputs[0])
    tensors = [tf.constant(array) for array in inputs]
    steps = [tensors[network.picture]]

    def call(path: str, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        is_fed = any(given is step for given in keras.tree.flatten((args, kwargs)) for step in steps)
        if is_fed and _has_learnt(operation):
            raise _ReachedError
        result = operation(*args, **kwargs)
        if is_fed:
            steps.extend(keras.tree.flatten(result))
        return result

    with keras.StatelessScope(), suppress(_ReachedError):
        run_graph(network.model, tensors, call)
    picture = next(step for step in reversed(steps) if len(step.shape) == 4)
    middle: np.ndarray = picture[:, picture.shape[1] // 2, picture.shape[2] // 2].numpy()
    return middle.astype(np.float32)


def _has_learnt(operation: Any) -> bool:
    """Tell whether an operation works by weights, other than a normalisation's."""
    weights: list[Any] = getattr(operation, "weights", [])
    is_norm = is_kind(operation, "Normalization", "BatchNormalization")
    return not is_norm and any(tf.as_dtype(weight.dtype).is_floating for weight in weights)
