"""What a saved network's description may not ask for, told by reading it alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

Config = dict[str, Any]

UNSAFE = "The file asks for something that is not done for safety, such as running code or reading other files."
PARTS = (
    "activations|constraints|dtype_policies|engine|initializers|layers|legacy|losses|metrics|mixed_precision|models|ops"
    "|optimizers|quantizers|random|regularizers"
)
KNOWN_MODULE = re.compile(rf"(tf_)?keras((\.src|\.api)*(\.({PARTS})(\.\w+)*)?)?|builtins")
# These read a path that they name, or run a graph or code from elsewhere.
READERS = frozenset(
    {"TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "StringLookup", "IntegerLookup", "TextVectorization"}
)
MEMBERS = frozenset({"config.json", "metadata.json", "model.weights.h5"})  # of a .keras file
# The weights are in the file and stay as they are, and nothing is random.
FOR_TRAINING = re.compile(r"_(initializer|regularizer|constraint)$|^rng_type$")
COMPILING = "compile_config"
MAX_LAYERS = 5000
MAX_NUMBER = 2**16  # channels, units, sides: above those of any network that explains pictures
NUMBERS = frozenset(
    {"batch_shape", "batch_input_shape", "units", "filters", "kernel_size", "strides", "dilation_rate", "pool_size"}
    | {"size", "padding", "cropping", "target_shape", "n", "depth_multiplier", "height", "width", "output_size"}
    | {"input_dim", "output_dim", "num_heads", "key_dim", "dims", "groups"}
)


class UnsafeError(ValueError):
    """A description asks for what is not done; the message is one sentence for the person who chose the file."""


def refuse_unsafe(config: Any, members: Sequence[str] = (), *, is_mended: bool = True) -> None:
    """Raise UnsafeError where a description asks for code, for other files, or for absurd sizes.

    What it says of compiling is never read, and so passes.

    Args:
        config: What the file's JSON holds.
        members: The names in the archive around it. Defaults to none.
        is_mended: Whether what serves training alone is let go before Keras reads it, and so passes. Defaults to yes.
    """
    if set(members) - MEMBERS:
        raise UnsafeError(UNSAFE)
    count = 0
    for part in _objects(config, is_mended=is_mended):
        name = part.get("class_name")
        if isinstance(name, str):
            count += 1
            _refuse_kind(name, part)
        for key, value in part.items():
            if key in NUMBERS:
                _refuse_size(key, value)
    if count > MAX_LAYERS:
        raise UnsafeError(f"The network has more than {MAX_LAYERS:,} layers.")


def _refuse_kind(name: str, part: Config) -> None:
    if name in ("Lambda", "__lambda__"):
        raise UnsafeError(
            "The model has a Lambda layer, whose code is not run for safety; replace it by a layer of Keras."
        )
    if name in READERS:
        raise UnsafeError(UNSAFE)
    module, registered = part.get("module"), part.get("registered_name")
    is_custom = isinstance(registered, str) and ">" in registered
    if is_custom or (isinstance(module, str) and not module.split(".")[0].endswith("keras") and module != "builtins"):
        code = registered if isinstance(registered, str) else name
        shown = re.sub(r"[^\w .-]", "", code.split(">")[-1])[:60]
        raise UnsafeError(
            f"The model needs {shown!r}, whose code is not in the file; save a model of Keras's own layers only."
        )
    if isinstance(module, str) and not KNOWN_MODULE.fullmatch(module):
        raise UnsafeError(UNSAFE)


def _refuse_size(key: str, value: Any) -> None:
    numbers = value if isinstance(value, list) else [value]
    for number in numbers:
        if isinstance(number, list):
            _refuse_size(key, number)
        elif isinstance(number, int | float) and not isinstance(number, bool) and not abs(number) <= MAX_NUMBER:
            raise UnsafeError(
                f"A layer's {key.replace('_', ' ')} is {number:,.0f}, which no network of pictures needs."
            )


def _objects(config: Any, *, is_mended: bool) -> Iterator[Config]:
    """Yield every object in a description, without recursion: a hostile one may be nested deeply."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting.extend(
                value
                for key, value in part.items()
                if key != COMPILING and not (is_mended and FOR_TRAINING.search(str(key)))
            )
        elif isinstance(part, list):
            waiting.extend(part)
