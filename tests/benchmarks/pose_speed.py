"""Speed of body pose: the network alone on batches of crops, and the search for all people of a photo.

The bars are for one person in a batch by the network alone, and for photos with one person and with five.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

from models import analyse, load_image, pose
from models.pose.people import find_people
from sample_images import SAMPLES

BATCHES = (1, 8, 30)
PHOTOS = {"astronaut": 120.0, "group": 300.0}
"""Samples with one person and with five, and the most milliseconds that their bodies may take."""
ROUNDS = 15
BAR_MS = 30.0
ROW = "{:44}{:>10}{:>12}{:>8}"


def warm_times(call: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Return the milliseconds of each call when everything is warm."""
    times = []
    for _ in range(rounds + 2):
        start = perf_counter()
        call()
        times.append(1000 * (perf_counter() - start))
    return times[2:]


def main() -> None:
    """Measure and print the table."""
    print(f"\nBody pose\n{ROW.format('', 'median ms', 'ms a person', 'bar')}")
    random = np.random.default_rng(0)
    for count in BATCHES:
        crops = list(random.integers(0, 256, (count, pose.SIZE, pose.SIZE, 3), dtype=np.uint8))
        taken = median(warm_times(lambda crops=crops: pose.predict(crops)))
        label = f"The network, {count} crop{'s' if count > 1 else ''}"
        bar = f"≤ {BAR_MS:g}" if count == max(BATCHES) else ""
        print(ROW.format(label, f"{taken:.1f}", f"{taken / count:.1f}", bar))
    for sample in SAMPLES:
        if sample.key not in PHOTOS:
            continue
        photo = load_image(sample.path)
        faces = analyse(photo, people=False).faces
        taken = median(warm_times(lambda photo=photo, faces=faces: find_people(photo, faces)))
        label = f"All people of a photo with {len(faces)} face{'s' if len(faces) > 1 else ''}"
        print(ROW.format(label, f"{taken:.1f}", f"{taken / len(faces):.1f}", f"≤ {PHOTOS[sample.key]:g}"))


if __name__ == "__main__":
    main()
