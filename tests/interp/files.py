"""Files of networks, and the same with another description of the model in them."""

import json
import logging
import zipfile
from io import BytesIO

import h5py
import keras


def file(model: keras.Model, folder, ending: str = "keras") -> bytes:
    logging.getLogger("absl").setLevel(logging.ERROR)  # Keras warns of .h5
    path = folder / f"own.{ending}"
    model.save(path)
    return path.read_bytes()


def rewritten(data: bytes, change) -> bytes:
    """Return a .keras or .h5 file with another description of the model."""
    buffer = BytesIO(data)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(buffer := BytesIO(), "w") as new:
            for name in old.namelist():
                text = old.read(name)
                new.writestr(name, json.dumps(change(json.loads(text))) if name == "config.json" else text)
    else:
        with h5py.File(buffer, "r+") as opened:
            opened.attrs["model_config"] = json.dumps(change(json.loads(opened.attrs["model_config"])))
    return buffer.getvalue()


def each_layer(config, change):
    """Return a description with each layer's settings changed: `change(kind, settings)` returns more settings."""
    if isinstance(config, dict):
        config = {key: each_layer(value, change) for key, value in config.items()}
        if "class_name" in config and config["class_name"] not in ("Sequential", "Functional"):
            config["config"] = config["config"] | change(config["class_name"], config["config"])
        return config
    return [each_layer(value, change) for value in config] if isinstance(config, list) else config
