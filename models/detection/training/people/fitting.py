"""Fitting the people's head on a frozen detector's maps, which are worked out once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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

_AT_ONCE = 32  # scenes that go through the frozen network together
Batch = tuple[tuple[np.ndarray, ...], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Features:
    """What the frozen network makes of scenes, and what the people's head shall answer."""

    maps: list[np.ndarray]  # float16 (N, h, w, C), of `FEATURES`
    heat: np.ndarray  # float16 (N, h, w, 2)
    boxes: np.ndarray  # float32 (N, h, w, 5)

    def __len__(self) -> int:
        return len(self.heat)

    def take(self, index: np.ndarray) -> Batch:
        """Return maps and targets of the scenes at `index`."""
        maps = tuple(values[index].astype(np.float32) for values in self.maps)
        return maps, (self.heat[index].astype(np.float32), self.boxes[index])


def targets(scene: PeopleScene, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what the head shall answer for a scene: heat (h, w, 2) and boxes (h, w, 5), see `targets.encode`."""
    no_marks = np.full((len(scene.boxes), 5, 2), np.nan, np.float32)
    heat, boxes, _ = encode(scene.boxes, no_marks, scene.ignored, side, side, PEOPLE_STRIDE, USUAL_PERSON)
    return heat, boxes


def draw_features(
    detector: keras.Model, maker: PeopleSceneMaker, configuration: PeopleConfiguration, count: int
) -> Features:
    """Draw scenes and keep what a frozen detector makes of them.

    Args:
        detector: published, without batch normalisation.
        maker: draws the scenes.
        configuration: names the seed, the side and the threads.
        count: of scenes.
    """
    forward = _maps_of(detector)
    side = configuration.side
    parts: list[np.ndarray] = []
    heat, boxes = [], []

    def draw(number: int) -> PeopleScene:
        return maker.draw_people(np.random.default_rng((configuration.seed, number)))

    with ThreadPoolExecutor(configuration.workers) as threads:
        for first in range(0, count, _AT_ONCE):
            scenes = list(threads.map(draw, range(first, min(first + _AT_ONCE, count))))
            found = forward(np.stack([scene.image for scene in scenes]))
            if not parts:
                parts = [np.zeros((count, *values.shape[1:]), np.float16) for values in found]
            for part, values in zip(parts, found, strict=True):
                part[first : first + len(values)] = values
            for scene in scenes:
                wanted, shapes = targets(scene, side)
                heat.append(wanted.astype(np.float16))
                boxes.append(shapes)
    return Features(parts, np.stack(heat), np.stack(boxes))


def fit_people(configuration: PeopleConfiguration, detector: keras.Model, features: Features, folder: Path) -> Any:
    """Train a people's head; start again with the same folder to resume after an interruption.

    Args:
        configuration: how to train.
        detector: whose maps `features` are.
        features: of scenes.
        folder: takes the checkpoint, the log `log.csv` and, after every epoch, the head `network.keras`.

    Returns:
        The head, a keras.Model with batch normalisation, after the last epoch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(configuration.seed)
    build = partial(build_head, configuration, detector)
    with dtype_policy(configuration.dtype):
        head = build()
    epoch_steps = max(1, len(features) // configuration.batch)
    steps = configuration.epochs * epoch_steps
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

    first = finished_epochs(folder / "log.csv") * epoch_steps
    with ThreadPoolExecutor(1) as threads:
        head.fit(
            draw_ahead(partial(_batch, features, configuration, epoch_steps), threads, first),
            shuffle=False,
            steps_per_epoch=epoch_steps,
            epochs=configuration.epochs,
            callbacks=usual_callbacks(folder, copy, configuration.epochs),
            verbose=verbosity(),
        )
    return copy()


def build_head(configuration: PeopleConfiguration, detector: keras.Model) -> keras.Model:
    """Return an untrained head with batch normalisation on the maps of a detector."""
    return people_network(detector, **configuration.sizes)


def _batch(features: Features, configuration: PeopleConfiguration, epoch_steps: int, number: int) -> Batch:
    epoch, step = divmod(number, epoch_steps)
    order = np.random.default_rng((configuration.seed, epoch)).permutation(len(features))
    return features.take(np.sort(order[step * configuration.batch : (step + 1) * configuration.batch]))


def _maps_of(detector: keras.Model) -> Callable[[np.ndarray], list[np.ndarray]]:
    """Return the function from pictures uint8 (N, h, w, 3) to the maps `FEATURES`."""
    import tensorflow as tf

    trunk = keras.Model(detector.input, [detector.get_layer(name).output for name in FEATURES])

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8)], autograph=False)
    def run(pictures: Any) -> Any:
        return trunk(tf.cast(pictures, tf.float32), training=False)

    return lambda pictures: [values.numpy() for values in run(pictures)]
