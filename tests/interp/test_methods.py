"""Attribution: known answers, agreement with tf-keras-vis, and a contract that every method keeps."""

from pathlib import Path

import keras
import numpy as np
import pytest

from interp import METHODS, Channel, Class, Contrast, LayerEnergy, Network, activations, explain
from tests.interp import networks

EMOTION = Path(__file__).parents[2] / "models" / "weights" / "emotion.keras"


def scaled(values: np.ndarray) -> np.ndarray:
    return values / max(values.max(), 1e-12)


def test_saliency_of_a_linear_network_is_the_magnitude_of_its_weights():
    model, weights = networks.linear()
    picture = networks.pictures(model, 1)[0]
    for target in range(networks.CLASSES):
        values = explain(Network(model), picture, "saliency", target=target).values
        np.testing.assert_allclose(values, np.abs(weights[..., target]), rtol=1e-5)


def test_grad_cam_before_pooling_and_dense_is_cam():
    model = networks.cam()
    network = Network(model)
    picture = networks.pictures(model, 1)[0]
    maps = activations(network, picture, "maps")  # (h, w, K)
    weights = model.get_layer("answer").get_weights()[0]  # (K, classes)
    for target in range(networks.CLASSES):
        expected = np.maximum(maps @ weights[:, target], 0) / maps[..., 0].size
        np.testing.assert_allclose(explain(network, picture, target=target).values, expected, rtol=1e-4, atol=1e-5)


def test_saliency_of_a_contrast_is_that_of_the_difference():
    model, weights = networks.linear()
    values = explain(Network(model), networks.pictures(model, 1)[0], "saliency", target=Contrast(3, against=1)).values
    np.testing.assert_allclose(values, np.abs(weights[..., 3] - weights[..., 1]), rtol=1e-4, atol=1e-6)
    values = explain(
        Network(model), networks.pictures(model, 1)[0], "saliency", target=Class(3) - Class(1) * 0.5
    ).values
    np.testing.assert_allclose(values, np.abs(weights[..., 3] - 0.5 * weights[..., 1]), rtol=1e-4, atol=1e-6)


def test_a_channel_and_a_layer_can_be_explained():
    model = networks.vgg_like()
    network = Network(model)
    picture = networks.pictures(model, 1)[0]
    channel = explain(network, picture, "saliency", target=Channel("relu0", 2))
    assert channel.score == pytest.approx(activations(network, picture, "relu0")[..., 2].mean(), rel=1e-5)
    energy = explain(network, picture, "saliency", target=LayerEnergy("relu0"))
    assert energy.score == pytest.approx(np.square(activations(network, picture, "relu0")).mean(), rel=1e-5)
    with pytest.raises(ValueError, match="no channel 99"):
        explain(network, picture, "saliency", target=Channel("relu0", 99))
    with pytest.raises(ValueError, match="does not depend on layer 'relu1'"):
        explain(network, picture, "grad_cam", target=Channel("relu0", 2), layer="relu1")


@pytest.mark.parametrize("name", ["functional", "sequential", "nested", "residual", "two_outputs"])
def test_grad_cam_agrees_with_tf_keras_vis(name):
    model = networks.NETWORKS[name]()
    network = Network(model)
    x = networks.pictures(model, 4)
    compared = 0
    for layer in (network.convolutions[-1].name, network.default_layer):
        for target in range(network.output_shapes[0][-1]):
            own = explain(network, x, "grad_cam", target=target, layer=layer)
            other = explain(network, x, "grad_cam", target=target, layer=layer, engine="tf-keras-vis")
            for mine, theirs in zip(own.values, other.values, strict=True):
                np.testing.assert_allclose(scaled(mine), scaled(theirs), atol=1e-4)
                compared += mine.max() > 0
            np.testing.assert_allclose(own.score, other.score, rtol=1e-5)
    assert compared > 0


@pytest.mark.skipif(not EMOTION.exists(), reason="the emotion network is not there yet")
def test_grad_cam_agrees_with_tf_keras_vis_on_the_emotion_network():
    network = Network(keras.models.load_model(EMOTION, compile=False))
    x = networks.pictures(network.model, 4)
    compared = 0
    for layer in (network.convolutions[-1].name, network.default_layer):
        for target in range(7):
            own = explain(network, x, "grad_cam", target=target, layer=layer).values
            other = explain(network, x, "grad_cam", target=target, layer=layer, engine="tf-keras-vis").values
            for mine, theirs in zip(own, other, strict=True):
                np.testing.assert_allclose(scaled(mine), scaled(theirs), atol=1e-4)
                compared += mine.max() > 0
    assert compared > 0


