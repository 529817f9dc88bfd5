"""Training scenes: the labels follow the picture, and a scene is a function of its seed."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from models.detection.training.datasets import Photos, Tiles
from models.detection.training.scenes import SceneMaker, SceneSettings
from models.detection.training.textures import texture

PLAIN = SceneSettings(
    textures=0, tiles=0, things=0, cover=0, grey=0, dark=0, blur=0, coarse=0, noise=0, jpeg=0, around=1, smallest=40
)
NO_TILES = Tiles([], np.zeros((0, 5, 2), np.float32), np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
SIDE = 128


@pytest.fixture(scope="module")
def photos():
    """One green oval as face, with marks on its outline and centre, on a grey photo."""
    image = np.full((500, 560, 3), 120, np.uint8)
    cv2.ellipse(image, (280, 250), (24, 32), 0, 0, 360, (10, 240, 10), -1)
    box = np.array([[256, 218, 49, 65]], np.float32)
    marks = np.array([[[262, 240], [299, 240], [280.5, 250.5], [270, 265], [291, 265]]], np.float32)
    return Photos([image], [box], [np.array([False])], [marks])


@pytest.fixture(scope="module")
def tiles():
    image = np.full((96, 96, 3), 120, np.uint8)
    cv2.ellipse(image, (48, 48), (24, 32), 0, 0, 360, (240, 10, 10), -1)
    marks = np.array([[[36, 40], [60, 40], [48, 50], [40, 62], [56, 62]]], np.float32)
    return Tiles([image], marks, np.array([[48.5, 48.5, 49, 65]], np.float32), np.zeros(1, np.float32))


def extent(image, channel, near):
    """Box of the pixels in which one channel is far above the others, within 10 pixels around a box."""
    left, top = np.maximum(near[:2] - 10, 0).astype(int)
    right, bottom = (near[:2] + near[2:] + 10).astype(int)
    image = image[top:bottom, left:right]
    others = np.delete(image.astype(int), channel, axis=2).max(axis=2)
    rows, columns = np.nonzero(image[..., channel] > others + 60)
    return [left + columns.min(), top + rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]


def is_inside(box):
    return (box[:2] > 1).all() and (box[:2] + box[2:] < SIDE - 1).all()


def test_boxes_and_marks_follow_the_face_through_turns_scales_and_mirrors(photos):
    maker = SceneMaker(photos, NO_TILES, PLAIN, SIDE)
    checked = 0
    for seed in range(60):
        scene = maker.draw(np.random.default_rng(seed))
        if len(scene.boxes) and is_inside(scene.boxes[0]):
            np.testing.assert_allclose(scene.boxes[0], extent(scene.image, 1, scene.boxes[0]), atol=3)
            centre = scene.boxes[0][:2] + scene.boxes[0][2:] / 2
            np.testing.assert_allclose(scene.marks[0, 2], centre, atol=1)  # the nose is the oval's centre
            eyes, mouth = scene.marks[0, :2], scene.marks[0, 3:]
            across, down = eyes[1] - eyes[0], mouth.mean(axis=0) - eyes.mean(axis=0)
            assert across[0] * down[1] - across[1] * down[0] > 0  # image left and right also when mirrored
            checked += 1
    assert checked > 8


def test_a_pasted_face_has_its_box(tiles):
    empty = Photos(
        [np.full((200, 260, 3), 120, np.uint8)], [np.zeros((0, 4))], [np.zeros(0, bool)], [np.zeros((0, 5, 2))]
    )
    settings = replace(PLAIN, tiles=1, most_tiles=1, around=0)
    maker = SceneMaker(empty, tiles, settings, SIDE)
    checked = 0
    for seed in range(40):
        scene = maker.draw(np.random.default_rng(seed))
        if len(scene.boxes) and is_inside(scene.boxes[0]):
            np.testing.assert_allclose(
                scene.boxes[0], extent(scene.image, 0, scene.boxes[0]), atol=0.12 * max(scene.boxes[0][2:]) + 2
            )
            checked += 1
    assert checked > 5


def test_a_scene_depends_on_its_seed_alone(photos, tiles):
    maker = SceneMaker(photos, tiles, SceneSettings(), SIDE)
    first = [maker.draw(np.random.default_rng(seed)) for seed in range(12)]
    again = [maker.draw(np.random.default_rng(seed)) for seed in reversed(range(12))][::-1]
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        np.testing.assert_array_equal(one.boxes, other.boxes)
    assert (photos.images[0][0, 0] == 120).all()


def test_every_scene_can_be_encoded(photos, tiles):
    maker = SceneMaker(photos, tiles, SceneSettings(), SIDE)
    for seed in range(30):
        scene = maker.draw(np.random.default_rng(seed))
        assert scene.image.shape == (SIDE, SIDE, 3)
        assert scene.image.dtype == np.uint8
        assert scene.boxes.shape == (len(scene.boxes), 4)
        assert scene.marks.shape == (len(scene.boxes), 5, 2)
        centres = scene.boxes[:, :2] + scene.boxes[:, 2:] / 2
        assert ((centres >= 0) & (centres <= SIDE)).all()
        assert (scene.boxes[:, 2:] > 0).all()


def test_faces_that_are_invalid_or_tiny_are_ignored_not_learnt(photos):
    invalid = replace(photos, invalid=[np.array([True])])
    for data, settings in ((invalid, PLAIN), (photos, replace(PLAIN, ignore=1000.0))):
        maker = SceneMaker(data, NO_TILES, settings, SIDE)
        scenes = [maker.draw(np.random.default_rng(seed)) for seed in range(10)]
        assert not any(len(scene.boxes) for scene in scenes)
        assert any(len(scene.ignored) for scene in scenes)


def test_textures_have_the_asked_size_and_are_the_same_for_a_seed():
    for seed in range(40):
        picture = texture(np.random.default_rng(seed), 33, 50)
        assert picture.shape == (33, 50, 3)
        assert picture.dtype == np.uint8
        np.testing.assert_array_equal(picture, texture(np.random.default_rng(seed), 33, 50))
