"""A user's own network from a .keras or .h5 file, which is data to us and never code to run."""

from __future__ import annotations

import json
import re
import tempfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import h5py

from interp.archives import CONFIG, DAMAGED, UNREADABLE, ZIP, ArchiveError, unpacked
from interp.graph import is_graph
from interp.lazy import keras, tf
from interp.network import Network
from interp.preparation import is_teachable_machine
from interp.safety import UNSAFE, UnsafeError, refuse_unsafe
from interp.saved_config import Config, has_valid_names, mended, operations
from interp.value_range import PHOTO, expected_range

MAX_BYTES = 500 * 2**20  # of a file, and of what a zipped one unpacks to
WEIGHTS = "model.weights.h5"  # in a .keras file
HDF5, TF_LITE = b"\x89HDF\r\n\x1a\n", b"TFL3"
SAVED_MODEL = "saved_model.pb"


class NetworkError(ValueError):
    """A file that no network can be made of; the message is one sentence for the person who chose it."""


def load(
    source: str | Path | bytes,
    labels: Sequence[str] | None = None,
    value_range: tuple[float, float] | None = None,
    max_bytes: int = MAX_BYTES,
) -> Network:
    """Load a network from a file that `model.save` wrote, or from a zip archive with one and its labels.

    Keras's safe mode stays on: code in the file, as in a Lambda layer, is never run. Bytes pass through a temporary
    folder that is removed before this returns. The file's kind is told by its content, not by its name.

    Args:
        source: Path of a `.keras`, `.h5` or `.zip` file, or its bytes.
        labels: Names of the classes of the first output. Defaults to those in the archive, else to none.
        value_range: Lowest and highest value of a picture in the network's input. Defaults to 0 to 255 where the
            network's first operations rescale such values, to -1 to 1 for one of Teachable Machine, else to 0 to 1.
        max_bytes: Greatest size of the file and of what it unpacks to. Defaults to 500 MB.

    Returns:
        The network.

    Raises:
        NetworkError: The file is too large, no Keras model, has code of its own in it, or its network does not take
            one picture.
    """
    data = source if isinstance(source, bytes) else _read(Path(source), max_bytes)
    if len(data) > max_bytes:
        raise NetworkError(_too_large(max_bytes))
    try:
        package = unpacked(data, max_bytes)
    except ArchiveError as error:
        raise NetworkError(str(error)) from error
    data, labels = package.data, labels if labels is not None else package.labels or None
    check_file(data, max_bytes)
    with _explained(data):
        model = _load_model(data)
    if isinstance(model, keras.Sequential) and not model.built:
        raise NetworkError(
            "The model was saved before it was built; begin it with keras.Input((height, width, channels)) or call it "
            "on a picture, train it, and save it again."
        )
    if not is_graph(model):
        raise NetworkError("The model is written as a class of its own; save it as a functional or Sequential model.")
    if len(model.inputs) > 1:
        raise NetworkError(f"The network takes {len(model.inputs)} inputs; one that takes a single picture is needed.")
    try:
        network = Network(model, labels, value_range or PHOTO)
    except ValueError as error:
        raise NetworkError(str(error)) from error
    if value_range is None:
        network.value_range = (-1.0, 1.0) if is_teachable_machine(model) else expected_range(network)
    return network


def _read(path: Path, max_bytes: int) -> bytes:
    if path.is_dir():
        kind = "a SavedModel, which Keras 3 does not load" if (path / SAVED_MODEL).exists() else "a folder"
        raise NetworkError(f"{path.name!r} is {kind}; save the model with model.save('name.keras') where it was made.")
    if not path.is_file():
        raise NetworkError(f"There is no file {path.name!r}.")
    if path.stat().st_size > max_bytes:
        raise NetworkError(_too_large(max_bytes))
    return path.read_bytes()


def check_file(data: bytes, max_bytes: int = MAX_BYTES) -> None:
    """Raise NetworkError unless the bytes look like a whole model of a bounded size that asks for nothing unsafe.

    Neither Keras nor TensorFlow is needed for that.
    """
    if data.startswith(ZIP):
        _check_zip(data, max_bytes)
    elif data.startswith(HDF5):
        _check_hdf5(data, max_bytes)
    else:
        kind = "is a TensorFlow Lite file" if data[4:8] == TF_LITE else "is neither a .keras nor an .h5 file"
        raise NetworkError(f"The file {kind}; save the model with model.save('name.keras').")


def _check_zip(data: bytes, max_bytes: int) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > max_bytes:
                raise NetworkError(_too_large(max_bytes))
            if CONFIG not in archive.namelist():
                raise NetworkError(_what_zip(archive.namelist()))
            refuse_unsafe(json.loads(archive.read(CONFIG)), archive.namelist())
            if WEIGHTS in archive.namelist():
                _check_weights(archive.read(WEIGHTS), max_bytes)
    except NetworkError:
        raise
    except UnsafeError as error:
        raise NetworkError(str(error)) from error
    except UNREADABLE as error:
        raise NetworkError(DAMAGED) from error


def _what_zip(names: Sequence[str]) -> str:
    """Return the sentence on a zip archive that is no .keras file."""
    if any(name.endswith(SAVED_MODEL) for name in names):
        return "The file is a zipped SavedModel, which Keras 3 does not load; use model.save('name.keras')."
    if any(name.endswith("data.pkl") for name in names):
        return "The file is a PyTorch model; one of Keras is needed, saved with model.save('name.keras')."
    return DAMAGED


