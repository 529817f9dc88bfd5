"""The arithmetic of one value equals what the layer says, for every kind of convolution and every trained network."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from interp import Network
from interp.activations import all_activations
from interp.arithmetic import Arithmetic, arithmetic
from tests.interp import networks

TRAINED = sorted((Path(__file__).parents[2] / "models" / "weights").glob("*.keras"))

KINDS = {
    "valid": lambda: layers.Conv2D(4, 3, activation="relu", name="convolution"),
    "same, even kernel": lambda: layers.Conv2D(4, (4, 2), padding="same", name="convolution"),
    "strided": lambda: layers.Conv2D(4, 3, strides=2, padding="same", activation="tanh", name="convolution"),
    "strided valid": lambda: layers.Conv2D(4, 3, strides=(3, 2), use_bias=False, name="convolution"),
    "dilated": lambda: layers.Conv2D(4, 3, dilation_rate=2, padding="same", name="convolution"),
    "grouped": lambda: layers.Conv2D(6, 3, groups=2, padding="same", activation="softmax", name="convolution"),
    "pointwise": lambda: layers.Conv2D(4, 1, activation="silu", name="convolution"),
    "depthwise": lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="convolution"),
    "depthwise strided": lambda: layers.DepthwiseConv2D((2, 3), strides=2, activation="relu", name="convolution"),
    "separable": lambda: layers.SeparableConv2D(5, 3, padding="same", depth_multiplier=2, name="convolution"),
    "separable strided": lambda: layers.SeparableConv2D(5, 3, strides=2, activation="elu", name="convolution"),
    "transposed": lambda: layers.Conv2DTranspose(3, 3, strides=2, padding="same", name="convolution"),
    "transposed valid": lambda: layers.Conv2DTranspose(3, (4, 3), strides=3, activation="relu", name="convolution"),
    "transposed with gaps": lambda: layers.Conv2DTranspose(3, 2, strides=3, name="convolution"),
    "transposed dilated": lambda: layers.Conv2DTranspose(3, 3, dilation_rate=2, name="convolution"),
    "transposed, odd output": lambda: layers.Conv2DTranspose(
        3, 3, strides=2, padding="same", output_padding=0, name="convolution"
    ),
}


def randomise(model: keras.Model, seed: int = 0) -> None:
    """Give every weight a value of its own, variances positive ones."""
    rng = np.random.default_rng(seed)
    model.set_weights([rng.uniform(0.1, 1, weight.shape) * rng.choice([-1, 1]) for weight in model.get_weights()])
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.moving_variance.assign(rng.uniform(0.1, 1, layer.moving_variance.shape))


def places(shape: tuple[int, int, int], count: int = 4) -> list[tuple[int, int, int]]:
    """Return the corners of an output and some positions inside."""
    rng = np.random.default_rng(1)
    corners = [(0, 0, 0), (shape[0] - 1, shape[1] - 1, shape[2] - 1)]
    return corners + [tuple(int(rng.integers(extent)) for extent in shape) for _ in range(count)]


def check(network: Network, x: np.ndarray, layer: str, count: int = 4) -> list[Arithmetic]:
    """Compare the arithmetic of some values of a layer, step by step, with what the network says."""
    every = all_activations(network, x)
    results = []
    for row, column, channel in places(every[layer].shape, count):
        own = arithmetic(network, x, layer, channel, row, column)
        for name, value in {layer: own.output, **{step.layer: step.result for step in own.steps}}.items():
            scale = max(np.abs(every[name]).max(), 1e-12)
            assert value / scale == pytest.approx(every[name][row, column, channel] / scale, abs=1e-5), name
        np.testing.assert_allclose(own.products[0].products, own.products[0].window * own.products[0].kernel)
        results.append(own)
    return results


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_convolution_with_norm_and_activation(kind):
    keras.utils.set_random_seed(0)
    inputs = keras.Input((9, 8, 4))
    x = KINDS[kind]()(inputs)
    outputs = layers.ReLU(max_value=1.5, name="relu")(layers.BatchNormalization(name="norm")(x))
    model = keras.Model(inputs, outputs)
    randomise(model)
    picture = np.random.default_rng(2).normal(size=(9, 8, 4)).astype(np.float32)
    for own in check(Network(model), picture, "convolution", 8):
        assert [step.layer for step in own.steps][-2:] == ["norm", "relu"]
        assert own.result == own.steps[-1].result


@pytest.mark.slow
@pytest.mark.parametrize("path", TRAINED, ids=[path.stem for path in TRAINED])
def test_every_convolution_of_every_trained_network(path):
    network = Network(keras.models.load_model(path, compile=False))
    picture = networks.pictures(network.model, 1)[0]
    assert network.convolutions
    for layer in network.convolutions:
        check(network, picture, layer.name, count=1)


def test_a_window_in_the_corner_lies_in_the_padding():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5, 5, 1)), layers.Conv2D(1, 3, padding="same", name="convolution")])
    picture = np.arange(1, 26, dtype=np.float32).reshape(5, 5, 1)
    own = arithmetic(Network(model), picture, "convolution", 0).products[0]
    np.testing.assert_array_equal(own.rows, [-1, 0, 1])
    np.testing.assert_array_equal(own.columns, [-1, 0, 1])
    np.testing.assert_array_equal(own.window[..., 0], [[0, 0, 0], [0, 1, 2], [0, 6, 7]])


def test_a_separable_convolution_shows_both_steps():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((5, 5, 3)), layers.SeparableConv2D(2, 3, depth_multiplier=2, name="both")])
    picture = np.random.default_rng(0).normal(size=(5, 5, 3)).astype(np.float32)
    depthwise, pointwise = arithmetic(Network(model), picture, "both", 1, 1, 2).products
    assert depthwise.window.shape == (3, 3, 6)
    np.testing.assert_array_equal(depthwise.channels, [0, 0, 1, 1, 2, 2])
    np.testing.assert_array_equal(pointwise.window[0, 0], depthwise.sums)


def test_steps_are_said_in_numbers():
    inputs = keras.Input((2, 2, 1))
    x = layers.Conv2D(1, 1, name="convolution", kernel_initializer="ones", bias_initializer="ones")(inputs)
    x = layers.BatchNormalization(epsilon=1.0, name="norm")(x)
    model = keras.Model(inputs, layers.ReLU(name="relu")(x))
    model.get_layer("norm").set_weights([np.array([v], np.float32) for v in (4, -10, 1, 3)])
    own = arithmetic(Network(model), np.full((2, 2, 1), 2.0), "convolution", 0, 1, 1)
    assert [step.formula for step in own.steps] == [
        "2 + 1 = 3",
        "4 × (3 - 1) / √(3 + 1) + -10 = -6",
        "relu(-6) = 0",
    ]
    assert (own.sum, own.output, own.result) == (2, 3, 0)


def test_the_last_dense_layer_and_its_softmax():
    model = networks.vgg_like()
    network = Network(model)
    picture = networks.pictures(model, 1)[0]
    for channel, probability in enumerate(network.predict(picture)[0]):
        own = arithmetic(network, picture, "answer", channel)
        assert own.result == pytest.approx(probability, rel=1e-4)
        assert own.products[0].name == "dense"


def test_steps_end_where_the_graph_forks_or_mixes():
    network = Network(networks.residual())
    picture = networks.pictures(network.model, 1)[0]
    assert {step.layer for step in arithmetic(network, picture, "first", 0).steps} == {"first"}
    network = Network(networks.nested())
    picture = networks.pictures(network.model, 1)[0]
    steps = arithmetic(network, picture, "backbone/block/conv", 0, 3, 3).steps
    assert [step.layer for step in steps] == ["backbone/block/conv", "backbone/block/relu"]


def test_a_network_of_any_size():
    model = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(2, 3, strides=2, padding="same", name="one")])
    network = Network(model)
    for side in (6, 7):
        check(network, np.random.default_rng(0).normal(size=(side, side, 1)).astype(np.float32), "one")


@pytest.mark.parametrize(
    ("layer", "where", "message"),
    [
        ("relu0", (0, 0, 0), "choose a convolution"),
        ("conv0", (6, 0, 0), "there is none at"),
        ("conv0", (0, 16, 0), "there is none at"),
        ("convo", (0, 0, 0), "did you mean"),
    ],
)
def test_wrong_places_are_refused(layer, where, message):
    model = networks.vgg_like()
    with pytest.raises(ValueError, match=message):
        arithmetic(Network(model), networks.pictures(model, 1)[0], layer, *where)


def test_a_dense_layer_on_tokens_is_worked_out_for_each():
    keras.utils.set_random_seed(2)
    inputs = keras.Input((6, 6, 3))
    tokens = layers.Reshape((36, 3))(inputs)
    mixed = layers.Dense(5, activation="relu", name="tokens")(tokens)
    network = Network(keras.Model(inputs, layers.Dense(2, name="answer")(layers.GlobalAveragePooling1D()(mixed))))
    picture = networks.pictures(network.model, 1)[0]
    expected = all_activations(network, picture)["tokens"]
    for token, channel in ((0, 0), (35, 4), (17, 2)):
        own = arithmetic(network, picture, "tokens", channel, token)
        assert own.output == pytest.approx(expected[token, channel], rel=1e-5, abs=1e-4)
    for place in ((36, 0), (0, 1)):
        with pytest.raises(ValueError, match="there is none at"):
            arithmetic(network, picture, "tokens", 0, *place)


def quantised(mode: str) -> Network:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((8, 8, 3))
    pooled = layers.GlobalAveragePooling2D()(layers.Conv2D(32, 3, activation="relu")(inputs))
    hidden = layers.Dense(16, activation="relu", bias_initializer="normal", name="hidden")(pooled)
    model = keras.Model(inputs, layers.Dense(4, name="answer")(hidden))
    for name in ("hidden", "answer"):
        model.get_layer(name).quantize(mode)
    return Network(model)


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["hidden", "answer"])
def test_a_quantised_layer_is_worked_out_with_its_scales(layer):
    network = quantised("int8")
    picture = networks.pictures(network.model, 1)[0]
    expected = all_activations(network, picture)[layer]
    found = [arithmetic(network, picture, layer, channel) for channel in range(len(expected))]
    np.testing.assert_allclose([one.output for one in found], expected, rtol=1e-4, atol=1e-5 * expected.max())
    products = found[0].products[0]
    np.testing.assert_allclose(products.products.sum(), found[0].sum, rtol=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["int4", "float8"])
def test_other_quantisations_are_refused(mode):
    network = quantised(mode)
    with pytest.raises(ValueError, match=rf"quantised \({mode}\)"):
        arithmetic(network, networks.pictures(network.model, 1)[0], "hidden", 0)
