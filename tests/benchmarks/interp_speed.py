"""Speed of explanations against the floor, one compiled forward pass plus input gradient, and against tf-keras-vis."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from interp import Network, dream, explain
from interp.dream import channel

EMOTION = Path(__file__).parents[2] / "models" / "weights" / "emotion.keras"
ROUNDS = 60
ASCENT_STEPS = 50


def vgg_like() -> keras.Model:
    """Return a random network of 1.2 million parameters: blocks of 32, 64, 128 and 256 maps on 48×48×1."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((48, 48, 1))
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for width in (32, 64, 128, 256):
        for _ in range(2):
            x = layers.Conv2D(width, 3, padding="same", use_bias=False)(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.MaxPooling2D()(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(7, activation="softmax")(x))


def compiled_floor(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Return one compiled forward pass with the gradient of an output by the input."""

    @tf.function(autograph=False)
    def gradient(x: tf.Tensor, index: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            score = tf.gather(model(x, training=False), index, axis=-1)
        return tape.gradient(score, x)

    index = tf.constant(3)
    return lambda x: gradient(tf.constant(x), index).numpy()


def warm_medians(calls: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each call, taken in turns so that a busy moment hits all alike."""
    for call in calls.values():
        for _ in range(3):
            call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = perf_counter()
            call()
            times[name].append(perf_counter() - start)
    return {name: median(taken) for name, taken in times.items()}


def ascent_seconds(network: Network, layer: str) -> float:
    """Return the seconds of one step of gradient ascent."""
    settings: dict[str, Any] = {"octaves": 1, "steps": ASCENT_STEPS, "frames_every": 10}
    run = {"ascent": lambda: list(dream(network, channel(layer, 3), **settings))}
    return warm_medians(run, rounds=5)["ascent"] / ASCENT_STEPS


def measure(model: keras.Model) -> dict[str, float]:
    """Return warm median seconds a picture of everything that is compared."""
    network = Network(model)
    x = np.random.default_rng(0).uniform(0, 255, (48, 48, 1)).astype(np.float32)
    layer = network.convolutions[-1].name
    floor = compiled_floor(model)
    calls: dict[str, Callable[[], Any]] = {
        "floor": lambda: floor(x[None]),
        "Grad-CAM": lambda: explain(network, x, "grad_cam", target=3, layer=layer),
        "saliency": lambda: explain(network, x, "saliency", target=3),
        "Grad-CAM, tf-keras-vis": lambda: explain(network, x, "grad_cam", target=3, layer=layer, engine="tf-keras-vis"),
    }
    return warm_medians(calls) | {"ascent step": ascent_seconds(network, layer)}


def report(title: str, seconds: dict[str, float]) -> None:
    """Print times and ratios as a table."""
    print(f"\n{title}\n{'':26}{'median ms':>10}{'× floor':>10}")
    for name, taken in seconds.items():
        print(f"{name:26}{taken * 1000:10.2f}{taken / seconds['floor']:10.2f}")
    ours = seconds["Grad-CAM"]
    theirs = seconds["Grad-CAM, tf-keras-vis"]
    print(f"Grad-CAM / floor {ours / seconds['floor']:.2f} (bar: at most 1.2)")
    print(f"tf-keras-vis / Grad-CAM {theirs / ours:.1f} (bar: at least 6)")


def main() -> None:
    """Measure the 1.2 million parameter network and, where it is there, the emotion network."""
    report("Random VGG-like network, 48×48×1, 1.2 million parameters", measure(vgg_like()))
    if EMOTION.exists():
        report("Emotion network", measure(keras.models.load_model(EMOTION, compile=False)))


if __name__ == "__main__":
    main()
