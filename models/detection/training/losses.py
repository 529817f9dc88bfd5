"""The three losses, each a mean over the faces of a batch."""

from keras import ops

from models.training.fitting import Tensor


def heat_loss(target: Tensor, scores: Tensor) -> Tensor:
    """Focal loss of a heat map, which counts easy cells little (Lin et al. 2017; Zhou et al. 2019, arXiv:1904.07850).

    Args:
        target: (N, h, w, 2), Gaussians that are 1 in the faces' own cells, and 1 where a cell without a face counts.
        scores: (N, h, w, 1) in 0..1.
    """
    heat, counts = target[..., 0], target[..., 1]
    scores = ops.clip(ops.cast(scores[..., 0], "float32"), 1e-4, 1 - 1e-4)
    is_face = ops.cast(heat > 0.999, "float32")
    found = is_face * (1 - scores) ** 2 * ops.log(scores)
    quiet = (1 - is_face) * counts * (1 - heat) ** 4 * scores**2 * ops.log(1 - scores)
    return -(ops.sum(found) + ops.sum(quiet)) / ops.maximum(ops.sum(is_face), 1.0)


def regression_loss(target: Tensor, answers: Tensor) -> Tensor:
    """Weighted absolute error, summed over the numbers of a face.

    Args:
        target: (N, h, w, k + 1), k numbers and the cell's weight; the weights of a face sum to 1.
        answers: (N, h, w, k).
    """
    weight = target[..., -1:]
    error = ops.abs(target[..., :-1] - ops.cast(answers, "float32"))
    return ops.sum(weight * error) / ops.maximum(ops.sum(weight), 1.0)
