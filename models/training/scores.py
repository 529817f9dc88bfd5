"""What scores of any network are judged by: intervals, calibration and speed."""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from scipy.stats import binomtest

VECTORS = {"X86_V4": "AVX-512", "AVX512": "AVX-512", "X86_V3": "AVX2", "AVX2": "AVX2", "SVE": "SVE", "ASIMD": "NEON"}
"""What NumPy calls the extensions of a processor, the widest first, and what others call them."""


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); unlike the normal one it stays within 0 and 1."""
    low, high = binomtest(right, total).proportion_ci(method="wilson")
    return float(low), float(high)


def cluster_interval(
    counts: np.ndarray, statistic: Callable[..., np.ndarray], draws: int = 2000, seed: int = 0
) -> list[float]:
    """Return the 95 % interval of a statistic of sums, by a bootstrap of whole clusters (Efron 1979).

    The faces of one photo, or the joints of one person, are not independent; so clusters are drawn, with replacement.

    Args:
        counts: (clusters, k), the numbers of each cluster.
        statistic: takes k arrays (draws,), the sums over the drawn clusters, and returns (draws,).
        draws: samples of the clusters. Defaults to 2000.
        seed: of the draws. Defaults to 0.

    Returns:
        The 2.5th and 97.5th percentile over the samples.
    """
    drawn = np.random.default_rng(seed).integers(0, len(counts), (draws, len(counts)))
    sums = [column[drawn].sum(axis=1) for column in counts.T]
    return [float(value) for value in np.percentile(statistic(*sums), [2.5, 97.5])]


def mean_interval(values: np.ndarray, groups: np.ndarray) -> list[float]:
    """Return the 95 % interval of a mean, by a bootstrap of groups.

    Args:
        values: (N,), one number a face.
        groups: (N,), as the person of each face; faces of one person are alike.
    """
    _, group = np.unique(groups, return_inverse=True)
    counts = np.stack([np.bincount(group, values), np.bincount(group)], axis=1)
    return cluster_interval(counts, np.divide)


def reliability(
    confidence: np.ndarray, right: np.ndarray, bins: int, share: str = "right", count: str = "count"
) -> dict[str, Any]:
    """Return how often answers are right at each confidence, and the mean gap between the two.

    Args:
        confidence: any shape, 0..1.
        right: bool, of the same shape.
        bins: number of equal bins.
        share: name of the share of right answers in a bin's row. Defaults to "right".
        count: name of the number of answers there. Defaults to "count".

    Returns:
        "expected_calibration_error" (Guo et al. 2017, arXiv:1706.04599), and the "bins" that are not empty.
    """
    number = np.minimum((confidence * bins).astype(int), bins - 1)
    members = [number == index for index in range(bins)]
    rows = [
        {"confidence": float(confidence[one].mean()), share: float(right[one].mean()), count: int(one.sum())}
        for one in members
        if one.any()
    ]
    error = sum(row[count] * abs(row["confidence"] - row[share]) for row in rows) / max(confidence.size, 1)
    return {"expected_calibration_error": float(error), "bins": rows}


def processor() -> str:
    """Return the widest vectors that this machine computes with, on which TensorFlow's speed depends most."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    found = {*extensions["baseline"], *extensions["found"]}
    return next((name for sign, name in VECTORS.items() if any(one.startswith(sign) for one in found)), "unknown")


def milliseconds_each(
    forward: Callable[[Any], Any],
    shape: Sequence[int],
    counts: Sequence[int] = (1, 32),
    runs: int = 50,
    dtype: str = "float32",
) -> dict[str, Any]:
    """Return warm medians of a compiled forward pass, for one picture and for each of several at once.

    Args:
        forward: takes a tensor (N, *shape).
        shape: of one picture.
        counts: pictures at once. Defaults to 1 and 32.
        runs: passes to take the median of, after three to warm up. Defaults to 50.
        dtype: of the tensor. Defaults to "float32".

    Returns:
        "batch_1", … in milliseconds, and the number of "cores" of this machine and its "processor".
    """
    result: dict[str, Any] = {}
    for count in counts:
        pictures = keras.ops.convert_to_tensor(np.zeros((count, *shape), dtype))
        seconds = []
        for _ in range(runs + 3):
            start = time.perf_counter()
            keras.ops.convert_to_numpy(forward(pictures))
            seconds.append(time.perf_counter() - start)
        result[f"batch_{count}"] = float(np.median(seconds[3:]) * 1000 / count)
    return result | {"cores": os.cpu_count() or 1, "processor": processor()}
