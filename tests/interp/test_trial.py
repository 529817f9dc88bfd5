"""Files tried in a process of their own: hostile ones are refused in a sentence, and soon."""

import io
import json
import os
import time
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from interp.formats import installed
from interp.trial import TrialError, examine, try_file
from tests.interp import networks
from tests.interp.files import file, rewritten
from tests.interp.test_safety import layer
from tests.support.onnx import onnx_mean

PATIENCE = 5.0
"""Seconds within which a hostile file is refused; on a busy machine those of the processor count."""


def archive(members: dict[str, bytes | str]) -> bytes:
    with zipfile.ZipFile(buffer := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return buffer.getvalue()


def bomb(name: str) -> bytes:
    """Return an archive whose only member says that it unpacks to 600 MB."""
    size, told = (123_457).to_bytes(4, "little"), (600 * 2**20).to_bytes(4, "little")
    return archive({name: bytes(123_457)}).replace(size, told)


def hdf5(link: h5py.ExternalLink) -> bytes:
    with h5py.File(buffer := io.BytesIO(), "w") as written:
        written.attrs["model_config"] = json.dumps({"class_name": "Sequential", "config": {"layers": []}})
        written["out"] = link
    return buffer.getvalue()


HOSTILE = {
    "nothing": (b"", "neither"),
    "a pickle": (b"\x80\x04\x95", "neither"),
    "lambda": (archive({"config.json": json.dumps(layer("Lambda"))}), "Lambda"),
    "custom": (archive({"config.json": json.dumps(layer("Gate", "my_code", "My>Gate"))}), "'Gate'"),
    "reader": (archive({"config.json": json.dumps(layer("TFSMLayer", filepath="/etc"))}), "not done for safety"),
    "function": (archive({"config.json": json.dumps(layer("get_file", "keras.src.utils"))}), "not done for safety"),
    "absurd": (archive({"config.json": json.dumps(layer("Dense", units=10**9))}), "units is"),
    "zip bomb": (bomb("config.json"), "too large"),
    "bomb inside": (bomb("a/keras_model.h5"), "too large"),
    "link": (hdf5(h5py.ExternalLink("/etc/passwd", "/")), "not done for safety"),
    "way out": (archive({"config.json": "{}", "../../x": "y"}), "not done for safety"),
}


def children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_hostile_files_are_refused_soon_in_one_sentence(kind: str) -> None:
    data, message = HOSTILE[kind]
    begun = children_seconds()
    with pytest.raises(TrialError, match=message) as refused:
        try_file(data)
    assert children_seconds() - begun < PATIENCE
    assert str(refused.value).endswith(".")


@pytest.mark.slow
def test_a_network_is_described_and_nothing_is_left(tmp_path: Path) -> None:
    data = file(networks.vgg_like(), tmp_path)
    before = sorted(Path("/tmp").glob("network-*"))
    found = try_file(data)
    assert found == examine(data) or found.seconds > 0
    assert found.input_shape == (16, 16, 1)
    assert found.classes == 5
    assert found.preparation.colours == "grey"
    assert found.has_maps
    assert sorted(Path("/tmp").glob("network-*")) == before


@pytest.mark.slow
def test_a_network_that_outgrows_its_memory_is_refused(tmp_path: Path) -> None:
    inputs = keras.Input((64, 64, 3))
    large = layers.UpSampling2D(32)(layers.Conv2D(512, 1)(layers.UpSampling2D(32)(inputs)))
    outputs = layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling2D()(large))
    with pytest.raises(TrialError, match="memory"):
        try_file(file(keras.Model(inputs, outputs), tmp_path))


@pytest.mark.slow
def test_a_trial_ends_when_nobody_waits_and_after_its_time(tmp_path: Path) -> None:
    data = file(networks.vgg_like(), tmp_path)

    def stop() -> None:
        raise KeyError("nobody waits")

    begun = time.monotonic()
    with pytest.raises(KeyError, match="nobody waits"):
        try_file(data, on_wait=stop)
    with pytest.raises(TrialError, match="not loaded within 0 seconds"):
        try_file(data, seconds=0.2)
    assert time.monotonic() - begun < 60


def test_answers_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    model = networks.vgg_like()
    model.layers[-1].set_weights([np.full_like(weight, np.nan) for weight in model.layers[-1].get_weights()])
    with pytest.raises(ValueError, match="no number"):
        examine(file(model, tmp_path))


def test_a_description_that_is_no_model_is_refused_by_keras(tmp_path: Path) -> None:
    data = file(networks.vgg_like(), tmp_path)
    with pytest.raises(ValueError, match=r"\.$"):
        examine(rewritten(data, lambda config: {"class_name": "Functional", "config": {}}))


@pytest.mark.skipif(".onnx" not in installed(), reason="requirements-formats.txt is not installed")
def test_an_onnx_file_is_told_by_its_ending() -> None:
    found = try_file(onnx_mean(), "mean.onnx")
    assert (found.input_shape, found.classes, found.has_maps) == ((8, 8, 3), 3, False)
    assert found.preparation.output == "softmax"
    with pytest.raises(TrialError, match="no ONNX network"):
        try_file(b"nonsense", "mean.onnx")
