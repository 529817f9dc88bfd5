"""Make the file of the concepts in an expression network: `models/weights/tables/concepts.npz`.

python -m dashboard.make_concepts --data fer2013.csv

The names are ours, given by looking, and are set by the same command: --names "raised corners of the mouth" …
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dashboard.services import shipped
from dashboard.services.concepts import ShippedConcepts, read, write
from dashboard.subject import DEFAULT_NETWORK
from interp import Concepts, Network, find_concepts, load
from interp.concepts import MOST
from interp.dream import direction, dream
from models import EXPRESSIONS, networks
from models.emotion.training.datasets import TRAINING, USAGES, read_fer2013

SCORED = 4000
"""Faces that the importance is measured on: even of the rarest expression there are dozens."""
DREAM_SEED = 0


def dream_of(network: Network, concepts: Concepts) -> np.ndarray:
    """Return a picture that drives the layer into each concept's direction, from noise, uint8 (concepts, h, w, c)."""
    wishes = [direction(concepts.layer, vector) for vector in concepts.directions]
    frames = dream(network, wishes, octaves=2, steps=80, total_variation=0.3, seed=DREAM_SEED)
    return list(frames)[-1].images


def main(arguments: Sequence[str] | None = None) -> None:
    """Find and write the concepts of a network, or give them names; `arguments` default to the command line's."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.make_concepts", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, help="fer2013.csv or a prepared .npz file; without it, names are set alone"
    )
    parser.add_argument("--usage", choices=USAGES, default=TRAINING, help="rows of a CSV file; defaults to Training")
    parser.add_argument("--network", default=DEFAULT_NETWORK, help=f"defaults to {DEFAULT_NETWORK}")
    parser.add_argument("--count", type=int, default=MOST, help=f"how many concepts; defaults to {MOST}")
    parser.add_argument("--seed", type=int, default=0, help="defaults to 0")
    parser.add_argument("--names", nargs="+", metavar="NAME", help="our names, in the file's order")
    shipped.run(parser, arguments, _make)


def _make(options: argparse.Namespace) -> Path:
    known = read(options.weights / "tables")
    if options.data is not None:
        known[options.network] = _find(options, options.weights / f"{options.network}.keras")
    if options.network not in known:
        raise ValueError(f"No concepts of {options.network} have been found yet; give --data.")
    if options.names:
        known[options.network] = _name(known[options.network], options.names)
    return write(known, options.weights / "tables")


def _find(options: argparse.Namespace, path: Path) -> ShippedConcepts:
    network = load(path)
    data = read_fer2013(options.data, options.usage)
    images = data.images[data.images.reshape(len(data), -1).any(axis=1)]  # some of FER2013's are black
    found = find_concepts(network, images[..., np.newaxis], count=options.count, scored=SCORED, seed=options.seed)
    return ShippedConcepts(
        found=found,
        names=("",) * len(found),
        dreams=dream_of(network, found),
        labels=tuple(EXPRESSIONS),
        data=f"FER2013's {options.usage} faces",
        weights=networks.fingerprint(path),
    )


def _name(shipped: ShippedConcepts, names: Sequence[str]) -> ShippedConcepts:
    if len(names) != len(shipped.found):
        raise ValueError(f"There are {len(shipped.found)} concepts, but {len(names)} names.")
    return replace(shipped, names=tuple(names))


if __name__ == "__main__":
    main()
