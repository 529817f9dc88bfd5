"""Joints are read from crops of any size, finer than a pixel."""

import json

import keras
import numpy as np
import pytest

from interp import HeatMap, Network, explain
from models import networks, pose
from models.geometry import square_transform, transform_points
from models.images import cut_out_colour
from models.pose import (
    MIRRORED,
    NAMES,
    SIZE,
    SKELETON,
    STRIDE,
    compile_pose,
    crop_square,
    decode_joints,
    forward,
    heat_maps,
    predict,
    square_of_joints,
)
from models.pose.training.architecture import pose_network
from tests.models.people import colour_network, draw, place


def bright_network() -> keras.Model:
    """Every joint's heat map is the brightness of red; the confidence is a half."""
    pixels = keras.Input((SIZE, SIZE, 3))
    cells = keras.layers.AveragePooling2D(STRIDE)(pixels)
    maps = keras.layers.Conv2D(14, 1, use_bias=False, name="maps")
    output = maps(cells)
    mean = keras.layers.GlobalAveragePooling2D()(output)
    network = keras.Model(pixels, [output, keras.layers.Activation("sigmoid")(keras.layers.Rescaling(0.0)(mean))])
    kernel = np.zeros((1, 1, 3, 14), np.float32)
    kernel[:, :, 0] = 0.1
    maps.set_weights([kernel])
    return network


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The bright network in the place of the trained one, and an expression network beside it."""
    folder = tmp_path_factory.mktemp("weights")
    card = {
        "name": "pose",
        "title": "Brightness network",
        "task": "pose",
        "labels": list(NAMES),
        "input_shape": [SIZE, SIZE, 3],
        "parameters": 42,
        "metrics": {},
        "thresholds": {},
        "flip_average": True,
    }
    bright_network().save(folder / "pose.keras")
    (folder / "pose.json").write_text(json.dumps(card))
    (folder / "emotion.json").write_text(json.dumps(card | {"name": "emotion", "task": "expression"}))
    caches = (networks._load, pose.inference._compiled)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(networks, "WEIGHTS", folder)
        for cache in caches:
            cache.cache_clear()
        yield folder
        for cache in caches:
            cache.cache_clear()


def dot(height, width, x, y, radius=5):
    """A black crop with a round red dot whose brightness falls off evenly."""
    rows, columns = np.mgrid[:height, :width]
    fall = np.clip(1 - ((columns - x) ** 2 + (rows - y) ** 2) / (2 * radius) ** 2, 0, 1)
    picture = np.zeros((height, width, 3), np.uint8)
    picture[..., 0] = np.rint(255 * fall)
    return picture


def test_mirroring_exchanges_left_and_right():
    for index, name in enumerate(NAMES):
        swapped = name.replace("left", "LEFT").replace("right", "left").replace("LEFT", "right")
        assert NAMES[MIRRORED[index]] == swapped
    assert {joint for bone in SKELETON for joint in bone} == set(range(14))


def test_the_square_surrounds_the_known_joints():
    joints = np.zeros((14, 2))
    joints[0], joints[1], joints[2] = (10, 20), (30, 120), (1000, 1000)
    known = np.arange(14) < 2
    np.testing.assert_allclose(square_of_joints(joints, known), [20, 70, 130])
    np.testing.assert_allclose(square_of_joints(joints[None], known[None]), [[20, 70, 130]])


def test_a_person_without_known_joint_has_no_square():
    with pytest.raises(ValueError, match="no known joint"):
        square_of_joints(np.zeros((2, 14, 2)), np.zeros((2, 14), bool))
    with pytest.raises(ValueError, match=r"known \(…, 14\)"):
        square_of_joints(np.zeros((14, 2)), np.ones(13, bool))


@pytest.mark.parametrize("angle", [0, 30, -100])
@pytest.mark.parametrize("side", [60, SIZE, 700])
def test_a_crop_shows_what_its_transform_says(angle, side):
    photo = dot(400, 500, 320, 150, radius=side / 20)
    crop, transform = crop_square(photo, (300, 160, side), angle)
    brightness = crop[..., 0].astype(float)
    rows, columns = np.mgrid[:SIZE, :SIZE]
    peak = np.array([(brightness * columns).sum(), (brightness * rows).sum()]) / brightness.sum()
    np.testing.assert_allclose(transform_points(peak[None], transform)[0], [320, 150], atol=0.02 * side)


def test_beyond_the_photo_its_edge_or_a_colour_is_repeated():
    photo = np.full((20, 30, 3), 200, np.uint8)
    transform = square_transform((15, 10, 100), 50)
    assert (cut_out_colour(photo, transform, 50) == 200).all()
    filled = cut_out_colour(photo, transform, 50, fill=(1, 2, 3))
    assert filled[0, 0].tolist() == [1, 2, 3]
    assert filled[25, 25].tolist() == [200, 200, 200]


def spots(*places):
    """Heat maps (1, 48, 48, 14) that are mixtures of round spots at (column, row, share)."""
    rows, columns = np.mgrid[:48, :48]
    shares = np.zeros((48, 48))
    for column, row, share in places:
        spot = np.exp(-((columns - column) ** 2 + (rows - row) ** 2) / 2)
        shares += share * spot / spot.sum()
    return np.repeat(shares[None, :, :, None], 14, axis=3).astype(np.float32)


def test_decoding_is_finer_than_a_cell():
    joints = np.asarray(decode_joints(spots((20.3, 11.6, 1.0))))
    np.testing.assert_allclose(joints, np.broadcast_to([20.3 * 4 + 1.5, 11.6 * 4 + 1.5], (1, 14, 2)), atol=0.6)


def test_decoding_chooses_where_it_is_in_doubt():
    joints = np.asarray(decode_joints(spots((10, 20, 0.55), (38, 20, 0.45))))
    np.testing.assert_allclose(joints[0, 0], [41.5, 81.5], atol=0.3)


def test_decoding_at_the_edge_stays_on_the_crop():
    joints = np.asarray(decode_joints(spots((0, 47, 1.0))))
    np.testing.assert_allclose(joints[0, 0], [1.5, 189.5], atol=3)


@pytest.mark.parametrize(("height", "width"), [(SIZE, SIZE), (96, 96), (400, 300), (60, 170)])
def test_joints_are_found_in_pixels_of_crops_of_any_size(published, height, width):
    place = (0.4 * width, 0.6 * height)
    joints = predict([dot(height, width, *place, radius=max(height, width) / 30)])
    assert joints.shape == (1, 14, 3)
    assert joints.dtype == np.float32
    np.testing.assert_allclose(joints[0, :, :2], np.broadcast_to(place, (14, 2)), atol=max(height, width) / 150)
    np.testing.assert_allclose(joints[..., 2], 0.5)


def test_a_batch_equals_its_parts(published):
    crops = [dot(100 + index, 120, 40 + index, 60) for index in range(18)]
    together = predict(crops)
    alone = np.concatenate([predict([crop]) for crop in crops])
    np.testing.assert_allclose(together, alone, atol=1e-3)


def test_nobody_is_a_normal_question(published):
    assert predict([]).shape == (0, 14, 3)
    assert heat_maps([])[0].shape == (0, SIZE // STRIDE, SIZE // STRIDE, 14)


def test_heat_maps_lie_over_the_crop(published):
    crop = dot(150, 100, 30, 110)
    shares, transforms = heat_maps([crop])
    np.testing.assert_allclose(shares.sum(axis=(1, 2)), 1, rtol=1e-4)
    row, column = np.unravel_index(shares[0, :, :, 5].argmax(), shares.shape[1:3])
    np.testing.assert_allclose(transform_points(np.array([[column, row]]), transforms[0])[0], [30, 110], atol=2)


def random_network():
    """A network of no meaning, the same on every call."""
    keras.utils.set_random_seed(0)
    pixels = keras.Input((SIZE, SIZE, 3))
    cells = keras.layers.AveragePooling2D(STRIDE)(pixels)
    maps = keras.layers.Conv2D(14, 3, padding="same", kernel_initializer=keras.initializers.RandomNormal(0.01))(cells)
    confidence = keras.layers.Dense(14, activation="sigmoid")(keras.layers.GlobalAveragePooling2D()(maps))
    return keras.Model(pixels, [maps, confidence])


def test_the_average_over_the_mirror_image_is_itself_mirrored():
    """Whatever a network says: of the mirror image it says the mirror image, left and right swapped."""
    network = random_network()
    picture = np.random.default_rng(1).integers(0, 256, (1, SIZE, SIZE, 3)).astype(np.float32)
    plain = np.asarray(forward(network, picture, np.array([0]))[0])
    mirrored = np.array(forward(network, picture[:, :, ::-1], np.array([0]))[0])
    mirrored[..., 0] = SIZE - 1 - mirrored[..., 0]
    np.testing.assert_allclose(mirrored[:, list(MIRRORED)], plain, atol=0.05)


@pytest.mark.parametrize("numbers", [(), (0, 2), (0, 1, 2)])
def test_one_pass_looks_at_some_mirror_images(numbers):
    network = random_network()
    pictures = np.random.default_rng(2).integers(0, 256, (3, SIZE, SIZE, 3)).astype(np.uint8)
    joints, shares = compile_pose(network)(pictures, np.array(numbers, np.int32))
    maps, confidence = (np.array(answer) for answer in network(pictures.astype(np.float32)))
    other, doubt = (np.asarray(answer) for answer in network(pictures[:, :, ::-1].astype(np.float32)))
    for number in numbers:
        maps[number] = (maps[number] + other[number][:, ::-1, list(MIRRORED)]) / 2
        confidence[number] = (confidence[number] + doubt[number][list(MIRRORED)]) / 2
    expected = np.asarray(keras.ops.softmax(maps.reshape(3, -1, 14), axis=1)).reshape(maps.shape)
    np.testing.assert_allclose(shares, expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(joints[..., :2], decode_joints(expected), atol=0.02)
    np.testing.assert_allclose(joints[..., 2], confidence, rtol=1e-4)


@pytest.mark.parametrize("crop", [np.zeros((5, 5)), np.zeros((5, 5, 3)), np.zeros((0, 5, 3), np.uint8)])
def test_other_arrays_are_refused(published, crop):
    with pytest.raises(ValueError, match="image"):
        predict([crop])


def test_another_network_is_refused(published):
    with pytest.raises(ValueError, match="'emotion' is no pose network"):
        predict([dot(50, 50, 20, 20)], network="emotion")
    with pytest.raises(ValueError, match="Unknown network 'posse'"):
        predict([dot(50, 50, 20, 20)], network="posse")


# Why is a joint there? -----------------------------------------------------------------------------------------------


def test_hiding_a_joint_takes_its_heat_map_away():
    network = Network(colour_network())
    joints = place(96, 35, 22)
    picture = draw(SIZE, SIZE, joints).astype(np.float32)
    for joint in (NAMES.index("left_elbow"), NAMES.index("right_knee")):
        explanation = explain(network, picture, "occlusion", target=HeatMap(joint), patch=24, stride=16)
        row, column = np.unravel_index(explanation.values.argmax(), explanation.values.shape)
        np.testing.assert_allclose([column, row], joints[joint], atol=12)


@pytest.mark.parametrize("method", ["grad_cam", "occlusion"])
def test_the_pose_network_says_why_each_joint_is_where_it_is(method):
    keras.utils.set_random_seed(0)
    network = Network(pose_network(stem=8, widths=(8, 16), depths=(1, 1), merged=(8, 8), size=64))
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.float32)
    settings = {"patch": 16, "stride": 16} if method == "occlusion" else {"layer": "stage1_halve_expand_relu"}
    maps = [explain(network, picture, method, target=HeatMap(joint), **settings) for joint in (10, 11)]
    for explanation in maps:
        assert np.isfinite(explanation.values).all()
        assert not explanation.is_blank
        assert explanation.values.shape == ((64, 64) if method == "occlusion" else (8, 8))
    assert np.abs(maps[0].values - maps[1].values).max() > 0


def test_thresholds_come_from_the_card(published):
    card = json.loads((published / "pose.json").read_text())
    other = card | {"name": "other", "thresholds": {"drawn": 0.2, "sure": 0.6}}
    (published / "other.json").write_text(json.dumps(other))
    assert pose.thresholds("other") == pose.Thresholds(drawn=0.2, sure=0.6)


def test_a_crop_of_less_detail_shows_the_same_place_more_softly():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (300, 300, 3)).astype(np.uint8)
    image[120:180, 120:180] = 255
    sharp, transform = crop_square(image, (150, 150, 200))
    soft, same = crop_square(image, (150, 150, 200), detail=48)
    np.testing.assert_array_equal(transform, same)
    assert soft.shape == sharp.shape
    assert np.abs(np.diff(soft.astype(float), axis=1)).mean() < np.abs(np.diff(sharp.astype(float), axis=1)).mean() / 2
    (x, y) = np.linalg.inv(transform[:, :2]) @ ((150, 150) - transform[:, 2])
    assert soft[round(y), round(x)].min() > 250
    corner = np.linalg.inv(transform[:, :2]) @ ((100, 100) - transform[:, 2])
    assert soft[round(corner[1]), round(corner[0])].max() < 230
    np.testing.assert_array_equal(crop_square(image, (150, 150, 200), detail=999)[0], sharp)
