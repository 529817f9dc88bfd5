"""Saliency: how much the target changes with each pixel."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from interp.explanation import Method
from interp.gradients import input_gradient
from interp.network import Network
from interp.targets import Target, operand_specs


def saliency(
    network: Network, inputs: Sequence[np.ndarray], target: Target, layer: str | None = None, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Compute the saliency map: `max_c |dy/dx_c|` for the target y and each pixel x.

    The gradient is local: it tells what would change the answer by a little, not what made it, and it is noisy
    where the network is deep.

    Args:
        network: The network.
        inputs: One array (N, ...) for each input.
        target: What is explained.
        layer: Without effect.
        seed: Without effect.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the picture.

    Reference:
        Simonyan et al. 2013, "Deep Inside Convolutional Networks: Visualising Image Classification Models and
        Saliency Maps", arXiv:1312.6034
    """

    def compute(tensors: list[tf.Tensor], operands: list[tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        gradient, score = input_gradient(network, tensors, target, operands)
        return tf.reduce_max(tf.abs(gradient), axis=-1), score

    run = network.compile(("saliency", target.key), compute, [network.input_specs(), operand_specs(target)])
    values, scores = run(list(inputs), target.operands(len(inputs[0])))
    return values.numpy(), scores.numpy()


METHOD = Method(
    name="saliency",
    label="Saliency",
    summary="Which pixels would change the answer most if they changed a little. Sharp but noisy.",
    reference="Simonyan et al. 2013, arXiv:1312.6034",
    signed=False,
    needs_layer=False,
    compute=saliency,
)
