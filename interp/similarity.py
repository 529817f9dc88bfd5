"""How alike two maps are."""

import cv2
import numpy as np


def rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Spearman's rank correlation of two maps.

    Args:
        first: A map of any shape.
        second: A map of the same shape.

    Returns:
        Between -1 and 1; 1 for equal maps, 0 where one of two unlike maps is constant and so has no order.

    Raises:
        ValueError: The shapes differ.
    """
    first, second = _pair(first, second)
    if np.array_equal(first, second):
        return 1.0
    ranks = [_ranks(values.ravel()) for values in (first, second)]
    deviations = [one - one.mean() for one in ranks]
    scale = np.sqrt(np.square(deviations[0]).sum() * np.square(deviations[1]).sum())
    return float(deviations[0] @ deviations[1] / scale) if scale > 0 else 0.0


def structural_similarity(first: np.ndarray, second: np.ndarray) -> float:
    """Return the structural similarity (SSIM) of two maps, each scaled to a greatest magnitude of 1.

    Args:
        first: A map (h, w).
        second: A map (h, w).

    Returns:
        Between -1 and 1; 1 for maps that look the same.

    Raises:
        ValueError: The shapes differ or are not (h, w).

    Reference:
        Wang et al. 2004, "Image Quality Assessment: From Error Visibility to Structural Similarity",
        doi:10.1109/TIP.2003.819861
    """
    first, second = _pair(first, second)
    if first.ndim != 2:
        raise ValueError(f"A map has the shape (h, w), got {first.shape}.")
    x, y = (values / max(np.abs(values).max(), 1e-12) for values in (first, second))
    span = 2.0 if min(x.min(), y.min()) < 0 else 1.0
    luminance, contrast = (0.01 * span) ** 2, (0.03 * span) ** 2
    mean_x, mean_y, xx, yy, xy = (_blur(values) for values in (x, y, x * x, y * y, x * y))
    numerator = (2 * mean_x * mean_y + luminance) * (2 * (xy - mean_x * mean_y) + contrast)
    denominator = (mean_x**2 + mean_y**2 + luminance) * (xx - mean_x**2 + yy - mean_y**2 + contrast)
    return float(np.mean(numerator / denominator))


def scaled_to(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale a map (h, w) to a picture's (height, width) bilinearly, as it is shown."""
    if values.shape == tuple(size):
        return values
    return cv2.resize(np.asarray(values, np.float32), (size[1], size[0]), interpolation=cv2.INTER_LINEAR)


def _pair(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.nan_to_num(np.asarray(first, np.float64)), np.nan_to_num(np.asarray(second, np.float64))
    if a.shape != b.shape or a.size == 0:
        raise ValueError(f"Two maps of one shape can be compared, got {a.shape} and {b.shape}.")
    return a, b


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return each value's rank; equal values share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[places]


def _blur(values: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(values, (11, 11), 1.5, borderType=cv2.BORDER_REFLECT)
