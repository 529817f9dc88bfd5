"""Fitting a keypoint network: faces on the device, cosine schedule, resumable, logged."""

from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import layers, ops

from models.keypoints import LEFT_EYE, OUTER_EYE_CORNERS, POINTS, RIGHT_EYE, SIZE
from models.keypoints.training.architecture import STRIDE, keypoint_network
from models.keypoints.training.augmentation import MARKED, DeviceLandmarks
from models.keypoints.training.configurations import KeypointConfiguration
from models.keypoints.training.datasets import LandmarkData
from models.training.fitting import (
    Tensor,
    compile_trainer,
    cosine_rate,
    dtype_policy,
    float32_copy,
    output_is_loss,
    trained_network,
    usual_callbacks,
    verbosity,
)

BEFORE = "before"
LOSSES = ("points", "maps", "confidence")


def build_keypoints(configuration: KeypointConfiguration, dtype: str = "float32") -> keras.Model:
    """Return the untrained network of a configuration under a Keras dtype policy."""
    with dtype_policy(dtype):
        return keypoint_network(configuration.stem, configuration.widths, configuration.merged, name=configuration.name)


def fit_keypoints(
    configuration: KeypointConfiguration,
    data68: LandmarkData,
    data5: LandmarkData | None,
    folder: Path,
    faces_limit: int | None = None,
) -> keras.Model:
    """Train a network; start again with the same folder to resume after an interruption.

    Args:
        configuration: what to train and how.
        data68: faces with 68 points; the train split is learned, the val split is watched, the test split not touched.
        data5: faces with five points, of which the train split is learned; None trains without.
        folder: takes the checkpoint, the log `log.csv` and, after every epoch, the float32 network `network.keras`;
            those of the training before are in its folder `before`.
        faces_limit: at most so many faces with 68 points of either split; for rehearsals. Defaults to all.

    Returns:
        The float32 network with the weights of the last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before, start = configuration.before, None
    if before is not None:
        start = trained_network(folder / BEFORE, before.epochs) or fit_keypoints(
            before, data68, data5, folder / BEFORE, faces_limit
        )
    keras.utils.set_random_seed(configuration.seed)
    faces = data68.take(np.flatnonzero(data68.split != "test"))
    training = np.flatnonzero(faces.split == "train")[:faces_limit].astype(np.int32)
    training = _shown_in_an_epoch(training, faces, configuration.single)
    validation = np.flatnonzero(faces.split == "val")[:faces_limit].astype(np.int32)
    build = partial(build_keypoints, configuration)
    network = build(configuration.dtype)
    if start is not None:
        network.set_weights(start.get_weights())
    marked = None if data5 is None else data5.part("train")
    trainer = _trainer(
        network, DeviceLandmarks(faces, marked, configuration.augmentation, configuration.seed), configuration
    )
    _compile(trainer, configuration, -(-len(training) // configuration.batch))
    trainer.fit(
        training,
        _nothing(len(training)),
        batch_size=configuration.batch,
        epochs=configuration.epochs,
        validation_data=(validation, _nothing(len(validation))),
        callbacks=usual_callbacks(folder, lambda: float32_copy(network, build), configuration.epochs),
        verbose=verbosity(),
    )
    return float32_copy(network, build)


def _shown_in_an_epoch(training: np.ndarray, faces: LandmarkData, single: int) -> np.ndarray:
    """Return the positions of an epoch: each once, but people of whom there is one picture `single` times."""
    _, person, pictures = np.unique(faces.group[training], return_inverse=True, return_counts=True)
    return np.repeat(training, np.where(pictures[person] == 1, single, 1))


class KeypointLosses(keras.layers.Layer):
    """What a batch costs, face by face; each answer is float32 (M,).

    "points" is the mean distance between prediction and label in per cent of the crop's regular side, over the points
    that are labelled and inside the crop; of a face with five points the lid points of an eye count by their mean.
    "maps" is the cross-entropy of each heat map with a round spot of one cell's standard deviation around the point
    (Nibali et al. 2018, arXiv:1801.07372, found that such a term helps). "confidence" is the cross-entropy with
    whether the point came out right, in the eyes of `tolerance`. "nme" is no loss but the usual score: the mean
    distance in per cent of the distance of the outer eye corners, over the faces with 68 points.
    """

    def __init__(self, configuration: KeypointConfiguration) -> None:
        super().__init__(dtype="float32", name="losses")
        self.tolerance, self.five_weight = configuration.tolerance, configuration.five_weight
        alone = np.zeros(POINTS, np.float32)
        alone[list(MARKED)] = 1
        self.alone = alone  # labelled by itself on a face with five points
        eyes = np.zeros((2, POINTS), np.float32)
        eyes[0, list(RIGHT_EYE)] = eyes[1, list(LEFT_EYE)] = 1 / 6
        self.eyes = eyes

    def call(self, labels: dict[str, Tensor], shares: Tensor, points: Tensor, logits: Tensor) -> dict[str, Tensor]:
        """Return the losses of a batch.

        Args:
            labels: what `DeviceLandmarks` answers.
            shares: (M, 68, cells), the softmax of the heat maps.
            points: (M, 68, 2) predicted pixels.
            logits: (M, 68) of the confidence.
        """
        target, full, size = labels["points"], labels["full"], labels["size"]
        weight = full + (1 - full) * self.five_weight
        inside = ops.cast(ops.all((target > 0) & (target < SIZE - 1), axis=-1), "float32")
        labelled = full[:, None] + (1 - full)[:, None] * self.alone
        counted = labelled * inside  # (M, 68)
        distance = _distance(points, target)

        eyes, eyes_target = ops.matmul(self.eyes, points), ops.matmul(self.eyes, target)  # (M, 2, 2)
        eyes_counted = (1 - full)[:, None] * ops.cast(
            ops.all((eyes_target > 0) & (eyes_target < SIZE - 1), axis=-1), "float32"
        )
        total = ops.sum(counted * distance, axis=1) + ops.sum(eyes_counted * _distance(eyes, eyes_target), axis=1)
        number = ops.sum(counted, axis=1) + ops.sum(eyes_counted, axis=1)

        entropy = ops.sum(counted * self._cross_entropy(shares, target), axis=1) / ops.maximum(
            ops.sum(counted, axis=1), 1
        )
        corners = target[:, OUTER_EYE_CORNERS[0]] - target[:, OUTER_EYE_CORNERS[1]]
        between = ops.sqrt(ops.sum(corners * corners, axis=-1) + 1e-6)[:, None]
        exact = ops.stop_gradient(ops.sqrt(ops.sum((points - target) ** 2, axis=-1)))
        is_right = ops.cast(exact < self.tolerance * between, "float32")
        doubt = ops.mean(ops.softplus(logits) - is_right * logits, axis=1)
        return {
            "points": weight * 100 * total / (ops.maximum(number, 1) * size),
            "maps": weight * entropy,
            "confidence": full * doubt,
            "nme": full / ops.mean(full) * 100 * ops.mean(exact / between, axis=1),
        }

    def _cross_entropy(self, shares: Tensor, target: Tensor) -> Tensor:
        """Return (M, 68): of each heat map's softmax with a round spot at the target."""
        cells = SIZE // STRIDE
        grid = ops.arange(cells, dtype="float32")
        place = (target - (STRIDE - 1) / 2) / STRIDE  # in cells
        lines = ops.exp(-0.5 * (grid - place[..., None]) ** 2)  # (M, 68, 2, cells)
        lines = lines / (ops.sum(lines, axis=-1, keepdims=True) + 1e-9)
        spot = lines[:, :, 1, :, None] * lines[:, :, 0, None, :]  # rows are y
        spot = ops.reshape(spot, (-1, POINTS, cells * cells))
        return -ops.sum(spot * ops.log(shares + 1e-9), axis=-1)


