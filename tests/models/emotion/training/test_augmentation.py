"""Augmentation on the device."""

from dataclasses import replace

import numpy as np
import pytest
from keras import ops

from models.emotion.training.augmentation import AugmentationSettings, DeviceFaces

STILL = AugmentationSettings(rotation=0, scale=1, shift=0, contrast=1, brightness=0, blur=0, erase=0)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (5, 48, 48), dtype=np.uint8)


def augmented(images, settings, seed=0, count=64):
    positions = np.arange(count) % len(images)
    return ops.convert_to_numpy(DeviceFaces(images, settings, seed)(positions, training=True)[0])


def test_outside_training_the_faces_come_as_stored(images):
    faces, kept = DeviceFaces(images, AugmentationSettings(mix=1.0))(np.array([3, 1]))
    np.testing.assert_array_equal(ops.convert_to_numpy(faces)[..., 0], images[[3, 1]])
    np.testing.assert_array_equal(ops.convert_to_numpy(kept), [[1], [1]])


def test_without_any_change_a_face_is_itself_or_its_mirror(images):
    faces = augmented(images, STILL)[..., 0]
    kinds = []
    for position, face in enumerate(faces):
        original = images[position % len(images)].astype(np.float32)
        same, mirrored = np.abs(face - original).max() < 0.1, np.abs(face - original[:, ::-1]).max() < 0.1
        assert same != mirrored
        kinds.append(mirrored)
    assert 0.2 < np.mean(kinds) < 0.8


def test_augmented_faces_keep_shape_and_range(images):
    faces = augmented(images, AugmentationSettings())
    assert faces.shape == (64, 48, 48, 1)
    assert faces.dtype == np.float32
    assert faces.min() >= 0
    assert faces.max() <= 255


def test_the_seed_decides_the_augmentation(images):
    settings = AugmentationSettings()
    np.testing.assert_array_equal(augmented(images, settings, seed=1), augmented(images, settings, seed=1))
    assert not np.array_equal(augmented(images, settings, seed=1), augmented(images, settings, seed=2))


def test_erasing_leaves_a_constant_rectangle():
    images = np.full((1, 48, 48), 99, np.uint8)
    faces = augmented(images, replace(STILL, erase=1.0), count=200)[..., 0]
    shares = (np.abs(faces - 99) > 0.5).mean(axis=(1, 2))
    assert np.median(shares) > 0.01
    assert shares.max() <= 0.4**2 * 1.2
    for face in faces:
        assert len(np.unique(face[np.abs(face - 99) > 0.5])) <= 1


def test_rotation_turns_about_the_centre():
    image = np.zeros((1, 49, 49), np.uint8)
    image[0, 22:27, 22:27] = 255
    faces = augmented(image, replace(STILL, rotation=40))[..., 0]
    rows, columns = np.mgrid[:49, :49]
    mass = faces.sum(axis=(1, 2))
    np.testing.assert_allclose((faces * rows).sum(axis=(1, 2)) / mass, 24, atol=0.1)
    np.testing.assert_allclose((faces * columns).sum(axis=(1, 2)) / mass, 24, atol=0.1)


def test_a_mixed_face_says_how_much_of_it_is_its_own():
    images = np.zeros((8, 48, 48), np.uint8)
    images[4:] = 200  # face i is mixed with face 7 - i
    layer = DeviceFaces(images, replace(STILL, mix=1.0))
    faces, kept = (ops.convert_to_numpy(value) for value in layer(np.arange(8), training=True))
    bright = faces.mean(axis=(1, 2, 3)) / 200
    np.testing.assert_allclose(bright, np.where(np.arange(8) < 4, 1 - kept[:, 0], kept[:, 0]), atol=1e-5)
    assert (kept < 1).any()
    assert (kept >= 0).all()
