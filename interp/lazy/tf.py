"""TensorFlow, imported when the first of its names is used."""

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    if name.startswith("__"):  # what Python itself asks a module for
        raise AttributeError(name)
    value = globals()[name] = getattr(importlib.import_module("tensorflow"), name)
    return value
