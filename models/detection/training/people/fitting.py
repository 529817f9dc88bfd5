"""Fitting the people's head on a frozen detector's maps of scenes that are drawn anew for every step."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from models.detection import PEOPLE_STRIDE, USUAL_PERSON
from models.detection.training.architecture import FEATURES, people_network
from models.detection.training.losses import heat_loss, regression_loss
from models.detection.training.people.configurations import PeopleConfiguration
from models.detection.training.people.scenes import PeopleScene, PeopleSceneMaker
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

Batch = tuple[tuple[np.ndarray, ...], tuple[np.ndarray, np.ndarray]]


def targets(scene: PeopleScene, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what the head shall answer for a scene: heat (h, w, 2) and boxes (h, w, 5), see `targets.encode`."""
    no_marks = np.full((len(scene.boxes), 5, 2), np.nan, np.float32)
    heat, boxes, _ = encode(scene.boxes, no_marks, scene.ignored, side, side, PEOPLE_STRIDE, USUAL_PERSON)
    return heat, boxes


def draw_maps(
    maps_of: Callable[[np.ndarray], list[np.ndarray]],
    maker: PeopleSceneMaker,
    configuration: PeopleConfiguration,
    number: int,
) -> Batch:
    """Return batch `number` of a training: what the frozen network makes of new scenes, and what the head shall answer.

    Args:
        maps_of: pictures uint8 (N, side, side, 3) -> the maps `FEATURES`.
        maker: draws the scenes.
        configuration: names the seed, the side and the batch.
        number: of the batch, which alone decides it.
    """
    rng = np.random.default_rng((configuration.seed, number))
    scenes = [maker.draw_people(rng) for _ in range(configuration.batch)]
    heat, boxes = zip(*(targets(scene, configuration.side) for scene in scenes), strict=True)
    return tuple(maps_of(np.stack([scene.image for scene in scenes]))), (np.stack(heat), np.stack(boxes))


def fit_people(
    configuration: PeopleConfiguration, detector: keras.Model, maker: PeopleSceneMaker, folder: Path
) -> keras.Model:
    """Train a people's head; start again with the same folder to resume after an interruption.

    Args:
        configuration: how to train.
        detector: published, without batch normalisation; its weights stay what they are.
        maker: draws the scenes.
        folder: takes the checkpoint, the log `log.csv` and, after every epoch, the head `network.keras`.

    Returns:
        The head, with batch normalisation, after the last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(configuration.seed)
    build = partial(build_head, configuration, detector)
    with dtype_policy(configuration.dtype):
        head = build()
    steps = configuration.epochs * configuration.steps
    rate = cosine_rate(configuration.peak_rate, steps, min(configuration.warmup_steps, steps // 4))
    compile_trainer(
        head,
        keras.optimizers.AdamW(rate, weight_decay=configuration.weight_decay, global_clipnorm=configuration.clip),
        loss=[heat_loss, regression_loss],
        loss_weights=[1.0, configuration.box_weight],
    )

    def copy() -> keras.Model:
        bare = build()
        bare.set_weights(head.get_weights())
        return bare

    first = finished_epochs(folder / "log.csv") * configuration.steps
    with ThreadPoolExecutor(configuration.workers) as threads:
        head.fit(
            draw_ahead(partial(draw_maps, _maps_of(detector), maker, configuration), threads, first),
            shuffle=False,
            steps_per_epoch=configuration.steps,
            epochs=configuration.epochs,
            callbacks=usual_callbacks(folder, copy, configuration.epochs),
            verbose=verbosity(),
        )
    return copy()


def build_head(configuration: PeopleConfiguration, detector: keras.Model) -> keras.Model:
    """Return an untrained head with batch normalisation on the maps of a detector."""
    return people_network(detector, **configuration.sizes)


def _maps_of(detector: keras.Model) -> Callable[[np.ndarray], list[np.ndarray]]:
    """Return the function from pictures uint8 (N, h, w, 3) to the maps `FEATURES`."""
    import tensorflow as tf

    trunk = keras.Model(detector.input, [detector.get_layer(name).output for name in FEATURES])

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8)], autograph=False)
    def run(pictures: Any) -> Any:
        return trunk(tf.cast(pictures, tf.float32), training=False)

    return lambda pictures: [values.numpy() for values in run(pictures)]
