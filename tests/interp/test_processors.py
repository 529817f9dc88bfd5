"""Dilated transposed convolutions: without AVX-512, TensorFlow has no kernel for them."""

import keras
import numpy as np
import pytest
from keras import layers

from interp import METHODS, Network, explain
from interp.activations import all_activations
from interp.dream import channel, dream
from interp.reference import REFERENCES
from interp.twin import twin
from tests.interp import networks

pytestmark = pytest.mark.slow
SIDE = 10
KERNEL = np.random.default_rng(0).normal(size=(3, 3, 4, 3)).astype(np.float32)


def decoder(kernel: np.ndarray, **settings: int) -> Network:
    """Return a network with a transposed convolution in a nested model and another behind it."""
    keras.utils.set_random_seed(12)
    side = len(kernel)
    block = keras.Sequential([layers.Conv2DTranspose(4, side, activation="relu", name="up", **settings)], name="block")
    inputs = keras.Input((SIDE, SIDE, 3))
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(3, 1, name="mix")(block(x))
    x = layers.Conv2DTranspose(4, side, activation="relu", name="last", **settings)(x)
    model = keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D()(x)))
    for layer in (block.get_layer("up"), model.get_layer("last")):
        layer.set_weights([kernel, np.zeros(4, np.float32)])
    return Network(model)


@pytest.fixture(scope="module")
def dilated():
    return decoder(KERNEL, dilation_rate=2)


@pytest.fixture(scope="module")
def spread():
    """The same network without dilation: zeros stand between its kernels' weights."""
    kernel = np.zeros((5, 5, 4, 3), np.float32)
    kernel[::2, ::2] = KERNEL
    return decoder(kernel)


@pytest.fixture(scope="module")
def x(dilated):
    return networks.pictures(dilated.model, 2)


def test_answers_and_activations_are_those_of_the_spread_kernel(dilated, spread, x):
    np.testing.assert_allclose(dilated.predict(x), spread.predict(x), rtol=1e-4)
    np.testing.assert_allclose(dilated.logits(x), spread.logits(x), rtol=1e-4)
    np.testing.assert_allclose(twin(dilated).predict(x), spread.predict(x), rtol=1e-4)
    ours, theirs = all_activations(dilated, x), all_activations(spread, x)
    for name in ("block/up", "last"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_explains_it_as_with_the_spread_kernel(method, dilated, spread, x):
    ours, theirs = (explain(network, x, method).values for network in (dilated, spread))
    np.testing.assert_allclose(ours, theirs, atol=1e-3 * np.abs(theirs).max())
    assert np.abs(theirs).max() > 0


@pytest.mark.parametrize("method", REFERENCES)
def test_the_other_engine_explains_it_as_with_the_spread_kernel(method, dilated, spread, x):
    ours, theirs = (explain(network, x, method, engine="tf-keras-vis").values for network in (dilated, spread))
    np.testing.assert_allclose(ours, theirs, atol=1e-3 * np.abs(theirs).max())
    assert np.abs(theirs).max() > 0


@pytest.mark.parametrize("size", [SIDE, (12, 17)])
def test_it_dreams_as_with_the_spread_kernel(size, dilated, spread):
    ours, theirs = (
        list(dream(network, channel("block/up", 1), size=size, octaves=2, steps=3))[-1] for network in (dilated, spread)
    )
    np.testing.assert_allclose(ours.image.astype(float), theirs.image, atol=2)
    np.testing.assert_allclose(ours.scores, theirs.scores, rtol=1e-2)


RANKS = {
    "lines": lambda: (layers.Reshape((100, 3)), layers.Conv1DTranspose(4, 3, dilation_rate=2)),
    "volumes": lambda: (layers.Reshape((SIDE, SIDE, 3, 1)), layers.Conv3DTranspose(4, 3, dilation_rate=2)),
    "wrapped": lambda: (
        layers.Reshape((2, SIDE // 2, SIDE, 3)),
        layers.TimeDistributed(layers.Conv2DTranspose(4, 3, dilation_rate=2)),
    ),
}


@pytest.mark.parametrize("rank", RANKS)
def test_other_dimensions_and_wrappers_are_explained(rank):
    keras.utils.set_random_seed(13)
    model = keras.Sequential([keras.Input((SIDE, SIDE, 3)), *RANKS[rank](), layers.Flatten(), layers.Dense(2)])
    explanation = explain(Network(model), networks.pictures(model, 1)[0], "saliency", target=0)
    assert np.isfinite(explanation.values).all()
    assert not explanation.is_blank
