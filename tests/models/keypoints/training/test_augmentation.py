"""Crops are made and changed on the device, and their points with them."""

import keras
import numpy as np
import pytest

from models.keypoints import MIRRORED, NOSE_TIP, SIZE, to_marks
from models.keypoints.training.augmentation import DeviceLandmarks, spread_marks
from models.keypoints.training.configurations import FaceAugmentation
from models.keypoints.training.datasets import STORED, LandmarkData
from models.keypoints.training.evaluation import regular_face_crops

PLAIN_LIGHT = {"contrast": 1.0, "gamma": 1.0, "brightness": 0.0, "noise": 0.0, "blur": 0.0, "hide": 0.0}


def numbers(batch) -> dict[str, np.ndarray]:
    return {key: keras.ops.convert_to_numpy(value) for key, value in batch.items()}


@pytest.fixture
def dotted(faces) -> LandmarkData:
    """The faces' points, and nothing on the pictures but a soft spot at the nose tip."""
    y, x = np.mgrid[:STORED, :STORED]
    spots = [np.exp(-((x - px) ** 2 + (y - py) ** 2) / 8) for px, py in faces.points[:, NOSE_TIP]]
    images = (250 * np.stack(spots)).astype(np.uint8)
    return LandmarkData(images, faces.points, faces.split, faces.group, faces.source, faces.pose)


def test_without_training_the_crops_are_the_regular_ones(faces):
    batch = numbers(DeviceLandmarks(faces, None, FaceAugmentation())(np.arange(len(faces))))
    crops, labels = regular_face_crops(faces)
    assert batch["faces"].shape == (len(faces), SIZE, SIZE, 1)
    assert np.abs(batch["faces"][..., 0] - crops).mean() < 2
    np.testing.assert_allclose(batch["points"], labels, atol=1e-3)
    np.testing.assert_allclose(batch["size"], SIZE, rtol=1e-5)
    assert (batch["full"] == 1).all()


def test_points_stay_on_their_places_whatever_turns_mirrors_and_moves(dotted):
    layer = DeviceLandmarks(dotted, None, FaceAugmentation(**PLAIN_LIGHT), seed=3)
    batch = numbers(layer(np.arange(len(dotted)), training=True))
    nose = batch["points"][:, NOSE_TIP]
    is_well_inside = ((nose > 10) & (nose < SIZE - 11)).all(axis=1)
    assert is_well_inside.sum() > 20
    y, x = np.mgrid[:SIZE, :SIZE]
    for face, (nose_x, nose_y) in zip(batch["faces"][is_well_inside, ..., 0], nose[is_well_inside], strict=True):
        spot = np.maximum(face - 10, 0)
        assert (spot * x).sum() / spot.sum() == pytest.approx(nose_x, abs=0.15)
        assert (spot * y).sum() / spot.sum() == pytest.approx(nose_y, abs=0.15)


def test_a_mirrored_face_keeps_the_order_of_its_points(faces):
    still = FaceAugmentation(**PLAIN_LIGHT, rotation=0.0, turned=0.0, zoom=(1.0, 1.0), shift=0.0)
    plain = numbers(DeviceLandmarks(faces, None, still)(np.arange(len(faces))))["points"]
    found = numbers(DeviceLandmarks(faces, None, still, seed=1)(np.arange(len(faces)), training=True))["points"]
    mirrored = (plain * [-1, 1] + [SIZE - 1, 0])[:, list(MIRRORED)]
    is_plain = np.abs(found - plain).max(axis=(1, 2)) < 1e-2
    is_mirrored = np.abs(found - mirrored).max(axis=(1, 2)) < 1e-2
    assert (is_plain | is_mirrored).all()
    assert 5 < is_mirrored.sum() < len(faces) - 5


def test_faces_with_five_points_join_in_training_only(faces, marked):
    layer = DeviceLandmarks(faces, marked, FaceAugmentation())
    batch = numbers(layer(np.arange(8), training=True))
    assert batch["full"].tolist() == 8 * [1] + 4 * [0]
    assert len(numbers(layer(np.arange(8)))["faces"]) == 8


def test_spread_marks_are_where_they_are_looked_for(marked):
    np.testing.assert_allclose(to_marks(spread_marks(marked.points)), marked.points, rtol=1e-6)


def test_light_and_cover_change_the_picture_within_its_range_and_by_the_seed(faces):
    strong = FaceAugmentation(hide=1.0, noise=40.0, brightness=80.0)

    def draw(seed: int) -> np.ndarray:
        return numbers(DeviceLandmarks(faces, None, strong, seed)(np.arange(12), training=True))["faces"]

    first = draw(0)
    assert 0 <= first.min() < first.max() <= 255
    np.testing.assert_array_equal(first, draw(0))
    assert np.abs(first - draw(1)).mean() > 10
