"""Fitting the detector: scenes drawn in threads, cosine schedule, resumable, logged, scored on kept photos."""

import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import keras
import numpy as np

from models.detection import Maps
from models.detection.training.architecture import centre_network, fold
from models.detection.training.configurations import DetectorConfiguration
from models.detection.training.datasets import Photos, Tiles, split_photos
from models.detection.training.evaluation import find_all, score_photos
from models.detection.training.losses import heat_loss, regression_loss
from models.detection.training.scenes import SceneMaker
from models.detection.training.targets import encode
from models.training.fitting import (
    compile_trainer,
    cosine_rate,
    draw_ahead,
    dtype_policy,
    usual_callbacks,
    verbosity,
)
from models.training.logs import finished_epochs

_AHEAD = 6  # batches drawn in advance
Batch = tuple[np.ndarray, tuple[np.ndarray, np.ndarray, np.ndarray]]


def build_detector(
    configuration: DetectorConfiguration, dtype: str = "float32", normalised: bool = True
) -> keras.Model:
    """Return the untrained network of a configuration under a Keras dtype policy."""
    with dtype_policy(dtype):
        return centre_network(
            configuration.stem,
            configuration.widths,
            configuration.depths,
            configuration.neck,
            configuration.head,
            normalised=normalised,
            name=configuration.name,
        )


def fit_detector(configuration: DetectorConfiguration, photos: Photos, tiles: Tiles, folder: Path) -> keras.Model:
    """Train a detector; start again with the same folder to resume after an interruption.

    Args:
        configuration: what to train and how.
        photos: with boxes and the marks that are known; the kept part is cut off inside.
        tiles: faces with marks to paste; may be empty.
        folder: takes the checkpoint, the log `log.csv`, the scores on the kept photos `kept.jsonl` and, after every
            epoch, the float32 network without batch normalisation `network.keras`.

    Returns:
        That network with the weights of the last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(configuration.seed)
    training, kept = split_photos(len(photos), configuration.validation, configuration.seed)
    network = build_detector(configuration, configuration.dtype)
    _compile(network, configuration)
    maker = SceneMaker(photos.take(training), tiles, configuration.scenes, configuration.side)
    first = finished_epochs(folder / "log.csv") * configuration.steps
    with ThreadPoolExecutor(configuration.workers) as threads:
        network.fit(
            draw_ahead(partial(draw_scenes, maker, configuration), threads, first, _AHEAD),
            shuffle=False,
            steps_per_epoch=configuration.steps,
            epochs=configuration.epochs,
            callbacks=[
                *usual_callbacks(folder, lambda: bare_copy(configuration, network), configuration.epochs),
                _ScoreKept(configuration, photos.take(kept), folder / "kept.jsonl"),
            ],
            verbose=verbosity(),
        )
    return bare_copy(configuration, network)


def bare_copy(configuration: DetectorConfiguration, network: keras.Model) -> keras.Model:
    """Return the same function as a float32 graph without batch normalisation."""
    return fold(network, build_detector(configuration, normalised=False))


def draw_scenes(maker: SceneMaker, configuration: DetectorConfiguration, number: int) -> Batch:
    """Batch `number` of a training: pictures float32 (N, side, side, 3) and the targets of the three outputs."""
    rng = np.random.default_rng((configuration.seed, number))
    pictures, targets = [], []
    for _ in range(configuration.batch):
        scene = maker.draw(rng)
        pictures.append(scene.image)
        targets.append(encode(scene.boxes, scene.marks, scene.ignored, configuration.side, configuration.side))
    heat, boxes, marks = (np.stack(part) for part in zip(*targets, strict=True))
    return np.stack(pictures).astype(np.float32), (heat, boxes, marks)


def forward_padded(network: keras.Model) -> Callable[[np.ndarray], Maps]:
    """`network` for `models.detection.search`, with sides grown to multiples of 256, so that few are compiled."""

    def forward(pictures: np.ndarray) -> Maps:
        height, width = pictures.shape[1:3]
        canvas = np.full((len(pictures), -(-height // 256) * 256, -(-width // 256) * 256, 3), 127, np.float32)
        canvas[:, :height, :width] = pictures
        scores, boxes, marks = network.predict_on_batch(canvas)
        rows, columns = height // 8, width // 8
        return scores[:, :rows, :columns], boxes[:, :rows, :columns], marks[:, :rows, :columns]

    return forward


def _compile(network: keras.Model, configuration: DetectorConfiguration) -> None:
    steps = configuration.epochs * configuration.steps
    rate = cosine_rate(configuration.peak_rate, steps, min(configuration.warmup_steps, steps // 4))
    compile_trainer(
        network,
        keras.optimizers.AdamW(rate, weight_decay=configuration.weight_decay, global_clipnorm=configuration.clip),
        loss=[heat_loss, regression_loss, regression_loss],
        loss_weights=[1.0, configuration.box_weight, configuration.marks_weight],
    )


class _ScoreKept(keras.callbacks.Callback):
    """Scores the photos kept for choosing every few epochs and after the last one."""

    def __init__(self, configuration: DetectorConfiguration, photos: Photos, path: Path) -> None:
        super().__init__()
        self.configuration, self.photos, self.path = configuration, photos, path

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        number, is_last = epoch + 1, epoch + 1 == self.configuration.epochs
        if len(self.photos) == 0 or (number % self.configuration.score_every and not is_last):
            return
        found = find_all(self.photos, forward_padded(self.model))
        scores = {"epoch": epoch + 1} | score_photos(self.photos, found)
        line = json.dumps(scores)
        with self.path.open("a") as file:
            file.write(line + "\n")
        sys.stdout.write(line + "\n")
