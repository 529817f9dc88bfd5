"""What a network takes: what its layers tell, and the network from photos to probabilities around it."""

import zipfile
from io import BytesIO

import keras
import numpy as np
import pytest
from keras import layers

from interp import Class, Network, explain, load
from interp.preparation import (
    Preparation,
    guess_preparation,
    information,
    is_teachable_machine,
    prepared,
    shares_of,
)
from tests.interp.files import file

PHOTOS = np.random.default_rng(0).integers(0, 256, (3, 16, 16, 3), np.uint8)


def network(classes: int = 3, activation: str | None = "softmax", channels: int = 3, side: int | None = 16) -> Network:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((side, side, channels))
    x = layers.Conv2D(4, 3, activation="relu", name="maps")(inputs)
    outputs = layers.Dense(classes, activation=activation, name="answer")(layers.GlobalAveragePooling2D()(x))
    return Network(keras.Model(inputs, outputs))


def teachable_machine(classes: int = 2) -> keras.Model:
    """Return a network built as Teachable Machine builds one, with random weights."""
    keras.utils.set_random_seed(0)
    shape = (224, 224, 3)
    body = keras.applications.MobileNetV2(alpha=0.35, input_shape=shape, weights=None, include_top=False)
    features = keras.Sequential([keras.Input(shape), body, layers.GlobalAveragePooling2D()], name="sequential_1")
    answer = layers.Dense(classes, activation="softmax", use_bias=False)
    head = keras.Sequential([keras.Input((1280,)), layers.Dense(100, activation="relu"), answer], name="sequential_3")
    return keras.Sequential([keras.Input(shape), features, head])


@pytest.mark.parametrize(
    ("preparation", "expected"),
    [
        (Preparation((16, 16), "rgb"), lambda x: x),
        (Preparation((16, 16), "rgb", (0.0, 1.0)), lambda x: x / 255),
        (Preparation((16, 16), "rgb", (-1.0, 1.0)), lambda x: x / 127.5 - 1),
        (Preparation((16, 16), "bgr"), lambda x: x[..., ::-1]),
        (
            Preparation((16, 16), "bgr", mean=(0.1, 0.2, 0.3), deviation=(0.5, 0.6, 0.7)),
            lambda x: (x[..., ::-1] / 255 - [0.1, 0.2, 0.3]) / [0.5, 0.6, 0.7],
        ),
        (Preparation((16, 16), "rgb", mean=(0.5,), deviation=(0.25,)), lambda x: (x / 255 - 0.5) / 0.25),
    ],
)
def test_a_prepared_network_answers_to_photos_as_the_other_to_its_values(preparation, expected):
    inner = network()
    values = expected(PHOTOS.astype(np.float64)).astype(np.float32)
    np.testing.assert_allclose(preparation.apply(PHOTOS), values, atol=1e-4)
    outer = prepared(inner, preparation, ["a", "b", "c"])
    np.testing.assert_allclose(outer.predict(PHOTOS), inner.predict(values), atol=1e-5)
    assert outer.labels == ("a", "b", "c")
    assert outer.value_range == (0.0, 255.0)
    assert np.isfinite(explain(outer, PHOTOS[0], target=1).values).all()


def test_grey_photos_fill_the_channels_of_a_network_in_colour():
    inner, grey = network(), PHOTOS[..., :1]
    outer = prepared(inner, Preparation((16, 16), "grey"))
    assert outer.input_shape == (16, 16, 1)
    np.testing.assert_allclose(outer.predict(grey), inner.predict(np.repeat(grey, 3, axis=-1)), atol=1e-5)


