"""Openness of bodies, on drawn people."""

import math

import numpy as np
import pytest

from models.pose import NAMES
from models.pose.openness import BENT, WIDE, openness

UPRIGHT = {
    "head_top": (100, 20),
    "neck": (100, 60),
    "right_shoulder": (80, 65),
    "left_shoulder": (120, 65),
    "right_elbow": (75, 95),
    "left_elbow": (125, 95),
    "right_wrist": (75, 125),
    "left_wrist": (125, 125),
    "right_hip": (88, 130),
    "left_hip": (112, 130),
    "right_knee": (88, 170),
    "left_knee": (112, 170),
    "right_ankle": (88, 210),
    "left_ankle": (112, 210),
}
CROSSED = {"right_wrist": (115, 90), "left_wrist": (85, 95)}


def body(unsure: tuple[str, ...] = (), turned: float = 0.0, **moved: tuple[float, float]) -> np.ndarray:
    places = UPRIGHT | moved
    joints = np.array([[*places[name], 0.1 if name in unsure else 0.9] for name in NAMES], np.float32)
    cosine, sine = math.cos(turned), math.sin(turned)
    joints[:, :2] = (joints[:, :2] - 100) @ np.array([[cosine, sine], [-sine, cosine]]) + 100
    return joints


@pytest.mark.parametrize("turned", [0.0, 0.3, -0.3])
@pytest.mark.parametrize(
    ("moved", "signs", "word"),
    [
        ({}, (), "neither"),
        ({"left_wrist": (118, 50)}, ("arm raised",), "open"),
        ({"right_wrist": (100 - 20 * WIDE, 80), "left_wrist": (101 + 20 * WIDE, 80)}, ("arms wide",), "open"),
        (CROSSED, ("arms crossed",), "closed"),
        ({"head_top": (100 + 40 * math.tan(math.radians(BENT + 1)), 20)}, ("head bent",), "closed"),
        ({"head_top": (100 + 40 * math.tan(math.radians(BENT - 1)), 20)}, (), "neither"),
        ({"head_top": (140, 50), "left_wrist": (118, 50)}, ("arm raised", "head bent"), "neither"),
    ],
)
def test_signs_are_seen_however_the_photo_is_turned(moved, signs, word, turned):
    found = openness(body(turned=turned, **moved))
    assert found is not None
    assert (found.signs, found.word) == (signs, word)


def test_a_bust_from_the_side_crosses_no_arms():
    sideways = CROSSED | {"right_shoulder": (95, 65), "left_shoulder": (105, 65)}
    assert openness(body(**sideways)).signs == ()


def test_a_rule_is_left_out_where_its_joints_are_not_sure():
    raised = {"left_wrist": (118, 50), "head_top": (150, 50)}
    assert openness(body(("right_hip",), **raised)).signs == ("arm raised",)
    assert openness(body(("left_wrist",), **raised)).signs == ("head bent",)
    assert openness(body(("right_wrist",), **CROSSED)).signs == ()
    assert openness(body(("neck",), **raised)) is None
    assert openness(body(("right_hip", "left_wrist", "right_wrist"))) is None
