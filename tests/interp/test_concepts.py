"""Concepts of a network in which they are planted: each colour of the picture answers in channels of its own."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.optimize import nnls

from interp import Class, Network, explain_by_concepts, find_concepts
from interp.concepts import fit_weights

pytestmark = pytest.mark.slow

COLOURS = np.array([[1, 2, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 3, 0]], np.float32)  # channel 5 is dead
WEIGHTS = np.array([[1, 0, 0], [1, -1, 0], [0, 2, 0], [0, 2, 0], [0, 0, 1], [5, 5, 5]], np.float32)
CARRIES = COLOURS @ WEIGHTS  # what a colour's mean adds to each class
DIRECTIONS = COLOURS / np.linalg.norm(COLOURS, axis=1, keepdims=True)
RED, GREEN, BLUE = range(3)


def planted(activation: str | None = "relu") -> Network:
    picture = keras.Input((6, 6, 3))
    maps = layers.Conv2D(6, 1, activation=activation, use_bias=False, name="maps")
    answer = layers.Dense(3, activation="softmax", use_bias=False, name="answer")
    model = keras.Model(picture, answer(layers.GlobalAveragePooling2D(name="pooled")(maps(picture))))
    maps.set_weights([COLOURS[None, None]])
    answer.set_weights([WEIGHTS])
    return Network(model, ["a", "b", "c"], (0, 1))


@pytest.fixture(scope="module")
def network() -> Network:
    return planted()


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    """Return pictures whose every place has one colour, or two, more or less of it, or is black."""
    rng = np.random.default_rng(1)
    values = rng.uniform(0.2, 1, (60, 6, 6, 3)) * (rng.random((60, 6, 6, 3)) < 0.4)
    return values.astype(np.float32)


@pytest.fixture(scope="module")
def concepts(network, pictures):
    return find_concepts(network, pictures, count=3, places=36)


def colours_of(concepts) -> list[int]:
    """Return which colour each concept is, after a look that it is one."""
    found = (concepts.directions @ DIRECTIONS.T).argmax(axis=1)
    np.testing.assert_allclose(concepts.directions, DIRECTIONS[found], atol=0.002)
    return found.tolist()


def test_planted_directions_are_found(concepts):
    assert sorted(colours_of(concepts)) == [RED, GREEN, BLUE]
    assert concepts.layer == "maps"
    assert concepts.pictures == 60
    assert concepts.error < 0.001


def test_importance_is_what_a_class_loses_on_the_pictures_answered_with_it(network, pictures, concepts):
    answers = network.predict(pictures).argmax(axis=1)
    for label in range(3):
        means = pictures[answers == label].mean(axis=(0, 1, 2))
        expected = (means * CARRIES[:, label])[colours_of(concepts)]
        np.testing.assert_allclose(concepts.importance[:, label], expected, atol=0.002)
    some = find_concepts(network, pictures[answers != 0], count=3)
    np.testing.assert_array_equal(np.isnan(some.importance).any(axis=0), [True, False, False])


def test_the_error_is_the_share_that_is_left_over(network, pictures):
    pure = pictures * (pictures == pictures.max(axis=-1, keepdims=True))
    lengths = np.sqrt((pure**2).sum(axis=(0, 1, 2))) * np.linalg.norm(COLOURS, axis=1)
    found = find_concepts(network, pure, count=2, places=36)  # the weakest colour finds no place
    assert found.error == pytest.approx(lengths.min() / np.linalg.norm(lengths), rel=1e-3)


def test_the_most_important_comes_first(concepts):
    greatest = np.nanmax(concepts.importance, axis=1)
    assert colours_of(concepts)[0] == GREEN  # 4 a class, where blue has 3
    assert (np.diff(greatest) <= 0).all()


def test_what_a_picture_shows_and_what_each_concept_carries(network, pictures, concepts):
    order = colours_of(concepts)
    found = explain_by_concepts(network, pictures[0], concepts, "b")
    lengths = np.linalg.norm(COLOURS, axis=1)
    np.testing.assert_allclose(found.maps, (pictures[0] * lengths)[..., order], atol=0.002)
    expected = (pictures[0].mean(axis=(0, 1)) * CARRIES[:, 1])[order]
    np.testing.assert_allclose(found.drops, expected, atol=0.002)
    assert found.score == pytest.approx(float(network.logits(pictures[0])[0, 1]), rel=1e-5)
    np.testing.assert_allclose(found.answer, network.predict(pictures[0])[0], rtol=1e-5)
    logits = np.log(found.without[:, 1]) - np.log(found.answer[1])
    assert logits[order.index(GREEN)] < 0  # without green, less of b
    np.testing.assert_allclose(explain_by_concepts(network, pictures[:1], concepts, Class(1)).drops, found.drops)


def test_pictures_may_come_one_by_one_and_are_gone_through_once(network, pictures, concepts):
    found = find_concepts(network, (picture for picture in pictures), count=3, places=36)
    np.testing.assert_allclose(found.directions, concepts.directions, atol=1e-4)
    some = find_concepts(network, iter([pictures[:20], pictures[20:]]), count=3, places=5, scored=7, seed=2)
    assert some.pictures == 60
    assert sorted(colours_of(some)) == [RED, GREEN, BLUE]


def test_a_layer_without_space_and_fewer_pictures_than_concepts(network, pictures):
    found = find_concepts(network, pictures[:2], "pooled", count=12)
    assert len(found) == 2
    explained = explain_by_concepts(network, pictures[0], found)
    assert explained.maps.shape == (1, 1, 2)
    assert len(find_concepts(network, pictures, count=12)) <= 5  # as many as there are channels that answer


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pictures": np.zeros((3, 6, 6, 3), np.float32)}, "maps is silent on all of the pictures"),
        ({"pictures": -np.ones((3, 6, 6, 3), np.float32), "network": planted(None)}, "choose a layer behind a ReLU"),
        ({"pictures": []}, "there are none"),
        ({"layer": "mops"}, "maps"),
        ({"count": 13}, "count goes from 1 to 12, got 13"),
        ({"places": 0}, "places goes from 1 up, got 0"),
    ],
)
def test_refusals_are_sentences(change, sentence, network, pictures):
    with pytest.raises(ValueError, match=sentence):
        find_concepts(**({"network": network, "pictures": pictures} | change))


def test_one_picture_at_a_time_and_the_same_layer(network, pictures, concepts):
    with pytest.raises(ValueError, match="one picture, got 2"):
        explain_by_concepts(network, pictures[:2], concepts)
    other = keras.Sequential([keras.Input((6, 6, 3)), layers.Conv2D(4, 1, name="maps"), layers.GlobalMaxPooling2D()])
    with pytest.raises(ValueError, match="4 channels, but the directions have 6"):
        explain_by_concepts(Network(other, value_range=(0, 1)), pictures[0], concepts)


def test_weights_are_the_non_negative_least_squares():
    rng = np.random.default_rng(0)
    directions, values = rng.uniform(0, 1, (7, 20)), rng.uniform(0, 1, (4, 3, 20))
    expected = [nnls(directions.T, value)[0] for value in values.reshape(-1, 20)]
    found = fit_weights(values, directions)
    assert found.shape == (4, 3, 7)
    np.testing.assert_allclose(found.reshape(-1, 7), expected, atol=1e-4)
