"""Make the mean map of each expression by a network's usual method, to show where it looks on average.

python -m dashboard.make_average_maps --data fer2013.csv
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dashboard.services import shipped
from dashboard.services.average_maps import AverageMaps, read, write
from interp import Network, explain, load
from interp.method import OnStep
from interp.similarity import rank_correlation
from models import EXPRESSIONS, networks
from models.emotion import list_networks
from models.emotion.training.datasets import PUBLIC_TEST, TRAINING_ROWS, USAGES, read_fer2013

MOST_FACES = 400
"""Of each expression; the mean hardly moves after that."""
MIRRORED = 300
"""Faces of which the map of the mirror image is made as well, evenly spread over all."""
AT_ONCE = 64


def average(
    network: Network,
    images: np.ndarray,
    labels: np.ndarray,
    count: int,
    on_step: OnStep | None = None,
    *,
    method: str = "grad_cam",
    layer: str | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Average the maps of each class over the faces labelled so, each explained for its label.

    Every face counts alike: its map is divided by its greatest value first, and a blank map counts as zero.

    Args:
        network: the network.
        images: uint8 (N, h, w), grey faces.
        labels: int (N,).
        count: int, number of classes.
        on_step: called with the number of faces done and of all. Defaults to nothing.
        method: name from interp.METHODS. Defaults to Grad-CAM.
        layer: the layer to explain by. Defaults to the network's.

    Returns:
        float32 (count, h', w') in the layer's resolution, and the share of blank maps of each class, float (count,).
    """
    total: np.ndarray | None = None
    blank = np.zeros(count)
    for begin in range(0, len(images), AT_ONCE):
        part = slice(begin, begin + AT_ONCE)
        numbers = [int(label) for label in labels[part]]
        found = explain(network, images[part, ..., np.newaxis], method, numbers, layer).values
        greatest = np.abs(found).max(axis=(1, 2), keepdims=True)
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


def mirror_noise(
    network: Network, images: np.ndarray, labels: np.ndarray, method: str = "grad_cam", layer: str | None = None
) -> float:
    """Return how alike the maps of a face and of its mirror image, turned back, are: the median rank correlation.

    A network should not mind left and right, so what mirroring changes in a map is noise.
    """
    found = []
    for begin in range(0, len(images), AT_ONCE):
        part = images[begin : begin + AT_ONCE, ..., np.newaxis]
        numbers = [int(label) for label in labels[begin : begin + AT_ONCE]]
        maps = explain(network, part, method, numbers, layer).values
        mirrored = explain(network, part[:, :, ::-1], method, numbers, layer).values[:, :, ::-1]
        pairs = zip(maps, mirrored, strict=True)
        found += [rank_correlation(one, other) for one, other in pairs if one.any()]
    return float(np.median(found)) if found else 1.0


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
    shipped.run(parser, arguments, _make)


def _make(options: argparse.Namespace) -> Path:
    data = read_fer2013(options.data, options.usage)
    data = data.take(choose_faces(data.images, data.labels, len(EXPRESSIONS)))
    part = "Training" if (data.rows < TRAINING_ROWS).all() else "test"
    counts = np.bincount(data.labels, minlength=len(EXPRESSIONS))
    found = read(options.weights / "tables")
    for name in options.networks or list_networks():
        path = options.weights / f"{name}.keras"
        network = load(path)
        how = usual_map(options.weights / f"{name}.json", network)
        method, layer = how["method"], how["layer"]
        values, blank = average(network, data.images, data.labels, len(EXPRESSIONS), _teller(name), **how)
        some = data.take(np.linspace(0, len(data) - 1, min(MIRRORED, len(data))).round().astype(int))
        found[name] = AverageMaps(
            values=values,
            labels=EXPRESSIONS,
            faces=tuple(counts.tolist()),
            blank=tuple(blank.tolist()),
            layer=layer,
            data=f"FER2013's {part} faces, at most {MOST_FACES} of each expression",
            weights=networks.fingerprint(path),
            method=method,
            noise=mirror_noise(network, some.images, some.labels, **how),
        )
    return write(found, options.weights / "tables")


def usual_map(card: Path, network: Network) -> dict[str, str]:
    """Return the method and the layer by which a network is usually explained, as its card says."""
    told = json.loads(card.read_text(encoding="utf-8")).get("usual_map") if card.is_file() else None
    return {"method": "grad_cam", "layer": network.default_layer} | (told or {})


def _teller(name: str) -> OnStep:
    def tell(done: int, total: int) -> None:
        if done == total:
            sys.stderr.write(f"{name}: {total:,} faces\n")

    return tell


if __name__ == "__main__":
    main()
