"""Make the mean Grad-CAM map of each expression, to show where a network looks on average.

python -m dashboard.make_average_maps --data fer2013.csv
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dashboard.services.average_maps import AverageMaps, fingerprint, read, write
from interp import Network, explain, load
from interp.method import OnStep
from models import EXPRESSIONS, networks
from models.emotion import list_networks
from models.emotion.training.datasets import PUBLIC_TEST, TRAINING_ROWS, USAGES, read_fer2013

METHOD = "grad_cam"
MOST_FACES = 400
"""Of each expression; the mean hardly moves after that."""
AT_ONCE = 64


def average(
    network: Network, images: np.ndarray, labels: np.ndarray, count: int, on_step: OnStep | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Average the maps of each class over the faces labelled so, each explained for its label.

    Every face counts alike: its map is divided by its greatest value first, and a blank map counts as zero.

    Args:
        network: the network.
        images: uint8 (N, h, w), grey faces.
        labels: int (N,).
        count: int, number of classes.
        on_step: called with the number of faces done and of all. Defaults to nothing.

    Returns:
        float32 (count, h', w') in the layer's resolution, and the share of blank maps of each class, float (count,).
    """
    total: np.ndarray | None = None
    blank = np.zeros(count)
    for begin in range(0, len(images), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        numbers = [int(label) for label in labels[part]]
        found = explain(network, images[part, ..., np.newaxis], METHOD, numbers).values
        greatest = found.max(axis=(1, 2), keepdims=True)
        found = found / np.where(greatest > 0, greatest, 1)
        total = np.zeros((count, *found.shape[1:])) if total is None else total
        np.add.at(total, numbers, found)
        np.add.at(blank, numbers, greatest[:, 0, 0] <= 0)
        if on_step is not None:
            on_step(min(begin + AT_ONCE, len(images)), len(images))
    if total is None:
        raise ValueError("There are no faces to average over.")
    faces = np.maximum(np.bincount(labels, minlength=count), 1)
    return (total / faces[:, None, None]).astype(np.float32), blank / faces


def choose_faces(images: np.ndarray, labels: np.ndarray, count: int, most: int = MOST_FACES) -> np.ndarray:
    """Return positions of the first faces of each class, black pictures left out, in order.

    Raises:
        ValueError: if there is a class without a face.
    """
    seen = images.reshape(len(images), -1).max(axis=1) > 0
    chosen = [np.flatnonzero(seen & (labels == index))[:most] for index in range(count)]
    if not all(map(len, chosen)):
        raise ValueError("There is an expression without a face; average maps need faces of each.")
    return np.sort(np.concatenate(chosen))


def main(arguments: Sequence[str] | None = None) -> None:
    """Compute and write the maps of all networks that read expressions; `arguments` default to the command line's."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.make_average_maps", description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="fer2013.csv or a prepared .npz file")
    parser.add_argument(
        "--usage", choices=USAGES, default=PUBLIC_TEST, help="rows of a CSV file; defaults to PublicTest"
    )
    parser.add_argument("--networks", nargs="*", metavar="NAME", help="defaults to all that read expressions")
    parser.add_argument("--weights", type=Path, help="where the published files are; writes to its folder tables")
    options = parser.parse_args(arguments)
    try:
        path = _make(options)
    except (ValueError, OSError) as error:
        parser.exit(2, f"{error}\n")
    sys.stdout.write(f"{path}\n")


def _make(options: argparse.Namespace) -> Path:
    weights = options.weights or networks.WEIGHTS
    data = read_fer2013(options.data, options.usage)
    data = data.take(choose_faces(data.images, data.labels, len(EXPRESSIONS)))
    part = "Training" if (data.rows < TRAINING_ROWS).all() else "test"
    counts = np.bincount(data.labels, minlength=len(EXPRESSIONS))
    found = read(weights / "tables")
    for name in options.networks or list_networks():
        path = weights / f"{name}.keras"
        network = load(path)
        values, blank = average(network, data.images, data.labels, len(EXPRESSIONS), _teller(name))
        found[name] = AverageMaps(
            values=values,
            labels=EXPRESSIONS,
            faces=tuple(counts.tolist()),
            blank=tuple(blank.tolist()),
            layer=network.default_layer,
            data=f"FER2013's {part} faces, at most {MOST_FACES} of each expression",
            weights=fingerprint(path),
        )
    return write(found, weights / "tables")


def _teller(name: str) -> OnStep:
    def tell(done: int, total: int) -> None:
        if done == total:
            sys.stderr.write(f"{name}: {total:,} faces\n")

    return tell


if __name__ == "__main__":
    main()
