"""Speed of the face detectors on one photo of 640×480: the network against its bar and against both Haar cascades."""

from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import cv2
import numpy as np

from models import load_image
from models.detection import detect
from sample_images import SAMPLES

SIZE = (640, 480)  # width, height
LARGE = (2048, 1536)
ROUNDS = 30
BAR_MS, TIMES_FASTER = 25.0, 2.0
CASCADES = ("default", "alt2")
ROW = "{:44}{:>10}{:>10}{:>9}{:>8}"


def cascade(name: str) -> Callable[[np.ndarray], Any]:
    """Return a Haar cascade with OpenCV's own settings, from RGB to boxes."""
    path = Path(cv2.__file__).parent / "data" / f"haarcascade_frontalface_{name}.xml"
    classifier = cv2.CascadeClassifier(str(path))
    return lambda photo: classifier.detectMultiScale(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY))


def warm_times(calls: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return the milliseconds of each call, taken in turns so that a busy moment hits all alike."""
    for call in calls.values():
        for _ in range(3):
            call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            start = perf_counter()
            call()
            times[name].append((perf_counter() - start) * 1000)
    return times


def photo_of(size: tuple[int, int]) -> np.ndarray:
    """Return the sample with five faces at that width and height."""
    path = next(sample.path for sample in SAMPLES if sample.key == "group")
    return cv2.resize(load_image(path), size, interpolation=cv2.INTER_AREA)


def main() -> None:
    """Measure and print the table."""
    photo, large = photo_of(SIZE), photo_of(LARGE)
    calls: dict[str, Callable[[], Any]] = {"cnn": lambda: detect(photo, "cnn")}
    cascades = {name: cascade(name) for name in CASCADES}
    calls |= {name: lambda find=find: find(photo) for name, find in cascades.items()}
    calls |= {"haar": lambda: detect(photo, "haar"), "large": lambda: detect(large, "cnn")}
    times = warm_times(calls)
    medians = {name: median(taken) for name, taken in times.items()}
    labels = {
        "cnn": "Detector network, 640×480, the whole call",
        "default": "Haar cascade default, OpenCV's settings",
        "alt2": "Haar cascade alt2, OpenCV's settings",
        "haar": "The app's Haar detector",
        "large": "Detector network, 2048×1536",
    }
    print(f"\nFace detectors on one photo\n{ROW.format('', 'median ms', 'fastest', '× cnn', 'bar')}")
    for name, label in labels.items():
        bar = f"≤ {BAR_MS:g}" if name == "cnn" else f"≥ {TIMES_FASTER:g} ×" if name in CASCADES else ""
        ratio = f"{medians[name] / medians['cnn']:.2f}"
        print(ROW.format(label, f"{medians[name]:.1f}", f"{min(times[name]):.1f}", ratio, bar))


if __name__ == "__main__":
    main()
