"""A user's own file: what loads answers as before, what does not says why, and nothing stays behind."""

import tempfile
import zipfile
from io import BytesIO

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from interp import Network, explain, load
from interp.loading import NetworkError
from tests.interp import networks
from tests.interp.files import each_layer, file, rewritten


@pytest.fixture(autouse=True)
def _nothing_stays_on_disk(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("build", [networks.vgg_like, networks.sequential, networks.nested])
def test_a_loaded_network_answers_as_the_saved_one(build, ending, tmp_path):
    model = build()
    x = networks.pictures(model)
    network = load(file(model, tmp_path, ending))
    np.testing.assert_allclose(network.predict(x), np.asarray(model(x)), rtol=1e-4, atol=1e-6)
    assert np.isfinite(explain(network, x[0], target=1).values).all()


def test_a_path_loads_whatever_its_name_with_labels(tmp_path):
    path = tmp_path / "a network without ending"
    path.write_bytes(file(networks.vgg_like(), tmp_path))
    network = load(str(path), labels=["a", "b", "c", "d", "e"], value_range=(-1, 1))
    assert network.labels == ("a", "b", "c", "d", "e")
    assert network.value_range == (-1.0, 1.0)


def prepared(prepare, learn: bool = True) -> keras.Model:
    """Return a network whose pictures are prepared in some way before its first weights."""
    inputs = keras.Input((16, 16, 3))
    x = prepare(inputs)
    x = layers.Conv2D(4, 3, activation="relu")(x) if learn else x
    return keras.Model(inputs, layers.Dense(2)(layers.GlobalAveragePooling2D()(x)))


def learnt_norm(inputs):
    norm = layers.BatchNormalization()
    outputs = norm(inputs)
    norm.moving_mean.assign([120.0, 118.0, 121.0])
    norm.moving_variance.assign([3600.0, 3600.0, 3600.0])
    return outputs


def augmented(inputs):
    x = layers.RandomFlip("horizontal")(layers.RandomRotation(0.1)(inputs))
    return layers.Rescaling(1 / 255)(layers.GaussianNoise(0.1)(x))


PHOTO_NETWORKS = {
    "division": lambda x: x / 255.0,
    "division and shift": lambda x: x / 127.5 - 1.0,
    "multiplication": lambda x: keras.ops.multiply(keras.ops.cast(x, "float32"), 1 / 255),
    "rescaling": layers.Rescaling(1 / 255),
    "mobilenet_v2": keras.applications.mobilenet_v2.preprocess_input,
    "xception": keras.applications.xception.preprocess_input,
    "resnet": keras.applications.resnet.preprocess_input,
    "densenet": keras.applications.densenet.preprocess_input,
    "mean alone": layers.Normalization(mean=120.0, variance=1.0),
    "mean and spread": layers.Normalization(mean=[120.0, 115.0, 104.0], variance=[3600.0] * 3),
    "rescaled, then normalised": lambda x: layers.Normalization(mean=0.45, variance=0.05)(layers.Rescaling(1 / 255)(x)),
    "batch normalisation": learnt_norm,
    "augmentation first": augmented,
    "padding first": lambda x: layers.Rescaling(1 / 255)(layers.ZeroPadding2D(3)(x)),
    "resizing first": lambda x: layers.Resizing(8, 8)(x) / 255.0,
    "grey from colours": lambda x: keras.ops.mean(x, axis=-1, keepdims=True) / 255.0,
    "one channel three times": lambda x: layers.Concatenate()([x[..., :1] / 255.0] * 3),
    "nested": lambda x: keras.Sequential([keras.Input((16, 16, 3)), layers.Rescaling(1 / 127.5, -1)])(x),
}
UNIT_NETWORKS = {
    "nothing": lambda x: x,
    "to one from minus one": layers.Rescaling(2.0, -1.0),
    "normalised": layers.Normalization(mean=[0.485, 0.456, 0.406], variance=[0.052, 0.05, 0.05]),
    "back to 255": lambda x: keras.applications.resnet.preprocess_input(x * 255.0),
    "cut off": lambda x: keras.ops.clip(x, 0.0, 1.0),
    "untrained batch normalisation": layers.BatchNormalization(),
    "rescaled behind the first weights": lambda x: layers.Rescaling(1 / 255)(layers.Conv2D(3, 1)(x)),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        *(pytest.param(prepare, (0.0, 255.0), id=name) for name, prepare in PHOTO_NETWORKS.items()),
        *(pytest.param(prepare, (0.0, 1.0), id=name) for name, prepare in UNIT_NETWORKS.items()),
    ],
)
def test_the_range_of_values_follows_from_the_networks_first_operations(prepare, expected, tmp_path):
    assert load(file(prepared(prepare), tmp_path)).value_range == expected


def test_the_range_of_a_network_without_weights_of_its_own_on_the_picture(tmp_path):
    assert load(file(prepared(lambda x: x / 255.0, learn=False), tmp_path)).value_range == (0.0, 255.0)


@pytest.mark.slow
def test_the_range_of_a_convnext(tmp_path):
    model = keras.applications.ConvNeXtTiny(weights=None, input_shape=(32, 32, 3), include_top=False)
    first = keras.Model(model.input, model.get_layer("convnext_tiny_stem").output)
    assert load(file(first, tmp_path)).value_range == (0.0, 255.0)


class Odd(layers.Layer):
    def call(self, x):
        return x


class Written(keras.Model):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.answer = layers.Dense(2)

    def call(self, x):
        return self.answer(layers.Flatten()(x))


def ending_in(layer: layers.Layer) -> keras.Model:
    inputs = keras.Input((4, 4, 1))
    return keras.Model(inputs, layers.Flatten()(layer(inputs)))


