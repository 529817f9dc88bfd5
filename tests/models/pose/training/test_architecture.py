"""The graph of the published network keeps its bounds."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from models.pose import SIZE, STRIDE
from models.pose.training.architecture import carry_weights
from models.pose.training.configurations import POSE
from models.pose.training.fitting import build_pose


@pytest.fixture(scope="module")
def network():
    return build_pose(POSE["pose"])


def test_it_is_small_enough(network):
    assert network.count_params() <= 4_000_000
    multiplications = sum(
        np.prod(layer.kernel.shape) * np.prod(layer.output.shape[1:3])
        for layer in network.layers
        if isinstance(layer, keras.layers.Conv2D)
    )
    assert multiplications < 0.73e9


def test_it_answers_one_map_and_one_confidence_a_joint(network):
    maps, confidence = network(np.zeros((2, SIZE, SIZE, 3), np.float32), training=False)
    assert maps.shape == (2, SIZE // STRIDE, SIZE // STRIDE, 14)
    assert confidence.shape == (2, 14)
    assert ((np.asarray(confidence) >= 0) & (np.asarray(confidence) <= 1)).all()


def test_its_weights_fit_other_sizes(tiny):
    small, large = build_pose(tiny, size=48), build_pose(tiny, size=64)
    large.set_weights(small.get_weights())
    assert large.output_shape[0] == (None, 16, 16, 14)


def test_a_grown_network_answers_as_before_and_learns_in_its_new_blocks(tiny):
    keras.utils.set_random_seed(0)
    small, grown = build_pose(tiny, size=48), build_pose(replace(tiny, depths=(2,), refined=(1,)), size=64)
    carry_weights(small, grown)
    pixels = np.random.default_rng(0).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    same_size = build_pose(tiny, size=64)
    carry_weights(small, same_size)
    for before, after in zip(same_size(pixels, training=False), grown(pixels, training=False), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-6)
    grown.get_layer("stage1_block2_project_norm").gamma.assign(np.ones(8))
    assert np.abs(np.asarray(grown(pixels, training=False)[0]) - np.asarray(same_size(pixels)[0])).max() > 1e-3


def test_a_network_does_not_shrink(tiny):
    with pytest.raises(ValueError, match="has no up0_block1_expand_kernel"):
        carry_weights(build_pose(replace(tiny, refined=(1,)), size=48), build_pose(tiny, size=48))


def test_no_stride_two_point_convolution_is_narrow(network):
    """oneDNN corrupts the heap in the filter gradient of such ones."""
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D) and layer.kernel_size == (1, 1):
            assert layer.strides == (1, 1) or layer.kernel.shape[2] >= 16


def test_training_precision_keeps_the_heads_in_float32(tiny):
    network = build_pose(tiny, "mixed_bfloat16", 48)
    assert network.get_layer("stem_kernel").compute_dtype == "bfloat16"
    assert all(keras.backend.standardize_dtype(output.dtype) == "float32" for output in network.outputs)
