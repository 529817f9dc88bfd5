"""Agreement with tf-keras-vis, on small networks of every kind and on the trained emotion network."""

from pathlib import Path

import keras
import numpy as np
import pytest

from interp import Channel, Class, Contrast, HeatMap, Network, explain
from interp.reference import REFERENCES, activation_maximization
from tests.interp import networks

pytestmark = pytest.mark.slow

EMOTION = Path(__file__).parents[2] / "models" / "weights" / "emotion.keras"
needs_emotion = pytest.mark.skipif(not EMOTION.exists(), reason="the emotion network is not there yet")


@pytest.fixture(scope="module")
def emotion():
    return Network(keras.models.load_model(EMOTION, compile=False))


@pytest.fixture(scope="module")
def faces(emotion):
    """Four smooth random pictures: a trained network answers to them with more than one class."""
    coarse = np.random.default_rng(0).uniform(0, 255, (4, 6, 6, 1)).astype(np.float32)
    return keras.ops.convert_to_numpy(keras.ops.image.resize(coarse, (48, 48)))


def scaled(values: np.ndarray) -> np.ndarray:
    return values / max(np.abs(values).max(), 1e-30)


def assert_same_but_for_scale(own, other, atol=1e-4):
    """Compare each picture's map with its greatest value as 1; return how many maps had anything to compare."""
    for mine, theirs in zip(own.values, other.values, strict=True):
        np.testing.assert_allclose(scaled(mine), scaled(theirs), atol=atol)
    np.testing.assert_allclose(own.score, other.score, rtol=1e-5)
    return sum(mine.max() > 0 for mine in own.values)


def both(network, x, method, **settings):
    return [explain(network, x, method, engine=engine, **settings) for engine in ("interp", "tf-keras-vis")]


@pytest.mark.parametrize("name", ["functional", "sequential", "nested", "residual", "two_outputs"])
def test_gradient_methods_agree_on_every_kind_of_network(name):
    model = networks.NETWORKS[name]()
    network = Network(model)
    x = networks.pictures(model, 2)
    compared = 0
    for method in ("grad_cam", "layer_cam", "saliency"):
        for target in range(min(network.output_shapes[0][-1], 3)):
            compared += assert_same_but_for_scale(*both(network, x, method, target=target))
    assert compared > 0


def test_score_cam_of_a_single_sigmoid_is_refused():
    network = Network(networks.residual())
    x = networks.pictures(network.model, 1)[0]
    assert explain(network, x, "score_cam", target=0).values.any()
    with pytest.raises(ValueError, match="a softmax over the classes, which is always 1"):
        explain(network, x, "score_cam", target=0, engine="tf-keras-vis")


def test_heat_maps_and_contrasts_agree():
    network = Network(networks.heat_maps())
    x = networks.pictures(network.model, 2)
    assert assert_same_but_for_scale(*both(network, x, "layer_cam", target=HeatMap(1), layer="conv"))
    assert assert_same_but_for_scale(*both(network, x, "saliency", target=HeatMap(1, reading="mean")))
    network = Network(networks.two_outputs())
    assert assert_same_but_for_scale(*both(network, x, "saliency", target=Contrast(1, 0, output=1)))
    assert assert_same_but_for_scale(*both(network, x, "saliency", target=Class(1, 1) - Class(0, 1)))


@needs_emotion
@pytest.mark.parametrize("method", ["grad_cam", "grad_cam_plus_plus", "layer_cam", "saliency"])
def test_gradient_methods_agree_on_the_emotion_network(method, emotion, faces):
    compared = 0
    for layer in (emotion.convolutions[-1].name, emotion.default_layer):
        for target in range(0, 7, 2):
            compared += assert_same_but_for_scale(*both(emotion, faces, method, target=target, layer=layer))
    assert compared > 0


@needs_emotion
@pytest.mark.parametrize("increase", [True, False])
def test_score_cam_agrees_on_the_emotion_network_where_both_take_the_probability(increase, emotion, faces):
    """tf-keras-vis always weighs by softmax: so does the target function here."""
    own, other = both_score_cams(emotion, faces, layer=emotion.convolutions[0].name, increase=increase)
    assert own.any()
    for mine, theirs in zip(own, other, strict=True):  # maps of the picture's own size are not enlarged
        np.testing.assert_allclose(scaled(mine), scaled(theirs), atol=1e-3)