def written() -> keras.Model:
    model = Written()
    model(np.zeros((1, 4, 4, 1)))
    return model


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ending_in(layers.Lambda(lambda x: x * 2)), "Lambda layer, whose code is not run"),
        (lambda: ending_in(Odd()), "needs 'Odd', whose code is not in the file"),
        (written, "needs 'Written', whose code is not in the file"),
        (networks.two_inputs, "takes 2 inputs"),
        (lambda: keras.Sequential([keras.Input((4,)), layers.Dense(2)]), "takes no picture"),
    ],
    ids=["lambda", "custom layer", "subclassed", "two inputs", "no picture"],
)
def test_what_can_not_be_explained_says_why_in_one_sentence(build, message, ending, tmp_path):
    with pytest.raises(NetworkError, match=message) as caught:
        load(file(build(), tmp_path, ending))
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 150


def changed(kind: str, **settings):
    """Return how a network's file is made that has other settings of a kind of layer."""

    def make(ending: str, folder) -> bytes:
        data = file(networks.sequential(), folder, ending)
        return rewritten(data, lambda config: each_layer(config, lambda own, _: settings if own == kind else {}))

    return make


def operating(ending: str, folder) -> bytes:
    """Return a file as Keras 2 writes it of a functional model with `tf.nn.relu(x * 2)` in it."""
    calls = [
        {"class_name": "TFOpLambda", "name": name, "config": {"name": name, "function": name[3:]}, "inbound_nodes": []}
        for name in ("tf.nn.relu", "tf.math.multiply")
    ]

    def change(config):
        return config | {"config": config["config"] | {"layers": [*config["config"]["layers"], *calls]}}

    return rewritten(file(networks.vgg_like(), folder, ending), change)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:You are saving a model that has not yet been built")
@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (changed("Dense", activation="mishmash"), "activation 'mishmash', whose code is not in the file"),
        (changed("Activation", activation="mishmash"), "activation 'mishmash', whose code is not in the file"),
        (
            changed("Dense", activation={"module": "builtins", "class_name": "function", "config": "mishmash"}),
            "needs 'mishmash', whose code is not in the file",
        ),
        (changed("SeparableConv2D", twist=3), "setting 'twist' of a SeparableConv2D"),
        (operating, r"calls TensorFlow without a layer \(math.multiply, nn.relu\)"),
        (lambda ending, folder: file(keras.Sequential([layers.Dense(2)]), folder, ending), "before it was built"),
    ],
    ids=["activation", "activation layer", "function", "setting", "operation", "unbuilt"],
)
def test_what_keras_can_not_load_is_named(make, message, ending, tmp_path):
    with pytest.raises(NetworkError, match=message) as caught:
        load(make(ending, tmp_path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def archive(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return buffer.getvalue()


def hdf5(fill) -> bytes:
    buffer = BytesIO()
    with h5py.File(buffer, "w") as written:
        fill(written)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "neither a .keras nor an .h5"),
        (b"\x89PNG and so on", "neither a .keras nor an .h5"),
        (archive({"photo.png": b"x"}), "no Keras model"),
        (archive({"config.json": b"{"}), "no Keras model"),
        (archive({"config.json": b"{}"}), "can't load the file"),
        (archive({"config.json": b"0" * 10_000_000}), "too large"),
        (archive({"converted/keras_model.h5": b"x", "converted/labels.txt": b"0 a"}), "neither a .keras"),
        (archive({"one.h5": b"x", "two.keras": b"x"}), "holds several networks \\(one.h5, two.keras\\)"),
        (archive({"model/saved_model.pb": b"x"}), "zipped SavedModel"),
        (archive({"archive/data.pkl": b"x"}), "PyTorch model"),
        (b"\x1c\0\0\0TFL3 and so on", "TensorFlow Lite"),
        (b"PK\x03\x04 cut off", "no Keras model"),
        (b"\x89HDF\r\n\x1a\n cut off", "damaged"),
        (hdf5(lambda written: written.create_dataset("kernel", data=[1.0])), "weights only"),
        (hdf5(lambda written: written.create_dataset("zeros", (10**9,), chunks=True)), "too large"),
        (hdf5(lambda written: written.update({"out": h5py.ExternalLink("other.h5", "/")})), "not done for safety"),
    ],
)
def test_wrong_files_are_refused_in_one_sentence(data, message):
    with pytest.raises(NetworkError, match=message):
        load(data, max_bytes=5_000_000)


def test_files_that_are_too_large_or_missing_are_refused(tmp_path):
    path = tmp_path / "large.keras"
    path.write_bytes(b"0" * 2000)
    with pytest.raises(NetworkError, match="too large"):
        load(path, max_bytes=1000)
    with pytest.raises(NetworkError, match=r"no file 'none\.keras'"):
        load(tmp_path / "none.keras")
    with pytest.raises(NetworkError, match=r"is a folder; save the model with model\.save"):
        load(tmp_path)
    (tmp_path / "saved_model.pb").write_bytes(b"x")
    with pytest.raises(NetworkError, match="is a SavedModel, which Keras 3 does not load"):
        load(tmp_path)


def test_a_cut_off_file_is_refused(tmp_path):
    data = file(networks.cam(), tmp_path)
    with pytest.raises(NetworkError):
        load(data[: len(data) // 2])


def test_labels_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(NetworkError, match="names 2"):
        load(file(networks.cam(), tmp_path), labels=["a", "b"])


def test_a_loaded_network_is_a_network(tmp_path):
    assert isinstance(load(file(networks.cam(), tmp_path)), Network)
