"""The concepts of a network's layer, found in its training faces once for all, and what they carry on a face.

`python -m dashboard.make_concepts` makes the file. It holds directions of a layer's channels, a picture dreamed of each
and a name of ours; no picture of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from dashboard.services import networks, shipped
from dashboard.services.kept import kept
from dashboard.subject import with_channels
from interp import ConceptExplanation, Concepts, Target, explain_by_concepts
from models import networks as published

FILE = "concepts.npz"


@dataclass(frozen=True, eq=False)
class ShippedConcepts:
    """The concepts of one network.

    Args:
        found: the concepts.
        names: our name for each, chosen by looking; "" for one without.
        dreams: uint8 (concepts, h, w, channels), a picture dreamed of each.
        labels: the classes of `found.importance`.
        data: what the faces were.
        weights: SHA-256 of the network's file.
    """

    found: Concepts
    names: tuple[str, ...]
    dreams: np.ndarray
    labels: tuple[str, ...]
    data: str
    weights: str

    def name(self, number: int) -> str:
        """Return what a concept is called: our name, else its number."""
        return self.names[number] or f"Concept {number + 1}"


def write(found: Mapping[str, ShippedConcepts], folder: Path) -> Path:
    """Write the concepts of networks by their names, directions in half precision; return the file."""
    about, arrays = {}, {}
    for network, one in found.items():
        arrays[f"{network}/directions"] = one.found.directions.astype(np.float16)
        arrays[f"{network}/importance"] = one.found.importance
        arrays[f"{network}/dreams"] = one.dreams
        known = {
            "layer": one.found.layer,
            "error": one.found.error,
            "faces": one.found.pictures,
            "seed": one.found.seed,
        }
        about[network] = known | {key: getattr(one, key) for key in ("names", "labels", "data", "weights")}
    return shipped.write(folder / FILE, about, arrays)


def read(folder: Path) -> dict[str, ShippedConcepts]:
    """Read the concepts of networks by their names; {} where none have been made."""
    about, arrays = shipped.read(folder / FILE)
    return {
        network: ShippedConcepts(
            Concepts(
                layer=told["layer"],
                directions=arrays[f"{network}/directions"].astype(np.float32),
                importance=arrays[f"{network}/importance"],
                error=told["error"],
                pictures=told["faces"],
                seed=told["seed"],
            ),
            names=tuple(told["names"]),
            dreams=arrays[f"{network}/dreams"],
            labels=tuple(told["labels"]),
            data=told["data"],
            weights=told["weights"],
        )
        for network, told in about.items()
    }


@st.cache_resource(max_entries=1, show_spinner=False)
def _shipped() -> dict[str, ShippedConcepts]:
    return read(published.WEIGHTS / "tables")


def concepts_of(network_name: str) -> ShippedConcepts | None:
    """Return the concepts of a network; None where there are none, or they were found in another file."""
    found = _shipped().get(network_name)
    return found if found is not None and found.weights == networks.weights_hash(network_name) else None


@kept(own=16, common=64)
def carried(network_name: str, crop: np.ndarray, _concepts: Concepts, target: Target) -> ConceptExplanation:
    """Return where a network's concepts are on a face, and how much of a target each carries."""
    return explain_by_concepts(networks.network(network_name), with_channels(crop), _concepts, target)
