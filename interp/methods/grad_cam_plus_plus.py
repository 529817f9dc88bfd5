"""Grad-CAM++: Grad-CAM that counts every place where a map helps, however small."""

import numpy as np

from interp.class_activation import class_activation, positive, weigh
from interp.method import Maps, Method, Task


def grad_cam_plus_plus(task: Task) -> Maps:
    """Compute Grad-CAM++.

    With A the layer's activations, y the target and g = dy/dA, the map is `relu(sum_k w_k A_k)` with
    `w_k = sum_ij a_ijk relu(g_ijk)` and `a_ijk = 1 / (2 + g_ijk sum_ij A_ijk)`, 0 where g_ijk is 0, each map's `a`
    scaled to sum 1.

    The paper differentiates exp(y); that factor cancels in `a` and only scales the map, so it is left out and no
    logit is too large. Several instances of a class show better than in Grad-CAM. The second and third derivatives
    behind `a` assume a network that is linear above the layer, and what speaks against the target is not subtracted:
    maps of different classes look more alike than Grad-CAM's.

    Args:
        task: What is explained.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the layer.

    Reference:
        Chattopadhyay et al. 2018, "Grad-CAM++: Improved Visual Explanations for Deep Convolutional Networks",
        arXiv:1710.11063
    """
    return class_activation(task, _combine)


def _combine(activations: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    shares = 2 + gradient * activations.sum(axis=(1, 2), keepdims=True)
    shares = np.where(gradient == 0, 0, 1 / _not_zero(shares))
    shares = shares / _not_zero(shares.sum(axis=(1, 2), keepdims=True))
    weights = (shares * positive(gradient)).sum(axis=(1, 2))  # (N, K)
    return positive(weigh(activations, weights))


def _not_zero(values: np.ndarray) -> np.ndarray:
    return np.where(values == 0, 1, values)


METHOD = Method(
    name="grad_cam_plus_plus",
    label="Grad-CAM++",
    summary="Grad-CAM with every helpful place counted. Finds several instances; tells classes apart less well.",
    formula=(
        r"L = \mathrm{ReLU}\Big(\sum_k w_k A^k\Big),\quad w_k = \sum_{ij} \alpha^k_{ij}\,\mathrm{ReLU}(g^k_{ij}),\quad "
        r"\alpha^k_{ij} \propto \frac{1}{2 + g^k_{ij} \sum_{ab} A^k_{ab}},\quad g = \frac{\partial y}{\partial A}"
    ),
    reference="Chattopadhyay et al. 2018, arXiv:1710.11063",
    signed=False,
    needs_layer=True,
    compute=grad_cam_plus_plus,
    rank=20,
)
