"""Eigen-CAM: what a layer's maps have most in common."""

import numpy as np

from interp.class_activation import positive
from interp.method import Maps, Method, Task
from interp.passes import layer_maps


def eigen_cam(task: Task) -> Maps:
    """Compute Eigen-CAM: `relu(A v)` with v the first right singular vector of the layer's activations A (hw, K).

    It needs no gradient and no class: it is the same map for every target, and shows what the layer answers to most,
    not what the answer rests on. The sign of v is chosen so that the map's sum is positive. Where an activation is no
    number, neither is the map.

    Args:
        task: What is explained.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Reference:
        Muhammad and Yeasin 2020, "Eigen-CAM: Class Activation Map using Principal Components", arXiv:2008.00299
    """
    activations, scores = layer_maps(task.network, task.inputs, task.target, task.layer)
    count, height, width, channels = activations.shape
    flat = activations.reshape(count, height * width, channels)
    is_finite = np.isfinite(flat).all(axis=(1, 2), keepdims=True)
    left, strengths, _ = np.linalg.svd(np.where(is_finite, flat, 0), full_matrices=False)
    projected = left[:, :, 0] * strengths[:, :1]  # A v
    projected = np.where(projected.sum(axis=1, keepdims=True) < 0, -projected, projected)
    projected = np.where(is_finite[..., 0], projected, np.nan)
    return Maps(positive(projected).reshape(count, height, width), scores)


METHOD = Method(
    name="eigen_cam",
    label="Eigen-CAM",
    summary="What the layer answers to most, from its activations alone. The same map for every target.",
    formula=r"L = \mathrm{ReLU}(A v),\quad v = \arg\max_{\|v\| = 1} \|A v\|",
    reference="Muhammad and Yeasin 2020, arXiv:2008.00299",
    signed=False,
    needs_layer=True,
    compute=eigen_cam,
    rank=60,
)
