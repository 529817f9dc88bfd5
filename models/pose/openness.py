"""Open or closed: a word worked out from a body's joints, by rules.

Nothing here is learnt: there were no labels of bodies to learn from, and none to measure the rules by.
"""

import math
from dataclasses import dataclass

import numpy as np

from models.pose.inference import NAMES

SHOULDERS, HAND_REACH = 0.259, 0.186 + 0.146
"""Width of the shoulders, and length of an arm to the wrist, in shares of the height: Drillis and Contini 1966."""
WIDE = (SHOULDERS + HAND_REACH) / SHOULDERS
"""Shoulder widths between the wrists, half way between arms that hang down and arms stretched out to the sides."""
TORSO = 0.288
"""From shoulder to hip, in shares of the height, of the same source."""
LIKELY = 0.5
BENT = 20.0
"""Degrees from which a neck counts as bent: RULA, McAtamney and Corlett 1993, Applied Ergonomics 24."""


@dataclass(frozen=True)
class Openness:
    """Whether a body is open or closed, and what says so."""

    signs: tuple[str, ...]  # of "arm raised", "arms wide", "arms crossed", "head bent"

    @property
    def word(self) -> str:
        """ "open" or "closed" where all signs say the same, else "neither"."""
        said = {_SIGNS[sign] for sign in self.signs}
        return said.pop() if len(said) == 1 else "neither"


_SIGNS = {"arm raised": "open", "arms wide": "open", "arms crossed": "closed", "head bent": "closed"}


def openness(joints: np.ndarray, sure: float = LIKELY) -> Openness | None:
    """Return whether a body is open or closed, by four rules; a rule says nothing where its joints are not sure.

    An arm is raised when its wrist is above the neck. Arms are wide when the wrists are `WIDE` shoulder widths apart,
    and crossed when both are beyond the body's middle, between neck and hips; neither is said of a body that is turned
    sideways by more than half. A head is bent when it leans more than `BENT` degrees from the line from hips to neck.

    Args:
        joints: float (14, 3), x and y in pixels and confidence 0..1, in the order of `models.pose.NAMES`.
        sure: the confidence that a joint needs. Defaults to 0.5: more likely right than wrong.

    Returns:
        None where no rule can be tried: neck or shoulders are not sure, or neither hips nor wrists are.
    """
    known = np.where(joints[:, 2:] >= sure, joints[:, :2], np.nan).astype(float)  # nothing is true of an unknown joint
    at = dict(zip(NAMES, known, strict=True))
    wrists = np.stack([at["right_wrist"], at["left_wrist"]]) - at["neck"]
    spine = at["neck"] - (at["right_hip"] + at["left_hip"]) / 2
    across = at["left_shoulder"] - at["right_shoulder"]
    if np.isnan(across + at["neck"]).any() or (np.isnan(spine).any() and np.isnan(wrists).any(axis=1).all()):
        return None
    torso, width = np.linalg.norm(spine), np.linalg.norm(across)
    up = np.array([0.0, -1.0]) if np.isnan(torso) else spine / max(torso, 1e-9)
    heights, sides = wrists @ up, wrists @ across
    faces_us = width >= SHOULDERS / TORSO * torso / 2
    nod = at["head_top"] - at["neck"]
    cosine = nod @ up / max(np.linalg.norm(nod), 1e-9) if np.isfinite(torso) else np.nan
    seen = {
        "arm raised": (heights > 0).any(),
        "arms wide": faces_us and np.linalg.norm(wrists[0] - wrists[1]) >= WIDE * width,
        "arms crossed": faces_us and sides[0] > 0 > sides[1] and ((-torso <= heights) & (heights <= 0)).all(),
        "head bent": cosine < math.cos(math.radians(BENT)),
    }
    return Openness(tuple(sign for sign, is_seen in seen.items() if is_seen))
