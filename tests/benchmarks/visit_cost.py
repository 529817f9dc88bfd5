"""What each deed takes of the server's processor, beside an empty page of Streamlit in the same run.

Every round is a new visitor of a server on which others have done the same before. A deed's cost holds all that the
server does for it, after the page is drawn too: its clearing up, and what runs beside the page. Processor time doesn't
depend on how many other programs want the processor, but it does on the processor itself: the last row is a yardstick.
"""

import argparse
import contextlib
import io
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import cv2
from PIL import Image

from models import load_image
from tests.benchmarks.detector_speed import cascade
from tests.browser.app import SAMPLES, await_health, start_server
from tests.support.processes import processor_seconds, rest
from tests.support.visitor import Visitor

ROUNDS = 3
SIDE = 1024
PAGES = {
    "Inspect": "/",
    "Activations": "/activations",
    "Attribution": "/attribution",
    "Dream": "/dream",
    "What if": "/what-if",
    "Compare": "/compare",
    "Live": "/live",
    "Tour": "/tour",
    "Guess": "/guess",
    "Networks": "/networks",
    "About": "/about",
}
CLASSES = ("Angry", "Sad", "Surprise")
LAYERS = 3
PALETTES = 3
EMPTY_PAGE = 'import streamlit as st\n\nst.title("Empty")\n'
EMPTY = "An empty page of Streamlit"
OPENING, CHANGE, UPLOAD = 0.25, 0.15, 0.6
ROW = "{:40}{:>10}{:>8}{:>8}{:>8}"

PARSER = argparse.ArgumentParser(prog="python -m tests.benchmarks visit_cost", description=__doc__)
PARSER.add_argument("--rounds", type=int, default=ROUNDS, help="visitors to measure")
PARSER.add_argument(
    "--settings", nargs="*", default=[], metavar="NAME=VALUE", help="Streamlit's, such as server.fileWatcherType=auto"
)

Deed = Callable[[], object]


def photo(side: int = SIDE) -> bytes:
    """Return a photo of one person, a JPEG whose longer side has `side` pixels."""
    with Image.open(next(SAMPLES.glob("grace_hopper.*"))) as picture:
        scale = side / max(picture.size)
        large = picture.convert("RGB").resize((round(picture.width * scale), round(picture.height * scale)))
    buffer = io.BytesIO()
    large.save(buffer, format="JPEG", quality=90)
    return buffer.getvalue()


def deeds(address: str) -> Iterator[tuple[str, Deed]]:
    """Yield a new visitor's deeds with their names; each is to be done before the next one is asked for."""
    for title, place in PAGES.items():
        with Visitor(address) as visitor:
            yield f"Open {title}", partial(visitor.open, place)
    with Visitor(address) as visitor:
        visitor.open("/attribution?sample=Grace+Hopper")
        for name in CLASSES:
            yield "Another class", partial(visitor.choose, "Expression", name)
        for layer in visitor.options("Layer")[-LAYERS - 1 : -1]:
            yield "Another layer", partial(visitor.choose, "Layer", layer)
        for palette in visitor.options("Palette")[1 : PALETTES + 1]:
            yield "Another palette", partial(visitor.choose, "Palette", palette)
    with Visitor(address) as visitor:
        visitor.open()
        visitor.choose("Photo", "Upload")
        yield f"Upload of {SIDE} pixels", partial(visitor.upload, "Photo file", "photo.jpg", photo())


def empty_deeds(address: str) -> Iterator[tuple[str, Deed]]:
    """Yield the opening of the empty page."""
    with Visitor(address) as visitor:
        yield EMPTY, visitor.open


def cost(process: int, deed: Deed) -> float:
    """Return the processor seconds that a server takes for a deed, once it has come to rest again."""
    rest(process)
    before = processor_seconds(process)
    deed()
    rest(process)
    return processor_seconds(process) - before


def haar_seconds() -> float:
    """Return the processor seconds of OpenCV's default Haar cascade on a photo of 640×480."""
    find = cascade("default")
    picture = cv2.resize(load_image(next(SAMPLES.glob("grace_hopper.*"))), (640, 480))
    taken = []
    for _ in range(10):
        start = time.process_time()
        find(picture)
        taken.append(time.process_time() - start)
    return median(taken)


@contextlib.contextmanager
def servers(settings: Sequence[str]) -> Iterator[tuple[tuple[str, int], tuple[str, int]]]:
    """Start the app and an empty page; yield address and process of each."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "empty.py").write_text(EMPTY_PAGE)
        app = stack.enter_context(start_server(settings=settings))
        empty = stack.enter_context(start_server(script=folder / "empty.py", settings=settings))
        for address, server in (app, empty):
            await_health(address, server)
        yield (app[0], app[1].pid), (empty[0], empty[1].pid)


def bar(label: str, empty: float) -> float | None:
    """Return the processor seconds that a deed may take."""
    if label.startswith("Open "):
        return empty + OPENING
    return {"Another": CHANGE, "Upload": UPLOAD}.get(label.split()[0])


def report(costs: dict[str, list[float]], yardstick: float) -> None:
    """Print a row for each deed: median and greatest cost, what it is more than the empty page, its bar."""
    empty = median(costs[EMPTY])
    print(f"\nProcessor seconds of the server\n{ROW.format('', 'median', 'most', 'more', 'bar')}")
    for label, taken in costs.items():
        usual, most = median(taken), bar(label, empty)
        more = f"{usual - empty:.2f}" if label.startswith("Open ") else ""
        print(ROW.format(label, f"{usual:.2f}", f"{max(taken):.2f}", more, "" if most is None else f"{most:.2f}"))
    print(ROW.format("OpenCV's Haar cascade at 640×480", f"{yardstick:.3f}", "", "", ""))


def main(rounds: int = ROUNDS, settings: Sequence[str] = ()) -> None:
    """Start both servers, let one visitor pass, measure the next ones and print the table."""
    costs: dict[str, list[float]] = {}
    with servers(settings) as (app, empty):
        for count in range(rounds + 1):
            for (address, process), visit in ((empty, empty_deeds), (app, deeds)):
                for label, deed in visit(address):
                    taken = cost(process, deed)
                    if count:
                        costs.setdefault(label, []).append(taken)
                rest(process, looks=3 if count else 10)
    report(costs, haar_seconds())


if __name__ == "__main__":
    main()
