"""RISE: the target's value for many randomly masked pictures, given to the pixels that were seen."""

import numpy as np

from interp.masks import FILLS, blend, filling, hats
from interp.method import Maps, Method, Parameter, Task
from interp.variants import Picture, one_by_one


def rise(task: Task, *, masks: int, cells: int, probability: float, fill: str) -> Maps:
    """Compute RISE: `sum_i y(x seen through M_i) M_i / sum_i M_i - mean_i y`, over random soft masks M_i.

    A mask is a grid of cells that are seen with a probability, enlarged and shifted at random. The paper's map is the
    same with the expected sum of masks below the fraction and without the mean: here a pixel's value is what seeing it
    adds to the target on average, for targets of any sign.

    It needs nothing of the network but answers. Its map is an estimate: with few masks it is mottled, and it is as
    coarse as the cells.

    Args:
        task: What is explained.
        masks: Number of masks; the paper takes 4,000 for VGG16.
        cells: Cells of the grid along each side.
        probability: Of a cell to be seen.
        fill: What is seen elsewhere: "black", "grey", "white", the "mean" colour, or the picture blurred ("blur").

    Returns:
        The maps float32 (N, h, w), negative where seeing a pixel lowers the target, and the scores float32 (N,).

    Reference:
        Petsiuk et al. 2018, "RISE: Randomized Input Sampling for Explanation of Black-box Models", arXiv:1806.07421
    """

    def explain_one(picture: Picture) -> tuple[np.ndarray, dict[str, float]]:
        size = picture.values.shape[:2]
        hiding = filling(picture.network, picture.values, fill)
        rng = np.random.default_rng(picture.seed)
        seen, gained, answers = np.zeros(size), np.zeros(size), 0.0
        for part in picture.parts(masks):
            some = random_masks(rng, len(part), cells, probability, size)
            # Distances from the picture's own score: large answers would drown their differences.
            answer = picture.scores(blend(picture.values, some, hiding)) - picture.score
            seen += some.sum(axis=0)
            gained += np.tensordot(answer, some, axes=1)
            answers += float(answer.sum())
        return np.divide(gained, seen, out=np.full(size, answers / masks), where=seen > 0) - answers / masks, {}

    return one_by_one(task, explain_one)


def random_masks(
    rng: np.random.Generator, count: int, cells: int, probability: float, size: tuple[int, int]
) -> np.ndarray:
    """Return random soft masks.

    Args:
        rng: Where the randomness comes from.
        count: Number of masks.
        cells: Cells along each side.
        probability: Of a cell to be seen.
        size: Height and width of the masks.

    Returns:
        float32 (count, height, width) with values 0 to 1.
    """
    # Two points more along each side than cells: one ends the last cell, one is left for the shift by up to a cell.
    grid = (rng.random((count, cells + 2, cells + 2)) < probability).astype(np.float32)
    shifts = rng.random((2, count, 1))
    rows, columns = (
        hats(np.arange(side) * cells / side + shift, cells + 2) for side, shift in zip(size, shifts, strict=True)
    )
    masks: np.ndarray = rows @ grid @ columns.transpose(0, 2, 1)
    return masks


METHOD = Method(
    name="rise",
    label="RISE",
    summary="What seeing a pixel adds to the target, over random masks. Needs only answers; slow and mottled.",
    formula=r"L = \frac{\sum_{i=1}^n y(x \odot M_i)\,M_i}{\sum_{i=1}^n M_i} - \frac{1}{n}\sum_{i=1}^n y(x \odot M_i)",
    reference="Petsiuk et al. 2018, arXiv:1806.07421",
    signed=True,
    needs_layer=False,
    compute=rise,
    parameters=(
        Parameter("masks", "Masks", "int", 500, minimum=2, maximum=10000, step=1, help="More is slower and smoother."),
        Parameter("cells", "Cells", "int", 7, minimum=2, maximum=32, step=1, help="Cells of a mask along each side."),
        Parameter(
            "probability",
            "Probability",
            "float",
            0.5,
            minimum=0.05,
            maximum=0.95,
            step=0.05,
            help="Share of the cells that are seen.",
        ),
        Parameter("fill", "Filling", "choice", "grey", choices=FILLS, help="What is seen behind the mask."),
    ),
    asks_alone=True,
    is_slow=True,
    rank=140,
)