def _check_hdf5(data: bytes, max_bytes: int) -> None:
    try:
        attributes = _check_weights(data, max_bytes)
        if "model_config" not in attributes:
            raise NetworkError("The file holds weights only; save the whole model with model.save('name.keras').")
        refuse_unsafe(_config(data))
    except UnsafeError as error:
        raise NetworkError(str(error)) from error
    except NetworkError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError) as error:
        raise NetworkError("The .h5 file is damaged.") from error


def _check_weights(data: bytes, max_bytes: int) -> tuple[str, ...]:
    """Raise NetworkError where an HDF5 file unpacks to too much or reads other files; return its attributes' names."""
    unpacked = 0
    reaches_out = False

    def visit(_: str, link: Any) -> None:
        nonlocal reaches_out
        reaches_out = reaches_out or isinstance(link, h5py.ExternalLink)

    def measure(_: str, member: Any) -> None:
        nonlocal unpacked, reaches_out
        if isinstance(member, h5py.Dataset):
            unpacked += member.nbytes
            reaches_out = reaches_out or bool(member.external) or member.is_virtual

    with h5py.File(BytesIO(data), "r") as file:
        file.visititems_links(visit)
        file.visititems(measure)
        attributes = tuple(file.attrs)
    if unpacked > max_bytes:
        raise NetworkError(_too_large(max_bytes))
    if reaches_out:
        raise NetworkError(UNSAFE)
    return attributes


def _load_model(data: bytes) -> keras.Model:
    # Keras takes a path only, and tells the kind by its ending.
    with tempfile.TemporaryDirectory(prefix="network-") as folder, warnings.catch_warnings():
        path = Path(folder) / ("model.keras" if data.startswith(ZIP) else "model.h5")
        path.write_bytes(data)
        config = _config(data)
        # Keras tells how to write new code; who opens a file can do nothing about it.
        warnings.simplefilter("ignore", UserWarning)
        try:
            refuse_unsafe(config, is_mended=False)
            if has_valid_names(config):
                return keras.saving.load_model(path, compile=False, safe_mode=True)
        except (AttributeError, LookupError, TypeError, ValueError):
            if mended(config) == config:
                raise
        _replace_config(path, mended(config))
        return keras.saving.load_model(path, compile=False, safe_mode=True)


def _config(data: bytes) -> Config:
    """Return the description of the model in a file."""
    if data.startswith(ZIP):
        with zipfile.ZipFile(BytesIO(data)) as archive:
            text = archive.read(CONFIG)
    else:
        with h5py.File(BytesIO(data), "r") as file:
            text = file.attrs["model_config"]
    config: Config = json.loads(text)
    return config


def _replace_config(path: Path, config: Config) -> None:
    """Write another description of the model into a file."""
    if path.suffix == ".h5":
        with h5py.File(path, "r+") as file:
            file.attrs["model_config"] = json.dumps(config)
        return
    with zipfile.ZipFile(BytesIO(path.read_bytes())) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.infolist():
            new.writestr(member, json.dumps(config) if member.filename == CONFIG else old.read(member))


@contextmanager
def _explained(data: bytes) -> Iterator[None]:
    """Turn what Keras raises on a file into one sentence."""
    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise NetworkError("The network does not fit into memory.") from error
    # A file from anywhere can fail in any way inside Keras; all of them mean that it can't be loaded.
    except Exception as error:
        raise NetworkError(_sentence(error, data)) from error


def _sentence(error: Exception, data: bytes) -> str:
    message = str(error).rsplit("Exception encountered: ", 1)[-1]  # what stands before tells the layers around it
    if "OpLambda" in message:
        calls = [one["config"] for one in operations(_config(data)) if one["class_name"].endswith("OpLambda")]
        names = ", ".join(sorted({str(call.get("function", call.get("name"))) for call in calls}))
        return (
            f"The model calls TensorFlow without a layer ({names}), which Keras 3 does not load; put layers of Keras "
            "in its place and save it again."
        )
    if "Lambda" in message or "lambda" in message:
        return "The model has a Lambda layer, whose code is not run for safety; replace it by a layer of Keras."
    activation = re.search(r"Could not interpret activation function identifier: (\w+)", message)
    if activation:
        name = activation.group(1)
        return f"The model needs the activation {name!r}, whose code is not in the file; take one of Keras's own."
    keyword = re.search(r"Unrecognized keyword arguments passed to (\w+): \{'(\w+)'", message) or re.search(
        r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'", message
    )
    if keyword:
        kind, name = keyword.groups()
        return f"The setting {name!r} of a {kind} is unknown to Keras {keras.version()}, which reads the file here."
    custom = re.search(r"Could not locate (?:class|function) '([^']+)'", message) or re.search(
        r"Unknown (?:layer|object): '?([\w>]+)", message
    )
    if custom:
        name = custom.group(1).split(">")[-1]
        return f"The model needs {name!r}, whose code is not in the file; save a model of Keras's own layers only."
    if "safe mode" in message or "safe_mode" in message or "Not allowed" in message:
        return UNSAFE
    return "Keras can't load the file: it is damaged, or written by a version that this one does not read."


def _too_large(max_bytes: int) -> str:
    return f"The file is too large: at most {max_bytes / 2**20:g} MB are taken, unpacked as well."
