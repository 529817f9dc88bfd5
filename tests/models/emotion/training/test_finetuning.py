"""Networks that start from others."""

import json

import keras
import numpy as np
import pytest

from models.emotion.training.configurations import EMOTION
from models.emotion.training.finetuning import BACKBONES, backbone_network, start_from

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def network():
    return backbone_network("mobilenet_v3_small", classes=5, weights=None, name="fine")


def test_a_backbone_is_one_flat_graph_from_grey_pixels_to_probabilities(network):
    assert network.name == "fine"
    assert network.input_shape == (None, 48, 48, 1)
    assert not any(isinstance(layer, keras.Model) for layer in network.layers)
    assert network.get_layer("pooled").output is network.get_layer("dropout").input
    assert network.get_layer("logits").output.shape == (None, 5)
    assert network.count_params() <= 5_000_000
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 1)).astype(np.float32)
    shares = keras.ops.convert_to_numpy(network(faces, training=False))
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)


def test_a_backbone_learns_from_the_gradient_of_its_classes(network):
    faces = np.stack([np.zeros((48, 48, 1)), np.full((48, 48, 1), 255.0)] * 4).astype(np.float32)
    body = keras.Model(network.input, network.get_layer("logits").output)
    body.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), run_eagerly=True)
    before = network.get_layer("logits").get_weights()[0].copy()
    body.fit(faces, np.array([0, 1] * 4), batch_size=8, verbose=0)
    assert not np.array_equal(network.get_layer("logits").get_weights()[0], before)


def test_a_saved_backbone_gives_the_same_outputs(network, tmp_path):
    network.save(tmp_path / "fine.keras")
    loaded = keras.saving.load_model(tmp_path / "fine.keras", compile=False)
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 1)).astype(np.float32)
    np.testing.assert_allclose(loaded(faces, training=False), network(faces, training=False), atol=1e-6)


def test_pixels_reach_the_backbone_as_it_was_trained(network):
    plan = backbone_network("mobilenet_v2", weights=None)
    scaled = keras.Model(plan.input, plan.get_layer("rescale").output)
    colours = np.asarray(scaled(np.full((1, 48, 48, 1), 255, np.float32)))
    assert colours.shape == (1, 96, 96, 3)
    np.testing.assert_allclose(colours, 1, rtol=1e-6)


def test_weights_that_cannot_be_downloaded_say_so(monkeypatch):
    def fail(*arguments, **settings):
        raise Exception("URL fetch failure on https://…: None -- no route to host")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", fail)
    with pytest.raises(ValueError, match="imagenet weights of mobilenet_v3_small cannot be downloaded; check the conn"):
        backbone_network("mobilenet_v3_small")


def test_an_unknown_backbone_is_refused_with_those_that_are_known():
    with pytest.raises(ValueError, match=r"'vgg16'.*efficientnet_b0, mobilenet_v2"):
        backbone_network("vgg16", weights=None)


def write_card(folder, name, validation):
    (folder / f"{name}.json").write_text(json.dumps({"name": name, "configuration": {"validation": validation}}))


def test_a_start_becomes_a_configuration_of_its_own(tmp_path):
    write_card(tmp_path, "emotion", 0.1)
    ours = start_from(EMOTION["emotion-coarse"], "emotion", tmp_path)
    assert (ours.name, ours.start) == ("emotion-coarse-from-emotion", "emotion")
    assert ours.architecture == "vgg"
    assert max(cycle.peak_rate for cycle in ours.cycles) < max(c.peak_rate for c in EMOTION["emotion-coarse"].cycles)
    theirs = start_from(EMOTION["emotion-coarse"], "mobilenet_v2", tmp_path)
    assert (theirs.architecture, theirs.backbone) == ("backbone", "mobilenet_v2")
    assert theirs.start is None
    assert theirs.name not in EMOTION


@pytest.mark.parametrize(
    ("config", "start", "complaint"),
    [
        ("emotion", "emotoin", "Unknown backbone 'emotoin'. Known: .*emotion"),
        ("emotion", "leaky", "holds back for choosing"),
        ("emotion-columns", "emotion", "is put together from others"),
    ],
)
def test_a_start_that_cannot_be_is_refused(tmp_path, config, start, complaint):
    write_card(tmp_path, "emotion", 0.1)
    write_card(tmp_path, "leaky", 0.05)
    with pytest.raises(ValueError, match=complaint):
        start_from(EMOTION[config], start, tmp_path)


def test_every_backbone_has_a_reference():
    assert all("arXiv" in backbone.reference for backbone in BACKBONES.values())
