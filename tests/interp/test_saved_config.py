"""Files that other versions of Keras wrote: what means nothing is let go, what means something is not."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from interp import explain, load
from interp.loading import NetworkError
from interp.saved_config import mended, operations
from tests.interp import networks
from tests.interp.files import each_layer, file, rewritten

KERAS_2 = Path(__file__).parent / "keras_2"
"""Files written by Keras 2 (tf-keras 2.21), with names such as "Conv/one", nested models, one of them frozen, and a
random flip; their weights are random."""
ANSWERS = {
    "machine": [
        [0.001892999978736043, 0.08298200368881226, 0.9151250123977661],
        [0.00215000007301569, 0.08658099919557571, 0.9112679958343506],
        [0.00203699991106987, 0.08527600020170212, 0.9126870036125183],
    ],
    "functional": [
        [0.28670400381088257, 0.47959399223327637],
        [0.29683399200439453, 0.4804680049419403],
        [0.29407799243927, 0.4824390113353729],
    ],
    "frozen": [
        [0.1419290006160736, 0.8413940072059631, 0.016676999628543854],
        [0.13783100247383118, 0.8448780179023743, 0.017291000112891197],
        [0.14188900589942932, 0.8408799767494202, 0.017230000346899033],
    ],
}
"""What Keras 2 answered to the three pictures of `np.random.default_rng(0).uniform(0, 255, ...)`."""


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


def assert_same_answers(data: bytes, model: keras.Model):
    x = networks.pictures(model)
    np.testing.assert_allclose(load(data).predict(x), np.asarray(model(x)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("path", sorted(KERAS_2.iterdir()), ids=lambda path: path.name)
def test_a_file_of_keras_2_answers_as_it_did(path):
    with pytest.raises((TypeError, ValueError)):
        keras.saving.load_model(path, compile=False)
    network = load(path)
    x = np.random.default_rng(0).uniform(0, 255, (3, *network.input_shape)).astype(np.float32)
    np.testing.assert_allclose(network.predict(x), ANSWERS[path.stem], atol=2e-6)
    assert explain(network, x[0]).values.shape == network.layer(network.default_layer).output_shape[:2]


@pytest.mark.parametrize("kind", ["BatchNormalizationV1", "SyncBatchNormalization"])
def test_other_names_of_batch_normalisation(kind, tmp_path):
    model = networks.vgg_like()
    data = file(model, tmp_path, "h5")
    assert_same_answers(
        rewritten(data, lambda config: json.loads(json.dumps(config).replace("BatchNormalization", kind))), model
    )


def test_names_that_keras_or_tensorflow_refuse_are_made_valid_and_stay_unlike(tmp_path):
    inputs = keras.Input((16, 16, 1))
    x = layers.Conv2D(3, 3, name="my conv")(
        layers.Conv2D(3, 3, name="my:conv")(layers.Conv2D(3, 3, name="my_conv")(inputs))
    )
    model = keras.Model(inputs, layers.Dense(2, name="größe")(layers.GlobalAveragePooling2D()(x)))
    for ending in ("keras", "h5"):
        data = file(model, tmp_path, ending)
        assert_same_answers(data, model)
        names = [layer.name for layer in load(data).layers]
        assert len({*names}) == 5
        assert "my_conv" in names


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
