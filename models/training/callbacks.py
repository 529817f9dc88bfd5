"""What every training does after an epoch: write the network to publish, and tell how long the rest will take."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import keras


class SaveNetwork(keras.callbacks.Callback):
    """Write the network to publish after every epoch, so that a long training is of use before it ends.

    Args:
        copy: returns the network as it would be published, in float32.
        path: of the `.keras` file, which is never half written.
    """

    def __init__(self, copy: Callable[[], keras.Model], path: Path) -> None:
        super().__init__()
        self.copy, self.path = copy, path

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        partial = self.path.with_suffix(".partial.keras")
        self.copy().save(partial)
        partial.replace(self.path)


class TimeLeft(keras.callbacks.Callback):
    """Print the minutes left, from the pace of the epochs of this run.

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
