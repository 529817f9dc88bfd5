"""Hiding parts of a picture: what to fill them with, and soft masks."""

from typing import Literal

import cv2
import numpy as np

from interp.names import unknown_name
from interp.network import Network

Fill = Literal["black", "grey", "white", "mean", "blur"]
FILLS: tuple[str, ...] = ("black", "grey", "white", "mean", "blur")
BLUR = 0.15  # standard deviation of the blur as a share of the picture's shorter side


def filling(network: Network, picture: np.ndarray, fill: str) -> np.ndarray:
    """Return what stands in for hidden parts of a picture.

    Args:
        network: The network; its `value_range` says what is black, grey and white.
        picture: The picture (h, w, c).
        fill: "black", "grey" or "white"; "mean" for the picture's mean colour; "blur" for the picture blurred until
            only its large light and dark areas are left.

    Returns:
        float32 (h, w, c).

    Raises:
        ValueError: There is no such filling.
    """
    low, high = network.value_range
    plain = {"black": low, "grey": (low + high) / 2, "white": high}
    if fill in plain:
        return np.full(picture.shape, plain[fill], np.float32)
    if fill == "mean":
        return np.broadcast_to(picture.mean(axis=(0, 1)), picture.shape).astype(np.float32)
    if fill == "blur":
        sigma = max(BLUR * min(picture.shape[:2]), 0.5)
        blurred = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
        return blurred.reshape(picture.shape)
    raise unknown_name("filling", fill, FILLS)


def blend(picture: np.ndarray, masks: np.ndarray, fill: np.ndarray) -> np.ndarray:
    """Show a picture through masks.

    Args:
        picture: The picture (h, w, c).
        masks: What is seen, (n, h, w) from 0 to 1.
        fill: What is seen elsewhere, (h, w, c).

    Returns:
        float32 (n, h, w, c).
    """
    shown: np.ndarray = fill + masks[..., None] * (picture - fill)
    return shown


def hats(positions: np.ndarray, count: int) -> np.ndarray:
    """Return the weights (..., count) by which positions (...) between `count` grid points mix them linearly."""
    return np.maximum(1 - np.abs(positions[..., None] - np.arange(count)), 0).astype(np.float32)


def enlarge(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Bring maps (n, h, w) to a size (height, width), linearly between the centres of their pixels."""
    rows, columns = (hats(_centres(new, old), old) for new, old in zip(size, maps.shape[1:], strict=True))
    larger: np.ndarray = rows @ maps @ columns.T
    return larger


def _centres(new: int, old: int) -> np.ndarray:
    """Return where the centres of `new` pixels fall among the centres of `old` ones."""
    return np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
