"""The parts of a face, for the kinds of network that are shown one."""

from __future__ import annotations

import numpy as np

from dashboard.subject import Subject
from dashboard.tasks.task import Parts, View
from models.faces.parts import face_parts

FACE = Parts("face", "No points were found on this face, so the parts are unknown.", "forehead, hair and background")


def part_masks(subject: Subject, view: View) -> dict[str, np.ndarray] | None:
    """Return the mask of each part of the subject's face; None for a face without points."""
    points = subject.face.landmarks
    return None if points is None else face_parts(view.to_mask(points), view.mask_shape)
