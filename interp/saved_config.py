"""A saved network's description, freed of what another version of Keras wrote into it and means nothing here."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from interp.lazy import keras

Config = dict[str, Any]

MODELS = ("Functional", "Model", "Sequential")
FOR_TRAINING = re.compile(
    r"_(initializer|regularizer|constraint)$"
)  # the weights are in the file, and stay as they are
MEANINGLESS: tuple[Any, ...] = (None, False, 0, 1, "", "auto")


def mended(config: Config) -> Config:
    """Return a model's description as this version of Keras takes it; where nothing is to be mended, the same again.

    Keras 2 wrote keywords that Keras 3 does not know, such as `"groups": 1` of a depthwise convolution, and so do
    versions newer than this one. Each that says nothing at its value is let go, as is all that serves training alone.
    What does say something is left, and Keras refuses it.

    Args:
        config: The description, as in a `.keras` file's `config.json` or an `.h5` file's `model_config`.
    """
    result = copy.deepcopy(config)
    _mend(result)
    return result


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


def _mend(config: Config, is_nested: bool = False) -> None:
    inner = config["config"]
    if config["class_name"] in MODELS:
        layers = inner if isinstance(inner, list) else inner.get("layers", [])
        if config["class_name"] == "Sequential":
            _begin_with_input(layers)
        for layer in layers:
            _mend(layer, is_nested=True)
        if is_nested and isinstance(inner, dict):
            for key in ("input_layers", "output_layers"):
                inner[key] = _alone(inner[key]) if key in inner else None
                if inner[key] is None:
                    del inner[key]
    elif isinstance(inner, dict) and isinstance(inner.get("layer"), dict):  # a wrapper, such as TimeDistributed
        _mend(inner["layer"], is_nested=True)
    elif _is_of_keras(config) and isinstance(inner, dict):
        _mend_layer(config["class_name"], inner)


def _begin_with_input(layers: list[Config]) -> None:
    """Put an input layer before a Sequential model's first layer, where Keras 2 gave that layer the shape."""
    first = layers[0] if layers else {}
    shape = first.get("config", {}).get("batch_input_shape") if isinstance(first.get("config"), dict) else None
    if shape is None or first["class_name"] == "InputLayer":
        return
    module = {"module": "keras.layers", "registered_name": None} if "module" in first else {}
    name = f"{first['config'].get('name', 'first')}_input"
    layers.insert(0, {"class_name": "InputLayer", "config": {"batch_shape": shape, "name": name}, **module})


def _alone(places: Any) -> Any:
    """Return the only place [layer, call, output] of a list, so that a nested model takes and returns no list."""
    return places[0] if isinstance(places, list) and len(places) == 1 and isinstance(places[0], list) else places


def _is_of_keras(config: Config) -> bool:
    is_layer = hasattr(keras.layers, config["class_name"]) and config["class_name"] != "Lambda"
    return is_layer and str(config.get("module", "keras")).split(".")[0] == "keras"


def _mend_layer(kind: str, settings: Config) -> None:
    for name in [name for name in settings if FOR_TRAINING.search(name) or name == "activity_regularizer"]:
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
        return [name for name in names if name in settings and _means_nothing(settings[name])]
    return []


def _means_nothing(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return all(any(part is one or (type(part) is type(one) and part == one) for one in MEANINGLESS) for part in parts)
