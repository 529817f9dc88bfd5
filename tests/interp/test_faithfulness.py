"""Tests of maps: answers that are known on paper, and a network that stays as it was."""

import dataclasses
import threading

import keras
import numpy as np
import pytest
from keras import layers

from interp import METHODS, Class, Contrast, Network, explain, faithfulness
from interp.faithfulness import (
    cover_test,
    deletion,
    insertion,
    randomisation_cascade,
    repeatability,
)
from interp.similarity import rank_correlation, structural_similarity
from interp.twin import twin
from tests.interp import networks


@pytest.fixture(scope="module")
def weighted() -> tuple[Network, np.ndarray]:
    """Return a network y = W x without softmax and its weights (6, 6, classes)."""
    inputs = keras.Input((6, 6, 1))
    dense = layers.Dense(networks.CLASSES, use_bias=False, kernel_initializer=keras.initializers.RandomNormal(seed=1))
    model = keras.Model(inputs, dense(layers.Flatten()(inputs)))
    return Network(model), dense.get_weights()[0].reshape(6, 6, networks.CLASSES)


@pytest.fixture(scope="module")
def vgg() -> tuple[Network, np.ndarray]:
    model = networks.vgg_like()
    return Network(model), networks.pictures(model, 1)[0]


def test_deletion_on_a_linear_network_has_a_closed_form(weighted):
    network, weights = weighted
    picture = np.random.default_rng(0).uniform(0, 255, (6, 6, 1)).astype(np.float32)
    contributions = weights[..., 2] * picture[..., 0]
    curves = deletion(network, picture, contributions, 2, baseline="black", steps=36)
    falling = np.sort(contributions.ravel())[::-1]
    expected = contributions.sum() - np.concatenate([[0], np.cumsum(falling)])
    np.testing.assert_allclose(curves.scores, expected, rtol=1e-3, atol=1e-3)
    assert curves.area == pytest.approx((expected[:-1] + expected[1:]).mean() / 2, rel=1e-3)
    assert curves.beats_random
    assert curves.gain > 0
    backwards = deletion(network, picture, -contributions, 2, baseline="black", steps=36)
    assert not backwards.beats_random
    assert backwards.gain < 0


def test_insertion_is_deletion_read_backwards_on_a_linear_network(weighted):
    network, weights = weighted
    picture = np.random.default_rng(0).uniform(0, 255, (6, 6, 1)).astype(np.float32)
    contributions = weights[..., 2] * picture[..., 0]
    inserted = insertion(network, picture, contributions, 2, baseline=0.0, steps=36)
    deleted = deletion(network, picture, -contributions, 2, baseline=0.0, steps=36)
    np.testing.assert_allclose(inserted.scores, deleted.scores[::-1], rtol=1e-3, atol=1e-3)
    assert inserted.beats_random
    assert inserted.beats_centre


def test_curves_are_of_the_answer_and_all_begin_and_end_alike(vgg):
    network, picture = vgg
    values = explain(network, picture, target=1).values
    done = []
    curves = insertion(
        network, picture, values, 1, steps=8, random_orders=3, on_step=lambda *progress: done.append(progress)
    )
    assert curves.scores[-1] == pytest.approx(network.predict(picture)[0, 1], rel=1e-4)
    assert curves.random_scores.shape == (3, 9)
    for scores in [*curves.random_scores, curves.centre_scores]:
        assert scores[0] == curves.scores[0]
        assert scores[-1] == curves.scores[-1]
    assert done[-1] == (2 + 5 * 7, 2 + 5 * 7)
    again = insertion(network, picture, values, 1, steps=8, random_orders=3)
    np.testing.assert_array_equal(curves.random_scores, again.random_scores)


@pytest.mark.parametrize("baseline", ["mean", "black", "grey", "blur", 7.0, np.zeros((16, 16, 1))])
def test_baselines_and_targets_share_one_pass(vgg, baseline):
    network, picture = vgg
    curves = deletion(network, picture, np.eye(4), Class(2), baseline=baseline, steps=2, random_orders=1)
    blank = {"mean": np.full_like(picture, picture.mean()), "black": picture * 0, "grey": picture * 0 + 127.5}
    if isinstance(baseline, str) and baseline in blank:
        assert curves.scores[-1] == pytest.approx(network.predict(blank[baseline])[0, 2], rel=1e-4)
    assert curves.baseline == (baseline if isinstance(baseline, str) else "given")
    assert sum(key[0] == "perturb" for key in network.kept) == 1


