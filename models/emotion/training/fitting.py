"""Fitting an emotion network: device-resident faces, cosine schedule, resumable, logged."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from models.emotion.training import architectures
from models.emotion.training.augmentation import AugmentationSettings, DeviceFaces
from models.emotion.training.configurations import PARTS, Cycle, EmotionConfiguration
from models.emotion.training.datasets import ExpressionData, split_validation
from models.emotion.training.evaluation import probabilities
from models.networks import load_network
from models.training.fitting import (
    Tensor,
    compile_trainer,
    cosine_rate,
    dtype_policy,
    float32_copy,
    output_is_loss,
    usual_callbacks,
    verbosity,
)
from models.training.logs import join_logs

CLASSES = 7
SPLIT_SEED = 0  # one validation part for all networks, so that they compare


def build_emotion(
    configuration: EmotionConfiguration,
    dtype: str = "float32",
    classes: int = CLASSES,
    columns: Sequence[keras.Model] = (),
) -> keras.Model:
    """Return the untrained network of a configuration under a Keras dtype policy; `columns` bring their weights."""
    with dtype_policy(dtype):
        if configuration.architecture == "columns":
            return architectures.columns(columns, configuration.dropout, configuration.name)
        if configuration.architecture == "backbone":
            from models.emotion.training.finetuning import backbone_network

            return backbone_network(
                str(configuration.backbone), classes, dropout=configuration.dropout, name=configuration.name
            )
        settings: dict[str, Any] = {"classes": classes, "dropout": configuration.dropout, "name": configuration.name}
        match configuration.architecture:
            case "vgg":
                return architectures.vgg_like(
                    configuration.widths,
                    configuration.depths,
                    has_usual_light=configuration.has_usual_light,
                    poolings=configuration.poolings,
                    **settings,
                )
            case "residual":
                return architectures.residual(configuration.widths, configuration.depths, **settings)
            case "xception":
                return architectures.mini_xception(configuration.widths, **settings)
            case _:
                return architectures.simple(configuration.widths, **settings)


def fit_emotion(
    configuration: EmotionConfiguration,
    data: ExpressionData,
    folder: Path,
    steps_limit: int | None = None,
    classes: int = CLASSES,
    split: tuple[np.ndarray, np.ndarray] | None = None,
) -> keras.Model:
    """Train a network; start again with the same folder to resume after an interruption.

    Args:
        configuration: what to train and how.
        data: the training faces; their validation part is cut off inside.
        folder: takes, for cycle K of the training, `cycleK/` with the checkpoint and, after every epoch, the float32
            network `network.keras`; a folder for each column trained for it; and the log of all cycles, `log.csv`,
            those of these columns first.
        steps_limit: at most so many batches of an epoch; for rehearsals. Defaults to all.
        classes: number of labels in the data. Defaults to 7.
        split: (training, validation) positions. Defaults to `split_validation` with the configuration's seed.

    Returns:
        The float32 network with the weights of the last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    training, validation = split or split_validation(data, configuration.validation, SPLIT_SEED)
    if steps_limit is not None:
        training = training[: steps_limit * configuration.batch]
        validation = validation[: steps_limit * configuration.batch]
    columns = [
        fit_emotion(PARTS[name], data, folder / name, steps_limit, classes, split)
        if name in PARTS
        else load_network(name)
        for name in configuration.columns
    ]
    keras.utils.set_random_seed(configuration.seed)
    build = partial(build_emotion, configuration, classes=classes, columns=columns)
    network = build()
    prefix = f"column{configuration.start_column}_" if configuration.start_column else ""
    if configuration.start and not take_weights(network, load_network(configuration.start), prefix):
        raise ValueError(f"No layer of {configuration.start} has a name and shape of {configuration.name}.")
    for number, cycle in enumerate(configuration.cycles, 1):
        network = _fit_cycle(
            configuration, cycle, network, build, data, (training, validation), folder / f"cycle{number}"
        )
    logged = [folder / name for name in configuration.columns if name in PARTS]
    logged += [folder / f"cycle{number}" for number in range(1, len(configuration.cycles) + 1)]
    if logged:
        join_logs(logged, folder / "log.csv")
    return network


