"""The people on a photo, with the fourteen joints of each."""

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Person:
    """One person of a photo."""

    joints: np.ndarray  # float32 (14, 3) x and y in photo pixels, confidence 0..1; see `models.pose.NAMES`
    box: tuple[int, int, int, int]  # (x, y, width, height) around the joints that are sure enough, in photo pixels
    source: str  # what the person was found by: "face", "photo" (one person fills it) or "by hand" (a drawn box)
    face: int | None  # which of `Analysis.faces` is this person's, counted from 0
    crop: np.ndarray  # uint8 (192, 192, 3), exactly what the pose network gets
    transform: np.ndarray  # float32 (2, 3), crop pixel (x, y, 1) -> photo pixel

    def to_dict(self) -> dict[str, Any]:
        """The person as plain JSON values, without the picture."""
        return {
            "joints": self.joints.tolist(),
            "box": list(self.box),
            "source": self.source,
            "face": self.face,
        }
