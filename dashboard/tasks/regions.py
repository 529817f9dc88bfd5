"""The named parts of a face or a body on what a network is shown, and each part's share of a map."""

from __future__ import annotations

import numpy as np

from dashboard.services import networks
from dashboard.subject import Subject
from dashboard.tasks import inputs
from dashboard.tasks.inputs import View
from interp import region_shares
from interp.regions import Region
from models.parts import body_parts, face_parts

MASK_SIDE = 192
"""Pixels, at least, of the longer side of the masks of a face's parts."""


def regions_of_face(subject: Subject, view: View, values: np.ndarray) -> list[Region] | None:
    """Return the Region of each part of the face and of the rest; None for a face without points."""
    if subject.face.landmarks is None:
        return None
    scale, shape = _mask_frame(view)
    points = (view.to_input(subject.face.landmarks) + 0.5) * scale - 0.5
    return list(region_shares(values, face_parts(points, shape)).values())


def regions_of_body(subject: Subject, view: View, values: np.ndarray) -> list[Region] | None:
    """Return the Region of each part of the person's body whose joints are sure, and of the rest; or None."""
    scale, shape = _mask_frame(view)
    joints = subject.analysis.people[inputs.number_of_person(subject)].joints.astype(np.float64)
    joints[:, :2] = (view.to_input(joints[:, :2]) + 0.5) * scale - 0.5
    masks = body_parts(joints, shape, least=networks.joint_thresholds()[0])
    return list(region_shares(values, masks).values()) if masks else None


def _mask_frame(view: View) -> tuple[int, tuple[int, int]]:
    """By how much finer than the input the masks of parts are, and their height and width."""
    height, width = view.size
    scale = max(1, round(MASK_SIDE / max(height, width)))
    return scale, (height * scale, width * scale)
