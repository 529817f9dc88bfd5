"""Many visitors at once: how long each deed takes them, what fails, and whether anybody is shown what is another's.

The visitors arrive one after the other within a minute. Each opens the app, gives it a photo of their own, looks at
three maps, asks for another expression and starts a dream, with two seconds of reading between two deeds. No two photos
are alike, and what comes back is compared with all of them. The visitors run in one process beside the server, on the
same processors; what they take of these is said below the table.
"""

import argparse
import io
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from statistics import median

import cv2
import numpy as np
from PIL import Image

from models import analyse, load_image
from tests.benchmarks.visit_cost import haar_seconds
from tests.browser.app import SAMPLES, await_health, start_server
from tests.support.processes import megabytes, processor_seconds, rest
from tests.support.visitor import Visitor

VISITORS = (1, 10, 30)
ARRIVAL = 60.0
"""Seconds within which all visitors come."""
READING = 2.0
PORTRAITS = ("astronaut", "grace_hopper")
SIDE = 1024
GRAIN, STRENGTH = 40, 30
"""How many patches a side of the pattern has that makes a photo unlike all others, and how much they change it."""
COMPARED = 240
"""Pixels of the longer side at which photos are told apart: six for each patch."""
METHODS = ("Grad-CAM++", "HiResCAM", "Saliency")
CLASS = "Surprise"
MEDIAN_BAR, P95_BAR = 1.0, 3.0
SECONDS_BAR = ("Open the app", "Upload to answer", "A map", "Another class")
MEMORY_BAR = 3000
ROW = "{:28}{:>9}{:>8}{:>8}{:>7}{:>8}"

PARSER = argparse.ArgumentParser(prog="python -m tests.benchmarks load", description=__doc__)
PARSER.add_argument("--visitors", type=int, nargs="+", default=VISITORS, help="how many at once, one run for each")
PARSER.add_argument("--workers", type=int, default=1, help="servers behind one address, as `make serve WORKERS=N`")
PARSER.add_argument(
    "--settings", nargs="*", default=[], metavar="NAME=VALUE", help="Streamlit's, such as runner.postScriptGC=false"
)


@dataclass(frozen=True)
class Guest:
    """A visitor to be, with a photo like no other.

    Args:
        name: str, the photo's file name without its suffix.
        data: bytes, the photo.
        photo: float32 (h, w), the photo's fine structure.
        crop: float32 (48, 48), the fine structure of what the network gets of its face.
        expression: str, what it answers; "uncertain" where no expression is strong enough.
        strongest: str, the expression that it finds most likely.
    """

    name: str
    data: bytes
    photo: np.ndarray
    crop: np.ndarray
    expression: str
    strongest: str


@dataclass
class Results:
    """What happened to all visitors of a run.

    Args:
        seconds: of every deed that came off, by its name.
        failures: what went wrong, in words.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failures: list[str] = field(default_factory=list)


class MixUpError(Exception):
    """A visitor was shown what isn't theirs."""


# Photos that are told apart -------------------------------------------------------------------------------------------


def guest(number: int) -> Guest:
    """Return a visitor with a photo of their own: a portrait under a pattern of patches."""
    portrait = load_image(next(SAMPLES.glob(f"{PORTRAITS[number % len(PORTRAITS)]}.*")))
    size = tuple(round(side * SIDE / max(portrait.shape)) for side in portrait.shape[1::-1])
    patches = np.random.default_rng(number).uniform(-STRENGTH, STRENGTH, (GRAIN, GRAIN)).astype(np.float32)
    pattern = cv2.resize(patches, size, interpolation=cv2.INTER_CUBIC)[..., np.newaxis]
    picture = np.clip(cv2.resize(portrait, size).astype(np.float32) + pattern, 0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="JPEG", quality=90)
    face = analyse(load_image(buffer.getvalue())).faces[0]
    strongest = max(face.emotion, key=face.emotion.__getitem__)
    height, width = (round(side * COMPARED / SIDE) for side in picture.shape[:2])
    photo, crop = _fine(picture, (height, width)), _fine(face.crop, face.crop.shape)
    return Guest(f"visitor {number}", buffer.getvalue(), photo, crop, face.expression, strongest)


def closest(data: bytes, pictures: Sequence[np.ndarray]) -> int:
    """Return the index of the picture, given by its fine structure, that a file shows under a half transparent map."""
    shown = _fine(load_image(data), pictures[0].shape)
    return int(np.argmax([float((shown * picture).mean()) for picture in pictures]))


