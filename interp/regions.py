"""How much of a map falls on which region of the picture."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from interp.similarity import scaled_to

REST = "rest"


@dataclass(frozen=True)
class Region:
    """A map's part in one region.

    Args:
        name: The region's name; "rest" for what no mask covers.
        share: Part of the map's magnitude in the region; all shares and that of the rest sum to 1.
        area: Part of the picture that the region takes; sums to 1 likewise.
        mean: Mean value of the map in the region, with its sign; 0 for an empty region.
        balance: From -1, all of it negative, to 1, all of it positive; 0 where there is nothing.
    """

    name: str
    share: float
    area: float
    mean: float
    balance: float

    @property
    def density(self) -> float:
        """Share over area: above 1 the region holds more than its size alone would give it; 0 for an empty one."""
        return self.share / self.area if self.area > 0 else 0.0


def region_shares(values: np.ndarray, masks: Mapping[str, np.ndarray]) -> dict[str, Region]:
    """Share a map out among regions.

    A pixel that several masks cover is split among them in parts that sum to 1, so that nothing counts twice; the
    mean alone is that of the whole region. What is not finite counts as zero, and an all-zero map has only zero
    shares.

    Args:
        values: The map (h, w), signed or not; scaled to the masks bilinearly.
        masks: By name, bool (H, W), or float with the degree from 0 to 1 to which a pixel belongs to the region.

    Returns:
        A `Region` for each mask in order, and "rest" last.

    Raises:
        ValueError: There is no mask, a mask is named "rest", the shapes differ, or a mask leaves 0 to 1.
    """
    weights = _weights(masks)
    if np.ndim(values) != 2:
        raise ValueError(f"A map has the shape (h, w), got {np.shape(values)}.")
    clean = np.nan_to_num(np.asarray(values, np.float32), posinf=0, neginf=0)
    scaled = scaled_to(clean, weights.shape[1:]).astype(np.float64)
    magnitude = np.abs(scaled)
    total = magnitude.sum()
    covered = weights.sum(axis=0)
    parts = weights / np.maximum(covered, 1)
    names = [*masks, REST]
    weights = np.concatenate([weights, np.maximum(1 - covered, 0)[None]])
    parts = np.concatenate([parts, weights[-1:]])
    regions = {}
    for name, weight, part in zip(names, weights, parts, strict=True):
        inside = float((part * magnitude).sum())
        regions[name] = Region(
            name=name,
            share=inside / total if total > 0 else 0.0,
            area=float(part.mean()),
            mean=float((weight * scaled).sum() / weight.sum()) if weight.any() else 0.0,
            balance=float((part * scaled).sum()) / inside if inside > 0 else 0.0,
        )
    return regions


def _weights(masks: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the masks as one array float64 (regions, H, W)."""
    if not masks or REST in masks:
        raise ValueError(f"Give at least one mask, none of them named {REST!r}; got {list(masks)}.")
    arrays = [np.asarray(mask, np.float64) for mask in masks.values()]
    shapes = {array.shape for array in arrays}
    if len(shapes) != 1 or arrays[0].ndim != 2:
        raise ValueError(f"All masks have one shape (h, w), got {sorted(shapes)}.")
    for name, array in zip(masks, arrays, strict=True):
        if not ((array >= 0) & (array <= 1)).all():
            raise ValueError(f"Mask {name!r} has values outside of 0 to 1.")
    return np.stack(arrays)
