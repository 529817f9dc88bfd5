"""Time of activations and of the tests of maps, against one forward pass and the floor."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from interp import (
    Network,
    all_activations,
    arithmetic,
    deletion,
    diagnose,
    explain,
    insertion,
    randomisation_cascade,
    receptive_fields,
    seen_box,
    top_channels,
)
from tests.benchmarks.interp_speed import EMOTION, compiled_floor, vgg_like, warm_medians

ROUNDS = 30
BARS = {  # name: what it is measured against, and the highest ratio
    "all activations": ("forward", 1.5),
    "cascade, Grad-CAM": ("floor", 30.0),
    "cascade, saliency": ("floor", 30.0),
}


def measure(model: keras.Model) -> dict[str, float]:
    """Return warm median seconds of each function on one picture."""
    network = Network(model)
    x = np.random.default_rng(0).uniform(0, 255, (48, 48, 1)).astype(np.float32)
    layer = network.convolutions[-1].name
    floor = compiled_floor(model)
    coarse, fine = explain(network, x, "grad_cam", target=3), explain(network, x, "saliency", target=3)
    calls: dict[str, Callable[[], Any]] = {
        "floor": lambda: floor(x[None]),
        "forward": lambda: network.predict(x),
        "all activations": lambda: all_activations(network, x),
        "cascade, Grad-CAM": lambda: randomisation_cascade(network, x, coarse),
        "cascade, saliency": lambda: randomisation_cascade(network, x, fine),
        "deletion, 32 × 7 orders": lambda: deletion(network, x, fine.values, 3),
        "insertion, 32 × 7 orders": lambda: insertion(network, x, fine.values, 3),
        "top channels": lambda: top_channels(network, x, layer, 3),
        "arithmetic of one value": lambda: arithmetic(network, x, layer, 0),
        "receptive fields": lambda: receptive_fields(network),
        "seen box": lambda: seen_box(network, layer, 1, 1),
        "diagnosis": lambda: diagnose(network, x, coarse),
    }
    return warm_medians(calls, ROUNDS)


def report(title: str, seconds: dict[str, float]) -> None:
    """Print times and ratios as a table."""
    print(f"\n{title}\n{'':26}{'median ms':>10}{'× floor':>10}{'× forward':>11}")
    for name, taken in seconds.items():
        ratios = f"{taken / seconds['floor']:10.2f}{taken / seconds['forward']:11.2f}"
        print(f"{name:26}{taken * 1000:10.2f}{ratios}")
    for name, (against, bar) in BARS.items():
        print(f"{name} / {against} {seconds[name] / seconds[against]:.2f} (bar: at most {bar:g})")


def main() -> None:
    """Measure the 1.2 million parameter network and, where it is there, the emotion network."""
    report("Random VGG-like network, 48×48×1, 1.2 million parameters", measure(vgg_like()))
    if EMOTION.exists():
        report("Emotion network", measure(keras.models.load_model(EMOTION, compile=False)))


if __name__ == "__main__":
    main()
