"""What every network is published by: its card, tables that compare several, and weights in half precision."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from models.networks import WEIGHTS


def read_card(name: str, weights: Path = WEIGHTS) -> dict[str, Any]:
    """All that the card of a network says; ValueError if there is no such card."""
    path = weights / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(card.stem for card in weights.glob("*.json")))
        raise ValueError(f"Unknown network {name!r}. Known: {known or 'none'}.")
    return json.loads(path.read_text(encoding="utf-8"))


def write_card(card: dict[str, Any], weights: Path = WEIGHTS) -> None:
    """Write a card as readable JSON."""
    write_json(card, weights / f"{card['name']}.json")


def write_table(name: str, table: dict[str, Any], weights: Path = WEIGHTS) -> Path:
    """Write a table that `models.cards.load_table` reads; returns its file."""
    path = weights / "tables" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(table, path)
    return path


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write plain values as readable JSON."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def store_half(path: Path) -> None:
    """Rewrite a `.keras` file with its float32 weights in half precision; Keras loads them as float32 again."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    full = io.BytesIO(members["model.weights.h5"])
    half = io.BytesIO()
    with h5py.File(full, "r") as source, h5py.File(half, "w") as target:
        _copy_half(source, target)
    members["model.weights.h5"] = half.getvalue()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def _copy_half(source: h5py.Group, target: h5py.Group) -> None:
    target.attrs.update(source.attrs)
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            _copy_half(item, target.create_group(name))
        else:
            values = item[()]
            is_full = getattr(values, "dtype", None) == np.float32
            target.create_dataset(name, data=values.astype(np.float16) if is_full else values)
            target[name].attrs.update(item.attrs)