@needs_emotion
def test_score_cam_of_small_maps_is_alike_on_the_emotion_network(emotion, faces):
    """tf-keras-vis enlarges maps between the centres of their corner pixels, so the masks differ."""
    own, other = both_score_cams(emotion, faces, layer=emotion.default_layer, increase=False, channels=40)
    agreements = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(own, other, strict=True)]
    assert min(agreements) > 0.95


def both_score_cams(network, x, **settings):
    own = explain(network, x, "score_cam", target=happiness, **settings).values
    return own, explain(network, x, "score_cam", target=3, engine="tf-keras-vis", **settings).values


def happiness(answer):
    return answer[:, 3]


@needs_emotion
@pytest.mark.parametrize("average", ["magnitude", "square", "gradient"])
def test_smooth_grad_agrees_on_the_emotion_network_given_the_same_noise(average, emotion, faces, monkeypatch):
    def same_noise(mean, deviation, shape):
        return deviation * np.random.default_rng(7).standard_normal(shape, np.float32)

    monkeypatch.setattr(np.random, "normal", same_noise)
    # One copy a pass, as tf-keras-vis: oneDNN rounds by the size of a batch, and single ReLUs flip
    monkeypatch.setattr(emotion, "most_at_once", 1)
    settings = {"target": 3, "samples": 8, "average": average, "seed": 7}
    assert assert_same_but_for_scale(*both(emotion, faces[:1], "smooth_grad", **settings))


def test_its_smooth_grad_repeats_and_leaves_the_global_generator_alone():
    network = Network(networks.vgg_like())
    x = networks.pictures(network.model, 1)
    state = np.random.get_state()[1].copy()
    maps = [
        explain(network, x, "smooth_grad", target=1, samples=4, seed=seed, engine="tf-keras-vis").values
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(maps[0], maps[1])
    assert np.abs(maps[0] - maps[2]).max() > 0
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_its_grad_cam_plus_plus_is_not_finite_at_large_logits_and_ours_is():
    model = networks.cam()
    dense = model.get_layer("answer")
    dense.set_weights([dense.get_weights()[0] * 100, dense.get_weights()[1]])
    network = Network(model)
    picture = networks.pictures(model, 1)[0]
    own, other = both(network, picture, "grad_cam_plus_plus", target=int(network.predict(picture).argmax()))
    assert own.score > 100
    assert np.isfinite(own.values).all()
    assert not np.isfinite(other.values).all()


def test_one_copy_serves_all_visualisers_and_the_model_stays_as_it_is():
    model = networks.vgg_like()
    network = Network(model)
    x = networks.pictures(model, 2)
    answers = model(x).numpy()
    for method in REFERENCES:
        explain(network, x, method, target=0, engine="tf-keras-vis")
    kept = network.kept
    assert sum(key[:2] == ("tf-keras-vis", "model") for key in kept) == 1
    for method in REFERENCES:
        explain(network, x, method, target=1, engine="tf-keras-vis")
    assert network.kept == kept
    np.testing.assert_array_equal(model(x).numpy(), answers)
    assert model.layers[-1].activation is keras.activations.softmax


def test_activation_maximization_raises_its_target():
    network = Network(networks.vgg_like(), value_range=(0, 255))
    picture = activation_maximization(network, Class(1), steps=30)
    assert picture.shape == (16, 16, 1)
    assert picture.min() >= 0
    assert picture.max() <= 255
    noise = np.random.default_rng(0).uniform(0, 255, (8, 16, 16, 1)).astype(np.float32)
    scores = explain(network, np.concatenate([picture[None], noise]), "saliency", target=1).score
    assert scores[0] > scores[1:].max()


def test_what_it_can_not_explain_is_refused():
    network = Network(networks.heat_maps())
    picture = networks.pictures(network.model, 1)[0]
    with pytest.raises(ValueError, match="Unknown method of tf-keras-vis 'rise'"):
        explain(network, picture, "rise", target=0, engine="tf-keras-vis")
    with pytest.raises(ValueError, match="one of the outputs only"):
        explain(network, picture, "saliency", target=Channel("conv", 0), engine="tf-keras-vis")
    with pytest.raises(ValueError, match="networks that answer"):
        explain(network, picture, "score_cam", target=0, layer="conv", engine="tf-keras-vis")
