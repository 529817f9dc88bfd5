"""Files that other versions of Keras wrote: what means nothing is let go, what means something is not."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from interp import load
from interp.loading import NetworkError
from interp.saved_config import mended, operations
from tests.interp import networks
from tests.interp.files import each_layer, file, rewritten

CONVOLUTION = {"groups": 1, "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}}}
KERAS_2 = {
    "DepthwiseConv2D": {"groups": 1},
    "Conv2DTranspose": {"groups": 1},
    "SeparableConv2D": CONVOLUTION | {"kernel_regularizer": None, "kernel_constraint": None},
    "SpatialDropout2D": {"noise_shape": None},
}
"""Settings that Keras 2 wrote and Keras 3 does not know."""


def every_kind() -> keras.Model:
    """Return a transfer network as Teachable Machine builds it: Sequential models around a functional one."""
    keras.utils.set_random_seed(3)
    inputs = keras.Input((16, 16, 3), name="picture")
    x = layers.Conv2D(4, 3, padding="same", name="conv")(inputs)
    x = layers.ReLU(6.0, name="relu")(layers.BatchNormalization(name="norm")(x))
    x = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    x = layers.SeparableConv2D(6, 3, name="separable")(layers.SpatialDropout2D(0.2, name="drop")(x))
    x = layers.Conv2DTranspose(4, 3, activation="relu", name="transposed")(x)
    backbone = keras.Model(inputs, x, name="backbone")
    features = keras.Sequential([keras.Input((16, 16, 3)), backbone, layers.GlobalAveragePooling2D()], name="features")
    head = keras.Sequential([keras.Input((4,)), layers.Dense(3, activation="softmax", name="answer")], name="head")
    return keras.Sequential([keras.Input((16, 16, 3)), features, head], name="machine")


def in_keras_2(config):
    """Return a description as Keras 2 wrote it."""
    kind, inner = config["class_name"], dict(config["config"])
    inner.pop("dtype", None) if kind in ("Functional", "Sequential") else inner.update(dtype="float32")
    if kind == "InputLayer":
        inner = {"batch_input_shape": inner["batch_shape"], "dtype": "float32", "sparse": False, "ragged": False} | {
            "name": inner["name"]
        }
    inner |= KERAS_2.get(kind, {})
    if kind == "BatchNormalization":
        inner["axis"] = [3]
    for key in ("layers",) if kind in ("Functional", "Sequential") else ():
        inner[key] = [in_keras_2(layer) for layer in inner[key]]
    if kind == "Functional":
        for key in ("input_layers", "output_layers"):
            inner[key] = inner[key] if isinstance(inner[key][0], list) else [inner[key]]
    result = {"class_name": kind, "config": inner}
    if "inbound_nodes" in config:
        places = [
            [[*argument["config"]["keras_history"], {}] for argument in node["args"]]
            for node in config["inbound_nodes"]
        ]
        result |= {"name": config["name"], "inbound_nodes": places}
    return result


def assert_same_answers(data: bytes, model: keras.Model):
    x = networks.pictures(model)
    np.testing.assert_allclose(load(data).predict(x), np.asarray(model(x)), rtol=1e-4, atol=1e-6)


def test_a_teachable_machine_of_keras_2_answers_as_it_did(tmp_path):
    model = every_kind()
    described = json.loads(model.to_json())
    data = rewritten(file(model, tmp_path, "h5"), lambda _: in_keras_2(described))
    path = tmp_path / "two.h5"
    path.write_bytes(data)
    with pytest.raises((TypeError, ValueError)):
        keras.saving.load_model(path, compile=False)
    assert_same_answers(data, model)


LAYERS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "ReLU", "Dense", "GlobalAveragePooling2D")


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize(
    "more",
    [
        {"setting_of_tomorrow": None},
        {"setting_of_tomorrow": False, "another": [1, 1], "third": "auto", "fourth": 1},
        {"activity_regularizer": {"class_name": "MyRegularizer", "config": {}}},
        {"batch_input_shape": [None, 16, 16, 3]},
        {"dtype": {"class_name": "Policy", "config": {"name": "float32"}}},
    ],
    ids=["None", "others", "a regularizer of one's own", "shape", "policy"],
)
def test_settings_that_mean_nothing_are_let_go_whatever_the_layer(more, ending, tmp_path):
    model = every_kind()
    data = rewritten(
        file(model, tmp_path, ending), lambda config: each_layer(config, lambda kind, _: more if kind in LAYERS else {})
    )
    assert_same_answers(data, model)


def test_an_initializer_of_ones_own_is_let_go(tmp_path):
    model = networks.sequential()
    own = {"kernel_initializer": {"module": "mine", "class_name": "Mine", "config": {}, "registered_name": "Mine"}}
    data = rewritten(
        file(model, tmp_path), lambda config: each_layer(config, lambda kind, _: own if kind == "Dense" else {})
    )
    assert_same_answers(data, model)


def test_a_sequential_model_whose_first_layer_has_the_shape(tmp_path):
    model = networks.sequential()
    data = rewritten(file(model, tmp_path, "h5"), lambda config: shape_in_first_layer(config, model))
    assert_same_answers(data, model)


def shape_in_first_layer(config, model):
    inner = config["config"]["layers"]
    first = next(layer for layer in inner if layer["class_name"] != "InputLayer")
    first["config"] |= {"batch_input_shape": [None, *model.input_shape[1:]], "groups_of_old": 1}
    return config | {
        "config": config["config"] | {"layers": [one for one in inner if one["class_name"] != "InputLayer"]}
    }


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_a_setting_that_means_something_is_named(ending, tmp_path):
    data = rewritten(
        file(every_kind(), tmp_path, ending),
        lambda config: each_layer(config, lambda kind, _: {"twist": 3} if kind == "DepthwiseConv2D" else {}),
    )
    with pytest.raises(NetworkError, match="setting 'twist' of a DepthwiseConv2D") as caught:
        load(data)
    assert "\n" not in str(caught.value)


def test_settings_that_mean_something_stay():
    config = json.loads(every_kind().to_json())
    before = json.dumps(config)
    settings = {one["config"]["name"]: one["config"] for one in operations(mended(config)) if "name" in one["config"]}
    assert settings["conv"]["kernel_size"] == [3, 3]
    assert settings["relu"]["max_value"] == 6.0
    assert settings["norm"]["epsilon"] == 0.001
    assert settings["transposed"]["activation"] == "relu"
    assert "kernel_initializer" not in settings["conv"]
    assert json.dumps(config) == before
