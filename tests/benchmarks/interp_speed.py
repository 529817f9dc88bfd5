"""Speed of explanations against the floor, one compiled forward pass plus input gradient, and against tf-keras-vis."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from interp import Network, explain

EMOTION = Path(__file__).parents[2] / "models" / "weights" / "emotion.keras"
ROUNDS = 40
SLOW_ROUNDS = 7


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        name: What is timed.
        seconds: Its warm median.
        floor: The warm median of the floor it is held against.
        most: At most so many times the floor; None for no bar.
        theirs: The warm median of the same by tf-keras-vis, None where it has no such method.
        least: At least so many times faster than tf-keras-vis; None for no bar.
    """

    name: str
    seconds: float
    floor: float
    most: float | None = None
    theirs: float | None = None
    least: float | None = None


def vgg_like(side: int = 48, channels: int = 1, widths: tuple[int, ...] = (32, 64, 128, 256)) -> keras.Model:
    """Return a random network of blocks of convolutions; by default 1.2 million parameters on 48×48×1."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((side, side, channels))
    x = layers.Rescaling(1 / 127.5, offset=-1)(inputs)
    for width in widths:
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


def compiled_forward(model: keras.Model) -> Callable[[np.ndarray], np.ndarray]:
    """Return one compiled forward pass."""
    forward = tf.function(lambda x: model(x, training=False), autograph=False)
    return lambda x: forward(tf.constant(x)).numpy()


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


def measure(model: keras.Model) -> list[Row]:
    """Time the methods that have a bar, and the other slow ones."""
    network = Network(model)
    x = np.random.default_rng(0).uniform(0, 255, (48, 48, 1)).astype(np.float32)
    layer = network.convolutions[-1].name
    channels = network.layer(layer).channels or 0
    floor, forward = compiled_floor(model), compiled_forward(model)

    def timed(method: str, engine: str = "interp", **settings: Any) -> Callable[[], Any]:
        return lambda: explain(network, x, method, target=3, layer=layer, engine=engine, **settings)

    gradient_cams = ("grad_cam", "grad_cam_plus_plus", "hires_cam", "layer_cam")
    compared = ("grad_cam", "grad_cam_plus_plus", "layer_cam", "saliency")
    quick: dict[str, Callable[[], Any]] = {"floor": lambda: floor(x[None])}
    quick |= {name: timed(name) for name in (*gradient_cams, "saliency", "input_gradient", "guided_backpropagation")}
    quick |= {f"{name}, theirs": timed(name, "tf-keras-vis") for name in compared}
    seconds = warm_medians(quick)
    batches = {20: np.repeat(x[None], 20, axis=0), 50: np.repeat(x[None], 50, axis=0)}
    chunks = np.array_split(np.repeat(x[None], channels, axis=0), -(-channels // 32))
    slow: dict[str, Callable[[], Any]] = {
        "floor 20": lambda: floor(batches[20]),
        "floor 50": lambda: floor(batches[50]),
        "forwards": lambda: [forward(chunk) for chunk in chunks],
        "smooth_grad": timed("smooth_grad", samples=20),
        "integrated_gradients": timed("integrated_gradients", steps=50),
        "score_cam": timed("score_cam"),
        "score_cam, 10 maps": timed("score_cam", channels=10),
        "occlusion": timed("occlusion"),
        "rise": timed("rise", masks=channels),
        "smooth_grad, theirs": timed("smooth_grad", "tf-keras-vis", samples=20),
        "score_cam, theirs": timed("score_cam", "tf-keras-vis"),
    }
    seconds |= warm_medians(slow, SLOW_ROUNDS)

    def row(name: str, floor_of: str, most: float | None = None, least: float | None = None) -> Row:
        return Row(name, seconds[name], seconds[floor_of], most, seconds.get(f"{name}, theirs"), least)

    return [
        *(row(name, "floor", 1.0, 8 if name in compared else None) for name in gradient_cams),
        row("saliency", "floor", 1.15, 5),
        row("input_gradient", "floor"),
        row("guided_backpropagation", "floor"),
        row("smooth_grad", "floor 20", 1.2, 12),
        row("integrated_gradients", "floor 50", 1.2),
        row("score_cam", "forwards", 1.4, 1.8),
        row("score_cam, 10 maps", "forwards"),
        row("rise", "forwards"),
        row("occlusion", "forwards"),
    ]


def report(title: str, rows: list[Row]) -> None:
    """Print times and ratios as a table, the bar beside each ratio."""
    print(f"\n{title}")
    print(f"{'':26}{'ms':>8}{'floor':>8}{'× floor':>9}{'bar':>7}{'tf-keras-vis':>14}{'× faster':>10}{'bar':>7}")
    for row in rows:
        line = f"{row.name:26}{row.seconds * 1000:8.2f}{row.floor * 1000:8.2f}{row.seconds / row.floor:9.2f}"
        line += f"{f'≤ {row.most:g}' if row.most else '':>7}"
        if row.theirs:
            line += (
                f"{row.theirs * 1000:14.1f}{row.theirs / row.seconds:10.1f}{f'≥ {row.least:g}' if row.least else '':>7}"
            )
        print(line)


def main() -> None:
    """Measure the 1.2 million parameter network and, where it is there, the emotion network."""
    print("Warm medians. The floor is one compiled forward pass with input gradient of the same batch: of 20 for")
    print("SmoothGrad, of 50 for integrated gradients; for Score-CAM, RISE and occlusion one forward pass a channel.")
    report("Random VGG-like network, 48×48×1, 1.2 million parameters", measure(vgg_like()))
    if EMOTION.exists():
        report("Emotion network", measure(keras.models.load_model(EMOTION, compile=False)))


if __name__ == "__main__":
    main()