def _distance(points: Tensor, target: Tensor) -> Tensor:
    """Return the length of the difference, rounded off near zero so that its gradient stays finite."""
    return ops.sqrt(ops.sum((points - target) ** 2, axis=-1) + 0.25) - 0.5


def _trainer(network: keras.Model, faces: DeviceLandmarks, configuration: KeypointConfiguration) -> keras.Model:
    """Positions -> the losses; shares the network's weights."""
    positions = keras.Input((), dtype="int32", name="positions")
    labels = faces(positions)
    heads = ("shares", "points", "confidence_logits")
    body = keras.Model(network.input, [network.get_layer(name).output for name in heads])
    shares, points, logits = body(labels["faces"])
    costs = KeypointLosses(configuration)(labels, shares, points, logits)
    return keras.Model(
        positions, {name: layers.Identity(name=name, dtype="float32")(cost) for name, cost in costs.items()}
    )


def _compile(trainer: keras.Model, configuration: KeypointConfiguration, steps_per_epoch: int) -> None:
    rate = cosine_rate(
        configuration.peak_rate,
        configuration.epochs * steps_per_epoch,
        int(configuration.warmup_epochs * steps_per_epoch),
    )
    compile_trainer(
        trainer,
        keras.optimizers.AdamW(rate, weight_decay=configuration.weight_decay, clipnorm=20.0),
        loss=dict.fromkeys((*LOSSES, "nme"), output_is_loss),
        loss_weights={
            "points": 1.0,
            "maps": configuration.map_weight,
            "confidence": configuration.confidence_weight,
            "nme": 0.0,
        },
    )


def _nothing(count: int) -> dict[str, np.ndarray]:
    return {name: np.zeros(count, np.float32) for name in (*LOSSES, "nme")}
