"""A tiny keypoint network is trained and resumed on made faces."""

import csv
from dataclasses import replace

import keras
import numpy as np
import pytest

from models.keypoints import SIZE, to_marks
from models.keypoints.training.augmentation import spread_marks
from models.keypoints.training.evaluation import ask_for_points, regular_face_crops
from models.keypoints.training.fitting import KeypointLosses, fit_keypoints

pytestmark = pytest.mark.slow


def epochs_in(folder) -> list[str]:
    with (folder / "log.csv").open() as file:
        return [row["epoch"] for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def trained(tiny, faces, marked, tmp_path_factory):
    folder = tmp_path_factory.mktemp("training")
    return fit_keypoints(tiny, faces, marked, folder), folder


def test_the_saved_network_answers_as_the_trained_one(trained, faces):
    network, folder = trained
    saved = keras.models.load_model(folder / "network.keras", compile=False)
    assert saved.dtype_policy.name == "float32"
    crops, _ = regular_face_crops(faces.part("test"))
    first, second = ask_for_points(network, crops), ask_for_points(saved, crops)
    np.testing.assert_allclose(first.points, second.points, atol=1e-4)
    np.testing.assert_allclose(first.confidence, second.confidence, atol=1e-5)
    assert epochs_in(folder) == ["0", "1"]


def test_training_resumes_where_it_stopped(tiny, faces, tmp_path):
    few = {"data5": None, "folder": tmp_path, "faces_limit": 8}
    fit_keypoints(replace(tiny, epochs=1), faces, **few)
    fit_keypoints(tiny, faces, **few)
    assert epochs_in(tmp_path) == ["0", "1"]


def test_training_lowers_the_loss(tiny, faces, tmp_path):
    fit_keypoints(replace(tiny, epochs=6, peak_rate=1e-2), faces, None, tmp_path)
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert float(rows[-1]["loss"]) < 0.9 * float(rows[0]["loss"])


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
