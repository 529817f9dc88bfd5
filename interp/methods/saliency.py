"""Saliency: how much the target changes with each pixel."""

import numpy as np

from interp.method import Maps, Method, Task
from interp.passes import input_gradients


def saliency(task: Task) -> Maps:
    """Compute the saliency map: `max_c |dy/dx_c|` for the target y and each pixel x.

    The gradient is local: it tells what would change the answer by a little, not what made it, and it is noisy
    where the network is deep.

    Args:
        task: What is explained.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the picture.

    Reference:
        Simonyan et al. 2013, "Deep Inside Convolutional Networks: Visualising Image Classification Models and
        Saliency Maps", arXiv:1312.6034
    """
    gradient, scores = input_gradients(task.network, task.inputs, task.target)
    return Maps(np.abs(gradient).max(axis=-1), scores)


METHOD = Method(
    name="saliency",
    label="Saliency",
    summary="Which pixels would change the answer most if they changed a little. Sharp but noisy.",
    formula=r"L = \Big|\frac{\partial y}{\partial x}\Big|",
    reference="Simonyan et al. 2013, arXiv:1312.6034",
    signed=False,
    needs_layer=False,
    compute=saliency,
    rank=70,
)
