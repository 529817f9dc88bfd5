"""VarGrad: how much the gradient varies over noisy copies of the picture."""

import numpy as np

from interp.method import Maps, Method, Task
from interp.noise import NOISE_PARAMETERS, noisy_gradients
from interp.variants import Picture, one_by_one


def var_grad(task: Task, *, samples: int, noise: float) -> Maps:
    """Compute VarGrad: `max_c var_s dy/dx_c (x + n_s)` with Gaussian noise n_s.

    It marks where a little noise changes the network's slope: often edges that units switch on. It says how unsteady
    the gradient is, not which way a pixel pulls, and is 0 for a linear network.

    Args:
        task: What is explained.
        samples: Number of noisy copies.
        noise: Standard deviation of the noise as a share of the picture's range of values.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the picture.

    Reference:
        Adebayo et al. 2018, "Local Explanation Methods for Deep Neural Networks Lack Sensitivity to Parameter
        Values", arXiv:1810.03307
    """

    def explain_one(picture: Picture) -> tuple[np.ndarray, dict[str, float]]:
        first, total, squares = None, np.zeros(picture.values.shape), np.zeros(picture.values.shape)
        for gradients in noisy_gradients(picture, samples, noise):
            # Distances from the first: the difference of two large sums would drown a small variance.
            first = gradients[0] if first is None else first
            distances = (gradients - first).astype(np.float64)
            total += distances.sum(axis=0)
            squares += np.square(distances).sum(axis=0)
        variance = (squares - np.square(total) / samples) / (samples - 1)
        return np.maximum(variance, 0).max(axis=-1), {}

    return one_by_one(task, explain_one)


METHOD = Method(
    name="var_grad",
    label="VarGrad",
    summary="Where a little noise changes the network's slope. Tells how unsteady the gradient is, not its direction.",
    formula=r"L = \mathrm{Var}_s\Big(\frac{\partial y(x + \varepsilon_s)}{\partial x}\Big)",
    reference="Adebayo et al. 2018, arXiv:1810.03307",
    signed=False,
    needs_layer=False,
    compute=var_grad,
    parameters=NOISE_PARAMETERS,
    is_slow=True,
    rank=90,
)
