"""Occlusion: what the target loses when a patch is hidden."""

from collections.abc import Sequence

import numpy as np

from interp.masks import FILLS, blend, filling
from interp.method import Maps, Method, Parameter, Task
from interp.variants import Picture, one_by_one

PATCHES_A_SIDE = 6


def occlusion(task: Task, *, patch: int, stride: int, fill: str) -> Maps:
    """Compute occlusion: for each pixel the mean of `y(x) - y(x with a patch hidden)` over the patches that hide it.

    The patches stand in a grid from one edge to the other; the last of a row or column is moved inwards.

    It asks the network itself and needs no gradient. A feature larger than the patch is never hidden as a whole, two
    that stand in for each other get nothing, and the patch's own edges are a feature too: compare fillings.

    Args:
        task: What is explained.
        patch: Side of the square patch in pixels; 0 for a sixth of the picture's shorter side.
        stride: Pixels between two patches; 0 for half a patch.
        fill: What hides: "black", "grey", "white", the "mean" colour, or the picture blurred ("blur").

    Returns:
        The maps float32 (N, h, w), negative where hiding raises the target, and the scores float32 (N,).

    Raises:
        ValueError: The patch is larger than the picture.

    Reference:
        Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks", arXiv:1311.2901
    """

    def explain_one(picture: Picture) -> tuple[np.ndarray, dict[str, float]]:
        height, width = picture.values.shape[:2]
        side = patch or max(min(height, width) // PATCHES_A_SIDE, 1)
        if side > min(height, width):
            raise ValueError(f"patch is at most the picture's shorter side, {min(height, width)}; got {side}.")
        step = stride or max(side // 2, 1)
        corners = [(top, left) for top in _starts(height, side, step) for left in _starts(width, side, step)]
        hiding = filling(picture.network, picture.values, fill)
        losses, counts = np.zeros((height, width)), np.zeros((height, width))
        for part in picture.parts(len(corners)):
            hidden = _patches(corners[part.start : part.stop], side, (height, width))  # (n, h, w)
            lost = picture.score - picture.scores(blend(picture.values, 1 - hidden, hiding))
            losses += np.tensordot(lost, hidden, axes=1)
            counts += hidden.sum(axis=0)
        return np.divide(losses, counts, out=losses, where=counts > 0), {}

    return one_by_one(task, explain_one)


def _starts(length: int, side: int, step: int) -> list[int]:
    """Return where patches begin so that the last one ends at the edge."""
    return sorted({*range(0, length - side, step), length - side})


def _patches(corners: Sequence[tuple[int, int]], side: int, size: tuple[int, int]) -> np.ndarray:
    patches = np.zeros((len(corners), *size), np.float32)
    for patch, (top, left) in zip(patches, corners, strict=True):
        patch[top : top + side, left : left + side] = 1
    return patches


METHOD = Method(
    name="occlusion",
    label="Occlusion",
    summary="What the target loses when a patch is hidden there. Asks the network itself; as coarse as the patch.",
    formula=r"L_{ij} = \mathrm{mean}_{P \ni ij}\; \big(y(x) - y(x\ \text{without patch}\ P)\big)",
    reference="Zeiler and Fergus 2014, arXiv:1311.2901",
    signed=True,
    needs_layer=False,
    compute=occlusion,
    parameters=(
        Parameter(
            "patch",
            "Patch",
            "int",
            0,
            minimum=0,
            maximum=256,
            step=1,
            help="Side of the patch in pixels; 0 for a sixth of the picture's shorter side.",
        ),
        Parameter(
            "stride",
            "Stride",
            "int",
            0,
            minimum=0,
            maximum=256,
            step=1,
            help="Pixels from patch to patch; 0 for half a patch. Larger is faster and coarser.",
        ),
        Parameter("fill", "Filling", "choice", "grey", choices=FILLS, help="What the patch is filled with."),
    ),
    asks_alone=True,
    is_slow=True,
    rank=130,
)
