"""The fused batch normalisation does what Keras's does."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from models.training.normalisation import FusedBatchNormalization, batch_normalisation


@pytest.fixture
def pair():
    """Keras's layer and the fused one with the same scale and offset, both built."""
    both = layers.BatchNormalization(momentum=0.9), FusedBatchNormalization(momentum=0.9)
    rng = np.random.default_rng(0)
    scale, offset = rng.uniform(0.5, 2, 6), rng.normal(0, 1, 6)
    for layer in both:
        layer.build((None, 5, 4, 6))
        layer.gamma.assign(scale)
        layer.beta.assign(offset)
    return both


@pytest.fixture
def maps():
    return np.random.default_rng(1).normal(3, 2, (8, 5, 4, 6)).astype(np.float32)


@pytest.mark.parametrize("training", [True, False])
def test_outputs_and_moving_averages_are_those_of_keras(pair, maps, training):
    results = [layer(maps, training=training) for layer in pair]
    np.testing.assert_allclose(results[0], results[1], atol=1e-4)
    for ours, theirs in zip(pair[1].get_weights(), pair[0].get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_gradients_are_those_of_keras(pair, maps):
    weights = np.random.default_rng(2).normal(0, 1, maps.shape).astype(np.float32)
    gradients = []
    for layer in pair:
        x = tf.constant(maps)
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(layer(x, training=True) * weights)
        gradients.append(tape.gradient(loss, [x, layer.gamma, layer.beta]))
    for ours, theirs in zip(gradients[1], gradients[0], strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_a_layer_that_is_not_trained_keeps_its_averages(pair, maps):
    layer = pair[1]
    layer.trainable = False
    before = layer.moving_mean.numpy().copy()
    layer(maps, training=True)
    np.testing.assert_array_equal(layer.moving_mean, before)


def test_only_training_graphs_are_fused():
    assert type(batch_normalisation("norm")) is layers.BatchNormalization
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert type(batch_normalisation("norm")) is FusedBatchNormalization
    finally:
        keras.config.set_dtype_policy("float32")