def test_no_target_means_the_networks_own_answer():
    model = networks.vgg_like()
    network = Network(model, labels=["a", "b", "c", "d", "e"])
    x = networks.pictures(model)
    answers = network.predict(x).argmax(axis=1)
    explanation = explain(network, x)
    assert explanation.target == Class(tuple(answers))
    np.testing.assert_array_equal(explanation.values, explain(network, x, target=answers).values)
    named = explain(network, x[0], target="c")
    assert named.target == Class(2)
    assert named.target.describe(network) == "c"


def test_each_picture_of_a_large_batch_keeps_its_own_target():
    model = networks.vgg_like()
    network = Network(model)
    x = networks.pictures(model, 70)
    targets = [index % networks.CLASSES for index in range(70)]
    whole = explain(network, x, "saliency", target=targets).values
    for index in (0, 33, 69):
        np.testing.assert_allclose(
            whole[index], explain(network, x[index], "saliency", target=targets[index]).values, rtol=1e-4, atol=1e-8
        )
    with pytest.raises(ValueError, match="one class for each"):
        explain(network, x, "saliency", target=targets[:40])


def test_a_class_that_only_loses_leaves_a_blank_map():
    model = networks.cam()
    dense = model.get_layer("answer")
    dense.set_weights([-np.abs(dense.get_weights()[0]), dense.get_weights()[1]])
    explanation = explain(Network(model), networks.pictures(model, 1)[0], target=0)
    assert explanation.is_blank
    assert np.isfinite(explanation.values).all()


def cases():
    for method in METHODS.values():
        for name in networks.NETWORKS:
            if not (method.needs_layer and name == "linear"):
                yield pytest.param(method, name, id=f"{method.name}-{name}")


@pytest.mark.parametrize(("method", "name"), list(cases()))
def test_every_method_keeps_the_contract_on_every_network(method, name):
    model = networks.NETWORKS[name]()
    network = Network(model)
    x = networks.pictures(model)
    before = x.copy()
    batch = explain(network, x, method.name, target=0)
    assert batch.values.dtype == np.float32
    assert batch.values.ndim == 3
    assert len(batch.values) == len(batch.score) == 3
    assert np.isfinite(batch.values).all()
    assert method.signed or batch.values.min() >= 0
    np.testing.assert_array_equal(x, before)
    np.testing.assert_array_equal(batch.values, explain(network, x, method.name, target=0).values)
    for index, picture in enumerate(x):
        single = explain(network, picture, method.name, target=0)
        np.testing.assert_allclose(single.values, batch.values[index], rtol=1e-4, atol=1e-5)
        assert single.score == pytest.approx(batch.score[index], rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_randomised_weights_change_the_map(method):
    model = networks.vgg_like()
    x = networks.pictures(model)
    network = Network(model)
    before = explain(network, x, method.name, target=0).values
    rng = np.random.default_rng(0)
    model.set_weights([rng.permutation(weight.ravel()).reshape(weight.shape) for weight in model.get_weights()])
    after = explain(network, x, method.name, target=0).values
    assert np.abs(scaled(before) - scaled(after)).max() > 0.05


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_says_what_it_is(method):
    assert METHODS[method.name] is method
    assert method.label
    assert method.summary.endswith(".")
    assert "arXiv" in method.reference or "doi" in method.reference
    assert method.compute.__doc__
    assert "Reference:" in method.compute.__doc__


def test_methods_take_several_inputs():
    model = networks.two_inputs()
    x = [np.ones((2, 3), np.float32), networks.pictures(model, 2)]
    for method in METHODS:
        assert explain(Network(model), x, method, target=1).values.shape == (2, 16, 16)


def test_the_second_output_can_be_explained():
    model = networks.two_outputs()
    x = networks.pictures(model, 2)
    network = Network(model)
    score = explain(network, x, target=Class(1, output=1)).score
    np.testing.assert_allclose(score, network.predict(x, output=1)[:, 1], rtol=1e-5)
    with pytest.raises(ValueError, match="no output 2"):
        explain(network, x, target=Class(1, output=2))