def _fit_cycle(
    configuration: EmotionConfiguration,
    cycle: Cycle,
    start: keras.Model,
    build: Callable[..., keras.Model],
    data: ExpressionData,
    split: tuple[np.ndarray, np.ndarray],
    folder: Path,
) -> keras.Model:
    """Return one cycle from the weights of `start`; a cycle that has ended is read from its folder."""
    done = folder / "done.keras"
    if done.exists():
        return keras.saving.load_model(done, compile=False)
    folder.mkdir(exist_ok=True)
    training, validation = split
    classes = start.output_shape[-1]
    keras.utils.set_random_seed(configuration.seed)
    network = build(dtype=configuration.dtype)
    network.set_weights(start.get_weights())
    augmentation = replace(cycle.augmentation or configuration.augmentation, mix=cycle.mix)
    teacher = load_network(configuration.teacher) if configuration.teacher else start
    matched = _in_precision(teacher, configuration.dtype) if cycle.matching else None
    trainer = _trainer(network, data, augmentation, configuration.seed, matched)
    steps = -(-len(training) // configuration.batch)
    _compile(trainer, configuration, cycle, steps, has_votes=data.votes is not None)
    inputs, targets = _arrays(data, classes)
    if cycle.matching:
        targets["matched"] = np.zeros(len(data), np.float32)  # the output is the loss
    validation_targets = {name: target[validation] for name, target in targets.items()}
    if cycle.teaching:
        taught = _mirrored_probabilities(teacher, data.images)
        targets["label"] = (1 - cycle.teaching) * targets["label"] + cycle.teaching * taught
    trainer.fit(
        inputs[training],
        {name: target[training] for name, target in targets.items()},
        batch_size=configuration.batch,
        epochs=cycle.epochs,
        validation_data=(inputs[validation], validation_targets),
        callbacks=[
            *usual_callbacks(folder, lambda: float32_copy(network, build), cycle.epochs),
            _StopMixing(trainer.get_layer("device_faces"), cycle),
        ],
        verbose=verbosity(),
    )
    result = float32_copy(network, build)
    result.save(done)
    return result


def take_weights(network: keras.Model, start: keras.Model, prefix: str = "") -> int:
    """Copy the weights of all layers with the same name, after a prefix, and shapes in `start`; return how many."""
    ready = {layer.name.removeprefix(prefix): layer.get_weights() for layer in start.layers if layer.weights}
    taken = 0
    for layer in network.layers:
        weights = ready.get(layer.name)
        if weights and [value.shape for value in weights] == [tuple(weight.shape) for weight in layer.weights]:
            layer.set_weights(weights)
            taken += 1
    return taken


def _trainer(
    network: keras.Model,
    data: ExpressionData,
    settings: AugmentationSettings,
    seed: int,
    teacher: keras.Model | None = None,
) -> keras.Model:
    """Positions -> {"label": logits (N, classes + 1), "votes": logits (N, 11)}; shares the network's weights.

    The last column of both says how much of each face is its own (see `DeviceFaces.mix`). With a teacher there is a
    third output, "matched": the divergence of the network's answers from the teacher's to the same faces, (N,).
    """
    positions = keras.Input((), dtype="int32", name="positions")
    faces, kept = DeviceFaces(data.images, settings, seed)(positions)
    body = keras.Model(network.input, [network.get_layer("logits").output, network.get_layer("dropout").output])
    logits, features = body(faces)
    outputs = {
        "label": layers.Concatenate(name="label", dtype="float32")([logits, kept]),
        "votes": layers.Concatenate(name="votes", dtype="float32")(
            [layers.Dense(10, name="votes_logits", dtype="float32")(features), kept]
        ),
    }
    if teacher is not None:
        teacher.trainable = False
        outputs["matched"] = _Divergence(name="matched", dtype="float32")([logits, teacher(faces, training=False)])
    return keras.Model(positions, outputs)


def _compile(
    trainer: keras.Model, configuration: EmotionConfiguration, cycle: Cycle, steps_per_epoch: int, has_votes: bool
) -> None:
    rate = cosine_rate(cycle.peak_rate, cycle.epochs * steps_per_epoch, int(cycle.warmup_epochs * steps_per_epoch))
    compile_trainer(
        trainer,
        keras.optimizers.SGD(
            rate, momentum=configuration.momentum, nesterov=True, weight_decay=configuration.weight_decay
        ),
        loss={"label": _MixedLoss(configuration.label_smoothing), "votes": _MixedLoss()}
        | ({"matched": output_is_loss} if cycle.matching else {}),
        loss_weights={"label": 1 - cycle.matching, "votes": configuration.votes_weight if has_votes else 0.0}
        | ({"matched": cycle.matching} if cycle.matching else {}),
        metrics={"label": [keras.metrics.MeanMetricWrapper(_is_right, name="accuracy")]},
    )


class _MixedLoss(keras.losses.Loss):
    """Cross-entropy with shares of the classes, face i being mixed with face N - 1 - i of the batch.

    A face without votes has shares of zero and costs nothing.
    """

    def __init__(self, smoothing: float = 0.0) -> None:
        super().__init__(name="mixed_loss")
        self.smoothing = smoothing

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        logits, kept = y_pred[:, :-1], y_pred[:, -1:]
        shares = kept * y_true + (1 - kept) * ops.flip(y_true, axis=0)
        shares = (1 - self.smoothing) * shares + self.smoothing / y_true.shape[-1]
        return -ops.sum(shares * ops.log_softmax(logits, axis=-1), axis=-1)


class _Divergence(layers.Layer):
    """Kullback-Leibler divergence (N,) of scores before softmax (N, classes) from a teacher's probabilities."""

    def call(self, answers: tuple[Tensor, Tensor]) -> Tensor:
        scores, taught = (ops.cast(answer, "float32") for answer in answers)
        taught = ops.clip(taught, keras.config.epsilon(), 1)
        return ops.sum(taught * (ops.log(taught) - ops.log_softmax(scores, axis=-1)), axis=-1)


def _in_precision(network: keras.Model, policy: str) -> keras.Model:
    """Return a copy under a Keras dtype policy, but for its float32 ends: light, scores and probabilities."""

    def change(layer: keras.Layer) -> keras.Layer:
        is_end = "light" in layer.name or layer.name in ("logits", "probabilities")
        return layer.__class__.from_config(layer.get_config() | ({} if is_end else {"dtype": policy}))

    copy = keras.models.clone_model(network, clone_function=change)
    copy.set_weights(network.get_weights())
    return copy


def _is_right(y_true: Tensor, y_pred: Tensor) -> Tensor:
    """1 where the highest score is the highest share; of a mixed face, that of the face with which the mix began."""
    return ops.cast(ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred[:, :-1], axis=-1)), "float32")


def _arrays(data: ExpressionData, classes: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    votes = np.zeros((len(data), 10), np.float32) if data.votes is None else data.votes.astype(np.float32)
    shares = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    one_hot = np.eye(classes, dtype=np.float32)[data.labels]
    return np.arange(len(data), dtype=np.int32), {"label": one_hot, "votes": shares}


def _mirrored_probabilities(network: keras.Model, images: np.ndarray) -> np.ndarray:
    """Return float32 (N, classes): the mean of what the network says of each face and of its mirror image."""
    return (probabilities(network, images) + probabilities(network, images[:, :, ::-1])) / 2


class _StopMixing(keras.callbacks.Callback):
    """Mixes faces up to a share of the cycle, then no more."""

    def __init__(self, faces: DeviceFaces, cycle: Cycle) -> None:
        super().__init__()
        self.faces, self.cycle = faces, cycle

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        is_mixing = epoch < self.cycle.mix_until * self.cycle.epochs
        self.faces.mixed_share.assign(self.cycle.mix if is_mixing else 0.0)
