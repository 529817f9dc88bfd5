import json
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest

from models import classifier, networks

CARD = {
    "name": "halves",
    "title": "Which half is lighter",
    "task": "classification",
    "labels": ["left", "right"],
    "input_shape": [8, 8, 3],
    "parameters": 0,
    "metrics": {},
    "thresholds": {"uncertain": 0.6},
}


@pytest.fixture
def halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put two networks in the place of the trained ones that tell which half is lighter, in colour and in grey."""
    for name, channels in (("halves", 3), ("grey-halves", 1)):
        pixels = keras.Input((8, 8, channels))
        scaled = keras.layers.Rescaling(1 / 255)(pixels)
        pooled = keras.layers.Flatten()(keras.layers.AveragePooling2D((8, 4))(scaled))
        dense = keras.layers.Dense(2, activation="softmax", use_bias=False)
        network = keras.Model(pixels, dense(pooled))
        dense.set_weights([8 * np.repeat(np.eye(2, dtype=np.float32), channels, axis=0) / channels])
        network.save(tmp_path / f"{name}.keras")
        card = CARD | {"name": name, "input_shape": [8, 8, channels]}
        (tmp_path / f"{name}.json").write_text(json.dumps(card), encoding="utf-8")
    other = CARD | {"name": "other", "task": "pose"}
    (tmp_path / "other.json").write_text(json.dumps(other), encoding="utf-8")
    monkeypatch.setattr(networks, "WEIGHTS", tmp_path)
    caches = (networks._load, classifier.inference._compiled)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()
