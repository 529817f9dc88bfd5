"""What the answers for a face cost in training."""

import keras
import numpy as np
import pytest

from models.keypoints import SIZE, to_marks
from models.keypoints.training.augmentation import spread_marks
from models.keypoints.training.evaluation import regular_face_crops
from models.keypoints.training.fitting import KeypointLosses


def losses_of(tiny, target, points, full) -> dict[str, np.ndarray]:
    labels = {"points": target, "full": np.array([full], np.float32), "size": np.array([80.0], np.float32)}
    shares = np.full((1, 68, 576), 1 / 576, np.float32)
    costs = KeypointLosses(tiny)(
        {key: keras.ops.convert_to_tensor(value, "float32") for key, value in labels.items()},
        shares,
        points,
        np.zeros((1, 68), np.float32),
    )
    return {key: keras.ops.convert_to_numpy(value) for key, value in costs.items()}


def test_the_loss_of_points_is_their_distance_in_per_cent_of_the_face(tiny, faces):
    target = regular_face_crops(faces)[1][:1].astype(np.float32)
    exact = losses_of(tiny, target, target, 1)
    assert exact["points"][0] == pytest.approx(0, abs=1e-4)
    assert exact["nme"][0] == pytest.approx(0, abs=1e-4)
    off = losses_of(tiny, target, target + np.float32([3, 4]), 1)
    assert off["points"][0] == pytest.approx(100 * 5 / 80, rel=0.11)  # rounded off near zero
    corners = np.linalg.norm(target[0, 36] - target[0, 45])
    assert off["nme"][0] == pytest.approx(100 * 5 / corners, rel=1e-3)


def test_points_that_nobody_labelled_cost_nothing(tiny, marked):
    target = spread_marks(np.clip(regular_face_crops(marked)[1][:1], 1, SIZE - 2).astype(np.float32))
    found = target.copy()
    found[:, :17] += 30  # the jaw
    found[:, 36] += 2  # one lid up, another one down: the eye's centre stays
    found[:, 37] -= 2
    np.testing.assert_allclose(to_marks(found), to_marks(target), atol=1e-4)
    costs = losses_of(tiny, target, found, 0)
    assert costs["points"][0] == pytest.approx(0, abs=1e-3)
    assert costs["confidence"][0] == 0
    assert losses_of(tiny, target, found + 5, 0)["points"][0] > 1
