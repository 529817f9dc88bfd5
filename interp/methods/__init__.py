"""Attribution methods, one a file: each file ends in METHOD = Method(...) and is found by that."""

import importlib
import pkgutil

from interp.method import Method


def _find_methods() -> dict[str, Method]:
    """Collect the METHOD of every file of this folder, by rank."""
    found = [importlib.import_module(f"{__name__}.{module.name}").METHOD for module in pkgutil.iter_modules(__path__)]
    return {method.name: method for method in sorted(found, key=lambda method: (method.rank, method.name))}


METHODS: dict[str, Method] = _find_methods()
