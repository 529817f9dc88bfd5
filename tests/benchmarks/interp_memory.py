"""Memory of explanations, each measured in a process of its own: Score-CAM's peak, and what a thousand leave behind."""

import resource
import subprocess
import sys
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

import keras
import numpy as np
from keras import layers

from interp import METHODS, Network, explain
from tests.benchmarks.interp_speed import vgg_like

SHARE = 1 / 3  # of tf-keras-vis's growth: the most that Score-CAM may take
LEFT_BEHIND = 20  # megabytes: the most that a thousand explanations may leave
SMALL = {
    "integrated_gradients": {"steps": 4},
    "occlusion": {"patch": 24, "stride": 24},
    "rise": {"masks": 4},
    "score_cam": {"channels": 4},
    "smooth_grad": {"samples": 4},
    "var_grad": {"samples": 4},
}


def wide(side: int = 224, channels: int = 512) -> keras.Model:
    """Return a light network whose last convolution has many maps: what Score-CAM holds outweighs the network."""
    keras.utils.set_random_seed(0)
    x = inputs = keras.Input((side, side, 3))
    for width in (8, 16, 32, channels):
        x = layers.Conv2D(width, 3, strides=2, padding="same", activation="relu")(x)
    return keras.Model(inputs, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def peak() -> float:
    """Return the largest memory of this process so far in megabytes."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / 1024


def score_cam(engine: Any) -> float:
    """Return the growth of the peak by one Score-CAM over 512 channels at 224², after one over a single channel."""
    network = Network(wide())
    x = np.random.default_rng(0).uniform(0, 255, (224, 224, 3)).astype(np.float32)
    layer = network.convolutions[-1].name
    explain(network, x, "score_cam", target=3, layer=layer, channels=1, engine=engine)
    before = peak()
    explain(network, x, "score_cam", target=3, layer=layer, engine=engine)
    return peak() - before


def thousand(methods: tuple[str, ...]) -> float:
    """Return the growth of the peak by 1,000 explanations, after 10 of each method."""
    network = Network(vgg_like())
    x = np.random.default_rng(0).uniform(0, 255, (48, 48, 1)).astype(np.float32)

    def run(count: int) -> None:
        for number, method in enumerate(islice(cycle(methods), count)):
            explain(network, x, method, target=number % 7, **SMALL.get(method, {}))

    run(10 * len(methods))
    before = peak()
    run(1000)
    return peak() - before


MEASURES: dict[str, Callable[[], float]] = {
    "score_cam": lambda: score_cam("interp"),
    "score_cam, tf-keras-vis": lambda: score_cam("tf-keras-vis"),
    "1,000 Grad-CAMs": lambda: thousand(("grad_cam",)),
    "1,000 of all methods": lambda: thousand(tuple(METHODS)),
}


def in_own_process(name: str) -> float:
    """Return what a measure says in a fresh process, in megabytes."""
    command = [sys.executable, "-m", "tests.benchmarks.interp_memory", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def main() -> None:
    """Print the growth of resident memory beside its bar."""
    grown = {name: in_own_process(name) for name in MEASURES}
    theirs = grown["score_cam, tf-keras-vis"]
    bars = {
        "score_cam": f"≤ {theirs * SHARE:.0f} (a third)",
        "1,000 Grad-CAMs": f"≤ {LEFT_BEHIND}",
        "1,000 of all methods": f"≤ {LEFT_BEHIND}",
    }
    print("\nGrowth of the peak of resident memory; Score-CAM over 512 channels at 224²")
    print(f"{'':26}{'MB':>8}  bar")
    for name, megabytes in grown.items():
        print(f"{name:26}{megabytes:8.0f}  {bars.get(name, '')}")


if __name__ == "__main__":
    if sys.argv[1:]:
        print(MEASURES[sys.argv[1]]())
    else:
        main()
