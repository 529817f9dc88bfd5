import keras
import numpy as np
import pytest
from keras import layers

from interp import Class, Network, ablate, channel_drops

WEIGHTS = np.array([[2.0, -1.0, 0.5], [0.25, 3.0, -2.0], [1.0, 1.0, 1.0], [0.0, -0.5, 4.0]], np.float32)


@pytest.fixture(scope="module")
def linear() -> Network:
    """Four channels, pooled, and one dense layer whose weights are known."""
    keras.utils.set_random_seed(0)
    picture = keras.Input((6, 6, 3))
    maps = layers.Conv2D(4, 3, activation="relu", name="maps")(picture)
    pooled = layers.GlobalAveragePooling2D(name="pooled")(maps)
    answer = layers.Dense(3, activation="softmax", name="answer")
    model = keras.Model(picture, answer(pooled))
    answer.set_weights([WEIGHTS, np.zeros(3, np.float32)])
    return Network(model, ["a", "b", "c"], (0, 1))


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return np.random.default_rng(0).uniform(0, 1, (6, 6, 3)).astype(np.float32)


def means(network: Network, picture: np.ndarray) -> np.ndarray:
    pooled = keras.Model(network.model.inputs[0], network.model.get_layer("pooled").output)
    return keras.ops.convert_to_numpy(pooled(picture[None]))[0]


def softmax(logits: np.ndarray) -> np.ndarray:
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


@pytest.mark.parametrize(("channels", "factor"), [(1, 0.0), ((0, 3), 0.0), ([2], 2.0), ((), 0.0)])
def test_the_answer_is_that_of_the_changed_channels(linear, picture, channels, factor):
    found = ablate(linear, picture, "maps", channels, factor)
    pooled = means(linear, picture)
    np.testing.assert_allclose(found.before, softmax(pooled @ WEIGHTS), rtol=1e-4)
    pooled[list(np.atleast_1d(np.array(channels, int)))] *= factor
    np.testing.assert_allclose(found.after, softmax(pooled @ WEIGHTS), rtol=1e-4)
    assert found.factor == factor


def test_a_target_is_read_before_and_after(linear, picture):
    found = ablate(linear, picture, "maps", [0, 3], target=Class(1))
    pooled = means(linear, picture)
    np.testing.assert_allclose(found.before, [pooled @ WEIGHTS[:, 1]], rtol=1e-4)
    np.testing.assert_allclose(found.after, [pooled[1:3] @ WEIGHTS[1:3, 1]], rtol=1e-4)


@pytest.mark.parametrize("layer", ["maps", "pooled"])
def test_a_channel_carries_its_weight_times_its_mean(linear, picture, layer):
    for label in range(3):
        drops = channel_drops(linear, picture, layer, Class(label))
        np.testing.assert_allclose(drops, means(linear, picture) * WEIGHTS[:, label], rtol=1e-4, atol=1e-5)
    doubled = channel_drops(linear, picture, layer, "b", factor=2)
    np.testing.assert_allclose(doubled, -means(linear, picture) * WEIGHTS[:, 1], rtol=1e-4, atol=1e-5)


def test_more_channels_than_one_pass_takes(picture):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            layers.Conv2D(70, 3, activation="relu", name="maps"),
            layers.GlobalAveragePooling2D(name="pooled"),
            layers.Dense(2, name="answer"),
        ]
    )
    network = Network(model, value_range=(0, 1))
    expected = means(network, picture) * model.get_layer("answer").get_weights()[0][:, 1]
    told: list[tuple[int, int]] = []
    drops = channel_drops(network, picture, "maps", 1, on_step=lambda done, total: told.append((done, total)))
    np.testing.assert_allclose(drops, expected, rtol=1e-3, atol=1e-5)
    assert told == [(32, 71), (64, 71), (71, 71)]


def test_both_branches_run_on_with_the_changed_layer(picture):
    entry = keras.Input((6, 6, 3))
    maps = layers.Conv2D(2, 1, name="maps", kernel_initializer="ones", use_bias=False)(entry)
    joined = layers.Concatenate()([maps, layers.ReLU()(maps), entry])
    model = keras.Model(entry, layers.GlobalAveragePooling2D()(joined))
    found = ablate(Network(model, value_range=(0, 1)), picture, "maps", 0)
    mean = picture.sum(axis=-1).mean()
    np.testing.assert_allclose(found.before, [mean, mean, mean, mean, *picture.mean(axis=(0, 1))], rtol=1e-5)
    np.testing.assert_allclose(found.after, [0, mean, 0, mean, *picture.mean(axis=(0, 1))], rtol=1e-5)


def test_the_caller_s_network_is_left_as_it_was(linear, picture):
    before = linear.predict(picture)
    ablate(linear, picture, "maps", [0, 1, 2, 3])
    np.testing.assert_array_equal(linear.predict(picture), before)


def test_what_cannot_be_changed_is_told_in_a_sentence(linear, picture):
    with pytest.raises(ValueError, match="maps has the channels 0 to 3, not 4"):
        ablate(linear, picture, "maps", 4)
    with pytest.raises(ValueError, match="map"):
        ablate(linear, picture, "mapz", 0)
    with pytest.raises(ValueError, match="one picture, got 2"):
        channel_drops(linear, np.stack([picture, picture]), "maps")
    with pytest.raises(ValueError, match="3 classes"):
        channel_drops(linear, picture, "maps", 7)
