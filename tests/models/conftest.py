import json
from collections.abc import Iterator
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
    caches = (networks._load, emotion._compiled, emotion._threshold)
    monkeypatch.setattr(networks, "WEIGHTS", tiny_weights)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()
