"""The keypoint network's heads read heat maps as they should."""

import keras
import numpy as np

from models.keypoints.training.architecture import STRIDE, cell_centres, keypoint_network


def tiny_network() -> keras.Model:
    return keypoint_network(stem=16, widths=(16, 16), merged=8, points=3, size=32)


def test_the_outputs_are_points_and_their_confidence():
    network = tiny_network()
    points, confidence = network(np.random.default_rng(0).uniform(0, 255, (2, 32, 32, 1)).astype(np.float32))
    assert points.shape == (2, 3, 2)
    assert confidence.shape == (2, 3)
    assert network.get_layer("heat_maps").output.shape == (None, 8, 8, 3)


def test_a_point_is_the_middle_of_its_heat():
    network = tiny_network()
    heads = keras.Model(network.get_layer("heat_maps").output, network.get_layer("points").output)
    maps = np.full((1, 8, 8, 3), -50, np.float32)
    maps[0, 2, 5, 0] = 0  # one cell
    maps[0, 6, 1:3, 1] = 0  # two cells beside each other
    maps[0, :, :, 2] = 0  # everywhere
    found = keras.ops.convert_to_numpy(heads(maps))[0]
    centre = (STRIDE - 1) / 2
    np.testing.assert_allclose(found[0], [5 * STRIDE + centre, 2 * STRIDE + centre], atol=1e-4)
    np.testing.assert_allclose(found[1], [1.5 * STRIDE + centre, 6 * STRIDE + centre], atol=1e-4)
    np.testing.assert_allclose(found[2], [15.5, 15.5], atol=1e-4)


def test_the_cells_count_row_by_row():
    centres = cell_centres(16)
    np.testing.assert_array_equal(centres[:5], [[1.5, 1.5], [5.5, 1.5], [9.5, 1.5], [13.5, 1.5], [1.5, 5.5]])


def test_the_full_network_has_at_most_two_million_parameters():
    assert keypoint_network().count_params() <= 2_000_000
