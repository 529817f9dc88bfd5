"""Photos a second of `read_files` beside a Python loop over `analyse`, and the memory of a long run.

The samples are re-encoded and altered, each copy in another way, so that nothing can be remembered from before.
"""

import argparse
import gc
import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from models import analyse, load_image
from models.batch import Settings, read_files
from models.training.scores import processor
from sample_images import SAMPLES

PARSER = argparse.ArgumentParser(prog="python -m tests.benchmarks batch_speed", description=__doc__)
PARSER.add_argument("--photos", type=int, default=200, help="photos of the race; default: 200")
PARSER.add_argument("--long", type=int, default=2000, help="photos of the long run, 0 for none; default: 2000")
PARSER.add_argument("--write", action="store_true", help="write the speed of a core to docs/")
RESULT = Path(__file__).parents[2] / "docs" / "batch_speed.json"
ROW = "{:44}{:>12}{:>10}"


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


def by_loop(paths: list[Path], people: bool) -> float:
    """Return the seconds that a plain loop takes."""
    start = time.perf_counter()
    for path in paths:
        analyse(load_image(path), people=people)
    return time.perf_counter() - start


def by_batch(paths: list[Path], people: bool, workers: int | None = None) -> float:
    """Return the seconds that `read_files` takes; every photo must have been read."""
    start = time.perf_counter()
    if any(reading.error for reading in read_files(paths, Settings(people=people), workers)):
        raise RuntimeError("a photo could not be read")
    return time.perf_counter() - start


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
        for people in (False, True):
            by_loop(paths[: len(SAMPLES)], people)
            by_batch(paths[: len(SAMPLES)], people)
            what = "faces, expressions and bodies" if people else "faces and expressions"
            print(f"\n{photos} photos: {what}\n" + ROW.format("", "photos/s", "times"))
            slow = by_loop(paths, people)
            print(ROW.format("a loop over analyse", f"{photos / slow:.1f}", "1.0"), flush=True)
            for workers in (2, 4, 8):
                fast = by_batch(paths, people, workers)
                print(
                    ROW.format(f"read_files, {workers} at a time", f"{photos / fast:.1f}", f"{slow / fast:.2f}"),
                    flush=True,
                )
        if long:
            rounds = -(-long // photos)
            before = megabytes()
            for _ in range(rounds):
                by_batch(paths, people=False)
            print(f"\nMemory over {rounds * photos:,} photos: {before:,.0f} to {megabytes():,.0f} MB")


if __name__ == "__main__":
    main(**vars(PARSER.parse_args()))
