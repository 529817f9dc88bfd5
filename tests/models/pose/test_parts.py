import numpy as np
import pytest

from models.pose import NAMES
from models.pose.parts import body_parts

STANDING = {
    "head_top": (100, 20), "neck": (100, 60), "right_shoulder": (70, 70), "left_shoulder": (130, 70),
    "right_elbow": (50, 110), "left_elbow": (150, 110), "right_wrist": (40, 150), "left_wrist": (160, 150),
    "right_hip": (80, 160), "left_hip": (120, 160), "right_knee": (75, 220), "left_knee": (125, 220),
    "right_ankle": (70, 280), "left_ankle": (130, 280),
}  # fmt: skip


def standing(**confidences: float) -> np.ndarray:
    return np.array([(*STANDING[name], confidences.get(name, 0.9)) for name in NAMES])


def test_every_part_of_a_body_lies_around_its_joints() -> None:
    masks = body_parts(standing(), (300, 200))
    assert set(masks) == {"head", "right arm", "left arm", "right leg", "left leg", "trunk"}
    assert np.sum(list(masks.values()), axis=0).max() == 1
    for part, (x, y) in {
        "head": (100, 40),
        "right arm": (45, 130),
        "left arm": (155, 130),
        "right leg": (73, 250),
        "left leg": (127, 250),
        "trunk": (100, 120),
    }.items():
        assert [name for name, mask in masks.items() if mask[y, x]] == [part]
    assert not any(mask[10, 10] for mask in masks.values())


def test_parts_of_a_body_that_are_not_sure_are_left_out() -> None:
    joints = standing(right_wrist=0.1, right_elbow=0.1, left_wrist=0.1, left_knee=0.1, right_hip=0.1)
    masks = body_parts(joints, (300, 200), least=0.3)
    assert set(masks) == {"head", "left arm", "right leg", "trunk"}
    assert not masks["trunk"][120, 100], "a bust's trunk ends at the shoulders"
    assert body_parts(standing(), (300, 200), least=0.95) == {}


@pytest.mark.parametrize("joints", [np.zeros((13, 3)), np.full((14, 3), np.nan)])
def test_what_is_no_body_is_refused(joints: np.ndarray) -> None:
    with pytest.raises(ValueError, match="14 finite rows"):
        body_parts(joints, (30, 20))
