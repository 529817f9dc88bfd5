"""Speed of a step of gradient ascent against a compiled forward pass plus input gradient, and against tf-keras-vis."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from interp import Network, dream
from interp.dream import channel
from tests.benchmarks.interp_speed import EMOTION, compiled_floor, vgg_like, warm_medians

STEPS = 20  # a call, to weigh what a frame costs as the page does
BATCH = 16
ROUNDS = 25


def ascent(network: Network, layer: str, count: int = 1, **settings: Any) -> Callable[[], Any]:
    """Return steps of an ascent of some channels from noise at the network's own size."""
    objectives = [channel(layer, index) for index in range(count)]
    run = {"octaves": 1, "steps": STEPS, "frames_every": 10, "parameterisation": "pixel"} | settings
    return lambda: list(dream(network, objectives, **run))


def activation_maximization(model: keras.Model, layer: str) -> Callable[[], Any]:
    """Return the same number of steps by tf-keras-vis, which is made once and used again."""
    from tf_keras_vis.activation_maximization import ActivationMaximization
    from tf_keras_vis.utils.model_modifiers import ExtractIntermediateLayer
    from tf_keras_vis.utils.scores import CategoricalScore

    maximise = ActivationMaximization(model, ExtractIntermediateLayer(layer), clone=True)
    start = np.random.default_rng(0).uniform(100, 150, (1, *model.input_shape[1:])).astype(np.float32)
    return lambda: maximise(CategoricalScore(3), seed_input=start, steps=STEPS)


def measure(model: keras.Model) -> dict[str, tuple[float, float]]:
    """Return warm median seconds a step and picture, and their ratio to the floor of the same batch."""
    network = Network(model)
    layer = network.convolutions[-1].name
    floor = compiled_floor(model)
    pictures = np.random.default_rng(0).uniform(0, 255, (BATCH, *model.input_shape[1:])).astype(np.float32)
    single: dict[str, Callable[[], Any]] = {
        "floor": lambda: [floor(pictures[:1]) for _ in range(STEPS)],
        "ascent, pixel": ascent(network, layer),
        "ascent, Fourier": ascent(network, layer, parameterisation="fourier"),
        "ascent, all penalties": ascent(network, layer, total_variation=0.2, l2=0.1),
        "ActivationMaximization, tf-keras-vis": activation_maximization(model, layer),
    }
    batch: dict[str, Callable[[], Any]] = {
        f"floor, {BATCH} at once": lambda: [floor(pictures) for _ in range(STEPS)],
        f"atlas, {BATCH} channels at once": ascent(network, layer, BATCH, parameterisation="fourier"),
    }
    taken: dict[str, tuple[float, float]] = {}
    for calls, count in ((single, 1), (batch, BATCH)):
        seconds = warm_medians(calls, rounds=ROUNDS if count == 1 else 5)
        first = next(iter(seconds.values()))
        taken |= {name: (time / STEPS / count, time / first) for name, time in seconds.items()}
    return taken


def report(title: str, taken: dict[str, tuple[float, float]]) -> None:
    """Print times and ratios as a table."""
    print(f"\n{title}\n{'':38}{'ms a step':>10}{'× floor':>10}")
    for name, (seconds, ratio) in taken.items():
        print(f"{name:38}{seconds * 1000:10.2f}{ratio:10.2f}")
    theirs = taken["ActivationMaximization, tf-keras-vis"][0]
    for name in ("ascent, pixel", "ascent, Fourier"):
        ours, ratio = taken[name]
        print(
            f"{name} / floor {ratio:.2f} (bar: at most 1.25); tf-keras-vis / it {theirs / ours:.1f} (bar: at least 5)"
        )


def main() -> None:
    """Measure the 1.2 million parameter network and, where it is there, the emotion network."""
    report("Gradient ascent, random VGG-like network, 48×48×1, 1.2 million parameters", measure(vgg_like()))
    if EMOTION.exists():
        report("Gradient ascent, emotion network", measure(keras.models.load_model(EMOTION, compile=False)))


if __name__ == "__main__":
    main()
