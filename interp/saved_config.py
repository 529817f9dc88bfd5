"""A saved network's description, freed of what another version of Keras wrote into it and means nothing here."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from interp.lazy import keras
from interp.network import VALID_NAME
from interp.safety import FOR_TRAINING

Config = dict[str, Any]

MODELS = ("Functional", "Model", "Sequential")
# Where Keras 3 has them; its layers are all in keras.layers.
MODULES = {"Functional": "keras.src.models.functional", "Model": "keras", "Sequential": "keras"}
NORMS = ("BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization")  # what Keras 2 called it at times
MEANINGLESS: tuple[Any, ...] = (None, False, 0, 1, "", "auto")


def mended(config: Config) -> Config:
    """Return a model's description as this version of Keras takes it; where nothing is to be mended, the same again.

    Keras 2 wrote keywords that Keras 3 does not know, such as `"groups": 1` of a depthwise convolution, and so do
    versions newer than this one. Each that says nothing at its value is let go, as is all that serves training alone.
    What does say something is left, and Keras refuses it.

    Args:
        config: The description, as in a `.keras` file's `config.json` or an `.h5` file's `model_config`.
    """
    result: Config = _renamed(config, _new_names(config))
    _mend(result)
    return result


def has_valid_names(config: Config) -> bool:
    """Tell whether every layer in a description has a name that Keras 3 takes and TensorFlow compiles."""
    return not _new_names(config)


def operations(config: Any) -> Iterator[Config]:
    """Yield the description of every layer, operator and model in a description, the model's own first."""
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str) and "config" in config:
            yield config
        for value in config.values():
            yield from operations(value)
    elif isinstance(config, list):
        for value in config:
            yield from operations(value)


def _new_names(config: Config) -> dict[str, str]:
    """Return a new name for each of a layer that has one which was valid in Keras 2 alone, such as "block/conv"."""
    names = [one["config"].get("name") for one in operations(config) if isinstance(one["config"], dict)]
    taken = {name for name in names if isinstance(name, str)}
    new: dict[str, str] = {}
    for name in sorted(taken):
        if not VALID_NAME.fullmatch(name):
            valid = re.sub(r"[^A-Za-z0-9_.>-]", "_", name) or "_"
            while valid in taken:
                valid += "_"
            taken.add(valid)
            new[name] = valid
    return new


def _renamed(part: Any, names: dict[str, str]) -> Any:
    """Return a copy of a part of a description with other names, wherever it speaks of them."""
    if isinstance(part, dict):
        return {key: _renamed(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_renamed(value, names) for value in part]
    return names.get(part, part) if isinstance(part, str) else part


def _mend(config: Config, is_nested: bool = False) -> None:
    inner = config["config"]
    if "module" not in config and config["class_name"] in NORMS:
        config["class_name"] = "BatchNormalization"
    if "module" in config and _is_of_keras(config):
        config["module"] = MODULES.get(config["class_name"], "keras.layers")
        config["registered_name"] = None
    if config["class_name"] in MODELS:
        layers = inner if isinstance(inner, list) else inner.get("layers", [])
        if config["class_name"] == "Sequential":
            _begin_with_input(layers)
        for layer in layers:
            _mend(layer, is_nested=True)
        if is_nested and isinstance(inner, dict):
            inner.update({key: _alone(inner[key]) for key in ("input_layers", "output_layers") if key in inner})
    elif isinstance(inner, dict) and isinstance(inner.get("layer"), dict):  # a wrapper, such as TimeDistributed
        _mend(inner["layer"], is_nested=True)
    elif _is_of_keras(config) and isinstance(inner, dict):
        _mend_layer(config["class_name"], inner)


def _begin_with_input(layers: list[Config]) -> None:
    """Put an input layer before a Sequential model's first layer, where Keras 2 gave that layer the shape."""
    first = layers[0] if layers else None
    if first is None or first["class_name"] == "InputLayer" or "batch_input_shape" not in first["config"]:
        return
    module = {"module": "keras.layers", "registered_name": None} if "module" in first else {}
    settings = {"batch_shape": first["config"]["batch_input_shape"], "name": f"{first['config']['name']}_input"}
    layers.insert(0, {"class_name": "InputLayer", "config": settings, **module})


def _alone(places: Any) -> Any:
    """Return the only place [layer, call, output] of a list, so that a nested model takes and returns no list."""
    return places[0] if isinstance(places, list) and len(places) == 1 and isinstance(places[0], list) else places


def _is_of_keras(config: Config) -> bool:
    kind = config["class_name"]
    is_known = kind in MODELS or (hasattr(keras.layers, kind) and kind != "Lambda")
    return is_known and str(config.get("module", "keras")).split(".")[0] in ("keras", "tf_keras")


def _mend_layer(kind: str, settings: Config) -> None:
    for name in [name for name in settings if FOR_TRAINING.search(name)]:
        del settings[name]
    if kind != "InputLayer":
        settings.pop("batch_input_shape", None)
    dtype, axis = settings.get("dtype"), settings.get("axis")
    if isinstance(dtype, dict) and dtype.get("class_name") == "Policy":
        settings["dtype"] = dtype["config"]["name"]
    if kind == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        settings["axis"] = axis[0]
    while unknown := _unknown_settings(kind, settings):
        for name in unknown:
            del settings[name]


def _unknown_settings(kind: str, settings: Config) -> list[str]:
    """Return the settings that Keras doesn't know and that mean nothing, as Keras itself names them."""
    from keras.src.saving.serialization_lib import SafeModeScope  # no code of a file is run

    try:
        with SafeModeScope(True):
            getattr(keras.layers, kind).from_config(copy.deepcopy(settings))
    except (TypeError, ValueError) as error:
        told = re.search(r"Unrecognized keyword arguments passed to \w+: (\{.*\})", str(error), re.DOTALL)
        names = re.findall(r"'(\w+)':", told.group(1)) if told else []
        names += re.findall(r"unexpected keyword argument '(\w+)'", str(error))
        return [name for name in names if name in settings and (name == "trainable" or _means_nothing(settings[name]))]
    return []


def _means_nothing(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return all(any(part is one or (type(part) is type(one) and part == one) for one in MEANINGLESS) for part in parts)
