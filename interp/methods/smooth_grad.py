"""SmoothGrad: saliency averaged over noisy copies of the picture."""

import numpy as np

from interp.method import Maps, Method, Parameter, Task
from interp.noise import AVERAGES, NOISE_PARAMETERS, noisy_gradients
from interp.variants import Picture, one_by_one


def smooth_grad(task: Task, *, samples: int, noise: float, average: str) -> Maps:
    """Compute SmoothGrad: `max_c |mean_s m(dy/dx_c (x + n_s))|` with Gaussian noise n_s and m the choice of `average`.

    Averaging takes out the gradient's fast flicker. It shows the neighbourhood of the picture, as wide as the noise:
    much noise shows another function than the network, little noise changes nothing. Every sample costs a gradient.

    Args:
        task: What is explained.
        samples: Number of noisy copies.
        noise: Standard deviation of the noise as a share of the picture's range of values; the paper takes 0.1 to 0.2.
        average: "magnitude" averages |gradient|, as most code does; "gradient" the gradient itself, as the paper
            writes it; "square" its square.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Raises:
        ValueError: The target does not depend on the picture.

    Reference:
        Smilkov et al. 2017, "SmoothGrad: removing noise by adding noise", arXiv:1706.03825; squares: Hooker et al.
        2019, arXiv:1806.10758
    """
    measure = AVERAGES[average]

    def explain_one(picture: Picture) -> tuple[np.ndarray, dict[str, float]]:
        total = np.zeros_like(picture.values)
        for gradients in noisy_gradients(picture, samples, noise):
            total += measure(gradients).sum(axis=0)
        return np.abs(total / samples).max(axis=-1), {}

    return one_by_one(task, explain_one)


METHOD = Method(
    name="smooth_grad",
    label="SmoothGrad",
    summary="Saliency averaged over noisy copies of the picture. Calmer; shows the picture's neighbourhood as well.",
    formula=r"L = \frac{1}{n}\sum_{s=1}^{n} \Big|\frac{\partial y(x + \varepsilon_s)}{\partial x}\Big|",
    reference="Smilkov et al. 2017, arXiv:1706.03825",
    signed=False,
    needs_layer=False,
    compute=smooth_grad,
    parameters=(
        *NOISE_PARAMETERS,
        Parameter(
            "average",
            "Average of",
            "choice",
            "magnitude",
            choices=tuple(AVERAGES),
            help="Whether the gradient's magnitude, its square or the gradient itself is averaged.",
        ),
    ),
    is_slow=True,
    rank=80,
)
