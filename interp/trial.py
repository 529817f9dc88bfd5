"""A first look at somebody else's network in a process of its own, with bounded memory and time.

`python -m interp.trial` reads the file from its input and writes what it found as JSON; `try_file` starts it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from interp.archives import ArchiveError, Package, unpacked
from interp.formats import answers, open_black_box, usual_preparation
from interp.loading import MAX_BYTES, NetworkError, check_file, load
from interp.preparation import Output, Preparation, guess_preparation, is_teachable_machine, shares_of

MEMORY = 8 * 2**30  # bytes of address space: TensorFlow alone takes three
CPU_SECONDS = 120  # of which TensorFlow takes 3 to be imported, and a MobileNetV2 another 3
SECONDS = 300.0  # from start to end: on a busy machine a process gets a fraction of a processor
LOOK = 0.05  # seconds between two looks at the process
OUTPUT_BYTES = 2**20
BLACK_BOXES = (".onnx", ".tflite")


class TrialError(ValueError):
    """A file that can't be used; the message is one sentence for the person who chose it."""


@dataclass(frozen=True)
class Findings:
    """What is known of a network once it was loaded and asked once.

    Args:
        preparation: What its own layers tell about its input and answer.
        input_shape: (h, w, channels); None where a size is open.
        classes: How many it tells apart; a single number is two.
        labels: Their names, from the archive. Defaults to none.
        layers: How many it has.
        parameters: How many numbers its training has set.
        has_maps: Whether a layer answers with maps.
        is_teachable: Whether it is one of Teachable Machine.
        seconds: That one picture took.
    """

    preparation: Preparation
    input_shape: tuple[int | None, int | None, int]
    classes: int
    labels: tuple[str, ...]
    layers: int
    parameters: int
    has_maps: bool
    is_teachable: bool
    seconds: float


def try_file(
    data: bytes,
    name: str = "",
    seconds: float = SECONDS,
    memory: int = MEMORY,
    on_wait: Callable[[], Any] | None = None,
) -> Findings:
    """Load a network in a process of its own, and ask it once.

    Args:
        data: The file's bytes.
        name: The file's name, whose ending tells an ONNX or TFLite file. Defaults to none: it is one of Keras.
        seconds: After which the process is ended, however busy the machine is. Defaults to five minutes.
        memory: Bytes of address space that it may take. Defaults to 8 GB.
        on_wait: Called again and again meanwhile; what it raises ends the process. Defaults to nothing.

    Raises:
        TrialError: The file is refused, or took too much memory or time.
    """
    command = [sys.executable, "-m", "interp.trial", str(memory), Path(name).suffix]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).resolve().parents[1],  # where the package is found
    )
    try:
        told = _talk(process, data, time.monotonic() + seconds, on_wait)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was still to be written is of no use
                    pipe.close()
    if told is None:
        raise TrialError(f"The network was not loaded within {seconds:.0f} seconds.")
    if not told:
        raise TrialError("The network could not be loaded in bounded memory and time.")
    if "refused" in told:
        raise TrialError(str(told["refused"]))
    return TypeAdapter(Findings).validate_python(told)


def _talk(
    process: subprocess.Popen[bytes], data: bytes, end: float, on_wait: Callable[[], Any] | None
) -> dict[str, Any] | None:
    """Return what the process tells of a file, {} where it ends without a word, None after its time."""
    given: bytes | None = data
    while time.monotonic() < end:
        try:
            text, _ = process.communicate(given, timeout=LOOK)
        except subprocess.TimeoutExpired:
            given = None  # what was given is kept
            if on_wait is not None:
                on_wait()
            continue
        lines = text[-OUTPUT_BYTES:].splitlines()
        return json.loads(lines[-1]) if process.returncode == 0 and lines else {}
    return None


def examine(data: bytes, name: str = "") -> Findings:
    """Load a network and ask it once, in this process.

    Args:
        data: The file's bytes.
        name: The file's name, as in `try_file`. Defaults to none.

    Raises:
        NetworkError: The file is refused.
        ValueError: The network does not take one picture, or does not answer with classes.
    """
    try:
        package = unpacked(data, MAX_BYTES)
    except ArchiveError as error:
        raise NetworkError(str(error)) from error
    if is_black_box(package.name or name):
        return _examine_black_box(package)
    check_file(package.data)  # before TensorFlow is there
    network = load(package.data)
    preparation = guess_preparation(network)
    pictures = np.zeros((1, *preparation.size, preparation.channels), np.uint8)
    shown = preparation.apply(pictures)
    network.predict(shown)
    start = time.perf_counter()
    answer = shares_of(network.predict(shown), preparation.output)
    seconds = time.perf_counter() - start
    if not np.isfinite(answer).all():
        raise ValueError("The network's answer to an even picture is no number; its weights may be damaged.")
    height, width, channels = network.input_shape
    return Findings(
        preparation,
        (height, width, int(channels or 0)),
        answer.shape[1],
        package.labels,
        len(network.layers),
        int(network.model.count_params()),
        bool(network.spatial_layers),
        is_teachable_machine(network.model),
        seconds,
    )


def is_black_box(name: str) -> bool:
    """Tell by its name whether a file holds a network that can be asked and no more."""
    return name.lower().endswith(BLACK_BOXES)


def _examine_black_box(package: Package) -> Findings:
    asked = open_black_box(package.data)
    preparation = usual_preparation(asked)
    pictures = np.zeros((2, *preparation.size, preparation.channels), np.uint8)
    start = time.perf_counter()
    answer = answers(asked, preparation, pictures)
    seconds = (time.perf_counter() - start) / len(pictures)
    if answer.ndim != 2 or not np.isfinite(answer).all():
        raise ValueError("The network does not answer with classes.")
    output: Output = "softmax" if np.allclose(answer.sum(axis=1), 1, atol=1e-3) and (answer >= 0).all() else "logits"
    preparation = replace(preparation, output=output)
    return Findings(preparation, asked.input_shape, answer.shape[1], package.labels, 0, 0, False, False, seconds)


def main() -> None:
    """Read a file from the input, under limits, and write what it is as one line of JSON."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.putenv("CUDA_VISIBLE_DEVICES", "-1")  # a GPU's memory is not bounded here, and its driver maps more than that
    data = sys.stdin.buffer.read()
    try:
        told: dict[str, Any] = asdict(examine(data, sys.argv[2]))
    except MemoryError:
        told = {"refused": "The network does not fit into memory."}
    except ValueError as error:
        told = {"refused": str(error)}
    print(json.dumps(told), flush=True)
    os._exit(0)  # what TensorFlow does on its way out is of no use here


if __name__ == "__main__":
    main()
