"""LayerCAM: a layer's maps, weighted place by place with the positive gradient."""

from interp.class_activation import class_activation, positive
from interp.method import Maps, Method, Task


def layer_cam(task: Task) -> Maps:
    """Compute LayerCAM: `relu(sum_k relu(dy/dA_k) A_k)` for the layer's activations A and the target y.

    As each place has a weight of its own it keeps fine detail at early layers, where Grad-CAM tells little. Negative
    gradients are dropped, so what speaks against the target is not seen, and the sums mean nothing.

    Args:
        task: What is explained.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the layer.

    Reference:
        Jiang et al. 2021, "LayerCAM: Exploring Hierarchical Class Activation Maps for Localization",
        doi:10.1109/TIP.2021.3089943
    """
    return class_activation(task, lambda maps, gradient: positive((maps * positive(gradient)).sum(axis=-1)))


METHOD = Method(
    name="layer_cam",
    label="LayerCAM",
    summary="Fine detail at early layers, by a weight for each place. Hides what speaks against the target.",
    formula=r"L = \mathrm{ReLU}\Big(\sum_k \mathrm{ReLU}\Big(\frac{\partial y}{\partial A^k}\Big) \odot A^k\Big)",
    reference="Jiang et al. 2021, doi:10.1109/TIP.2021.3089943",
    signed=False,
    needs_layer=True,
    compute=layer_cam,
    rank=40,
)