@pytest.mark.parametrize("activation", [None, "softmax", "sigmoid"])
def test_what_comes_out_is_told_and_becomes_probabilities(activation):
    inner = network(activation=activation)
    preparation = guess_preparation(inner)
    assert preparation.output == {None: "logits"}.get(activation, activation)
    outer = prepared(inner, preparation)
    told = shares_of(inner.predict(preparation.apply(PHOTOS)), preparation.output)
    np.testing.assert_allclose(outer.predict(PHOTOS), told, atol=1e-5)
    if activation != "sigmoid":
        np.testing.assert_allclose(told.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize("build", ["dense", "layer", "nested", "logits"])
def test_a_single_number_becomes_two_classes_that_can_be_explained(build):
    single = network(1, "sigmoid" if build == "dense" else None).model
    if build == "layer":
        single = keras.Model(single.inputs, layers.Activation("sigmoid")(single.outputs[0]))
    if build == "nested":
        picture = keras.Input((16, 16, 3))
        single = keras.Model(picture, network(1, "sigmoid").model(picture))
    inner = Network(single)
    preparation = guess_preparation(inner)
    outer = prepared(inner, preparation, ["no", "yes"])
    yes = shares_of(inner.predict(preparation.apply(PHOTOS)), preparation.output)[:, 1]
    np.testing.assert_allclose(outer.predict(PHOTOS), np.stack([1 - yes, yes], axis=1), atol=1e-5)
    found = explain(outer, PHOTOS[0], "grad_cam", target=Class(1))
    assert np.isfinite(found.values).all()
    if build != "nested":
        np.testing.assert_allclose(found.score, np.log(yes[0] / (1 - yes[0])), rtol=1e-3, atol=1e-4)


def test_a_network_of_any_size_takes_the_size_that_is_chosen():
    inner = network(side=None)
    assert guess_preparation(inner).size == (224, 224)
    outer = prepared(inner, Preparation((40, 24), "rgb"))
    assert outer.input_shape == (40, 24, 3)


@pytest.mark.slow
def test_teachable_machine_is_recognised_and_filled_in(tmp_path):
    model = teachable_machine()
    data = file(model, tmp_path, "h5")
    with zipfile.ZipFile(buffer := BytesIO(), "w") as written:
        written.writestr("converted_keras/keras_model.h5", data)
        written.writestr("converted_keras/labels.txt", "0 Thumbs up\n1 Thumbs down\n")
    found = load(buffer.getvalue())
    assert found.labels == ("Thumbs up", "Thumbs down")
    assert found.value_range == (-1.0, 1.0)
    assert is_teachable_machine(found.model)
    preparation = guess_preparation(found)
    assert preparation == Preparation((224, 224), "rgb", (-1.0, 1.0), fit="crop")
    photo = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    answer = np.asarray(model(photo / 127.5 - 1))
    np.testing.assert_allclose(prepared(found, preparation).predict(photo), answer, atol=1e-5)


@pytest.mark.parametrize("build", [lambda: network().model, lambda: keras.Sequential([keras.Input((8, 8, 3))])])
def test_others_are_no_teachable_machine(build):
    assert not is_teachable_machine(build())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": (0, 16), "colours": "rgb"}, "1 to 1024 pixels"),
        ({"size": (16, 4000), "colours": "rgb"}, "1 to 1024 pixels"),
        ({"size": (16, 16), "colours": "cmyk"}, "colours must be one of rgb, bgr, grey"),
        ({"size": (16, 16), "colours": "rgb", "values": (1.0, 0.0)}, "the lowest below the highest"),
        ({"size": (16, 16), "colours": "rgb", "mean": (0.5,)}, "a mean and a deviation"),
        ({"size": (16, 16), "colours": "rgb", "mean": (0.5,), "deviation": (0.0,)}, "a mean and a deviation"),
        ({"size": (16, 16), "colours": "rgb", "mean": (float("nan"),), "deviation": (1.0,)}, "must be numbers"),
    ],
)
def test_preparations_that_make_no_sense_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Preparation(**given)


@pytest.mark.parametrize(
    ("inner", "preparation", "message"),
    [
        ({"channels": 1}, Preparation((16, 16), "rgb"), "takes grey pictures"),
        ({}, Preparation((20, 16), "rgb"), "does not take pictures of 20×16"),
        ({}, Preparation((16, 16), "rgb", mean=(0.5, 0.5), deviation=(1.0, 1.0)), "one mean, or one for each"),
    ],
)
def test_preparations_that_do_not_fit_are_refused(inner, preparation, message):
    with pytest.raises(ValueError, match=message):
        prepared(network(**inner), preparation)


def test_networks_without_classes_or_with_other_channels_are_refused():
    inputs = keras.Input((16, 16, 3))
    with pytest.raises(ValueError, match="answers with maps"):
        guess_preparation(Network(keras.Model(inputs, layers.Conv2D(4, 3)(inputs))))
    with pytest.raises(ValueError, match="5 channels"):
        guess_preparation(network(channels=5))


def test_information_is_that_of_sure_and_varied_answers():
    sure = np.eye(4)
    assert information(sure) == pytest.approx(2)
    assert information(np.repeat(sure[:1], 4, axis=0)) == pytest.approx(0)
    assert information(np.full((4, 4), 0.25)) == pytest.approx(0)
    assert 0 < information(0.5 * sure + 0.125) < 2
