"""Networks that the operator shares from a folder, each a file with its card beside it."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit as st
from pydantic import TypeAdapter

from dashboard import tasks
from interp import Network, load
from interp.preparation import Preparation, guess_preparation, prepared
from models import Card
from models.cards import open_card
from models.networks import check_file

FOLDER = "GLASSFACE_NETWORKS"
ENDINGS = (".keras", ".h5", ".hdf5", ".zip")


@dataclass(frozen=True)
class SharedNetwork:
    """A network's file, and its card, whose "input" tells what the file does not: the fields of `Preparation`."""

    path: Path
    card: Card

    def load(self) -> Network:
        """Load it, as it answers to pixels of 0 to 255."""
        check_file(self.path, self.card.sha256)
        network = load(self.path)
        guess = guess_preparation(network)
        told = TypeAdapter(dict[str, object]).validate_python(self.card.input)
        fields = {name: tuple(value) if isinstance(value, list) else value for name, value in told.items()}
        checked = TypeAdapter(Preparation).validate_python({**vars(guess), **fields})
        return prepared(network, replace(guess, **vars(checked)), self.card.labels)


def find(name: str) -> SharedNetwork | None:
    """Return a shared network by its name; None where there is none."""
    return all_shared().get(name)


@st.cache_resource(max_entries=1, show_spinner=False)
def all_shared() -> dict[str, SharedNetwork]:
    """Return the shared networks by name; one whose card can't be read is left out."""
    folder = os.environ.get(FOLDER)
    found: dict[str, SharedNetwork] = {}
    for path in sorted(Path(folder).iterdir()) if folder and Path(folder).is_dir() else ():
        if path.suffix.lower() not in ENDINGS or not path.is_file():
            continue
        try:
            card = open_card(path.with_suffix(".json"))
            if tasks.of(card).looks_at_area and card.name == path.stem:
                found[path.stem] = SharedNetwork(path, card)
        except (OSError, ValueError):
            logging.getLogger(__name__).exception("The card of the network %s can't be read.", path.name)
    return found