def _fine(picture: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """Return the fine structure of a picture at a size, of variance 1: a map laid over it is coarse."""
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)
    small = cv2.resize(grey.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
    fine = small - cv2.GaussianBlur(small, (0, 0), max(size) / 16)
    return np.asarray(fine / fine.std())


# A visit -------------------------------------------------------------------------------------------------------------


def visit(address: str, number: int, guests: Sequence[Guest], results: Results) -> None:
    """Do all that a visitor does, and note how long each deed takes."""
    own = guests[number]
    crops = [other.crop for other in guests]

    def timed(label: str, deed: Callable[[], object]) -> None:
        start = time.monotonic()
        deed()
        results.seconds[label].append(time.monotonic() - start)
        visitor.read(READING)

    def check(words: str, of_photo: bool = False) -> None:
        """Make sure that the picture with these words is there, and is this visitor's."""
        found = next((data for alt, data in visitor.pictures().items() if words in alt), None)
        if found is None:
            raise AssertionError(f"There is no picture of “{words}”.")
        same = [other.photo for other in guests if other.photo.shape == own.photo.shape] if of_photo else crops
        if same[closest(found, same)] is not (own.photo if of_photo else own.crop):
            raise MixUpError(f"{own.name} was shown another visitor's picture of “{words}”.")

    with Visitor(address) as visitor:
        timed("Open the app", visitor.open)
        timed("Switch to upload", partial(visitor.choose, "Photo", "Upload"))
        timed("Upload to answer", partial(visitor.upload, "Photo file", f"{own.name}.jpg", own.data))
        check(f"Photo “{own.name}”", of_photo=True)
        check("Face 1 as the network gets it")
        if own.expression.capitalize() not in visitor.words:
            raise MixUpError(f"{own.name} was not given their answer, {own.expression}.")
        timed("Turn to Why", partial(visitor.turn_to, "Why"))
        for method in METHODS:
            timed("A map", partial(visitor.choose, "Method", method))
            check(f"{method} for {own.strongest} over the face")
        timed("Another class", partial(visitor.choose, "Expression", CLASS))
        check(f"{METHODS[-1]} for {CLASS.lower()} over the face")
        timed("Turn to Dream", partial(visitor.turn_to, "Dream"))
        start = time.monotonic()
        timed("Start a dream", partial(visitor.click, "Start dreaming"))
        visitor.wait_until(lambda one: "Done:" in one.words)
        results.seconds["A dream to its end"].append(time.monotonic() - start)
        check("What the dream starts from")


def arrive(address: str, number: int, guests: Sequence[Guest], results: Results) -> None:
    """Come when it is one's turn, visit, and note what goes wrong."""
    time.sleep(ARRIVAL * number / len(guests))
    try:
        visit(address, number, guests, results)
    except Exception as error:  # whatever it is, it is what the visitor got
        results.failures.append(f"{guests[number].name}: {type(error).__name__}: {error}")


# A run ---------------------------------------------------------------------------------------------------------------


def run(guests: Sequence[Guest], settings: Sequence[str], workers: int) -> None:
    """Let all visitors come to fresh servers, on each of which one has been before, and print the table."""
    results, most = Results(), [0.0]
    with start_server(settings=settings, workers=workers) as (address, server):
        await_health(address, server)
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(partial(_come_first, address, guests), range(workers)))
        rest(server.pid, looks=6)
        before, own, start = processor_seconds(server.pid), time.process_time(), time.monotonic()
        is_over = threading.Event()

        def watch() -> None:
            while not is_over.wait(0.5):
                most[0] = max(most[0], megabytes(server.pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        with ThreadPoolExecutor(len(guests)) as pool:
            list(pool.map(lambda number: arrive(address, number, guests, results), range(len(guests))))
        is_over.set()
        watcher.join()
        took = processor_seconds(server.pid) - before
        elapsed, clients = time.monotonic() - start, time.process_time() - own
    report(len(guests), results, most[0])
    print(f"{workers} server(s): {took:.0f} s of processor in {elapsed:.0f} s, {took / len(guests):.1f} s a visitor.")
    print(f"Visitors: {clients:.0f} s of processor.")


def _come_first(address: str, guests: Sequence[Guest], number: int) -> None:
    """Be the first visitor of a server: who comes a second later is led to the next one."""
    time.sleep(number)
    visit(address, 0, guests, Results())


def report(count: int, results: Results, memory: float) -> None:
    """Print a row for each deed: median, 95th percentile, longest, how often done; failures and memory."""
    print(f"\n{count} visitor{'s' if count > 1 else ''} within {ARRIVAL:.0f} s")
    print(ROW.format("", "median s", "p95 s", "most s", "times", "bar"))
    for label, taken in results.seconds.items():
        is_met = median(taken) <= MEDIAN_BAR and np.percentile(taken, 95) <= P95_BAR
        verdict = ("met" if is_met else "missed") if label in SECONDS_BAR else ""
        figures = (f"{median(taken):.2f}", f"{np.percentile(taken, 95):.2f}", f"{max(taken):.2f}")
        print(ROW.format(label, *figures, len(taken), verdict))
    print(f"Failures: {len(results.failures)}")
    for failure in results.failures:
        print(f"  {failure}")
    print(f"Server's memory: {memory:,.0f} MB at most (bar {MEMORY_BAR:,} MB)")


def main(visitors: Sequence[int] = VISITORS, settings: Sequence[str] = (), workers: int = 1) -> None:
    """Run with each number of visitors."""
    print(f"Bars: median ≤ {MEDIAN_BAR:.0f} s and p95 ≤ {P95_BAR:.0f} s. Haar cascade: {haar_seconds() * 1000:.0f} ms.")
    guests = [guest(number) for number in range(max(visitors))]
    for count in visitors:
        run(guests[:count], settings, workers)


if __name__ == "__main__":
    main()
