"""Grad-CAM: a layer's maps, weighted by how much the target gains by each."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from interp.explanation import Method
from interp.gradients import layer_gradient
from interp.network import Network
from interp.targets import Target, operand_specs


def grad_cam(
    network: Network, inputs: Sequence[np.ndarray], target: Target, layer: str, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Compute Grad-CAM.

    With A the layer's activations and y the target, the map is
    `relu(sum_k w_k A_k)` with `w_k = mean_ij dy/dA_ijk`.

    It shows only what speaks for the target, at the layer's resolution. Averaging the gradient over space makes it
    exact where the layer is followed by global average pooling and one dense layer; elsewhere it may mark places that
    the network did not use, and early layers tell little.

    Args:
        network: The network.
        inputs: One array (N, ...) for each input.
        target: What is explained.
        layer: Name of a layer with maps.
        seed: Without effect.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the layer.

    Reference:
        Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        arXiv:1610.02391
    """

    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        activations, gradient, score = layer_gradient(network, tensors, target, operands, layer)
        weights = tf.reduce_mean(gradient, axis=[1, 2])  # (N, K)
        return tf.nn.relu(tf.einsum("nhwk,nk->nhw", activations, weights)), score

    key = ("grad_cam", layer, target.key)
    run = network.compile(key, compute, [network.input_specs(), operand_specs(target)])
    values, scores = run(list(inputs), target.operands(len(inputs[0])))
    return values.numpy(), scores.numpy()


METHOD = Method(
    name="grad_cam",
    label="Grad-CAM",
    summary="Where the layer found what speaks for the target. Coarse, and blank where nothing speaks for it.",
    reference="Selvaraju et al. 2017, arXiv:1610.02391",
    signed=False,
    needs_layer=True,
    compute=grad_cam,
)
