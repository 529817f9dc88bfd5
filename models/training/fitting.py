"""How every network is fitted: precision, learning rate, compilation, callbacks, and batches drawn ahead."""

import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import keras

from models.training.callbacks import SaveNetwork, TimeLeft
from models.training.logs import finished_epochs

Tensor: TypeAlias = Any  # a tensor of whichever backend Keras runs on
Batch = TypeVar("Batch")


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Build networks under a Keras dtype policy, as "float32" or "mixed_bfloat16"."""
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(previous)


def float32_copy(network: keras.Model, build: Callable[..., keras.Model]) -> keras.Model:
    """Return the network with the same weights in a float32 graph.

    Args:
        network: trained under any policy.
        build: takes a `dtype` and returns the same graph, untrained.
    """
    copy = build(dtype="float32")
    copy.set_weights(network.get_weights())
    return copy


def cosine_rate(
    peak: float, steps: int, warmup: int, end: float = 0.0
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a rate that rises to its peak in `warmup` of its `steps`, then falls along a cosine to a share of it."""
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=peak / 100,
        decay_steps=max(1, steps - warmup),
        warmup_target=peak,
        warmup_steps=warmup,
        alpha=end,
    )


def compile_trainer(trainer: keras.Model, optimizer: keras.Optimizer, **settings: Any) -> None:
    """Compile a network as `keras.Model.compile` does, with a weight decay of kernels alone."""
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    # XLA's convolutions on a CPU are slower than oneDNN's
    trainer.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax", **settings)


def output_is_loss(nothing: Tensor, cost: Tensor) -> Tensor:
    """Serve as the loss of a trainer whose outputs are losses already."""
    return cost


def usual_callbacks(folder: Path, copy: Callable[[], keras.Model], epochs: int) -> list[keras.callbacks.Callback]:
    """Return what every training does: back up, log, save the network after every epoch, and tell the time left.

    Args:
        folder: takes `checkpoint`, `log.csv` and `network.keras`.
        copy: returns the network as it would be published, in float32.
        epochs: length of the training, or of its cycle.
    """
    return [
        keras.callbacks.BackupAndRestore(str(folder / "checkpoint"), delete_checkpoint=False),
        keras.callbacks.CSVLogger(str(folder / "log.csv"), append=True),
        SaveNetwork(copy, folder / "network.keras"),
        TimeLeft(epochs),
    ]


def verbosity() -> int:
    """Return Keras's number for a progress bar on a terminal, and for one line an epoch elsewhere."""
    return 1 if sys.stdout.isatty() else 2


def trained_network(folder: Path, epochs: int) -> keras.Model | None:
    """Return the network of a folder where so many epochs are done; None where they are not."""
    path = folder / "network.keras"
    if not path.is_file() or finished_epochs(folder / "log.csv") < epochs:
        return None
    return keras.saving.load_model(path, compile=False)


def draw_ahead(
    draw: Callable[[int], Batch], threads: ThreadPoolExecutor, first: int = 0, ahead: int = 4
) -> Iterator[Batch]:
    """Yield endless batches that other threads draw in advance.

    Args:
        draw: takes the number of a batch, on which alone the batch depends, so that a resumed training goes on alike.
        threads: that draw.
        first: number of the first batch. Defaults to 0.
        ahead: batches that wait. Defaults to 4.
    """
    waiting = deque(threads.submit(draw, number) for number in range(first, first + ahead))
    number = first + ahead
    while True:
        batch = waiting.popleft().result()
        waiting.append(threads.submit(draw, number))
        number += 1
        yield batch
