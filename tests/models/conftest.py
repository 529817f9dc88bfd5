import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pytest

from models import emotion, networks

CARD = {
    "name": "emotion",
    "title": "Brightness network",
    "task": "expression",
    "labels": list(emotion.EXPRESSIONS),
    "input_shape": [48, 48, 1],
    "parameters": 14,
    "metrics": {"validation": {"accuracy": 0.5}},
    "thresholds": {"uncertain": 0.6},
    "limits": ["Knows nothing but brightness."],
}


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network whose logit is 8 × mean brightness (0..1) for happy, 4 for neutral and 0 else."""
    folder = tmp_path_factory.mktemp("weights")
    faces = keras.Input((48, 48, 1))
    mean = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(faces))
    dense = keras.layers.Dense(7, activation="softmax", name="logits")
    network = keras.Model(faces, dense(mean))
    dense.set_weights([np.array([[0, 0, 0, 8, 0, 0, 0]], np.float32), np.array([0, 0, 0, 0, 0, 0, 4], np.float32)])
    network.save(folder / "emotion.keras")
    (folder / "emotion.json").write_text(json.dumps(CARD), encoding="utf-8")
    return folder


@pytest.fixture
def brightness_network(tiny_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Puts the tiny network in the place of the trained ones."""
    with _weights_from(tiny_weights, monkeypatch):
        yield


@pytest.fixture
def lopsided_network(
    brightness_network: None, tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[keras.Model]:
    """Puts a second network beside the tiny one: "lopsided" sees the left half only and averages over the mirror image.

    A network "points" for another task stands there as well.
    """
    shutil.copytree(tiny_weights, tmp_path, dirs_exist_ok=True)
    faces = keras.Input((48, 48, 1))
    left = keras.layers.Cropping2D(((0, 0), (0, 24)))(keras.layers.Rescaling(1 / 255)(faces))
    dense = keras.layers.Dense(7, activation="softmax", name="logits")
    network = keras.Model(faces, dense(keras.layers.GlobalAveragePooling2D()(left)))
    dense.set_weights([np.array([[0, 0, 0, 8, 0, 0, 0]], np.float32), np.array([0, 0, 0, 0, 0, 0, 4], np.float32)])
    network.save(tmp_path / "lopsided.keras")
    card = CARD | {"name": "lopsided", "flip_average": True, "thresholds": {"uncertain": 0.9}}
    (tmp_path / "lopsided.json").write_text(json.dumps(card), encoding="utf-8")
    (tmp_path / "points.json").write_text(json.dumps(CARD | {"name": "points", "task": "keypoints"}), encoding="utf-8")
    with _weights_from(tmp_path, monkeypatch):
        yield network


@contextmanager
def _weights_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    caches = (networks._load, emotion.inference._compiled, emotion.inference._threshold)
    monkeypatch.setattr(networks, "WEIGHTS", folder)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()
