"""What every training does after an epoch: write the network to publish, and say how long it will take."""

import csv
import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras


class SaveNetwork(keras.callbacks.Callback):
    """Writes the network to publish after every epoch, so that a long training is of use before it ends.

    Args:
        copy: gives the network as it would be published, in float32.
        path: of the `.keras` file; it is never half written.
    """

    def __init__(self, copy: Callable[[], keras.Model], path: Path) -> None:
        super().__init__()
        self.copy, self.path = copy, path

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        partial = self.path.with_suffix(".partial.keras")
        self.copy().save(partial)
        partial.replace(self.path)


class TimeLeft(keras.callbacks.Callback):
    """Prints the minutes left, from the pace of the epochs of this run.

    Args:
        epochs: length of the training, or of its cycle.
    """

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.start, self.done = time.perf_counter(), 0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.done += 1
        left = (time.perf_counter() - self.start) / self.done * (self.epochs - epoch - 1)
        sys.stdout.write(f"epoch {epoch + 1} of {self.epochs}, about {left / 60:.0f} minutes left\n")
        sys.stdout.flush()


def finished_epochs(log: Path) -> int:
    """How many epochs a training's log tells of; 0 without a log."""
    if not log.exists():
        return 0
    with log.open(newline="") as file:
        return sum(1 for _ in csv.DictReader(file))
