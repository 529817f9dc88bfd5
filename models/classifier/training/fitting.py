"""Fitting a classifier: pictures drawn in a thread, class balance, early stopping, resumable, logged."""

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import keras
import numpy as np

from models.classifier.inference import fit_input
from models.classifier.training.architectures import build_classifier
from models.classifier.training.augmentation import augment
from models.classifier.training.configurations import ClassifierConfiguration
from models.classifier.training.datasets import TRAINING, VALIDATION, PictureData
from models.training.fitting import (
    compile_trainer,
    cosine_rate,
    draw_ahead,
    float32_copy,
    usual_callbacks,
    verbosity,
)
from models.training.logs import finished_epochs

WATCHED = "val_accuracy"


def fit_classifier(configuration: ClassifierConfiguration, data: PictureData, folder: Path) -> keras.Model:
    """Train a network; start again with the same folder to resume after an interruption.

    Args:
        configuration: what to train and how.
        data: pictures of the train split are learned, those of the val split are watched.
        folder: takes the checkpoint, `log.csv`, the float32 network `network.keras` after every epoch, and the best so
            far, `best.keras`.

    Returns:
        The float32 network of the epoch with the best validation accuracy.
    """
    folder.mkdir(parents=True, exist_ok=True)
    log, best = folder / "log.csv", folder / "best.keras"
    if not _has_ended(log, configuration):
        _fit(configuration, data, folder)
    return keras.saving.load_model(best, compile=False)


def best_epoch(log: Path) -> int:
    """Return the number, from 1, of the epoch with the best validation accuracy, the last of equals; 0 without any."""
    accuracies = _watched(log)
    return max(range(len(accuracies)), key=lambda epoch: (accuracies[epoch], epoch)) + 1 if accuracies else 0


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """Return float32 (classes,), by which each class weighs the same in all; the mean over pictures is 1."""
    return (len(labels) / (classes * np.maximum(np.bincount(labels, minlength=classes), 1))).astype(np.float32)


def _fit(configuration: ClassifierConfiguration, data: PictureData, folder: Path) -> None:
    learned, watched = data.part(TRAINING), data.part(VALIDATION)
    keras.utils.set_random_seed(configuration.seed)
    build = partial(build_classifier, configuration, len(data.classes), 1 if data.is_grey else 3)
    network = build(dtype=configuration.dtype)
    channels = network.input_shape[-1]
    trainer = keras.Model(network.input, network.get_layer("logits").output)
    draw = _Batches(learned, configuration, channels)
    warmup = int(configuration.warmup_epochs * draw.steps)
    rate = cosine_rate(configuration.peak_rate, configuration.epochs * draw.steps, warmup, end=0.01)
    compile_trainer(
        trainer,
        keras.optimizers.AdamW(rate, weight_decay=configuration.weight_decay, clipnorm=5.0),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=configuration.label_smoothing),
        metrics=["accuracy"],
    )

    def copy() -> keras.Model:
        return float32_copy(network, build)

    with ThreadPoolExecutor(1) as thread:
        trainer.fit(
            draw_ahead(draw, thread, finished_epochs(folder / "log.csv") * draw.steps),
            steps_per_epoch=draw.steps,
            epochs=configuration.epochs,
            shuffle=False,
            validation_data=(regular_inputs(watched, configuration.size, channels), _one_hot(watched)),
            validation_batch_size=256,
            callbacks=[
                *usual_callbacks(folder, copy, configuration.epochs),
                _KeepBest(folder, copy, configuration),
            ],
            verbose=verbosity(),
        )


def regular_inputs(data: PictureData, size: int, channels: int) -> np.ndarray:
    """Return all pictures as a network sees them, without augmentation: uint8 (N, size, size, channels)."""
    return np.stack([fit_input(picture, size, channels) for picture in data.pictures])


class _Batches:
    """Batches of augmented pictures, each of which depends on its number and the seed alone.

    Args:
        data: pictures to learn, all of which are shown once an epoch but for the last few that fill no batch.
        configuration: batch, size, seed and augmentation.
        channels: of the network's input.
    """

    def __init__(self, data: PictureData, configuration: ClassifierConfiguration, channels: int) -> None:
        self.data, self.configuration, self.channels = data, configuration, channels
        self.batch = min(configuration.batch, len(data))
        self.steps = len(data) // self.batch
        self.targets = _one_hot(data)
        self.weights = class_weights(data.labels, len(data.classes))[data.labels]

    def __call__(self, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return pictures uint8 (N, size, size, channels), one-hot labels (N, classes) and weights (N,)."""
        settings = self.configuration
        epoch, step = divmod(number, self.steps)
        order = np.random.default_rng((settings.seed, epoch)).permutation(len(self.data))
        chosen = order[step * self.batch : (step + 1) * self.batch]
        random = np.random.default_rng((settings.seed, 1, number))
        pictures = [
            augment(self.data.pictures[index], settings.size, self.channels, settings.augmentation, random)
            for index in chosen
        ]
        return np.stack(pictures), self.targets[chosen], self.weights[chosen]


class _KeepBest(keras.callbacks.Callback):
    """Keep the network of the best epoch, and stop when it has not been beaten for long; the log remembers both."""

    def __init__(self, folder: Path, copy: Callable[[], keras.Model], configuration: ClassifierConfiguration) -> None:
        super().__init__()
        self.folder, self.copy, self.configuration = folder, copy, configuration
        self.log = folder / "log.csv"

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if best_epoch(self.log) == epoch + 1:
            self.copy().save(self.folder / "best.keras")
        if _has_ended(self.log, self.configuration):
            self.model.stop_training = True


def _has_ended(log: Path, configuration: ClassifierConfiguration) -> bool:
    done = finished_epochs(log)
    return done >= configuration.epochs or (done > 0 and done - best_epoch(log) >= configuration.patience)


def _watched(log: Path) -> list[float]:
    if not log.exists():
        return []
    with log.open(newline="") as file:
        return [float(row[WATCHED]) for row in csv.DictReader(file)]


def _one_hot(data: PictureData) -> np.ndarray:
    return np.eye(len(data.classes), dtype=np.float32)[data.labels]
