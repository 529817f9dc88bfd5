"""How alike two maps are."""

import cv2
import numpy as np

from interp.lazy import tf


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
    from scipy.stats import spearmanr  # half a second

    first, second = _pair(first, second)
    if np.array_equal(first, second):
        return 1.0
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return 0.0
    return float(spearmanr(first, second, axis=None).statistic)


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
    window = min(11, *x.shape)  # of the paper; a smaller map is seen through one as large as itself
    similarity = tf.image.ssim(x[..., None], y[..., None], max_val=span, filter_size=window, filter_sigma=1.5)
    return float(similarity)


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
