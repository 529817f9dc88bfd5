"""Networks of other kinds of file, ONNX and TFLite, as functions: they answer, and their layers stay hidden.

They need packages of `requirements-formats.txt`, which the rest does without.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interp.from_function import from_function
from interp.loading import NetworkError
from interp.network import Network
from interp.preparation import OPEN_SIDE, Preparation, shares_of

ONNX_RUNTIME, LITERT = "onnxruntime", "ai_edge_litert.interpreter"
TF_LITE = b"TFL3"
EXTERNAL = b"\x0a\x08location"  # how an ONNX file names another one that holds its weights
THREADS = 2


@dataclass(frozen=True)
class Asked:
    """A network that can be asked and no more.

    Args:
        ask: From what it takes, (N, h, w, c), to its answers (N, K).
        input_shape: (h, w, c); None where a size is open.
        takes_bytes: Whether it takes values of 0 to 255 alone. Defaults to no.
    """

    ask: Callable[[np.ndarray], np.ndarray]
    input_shape: tuple[int | None, int | None, int]
    takes_bytes: bool = False


def is_tflite(data: bytes) -> bool:
    """Tell whether a file is one of TensorFlow Lite."""
    return data[4:8] == TF_LITE


def installed() -> tuple[str, ...]:
    """Return the endings of the files whose packages are installed."""
    packages = {".onnx": ONNX_RUNTIME, ".tflite": LITERT.split(".", maxsplit=1)[0]}
    return tuple(ending for ending, package in packages.items() if importlib.util.find_spec(package) is not None)


def load_black_box(data: bytes, preparation: Preparation | None = None, labels: Sequence[str] | None = None) -> Network:
    """Return the network of an ONNX or TFLite file, from pixels of 0 to 255 to the probability of each class.

    Args:
        data: The file's bytes.
        preparation: What goes in and comes out. Defaults to values of 0 to 1 and probabilities, as no file tells; to 0
            to 255 for a TFLite network of whole numbers.
        labels: Names of the classes. Defaults to none.

    Raises:
        NetworkError: The package for such files is not installed, or the file holds no network of one picture.
    """
    asked = open_black_box(data)
    return as_network(asked, preparation or usual_preparation(asked), labels)


def open_black_box(data: bytes) -> Asked:
    """Return the network of an ONNX or TFLite file as it takes and answers.

    Raises:
        NetworkError: As `load_black_box`.
    """
    return _tflite(data) if is_tflite(data) else _onnx(data)


def usual_preparation(asked: Asked) -> Preparation:
    """Return what such networks usually take, as no file tells; see `load_black_box`."""
    height, width, channels = asked.input_shape
    values = (0.0, 255.0) if asked.takes_bytes else (0.0, 1.0)
    return Preparation((height or OPEN_SIDE, width or OPEN_SIDE), "grey" if channels == 1 else "rgb", values)


def as_network(asked: Asked, preparation: Preparation, labels: Sequence[str] | None = None) -> Network:
    """Return a network that can be asked as one from pixels of 0 to 255 to the probability of each class.

    Args:
        asked: The network.
        preparation: What goes in and comes out.
        labels: Names of the classes. Defaults to none.
    """
    return from_function(
        lambda pictures: answers(asked, preparation, pictures), (*preparation.size, preparation.channels), labels
    )


def answers(asked: Asked, preparation: Preparation, pictures: np.ndarray) -> np.ndarray:
    """Return the probability of each class, (N, K), for pictures (N, h, w, channels) of 0 to 255."""
    channels = asked.input_shape[-1]
    values = np.repeat(preparation.apply(pictures), channels // preparation.channels, axis=-1)
    return shares_of(asked.ask(values), preparation.output)


def _import(name: str, kind: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.split(".", maxsplit=1)[0].replace("_", "-")
        raise NetworkError(f"Networks in {kind} files need the package {package}, which is not installed.") from error


def _onnx(data: bytes) -> Asked:
    runtime = _import(ONNX_RUNTIME, "ONNX")
    if EXTERNAL in data:
        raise NetworkError("The file reads its weights from another file, which is not done for safety.")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime has an exception of its own for each way in which a file can be wrong
        raise NetworkError("The file is no ONNX network, or one that onnxruntime can't run.") from error
    inputs = session.get_inputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type != "tensor(float)":
        raise NetworkError("The network takes something else than one picture of float32 values.")
    name, output = inputs[0].name, session.get_outputs()[0].name
    sides = [side if isinstance(side, int) else None for side in inputs[0].shape]
    is_first = sides[1] in (1, 3) and sides[3] not in (1, 3)
    height, width, channels = (*sides[2:], sides[1]) if is_first else sides[1:]
    if channels not in (1, 3):
        raise NetworkError("The network takes pictures of neither one channel nor three.")

    def ask(pictures: np.ndarray) -> np.ndarray:
        shown = pictures.transpose(0, 3, 1, 2) if is_first else pictures
        batches = [shown] if sides[0] is None else [shown[place : place + 1] for place in range(len(shown))]
        return np.concatenate([session.run([output], {name: np.ascontiguousarray(batch)})[0] for batch in batches])

    return Asked(ask, (height, width, channels))


def _tflite(data: bytes) -> Asked:
    runtime = _import(LITERT, "TFLite")
    try:
        interpreter = runtime.Interpreter(model_content=data, num_threads=THREADS)
        interpreter.allocate_tensors()
        (given,), answered = interpreter.get_input_details(), interpreter.get_output_details()[0]
    except (ValueError, RuntimeError) as error:
        raise NetworkError("The file is no TFLite network of one picture, or one that LiteRT can't run.") from error
    shape = [int(side) for side in given["shape"]]
    if len(shape) != 4 or shape[3] not in (1, 3):
        raise NetworkError("The network takes something else than one grey or colour picture.")
    is_whole = given["dtype"] != np.float32

    def ask(pictures: np.ndarray) -> np.ndarray:
        rows = []
        for picture in pictures:
            shown = np.clip(np.rint(picture), *_range(given["dtype"])) if is_whole else picture
            interpreter.set_tensor(given["index"], shown[np.newaxis].astype(given["dtype"]))
            interpreter.invoke()
            rows.append(_unpacked(interpreter.get_tensor(answered["index"])[0], answered))
        return np.stack(rows)

    return Asked(ask, (shape[1], shape[2], shape[3]), is_whole)


def _range(kind: Any) -> tuple[int, int]:
    found = np.iinfo(kind)
    return int(found.min), int(found.max)


def _unpacked(values: np.ndarray, details: dict[str, Any]) -> np.ndarray:
    """Return whole numbers as the numbers that they stand for."""
    scale, zero = details["quantization"]
    return (values.astype(np.float32) - zero) * scale if scale else values.astype(np.float32)
