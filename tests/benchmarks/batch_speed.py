"""Photos a second of `read_files` beside a Python loop over `analyse` and one over `fer`, and the memory of a long run.

The samples are re-encoded and altered, each copy in another way, so that nothing can be remembered from before. Where
the loop's time goes is told by stage, and what the arithmetic of the detector network alone takes: what no order of the
same work can save.
"""

import argparse
import gc
import importlib
import json
import os
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from PIL import Image

from models import analyse, load_image
from models.batch import Settings, read_files
from models.detection.inference import LEVELS, search_scale
from models.networks import load_network
from models.training.scores import processor
from sample_images import SAMPLES

PARSER = argparse.ArgumentParser(prog="python -m tests.benchmarks batch_speed", description=__doc__)
PARSER.add_argument("--photos", type=int, default=200, help="photos of the race; default: 200")
PARSER.add_argument("--long", type=int, default=2000, help="photos of the long run, 0 for none; default: 2000")
PARSER.add_argument("--write", action="store_true", help="write the speed of a core to docs/")
RESULT = Path(__file__).parents[2] / "docs" / "batch_speed.json"
ROW = "{:42}{:>14}{:>10}"


def write_photos(folder: Path, count: int) -> list[Path]:
    """Write so many JPEG files: the samples in turn, each darker or brighter and cropped by a few pixels."""
    random = np.random.default_rng(0)
    images = [load_image(sample.path) for sample in SAMPLES]
    paths = []
    for number in range(count):
        image = images[number % len(images)]
        top, left = random.integers(0, 12, 2)
        altered = np.clip(image[top:, left:] * random.uniform(0.85, 1.15), 0, 255).astype(np.uint8)
        paths.append(folder / f"{number:05}.jpg")
        Image.fromarray(altered).save(paths[-1], quality=int(random.integers(80, 95)))
    return paths


def by_loop(paths: list[Path], people: bool) -> tuple[float, Counter[str]]:
    """Return the seconds that a plain loop takes, and those of each stage."""
    start, stages = time.perf_counter(), Counter[str]()
    for path in paths:
        opened = time.perf_counter()
        image = load_image(path)
        stages["decode"] += time.perf_counter() - opened
        stages.update(analyse(image, people=people).seconds)
    return time.perf_counter() - start, stages


def by_fer(paths: list[Path]) -> float | None:
    """Return the seconds that the `fer` package's own loop takes, faces by its default detector; None without it."""
    try:
        detector = importlib.import_module("fer.fer").FER()
    except ImportError:
        return None
    pictures = [load_image(path)[..., ::-1] for path in paths[:1]]
    detector.detect_emotions(pictures[0])
    start = time.perf_counter()
    for path in paths:
        detector.detect_emotions(load_image(path)[..., ::-1])
    return time.perf_counter() - start


def by_batch(paths: list[Path], people: bool, workers: int | None = None) -> float:
    """Return the seconds that `read_files` takes; every photo must have been read."""
    start = time.perf_counter()
    if any(reading.error for reading in read_files(paths, Settings(people=people), workers)):
        raise RuntimeError("a photo could not be read")
    return time.perf_counter() - start


def arithmetic(paths: list[Path]) -> float:
    """Return the core's seconds that the detector's multiplications take at the speed of a product of matrices."""
    square = np.ones((1024, 1024), np.float32)
    spent = []
    for _ in range(5):
        start = time.process_time()
        square @ square
        spent.append(time.process_time() - start)
    weights = 0.0
    for path in paths:
        with Image.open(path) as photo:
            scale = search_scale(photo.height, photo.width)
            pixels = photo.height * photo.width * sum((scale * level.scale) ** 2 for level in LEVELS)
        weights += pixels * multiplications_a_pixel()
    return weights * min(spent) / 1024**3


def multiplications_a_pixel() -> float:
    """Return the detector network's multiplications for each pixel that it is shown."""
    shown = [np.zeros((1, 256, 256, 3), np.float32)]  # as a list: Keras warns of another structure
    network = load_network("detector")
    keras = importlib.import_module("keras")
    convolutions = [layer for layer in network.layers if layer.__class__.__name__ == "Conv2D"]
    maps = keras.Model(network.inputs, [layer.output for layer in convolutions])(shown)
    return sum(
        float(np.prod(found.shape[1:3]) * np.prod(layer.kernel.shape))
        for layer, found in zip(convolutions, maps, strict=True)
    ) / (256 * 256)


def megabytes() -> float:
    """Return the memory of this process now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if sys.platform == "linux" else 0
    return pages * resource.getpagesize() / 2**20


def a_core(paths: list[Path], people: bool) -> float:
    """Return the photos that one core reads in a second: of its own time, whoever else is at work on the machine."""
    start = time.process_time()
    by_batch(paths, people, workers=4)
    return len(paths) / (time.process_time() - start)


def race(paths: list[Path]) -> None:
    """Print the photos a second of each way to read them, and what limits it."""
    count, cores = len(paths), os.cpu_count() or 1
    for people in (False, True):
        by_loop(paths[: len(SAMPLES)], people)
        by_batch(paths[: len(SAMPLES)], people)
        what = "faces, expressions and bodies" if people else "faces and expressions"
        print(f"\n{count} photos: {what}\n" + ROW.format("", "photos/s", "times"))
        slow, stages = by_loop(paths, people)
        print(ROW.format("a loop over analyse", f"{count / slow:.1f}", "1.0"), flush=True)
        for workers in (2, 4, 8):
            _print_row(f"read_files, {workers} at a time", count, by_batch(paths, people, workers), slow)
        if not people:
            _print_row("a loop over fer", count, by_fer(paths), slow)
        print("The loop's time: " + ", ".join(f"{name} {spent / slow:.0%}" for name, spent in stages.most_common()))
    needed = arithmetic(paths) / count
    print(
        f"\nThe detector's multiplications alone take {1000 * needed:.0f} ms of a core a photo at the speed of a "
        f"product of matrices: {cores} cores can't read more than {cores / needed:.0f} photos/s."
    )


def _print_row(name: str, count: int, seconds: float | None, slow: float) -> None:
    told = ("not installed", "") if seconds is None else (f"{count / seconds:.1f}", f"{slow / seconds:.2f}")
    print(ROW.format(name, *told), flush=True)


def main(photos: int = 200, long: int = 2000, write: bool = False) -> None:
    """Measure and print the table, or write the speed of a core."""
    with tempfile.TemporaryDirectory() as folder:
        paths = write_photos(Path(folder), max(photos, 1))
        if write:
            told: dict[str, float | str] = {"photos": photos, "processor": processor()}
            for name, people in (("faces", False), ("bodies", True)):
                by_batch(paths[: len(SAMPLES)], people)
                told[name] = round(a_core(paths, people), 2)
            RESULT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
            print(told)
            return
        race(paths)
        if long:
            rounds = -(-long // photos)
            before = megabytes()
            for _ in range(rounds):
                by_batch(paths, people=False)
            print(f"\nMemory over {rounds * photos:,} photos: {before:,.0f} to {megabytes():,.0f} MB")


if __name__ == "__main__":
    main(**vars(PARSER.parse_args()))
