"""HiResCAM: activation times gradient, place by place."""

from interp.class_activation import class_activation
from interp.method import Maps, Method, Task


def hires_cam(task: Task) -> Maps:
    """Compute HiResCAM: `sum_k A_k dy/dA_k`, place by place, for the layer's activations A and the target y.

    Where only linear layers follow, the map sums to the target's value less the biases, so it marks just the places
    that were used; there Grad-CAM may mark others. With non-linear layers above it is a local estimate. It is signed:
    negative places speak against the target. At an early layer it is noisy.

    Args:
        task: What is explained.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the layer.

    Reference:
        Draelos and Carin 2020, "Use HiResCAM instead of Grad-CAM for faithful explanations of convolutional neural
        networks", arXiv:2011.08891
    """
    return class_activation(task, lambda maps, gradient: (maps * gradient).sum(axis=-1))


METHOD = Method(
    name="hires_cam",
    label="HiResCAM",
    summary="What each place of the layer adds to the target or takes from it. Exact below linear layers, else local.",
    formula=r"L = \sum_k \frac{\partial y}{\partial A^k} \odot A^k",
    reference="Draelos and Carin 2020, arXiv:2011.08891",
    signed=True,
    needs_layer=True,
    compute=hires_cam,
    rank=30,
)
