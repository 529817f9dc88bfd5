"""Where a network looks on average: the mean map of each expression. A map holds no picture of anybody.

`python -m dashboard.make_average_maps` makes the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.services import shipped

FILE = "average_maps.npz"


@dataclass(frozen=True, eq=False)
class AverageMaps:
    """What one network's maps of one expression have in common.

    Args:
        values: float32 (classes, h, w), 0 to 1: how strong each place is on average, beside the strongest one of each
            face's own map.
        labels: the classes.
        faces: of each class, how many were averaged.
        blank: share of each class's maps that are zero everywhere, as nothing spoke for the label.
        layer: whose maps they are.
        data: what the faces are.
        weights: SHA-256 of the network's file.
        method: by which method the maps were made. Defaults to "grad_cam".
        noise: the rank correlation of a face's map with that of its mirror image, the median over all faces: a map
            that is as like the average shows nothing particular to its face that mirroring would leave. Defaults to
            1.0: no map is taken for the usual one.
    """

    values: np.ndarray
    labels: tuple[str, ...]
    faces: tuple[int, ...]
    blank: tuple[float, ...]
    layer: str
    data: str
    weights: str
    method: str = "grad_cam"
    noise: float = 1.0

    def of(self, label: str) -> np.ndarray:
        """Return the map of one class, float32 (h, w)."""
        found: np.ndarray = self.values[self.labels.index(label)]
        return found


def write(found: dict[str, AverageMaps], folder: Path) -> Path:
    """Write the maps of networks by their names, in half precision; return the file."""
    about = {name: {key: value for key, value in vars(maps).items() if key != "values"} for name, maps in found.items()}
    return shipped.write(folder / FILE, about, {name: maps.values.astype(np.float16) for name, maps in found.items()})


def read(folder: Path) -> dict[str, AverageMaps]:
    """Read the maps of networks by their names; {} where none have been made."""
    about, arrays = shipped.read(folder / FILE)
    found = {}
    for name, told in about.items():
        known: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in told.items()}
        found[name] = AverageMaps(arrays[name].astype(np.float32), **known)  # JSON has no tuples
    return found
