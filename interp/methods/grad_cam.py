"""Grad-CAM: a layer's maps, weighted by how much the target gains by each."""

from interp.class_activation import class_activation, positive, weigh
from interp.method import Maps, Method, Task


def grad_cam(task: Task) -> Maps:
    """Compute Grad-CAM.

    With A the layer's activations and y the target, the map is
    `relu(sum_k w_k A_k)` with `w_k = mean_ij dy/dA_ijk`.

    It shows only what speaks for the target, at the layer's resolution. Averaging the gradient over space makes it
    exact where the layer is followed by global average pooling and one dense layer; elsewhere it may mark places that
    the network did not use, and early layers tell little.

    Args:
        task: What is explained.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the layer.

    Reference:
        Selvaraju et al. 2017, "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization",
        arXiv:1610.02391
    """
    return class_activation(task, lambda maps, gradient: positive(weigh(maps, gradient.mean(axis=(1, 2)))))


METHOD = Method(
    name="grad_cam",
    label="Grad-CAM",
    summary="Where the layer found evidence for the target. Coarse, and blank where there is none.",
    formula=(
        r"L = \mathrm{ReLU}\Big(\sum_k \alpha_k A^k\Big),\quad "
        r"\alpha_k = \frac{1}{hw}\sum_{ij} \frac{\partial y}{\partial A^k_{ij}}"
    ),
    reference="Selvaraju et al. 2017, arXiv:1610.02391",
    signed=False,
    needs_layer=True,
    compute=grad_cam,
    rank=10,
)
