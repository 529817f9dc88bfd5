"""Guided backpropagation: the gradient, but only along paths where everything is positive."""

from __future__ import annotations

import numpy as np

from interp.lazy import tf
from interp.method import Maps, Method, Task
from interp.network import Layer, Network
from interp.passes import input_gradients

RECTIFIERS = frozenset(
    {"relu", "relu6", "leaky_relu", "elu", "selu", "silu", "swish", "gelu", "mish", "hard_silu", "hard_swish"}
)
RECTIFIER_LAYERS = frozenset({"ReLU", "LeakyReLU", "PReLU", "ELU"})


def guided_backpropagation(task: Task) -> Maps:
    """Compute guided backpropagation: `max_c |R_c|`, R being the gradient with every ReLU's part in it changed.

    Going back through `f = relu(a)`, the gradient R passes only where the unit is active and R is positive:
    `R_a = R_f [a > 0] [R_f > 0]`. Of smooth rectifiers (SiLU, GELU, ELU ...) likewise only the positive part comes
    in, which goes beyond the paper. In a network without rectifiers this is the saliency map.

    It fails the sanity check: randomising the upper layers hardly changes the map, and neither does the class
    (Adebayo et al. 2018, arXiv:1810.03292). Nie et al. 2018 (arXiv:1805.07039) show that it partly recovers the
    picture. So it shows edges that the network can see, not what the answer rests on. It is here to be compared.

    Args:
        task: What is explained.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the picture.

    Reference:
        Springenberg et al. 2014, "Striving for Simplicity: The All Convolutional Net", arXiv:1412.6806
    """
    network = task.network
    guided = rectifiers(network)

    def hook(name: str, tensor: tf.Tensor) -> tf.Tensor:
        return _let_positive_back(tensor) if name in guided else tensor

    gradient, scores = input_gradients(network, task.inputs, task.target, hook, "guided")
    return Maps(np.abs(gradient).max(axis=-1), scores)


def rectifiers(network: Network) -> frozenset[str]:
    """Return the names of the layers that end in a rectifier."""
    return frozenset(layer.name for layer in network.layers if _is_rectifier(layer))


def _is_rectifier(layer: Layer) -> bool:
    # An operator, as in `keras.ops.relu(x)`, has the function's name as its kind.
    return layer.activation in RECTIFIERS or layer.kind in RECTIFIER_LAYERS or layer.kind.lower() in RECTIFIERS


def _let_positive_back(tensor: tf.Tensor) -> tf.Tensor:
    """Return the tensor itself, behind which only what is positive goes back."""
    return tf.custom_gradient(lambda values: (tf.identity(values), tf.nn.relu))(tensor)


METHOD = Method(
    name="guided_backpropagation",
    label="Guided backpropagation",
    summary=(
        "Edges the network can see, crisp but not to be trusted: fails Adebayo's sanity check, "
        "as random upper layers hardly change it (arXiv:1810.03292)."
    ),
    formula=r"L = |R|,\quad R_a = R_f\,[a > 0]\,[R_f > 0]\ \text{at every}\ f = \mathrm{ReLU}(a)",
    reference="Springenberg et al. 2014, arXiv:1412.6806",
    signed=False,
    needs_layer=False,
    compute=guided_backpropagation,
    rank=100,
)
