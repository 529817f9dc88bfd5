"""Integrated gradients: the change from a baseline to the picture, split among the pixels."""

from collections.abc import Iterator

import numpy as np

from interp.masks import filling
from interp.method import Maps, Method, Parameter, Task
from interp.variants import Picture, one_by_one

BASELINES = ("black", "grey", "white", "blur", "noise")


def integrated_gradients(task: Task, *, steps: int, baseline: str, baselines: int) -> Maps:
    """Compute integrated gradients: `sum_c (x_c - b_c) mean_t dy/dx_c (b + t (x - b))` for a baseline b.

    t runs over the middles of `steps` equal parts of 0 to 1. The map is complete: it sums to the target's value for
    the picture less that for the baseline, but for the error of the sum, which `details` report. What is like the
    baseline gets 0, so the choice matters: by black, black features stay unseen. A straight path leads through
    pictures the network has never seen, and where the network is steep there the map is noisy.

    Args:
        task: What is explained.
        steps: Pictures on the path.
        baseline: "black", "grey", "white", "blur" for the picture blurred, or "noise" for the mean over several
            pictures of uniform noise.
        baselines: Number of noise pictures, each with a path of its own; without effect on the others.

    Returns:
        The maps float32 (N, h, w), negative where a pixel speaks against the target; the scores float32 (N,); and
        as details, each (N,): "difference", the target's value for the picture less that for the baseline, and
        "completeness_gap", the map's sum less that difference.

    Raises:
        ValueError: The target does not depend on the picture.

    Reference:
        Sundararajan et al. 2017, "Axiomatic Attribution for Deep Networks", arXiv:1703.01365; baselines: Sturmfels et
        al. 2020, doi:10.23915/distill.00022
    """
    count = baselines if baseline == "noise" else 1
    times = (np.arange(steps, dtype=np.float32) + 0.5) / steps

    def explain_one(picture: Picture) -> tuple[np.ndarray, dict[str, float]]:
        starts = np.stack(list(_starts(picture, baseline, count)))  # (count, h, w, c)
        ways = picture.values - starts
        slopes = np.zeros_like(starts)
        for part in picture.parts(count * steps):
            paths, places = np.divmod(part, steps)
            gradients = picture.gradients(starts[paths] + times[places][:, None, None, None] * ways[paths])
            np.add.at(slopes, paths, gradients)
        values = (ways * slopes / steps).mean(axis=0).sum(axis=-1)
        difference = picture.score - float(picture.scores(starts).mean())
        return values, {"difference": difference, "completeness_gap": float(values.sum()) - difference}

    return one_by_one(task, explain_one)


def _starts(picture: Picture, baseline: str, count: int) -> Iterator[np.ndarray]:
    rng = np.random.default_rng(picture.seed)
    for _ in range(count):
        if baseline == "noise":
            yield rng.uniform(*picture.network.value_range, picture.values.shape).astype(np.float32)
        else:
            yield filling(picture.network, picture.values, baseline)


METHOD = Method(
    name="integrated_gradients",
    label="Integrated gradients",
    summary="How each pixel moves the target on the way from a baseline; complete. What is like the baseline gets 0.",
    formula=r"L = (x - x') \odot \int_0^1 \frac{\partial y(x' + t\,(x - x'))}{\partial x}\,dt",
    reference="Sundararajan et al. 2017, arXiv:1703.01365",
    signed=True,
    needs_layer=False,
    compute=integrated_gradients,
    parameters=(
        Parameter("steps", "Steps", "int", 100, minimum=2, maximum=500, step=1, help="Pictures on the path."),
        Parameter(
            "baseline",
            "Baseline",
            "choice",
            "black",
            choices=BASELINES,
            help="Where the path begins: what counts as no information.",
        ),
        Parameter(
            "baselines",
            "Noise pictures",
            "int",
            4,
            minimum=1,
            maximum=32,
            step=1,
            help="Number of paths, each from another picture of noise; for the baseline “noise” only.",
        ),
    ),
    is_slow=True,
    rank=120,
)
