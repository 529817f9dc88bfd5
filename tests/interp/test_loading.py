"""A user's own file: what loads answers as before, what does not says why, and nothing stays behind."""

import logging
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


def file(model: keras.Model, folder, ending: str = "keras") -> bytes:
    logging.getLogger("absl").setLevel(logging.ERROR)  # Keras warns of .h5
    path = folder / f"own.{ending}"
    model.save(path)
    return path.read_bytes()


@pytest.fixture(autouse=True)
def _nothing_stays_on_disk(tmp_path, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield
    assert list(folder.iterdir()) == []


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


def test_the_range_of_values_follows_from_the_networks_own_rescaling(tmp_path):
    assert load(file(networks.vgg_like(), tmp_path)).value_range == (0.0, 255.0)
    assert load(file(networks.sequential(), tmp_path)).value_range == (0.0, 1.0)


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


def archive(**members: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name.replace("_", "."), content)
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
        (archive(photo_png=b"x"), "no Keras model"),
        (archive(config_json=b"{"), "no Keras model"),
        (archive(config_json=b"{}"), "can't load the file"),
        (archive(config_json=b"0" * 10_000_000), "too large"),
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


def test_a_cut_off_file_is_refused(tmp_path):
    data = file(networks.cam(), tmp_path)
    with pytest.raises(NetworkError):
        load(data[: len(data) // 2])


def test_labels_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(NetworkError, match="names 2"):
        load(file(networks.cam(), tmp_path), labels=["a", "b"])


def test_a_loaded_network_is_a_network(tmp_path):
    assert isinstance(load(file(networks.cam(), tmp_path)), Network)
