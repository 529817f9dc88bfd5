"""Feature maps of all layers, statistics of channels, and the channels an answer rests on."""

import numpy as np
import pytest

from interp import Network, activations
from interp.activations import all_activations, top_channels
from tests.interp import networks


@pytest.mark.parametrize("name", ["functional", "nested", "residual"])
def test_all_layers_in_one_pass_are_each_layer_by_itself(name):
    model = networks.NETWORKS[name]()
    network = Network(model)
    batch = networks.pictures(model, 2)
    every = all_activations(network, batch)
    assert list(every) == [layer.name for layer in network.layers]
    for layer in (network.layers[0], network.layers[-1], network.convolutions[-1]):
        np.testing.assert_allclose(every[layer.name], activations(network, batch, layer.name), rtol=1e-4, atol=1e-5)
    single = all_activations(network, batch[1])
    for layer, values in single.items():
        assert values.shape == network.layer(layer).output_shape
        np.testing.assert_allclose(values, every[layer][1], rtol=1e-4, atol=1e-4)


def test_all_layers_of_a_batch_past_the_chunk_and_again_without_a_new_pass():
    model = networks.vgg_like()
    network = Network(model)
    batch = networks.pictures(model, 40)
    every = all_activations(network, batch)
    assert {len(values) for values in every.values()} == {40}
    kept = network.kept
    np.testing.assert_allclose(all_activations(network, batch[39])["relu1"], every["relu1"][39], rtol=1e-4, atol=1e-5)
    assert network.kept == kept


def test_arrays_outlive_the_pass_they_came_from():
    model = networks.vgg_like()
    network = Network(model)
    first, second = networks.pictures(model, 2)
    held = all_activations(network, first)["relu0"]
    before = held.copy()
    for _ in range(5):
        all_activations(network, second)
    np.testing.assert_array_equal(held, before)


def test_contributions_before_pooling_and_dense_sum_to_the_answer():
    model = networks.cam()
    network = Network(model)
    picture = networks.pictures(model, 1)[0]
    weights, bias = model.get_layer("answer").get_weights()
    means = activations(network, picture, "maps").mean(axis=(0, 1))
    for target in range(networks.CLASSES):
        top = top_channels(network, picture, "maps", target, count=2)
        np.testing.assert_allclose(top.contributions, means * weights[:, target], rtol=1e-4)
        assert top.contributions.sum() + bias[target] == pytest.approx(network.predict(picture)[0, target], rel=1e-4)
        assert list(top.channels) == list(np.argsort(-means * weights[:, target])[:2])


def test_channels_are_ranked_for_units_too_and_for_one_picture_only():
    model = networks.vgg_like()
    network = Network(model)
    batch = networks.pictures(model, 2)
    assert top_channels(network, batch[0], network.layers[-2].name).channels.shape == (8,)
    with pytest.raises(ValueError, match="one picture"):
        top_channels(network, batch, "relu1")
    with pytest.raises(ValueError, match="did you mean 'relu1'"):
        top_channels(network, batch[0], "relv1")
