"""Fitting an emotion network: device-resident faces, cosine schedule, resumable, logged."""

import sys
import time
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from models.training.architectures import vgg_like
from models.training.augmentation import DeviceFaces, Tensor
from models.training.configurations import EmotionConfiguration
from models.training.datasets import ExpressionData, split_validation

CLASSES = 7


def build_network(configuration: EmotionConfiguration, dtype: str = "float32") -> keras.Model:
    """The untrained network of a configuration under a Keras dtype policy."""
    previous = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        return vgg_like(
            configuration.widths, configuration.depths, CLASSES, dropout=configuration.dropout, name=configuration.name
        )
    finally:
        keras.config.set_dtype_policy(previous)


def fit_emotion(
    configuration: EmotionConfiguration, data: ExpressionData, folder: Path, steps_limit: int | None = None
) -> keras.Model:
    """Train a network; start again with the same folder to resume after an interruption.

    Args:
        configuration: what to train and how.
        data: the training faces; their validation part is cut off inside.
        folder: takes the checkpoint, the log `log.csv` and, after every epoch, the float32 network `network.keras`.
        steps_limit: at most so many batches of an epoch; for rehearsals. Defaults to all.

    Returns:
        The float32 network with the weights of the last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(configuration.seed)
    training, validation = split_validation(data, configuration.validation, configuration.seed)
    if steps_limit is not None:
        training = training[: steps_limit * configuration.batch]
        validation = validation[: steps_limit * configuration.batch]
    network = build_network(configuration, configuration.dtype)
    trainer = _trainer(network, data, configuration)
    steps = -(-len(training) // configuration.batch)
    _compile(trainer, configuration, steps, has_votes=data.votes is not None)
    inputs, targets = _arrays(data, configuration)
    trainer.fit(
        inputs[training],
        {name: target[training] for name, target in targets.items()},
        batch_size=configuration.batch,
        epochs=configuration.epochs,
        validation_data=(inputs[validation], {name: target[validation] for name, target in targets.items()}),
        callbacks=[
            keras.callbacks.BackupAndRestore(str(folder / "checkpoint"), delete_checkpoint=False),
            keras.callbacks.CSVLogger(str(folder / "log.csv"), append=True),
            _SaveNetwork(configuration, network, folder / "network.keras"),
            _TimeLeft(configuration.epochs),
        ],
        verbose=1 if sys.stdout.isatty() else 2,
    )
    return float32_copy(configuration, network)


def float32_copy(configuration: EmotionConfiguration, network: keras.Model) -> keras.Model:
    """The same weights in a float32 graph."""
    copy = build_network(configuration, "float32")
    copy.set_weights(network.get_weights())
    return copy


def _trainer(network: keras.Model, data: ExpressionData, configuration: EmotionConfiguration) -> keras.Model:
    """Positions -> {"label": logits (N, 7), "votes": logits (N, 10)}; shares the network's weights."""
    positions = keras.Input((), dtype="int32", name="positions")
    faces = DeviceFaces(data.images, configuration.augmentation, configuration.seed)(positions)
    body = keras.Model(network.input, [network.get_layer("logits").output, network.get_layer("dropout").output])
    logits, features = body(faces)
    outputs = {
        "label": layers.Identity(name="label", dtype="float32")(logits),
        "votes": layers.Dense(10, name="votes", dtype="float32")(features),
    }
    return keras.Model(positions, outputs)


def _compile(trainer: keras.Model, configuration: EmotionConfiguration, steps_per_epoch: int, has_votes: bool) -> None:
    warmup = int(configuration.warmup_epochs * steps_per_epoch)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=configuration.peak_rate / 100,
        decay_steps=max(1, configuration.epochs * steps_per_epoch - warmup),
        warmup_target=configuration.peak_rate,
        warmup_steps=warmup,
    )
    optimizer = keras.optimizers.SGD(
        schedule, momentum=configuration.momentum, nesterov=True, weight_decay=configuration.weight_decay
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    trainer.compile(
        optimizer=optimizer,
        loss={
            "label": keras.losses.CategoricalCrossentropy(
                from_logits=True, label_smoothing=configuration.label_smoothing
            ),
            "votes": _votes_loss,
        },
        loss_weights={"label": 1.0, "votes": configuration.votes_weight if has_votes else 0.0},
        metrics={"label": [keras.metrics.CategoricalAccuracy(name="accuracy")]},
        # XLA's convolutions on a CPU are slower than oneDNN's
        jit_compile=keras.backend.backend() == "jax",
    )


def _votes_loss(shares: Tensor, logits: Tensor) -> Tensor:
    """Cross-entropy with the shares of the ten votes; faces without votes have shares of zero and cost nothing."""
    return -ops.sum(shares * ops.log_softmax(logits, axis=-1), axis=-1)


def _arrays(data: ExpressionData, configuration: EmotionConfiguration) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    votes = np.zeros((len(data), 10), np.float32) if data.votes is None else data.votes.astype(np.float32)
    shares = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    one_hot = np.eye(CLASSES, dtype=np.float32)[data.labels]
    return np.arange(len(data), dtype=np.int32), {"label": one_hot, "votes": shares}


class _SaveNetwork(keras.callbacks.Callback):
    """Writes the float32 network after every epoch, so that a long training is of use before it ends."""

    def __init__(self, configuration: EmotionConfiguration, network: keras.Model, path: Path) -> None:
        super().__init__()
        self.configuration, self.network, self.path = configuration, network, path

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        partial = self.path.with_suffix(".partial.keras")
        float32_copy(self.configuration, self.network).save(partial)
        partial.replace(self.path)


class _TimeLeft(keras.callbacks.Callback):
    """Prints the minutes left, from the pace of the epochs of this run."""

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
