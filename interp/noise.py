"""Gradients at noisy copies of a picture: what SmoothGrad and VarGrad share."""

from collections.abc import Callable, Iterator

import numpy as np

from interp.method import Parameter
from interp.variants import Picture

NOISE_PARAMETERS = (
    Parameter("samples", "Samples", "int", 20, minimum=2, maximum=500, step=1, help="Noisy copies of the picture."),
    Parameter(
        "noise",
        "Noise",
        "float",
        0.15,
        minimum=0.0,
        maximum=1.0,
        step=0.01,
        help="Standard deviation of the noise as a share of the picture's own range of values.",
    ),
)
AVERAGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "magnitude": np.abs,
    "square": np.square,
    "gradient": lambda gradient: gradient,
}
"""What of a gradient is averaged."""


def noisy_gradients(picture: Picture, samples: int, noise: float) -> Iterator[np.ndarray]:
    """Yield the target's gradients (n, h, w, c) at noisy copies of a picture, pass by pass.

    The noise depends on the seed and the picture's shape alone, so every picture of a batch gets the same.

    Args:
        picture: The picture.
        samples: Number of copies.
        noise: Standard deviation of the Gaussian noise as a share of the picture's range of values.
    """
    rng = np.random.default_rng(picture.seed)
    values = picture.values
    deviation = np.float32(noise * np.ptp(values))
    for part in picture.parts(samples):
        grain = rng.standard_normal((len(part), *values.shape), np.float32)
        yield picture.gradients(values + deviation * grain)