def test_curves_of_a_contrast_several_inputs_and_the_second_output():
    model = networks.two_outputs()
    picture = networks.pictures(model, 1)[0]
    network = Network(model)
    curves = deletion(network, picture, np.eye(4), Class(1, output=1), steps=2, random_orders=1)
    assert curves.scores[0] == pytest.approx(network.predict(picture, output=1)[0, 1], rel=1e-4)
    curves = deletion(network, picture, np.eye(4), Contrast(1, 3), steps=2, random_orders=1)
    answers = network.predict(picture)[0]
    assert curves.scores[0] == pytest.approx(answers[1] - answers[3], rel=1e-3)
    model = networks.two_inputs()
    network = Network(model)
    x = [np.ones(3, np.float32), networks.pictures(model, 1)[0]]
    curves = deletion(network, x, np.eye(4), steps=2, random_orders=1)
    assert curves.scores[0] == pytest.approx(network.predict(x).max(), rel=1e-4)


def test_randomised_saliency_of_a_linear_network_is_that_of_the_shuffled_weights():
    model, weights = networks.linear()
    network = Network(model)
    picture = networks.pictures(model, 1)[0]
    explanation = explain(network, picture, "saliency", target=1)
    result = randomisation_cascade(network, picture, explanation, seed=5)
    kernel = model.layers[-1].get_weights()[0]
    shuffled = np.random.default_rng(5).permutation(kernel.ravel()).reshape(weights.shape)
    assert result.layers == (network.layers[-1].name,)
    np.testing.assert_allclose(result.maps[0], np.abs(shuffled[..., 1]), rtol=1e-5)
    expected = rank_correlation(np.abs(weights[..., 1]), np.abs(shuffled[..., 1]))
    assert result.correlations[0] == pytest.approx(expected, abs=1e-6)
    assert abs(result.final_correlation) < 0.5


@pytest.mark.slow
def test_the_cascade_leaves_the_network_alone_and_repeats_with_its_seed(vgg):
    network, picture = vgg
    before = [weight.copy() for weight in network.model.get_weights()]
    answer = network.predict(picture)
    explanation = explain(network, picture, "saliency", target=1)
    steps = []
    first = randomisation_cascade(network, picture, explanation, on_step=lambda *progress: steps.append(progress))
    assert first.layers == ("answer", "norm1", "conv1", "norm0", "conv0")
    assert steps == [(done, 5) for done in range(1, 6)]
    kept, twins = network.kept, twin(network).kept
    second = randomisation_cascade(network, picture, explanation)
    other = randomisation_cascade(network, picture, explanation, seed=1)
    assert (network.kept, twin(network).kept) == (kept, twins)  # nothing is compiled twice
    np.testing.assert_array_equal(first.maps, second.maps)
    assert not np.array_equal(first.maps, other.maps)
    for weight, now in zip(before, network.model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, now)
    np.testing.assert_array_equal(answer, network.predict(picture))


