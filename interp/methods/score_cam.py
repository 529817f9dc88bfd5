"""Score-CAM: a layer's maps, weighted by the target's value for the picture seen through each."""

import numpy as np

from interp import passes
from interp.class_activation import positive
from interp.masks import blend, enlarge, filling
from interp.method import Maps, Method, Parameter, Task
from interp.variants import Picture, one_by_one


def score_cam(task: Task, *, channels: int, increase: bool) -> Maps:
    """Compute Score-CAM: `relu(sum_k w_k A_k)` with `w_k = y(x seen through A_k) - y(black)`.

    A_k, a map of the layer, is enlarged to the picture and scaled to 0 to 1; what it hides is black. y is the target
    itself, not a softmax of it. A map that is the same everywhere gets no weight.

    It needs no gradient, so a saturated one does no harm, but one pass a map, and pictures seen through a map are
    unlike what the network was trained on. With `channels` only the maps with the largest standard deviation count
    ("Faster Score-CAM"), which costs detail.

    Args:
        task: What is explained.
        channels: Number of maps to use; 0 for all.
        increase: Whether a weight is what the map adds to the black picture, as in the paper, or y itself.

    Returns:
        The maps float32 (N, h, w) and the target's scores float32 (N,).

    Reference:
        Wang et al. 2020, "Score-CAM: Score-Weighted Visual Explanations for Convolutional Neural Networks",
        arXiv:1910.01279
    """
    maps, _ = passes.layer_maps(task.network, task.inputs, task.target, task.layer)
    left = iter(maps)

    def explain_one(picture: Picture) -> tuple[np.ndarray, dict[str, float]]:
        own = np.moveaxis(next(left), -1, 0)  # (K, h, w)
        used = _most_varied(own, channels)
        black = filling(picture.network, picture.values, "black")
        ground = float(picture.scores(black[None])[0]) if increase else 0.0
        total = np.zeros(own.shape[1:], np.float32)
        for part in picture.parts(len(used)):
            some = own[used[part.start : part.stop]]
            masks = _unit(enlarge(some, black.shape[:2]))
            weights = picture.scores(blend(picture.values, masks, black)) - ground
            total += np.tensordot(weights * np.ptp(some, axis=(1, 2)).astype(bool), some, axes=1)
        return positive(total), {}

    return one_by_one(task, explain_one)


def _most_varied(maps: np.ndarray, count: int) -> np.ndarray:
    """Return the numbers of the maps with the largest standard deviation, all of them for a count of 0."""
    if not 0 < count < len(maps):
        return np.arange(len(maps))
    return np.sort(np.argsort(-maps.std(axis=(1, 2)), kind="stable")[:count])


def _unit(maps: np.ndarray) -> np.ndarray:
    """Return maps (n, h, w) scaled to 0 to 1 each; 0 where a map is the same everywhere."""
    low = maps.min(axis=(1, 2), keepdims=True)
    extent = maps.max(axis=(1, 2), keepdims=True) - low
    return (maps - low) / np.where(extent > 0, extent, 1)


METHOD = Method(
    name="score_cam",
    label="Score-CAM",
    summary="What the target says to the picture seen through each map of the layer. No gradient; slow, and coarse.",
    formula=r"L = \mathrm{ReLU}\Big(\sum_k w_k A^k\Big),\quad w_k = y(x \odot \hat{A}^k) - y(0)",
    reference="Wang et al. 2020, arXiv:1910.01279",
    signed=False,
    needs_layer=True,
    compute=score_cam,
    parameters=(
        Parameter(
            "channels",
            "Maps",
            "int",
            0,
            minimum=0,
            maximum=4096,
            step=1,
            help="Use only this many maps, those that vary most; 0 for all. Fewer is faster.",
        ),
        Parameter(
            "increase",
            "Compare with black",
            "bool",
            True,
            help="Weigh a map by what it adds to the black picture, as in the paper, or by the score itself.",
        ),
    ),
    is_slow=True,
    rank=50,
)
