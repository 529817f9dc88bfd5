"""What the gradient methods of the CAM family share: a layer's activations and gradient, combined into a map."""

from collections.abc import Callable

import numpy as np

from interp.method import Maps, Task
from interp.passes import layer_gradients

Combine = Callable[[np.ndarray, np.ndarray], np.ndarray]


def class_activation(task: Task, combine: Combine) -> Maps:
    """Compute a class activation map.

    Args:
        task: What is explained.
        combine: Returns the maps (N, h, w) for the layer's activations and their gradient, each (N, h, w, K).

    Raises:
        ValueError: The target does not depend on the layer.
    """
    activations, gradient, scores = layer_gradients(task.network, task.inputs, task.target, task.layer)
    return Maps(combine(activations, gradient), scores)


def weigh(activations: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the sum (N, h, w) of the maps (N, h, w, K), each times its weight (N, K)."""
    summed: np.ndarray = (activations @ weights[:, None, :, None])[..., 0]
    return summed


def positive(values: np.ndarray) -> np.ndarray:
    """Return the values with the negative ones as zero."""
    return np.maximum(values, 0)
