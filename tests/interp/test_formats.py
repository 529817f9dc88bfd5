"""ONNX and TFLite files as functions; what needs their packages is left out where those are not installed."""

import importlib.util
import sys

import keras
import numpy as np
import pytest
from keras import layers

from interp import explain
from interp.formats import LITERT, ONNX_RUNTIME, is_tflite, load_black_box
from interp.loading import NetworkError
from interp.preparation import Preparation
from tests.support.onnx import field, onnx_mean

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), np.uint8)


def has(name: str) -> bool:
    return importlib.util.find_spec(name.split(".")[0]) is not None


needs_onnx = pytest.mark.skipif(not has(ONNX_RUNTIME), reason="requirements-formats.txt is not installed")
needs_tflite = pytest.mark.skipif(not has(LITERT), reason="requirements-formats.txt is not installed")


def softmax_of_mean(pictures: np.ndarray) -> np.ndarray:
    powers = np.exp(pictures.mean(axis=(1, 2)) / 255)
    return powers / powers.sum(axis=1, keepdims=True)


@needs_onnx
@pytest.mark.parametrize("batch", [None, 1])
def test_an_onnx_network_answers_and_is_explained_by_asking(batch: int | None) -> None:
    network = load_black_box(onnx_mean(batch), labels=["red", "green", "blue"])
    assert network.input_shape == (8, 8, 3)
    np.testing.assert_allclose(network.predict(PICTURES), softmax_of_mean(PICTURES), rtol=1e-5)
    assert np.isfinite(explain(network, PICTURES[0], "occlusion", target="red").values).all()
    with pytest.raises(ValueError, match=r"no layer|no gradients"):
        explain(network, PICTURES[0], "grad_cam", target="red")


@needs_onnx
def test_what_goes_in_is_prepared() -> None:
    network = load_black_box(onnx_mean(), Preparation((8, 8), "bgr", (0.0, 1.0)))
    np.testing.assert_allclose(network.predict(PICTURES), softmax_of_mean(PICTURES[..., ::-1]), rtol=1e-5)


@needs_onnx
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no ONNX network"),
        (b"nonsense", "no ONNX network"),
        (onnx_mean() + field(1, "location"), "another file"),
    ],
)
def test_wrong_onnx_files_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        load_black_box(data)


@needs_tflite
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_tflite_network_answers_as_the_one_it_was_made_from() -> None:
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    outputs = layers.Dense(2, activation="softmax")(layers.Flatten()(layers.Conv2D(4, 3)(inputs)))
    model = keras.Model(inputs, outputs)
    data = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    assert is_tflite(data)
    network = load_black_box(data, labels=["a", "b"])
    np.testing.assert_allclose(network.predict(PICTURES), np.asarray(model(PICTURES / 255)), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "data", "package"),
    [(ONNX_RUNTIME, b"x", "onnxruntime"), (LITERT, b"\x1c\0\0\0TFL3", "ai-edge-litert")],
)
def test_a_package_that_is_missing_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, package: str
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(NetworkError, match=f"need the package {package}"):
        load_black_box(data)