def test_a_twin_answers_as_its_network_until_it_is_shuffled(vgg):
    network, picture = vgg
    other = twin(network)
    other.restore()
    np.testing.assert_allclose(other.predict(picture), network.predict(picture), rtol=1e-5)
    other.shuffle(0, np.random.default_rng(0))
    assert not np.allclose(other.predict(picture), network.predict(picture), rtol=1e-3)
    other.restore()
    np.testing.assert_allclose(other.predict(picture), network.predict(picture), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sequential", "nested", "residual"])
def test_every_network_has_a_cascade(name):
    model = networks.NETWORKS[name]()
    network = Network(model)
    picture = networks.pictures(model, 1)[0]
    result = randomisation_cascade(network, picture, explain(network, picture, "saliency"))
    assert len(result.layers) == len({id(layer) for layer in model._flatten_layers() if layer._trainable_variables})
    assert np.isfinite(result.correlations).all()
    assert np.isfinite(result.similarities).all()


def test_cascades_in_several_threads_do_not_mix(vgg):
    network, picture = vgg
    explanation = explain(network, picture, "saliency", target=1)
    expected = {seed: randomisation_cascade(network, picture, explanation, seed=seed).maps for seed in range(3)}
    found = {}

    def work(seed: int) -> None:
        found[seed] = randomisation_cascade(network, picture, explanation, seed=seed).maps

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(3):
        np.testing.assert_array_equal(found[seed], expected[seed])


def test_methods_without_randomness_repeat(vgg):
    network, picture = vgg
    explanation = explain(network, picture, "saliency", target=1)
    result = repeatability(network, picture, explanation, seeds=(0, 1, 2))
    assert result.mean == 1
    assert result.deviation.max() == 0
    assert len(result.correlations) == 3


@pytest.mark.skipif("smooth_grad" not in METHODS, reason="there is no method with randomness")
def test_methods_with_randomness_repeat_less(vgg):
    network, picture = vgg
    result = repeatability(network, picture, explain(network, picture, "smooth_grad", target=1), seeds=(0, 1))
    assert 0 < result.mean < 1
    assert result.deviation.max() > 0


def test_rank_correlation_is_spearmans():
    first = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert rank_correlation(first, first**3) == pytest.approx(1)
    assert rank_correlation(first, -first) == pytest.approx(-1)
    assert rank_correlation(first, np.array([[1.0, 2.0], [4.0, 3.0]])) == pytest.approx(0.8)
    assert rank_correlation(np.array([1.0, 2, 2, 3]), np.array([1.0, 2, 3, 4])) == pytest.approx(0.9486833)
    assert rank_correlation(first, np.zeros((2, 2))) == 0
    with pytest.raises(ValueError, match="one shape"):
        rank_correlation(first, first[0])


def test_structural_similarity_is_one_for_one_picture_and_falls_with_noise():
    rng = np.random.default_rng(0)
    values = rng.uniform(size=(24, 24))
    noisy = [structural_similarity(values, values + amount * rng.normal(size=values.shape)) for amount in (0.05, 1.0)]
    assert structural_similarity(values, values * 3) == pytest.approx(1)
    assert 1 > noisy[0] > noisy[1] > -1
    constant = np.full((16, 16), 0.5)  # on paper: luminance alone, both scaled to 1
    assert structural_similarity(constant, constant * 2) == pytest.approx(1)


def test_batches_other_engines_and_wrong_numbers_are_refused(vgg):
    network, picture = vgg
    explanation = explain(network, picture, target=1)
    batch = explain(network, np.stack([picture] * 2), target=1)
    for test in (randomisation_cascade, repeatability):
        with pytest.raises(ValueError, match="not for a batch"):
            test(network, np.stack([picture] * 2), batch)
        with pytest.raises(ValueError, match="tf-keras-vis"):
            test(network, picture, dataclasses.replace(explanation, engine="tf-keras-vis"))
    with pytest.raises(ValueError, match="two seeds"):
        repeatability(network, picture, explanation, seeds=(1,))
    with pytest.raises(ValueError, match="did you mean 'black'"):
        deletion(network, picture, explanation.values, baseline="blck")
    with pytest.raises(ValueError, match="shape"):
        deletion(network, picture, batch.values)
    with pytest.raises(ValueError, match="at least 1"):
        deletion(network, picture, explanation.values, steps=0)


def test_covering_on_a_linear_network_adds_up(weighted):
    network, weights = weighted
    picture = np.random.default_rng(0).uniform(0, 255, (6, 6, 1)).astype(np.float32)
    contributions = weights[..., 2] * picture[..., 0]
    masks = np.random.default_rng(1).random((3, 6, 6)) < 0.3
    found = cover_test(network, picture, masks, 2, hide_with=0.0, show_on=0.0)
    inside = np.array([contributions[mask].sum() for mask in masks])
    assert found.whole == pytest.approx(contributions.sum(), rel=1e-4)
    np.testing.assert_allclose(found.hidden, contributions.sum() - inside, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(found.alone, inside, rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(found.scores, found.alone - found.hidden)


def test_covering_nothing_and_everything_are_the_ends_of_the_curves(vgg):
    network, picture = vgg
    values = explain(network, picture, target=1).values
    masks = np.stack([np.zeros((16, 16), bool), np.ones((16, 16), bool)])
    found = cover_test(network, picture, masks, 1)
    deleted = deletion(network, picture, values, 1, steps=4)
    inserted = insertion(network, picture, values, 1, steps=4)
    np.testing.assert_allclose(found.hidden, deleted.scores[[0, -1]], rtol=1e-4)
    np.testing.assert_allclose(found.alone, inserted.scores[[0, -1]], rtol=1e-4)
    assert found.whole == pytest.approx(found.hidden[0])


@pytest.mark.parametrize("shape", [(0, 16, 16), (16, 16), (2, 8, 8)])
def test_covering_names_the_shape_that_regions_have(vgg, shape):
    network, picture = vgg
    with pytest.raises(ValueError, match=r"\(M, 16, 16\)"):
        cover_test(network, picture, np.zeros(shape, bool), 1)


@pytest.mark.parametrize(("side", "least", "most"), [(2, 0.8, 1.0), (16, -0.3, 0.3)])
def test_random_orders_are_as_coarse_as_the_map(
    monkeypatch: pytest.MonkeyPatch, side: int, least: float, most: float
) -> None:
    seen: list[np.ndarray] = []

    def note(network, inputs, target, shown, hidden, orders, counts, on_step):
        seen.extend(orders)
        return np.zeros((len(orders), len(counts)))

    monkeypatch.setattr(faithfulness, "_scores", note)
    model, _ = networks.linear(16)
    deletion(Network(model), np.ones((16, 16, 1), np.float32), np.ones((side, side)), 0, random_orders=3)
    for order in seen[1:4]:
        assert sorted(order.ravel()) == list(range(256))
        assert least <= np.corrcoef(order[:, 1:].ravel(), order[:, :-1].ravel())[0, 1] <= most
