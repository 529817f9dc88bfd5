"""How every network is published: weights, perhaps in half precision, card and log; and tables that compare several."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

from models.networks import WEIGHTS, check_file, fingerprint


def write_network(
    network: keras.Model, name: str, log: Path, weights: Path = WEIGHTS, is_half: bool = False
) -> dict[str, Any]:
    """Write NAME.keras and NAME.csv.

    Args:
        network: to publish, in float32.
        name: of the network.
        log: the training's CSV log; one without epochs is not published, and a former one is taken away.
        weights: folder to write to. Defaults to models/weights.
        is_half: whether to store the weights in half precision. Defaults to False.

    Returns:
        What the card says of the files: input_shape, parameters, size_bytes, sha256, storage and log.
    """
    weights.mkdir(parents=True, exist_ok=True)
    path, copy = weights / f"{name}.keras", weights / f"{name}.csv"
    network.save(path)
    if is_half:
        store_half(path)
    has_log = log.exists() and len(log.read_text().split()) > 1
    if has_log and log != copy:
        shutil.copyfile(log, copy)
    elif not has_log:
        copy.unlink(missing_ok=True)
    return {
        "input_shape": list(network.input_shape[1:]),
        "parameters": network.count_params(),
        "size_bytes": path.stat().st_size,
        "sha256": fingerprint(path),
        "storage": "float16" if is_half else "float32",
        "log": copy.name if has_log else None,
    }


def load_published(name: str, weights: Path = WEIGHTS) -> tuple[keras.Model, dict[str, Any]]:
    """Return a published network, and all that its card says.

    Raises:
        WeightsError: if the file is not the one that the card describes.
        ValueError: if there is no such card.
    """
    card = read_card(name, weights)
    path = weights / f"{name}.keras"
    check_file(path, card.get("sha256", ""))
    return keras.saving.load_model(path, compile=False), card


def round_weights(
    network: keras.Model,
    answer: Callable[[], np.ndarray],
    is_near: Callable[[np.ndarray, np.ndarray], bool],
) -> bool:
    """Round the weights of a network to half precision, where its answers stay near.

    Args:
        network: changed in place, or left as it is where the answers change too much.
        answer: what the network says of some pictures.
        is_near: takes the answers before and after, and returns whether they are near enough.

    Returns:
        Whether the weights were rounded.
    """
    full, before = network.get_weights(), answer()
    with np.errstate(over="ignore"):
        half = [value.astype(np.float16) if value.dtype == np.float32 else value for value in full]
    network.set_weights(half)
    if is_near(before, answer()):
        return True
    network.set_weights(full)
    return False


def read_card(name: str, weights: Path = WEIGHTS) -> dict[str, Any]:
    """Return all that the card of a network says; ValueError if there is no such card."""
    path = weights / f"{name}.json"
    if not path.exists():
        known = ", ".join(sorted(card.stem for card in weights.glob("*.json")))
        raise ValueError(f"Unknown network {name!r}. Known: {known or 'none'}.")
    return json.loads(path.read_text(encoding="utf-8"))


def write_card(card: dict[str, Any], weights: Path = WEIGHTS) -> None:
    """Write a card as readable JSON."""
    write_json(card, weights / f"{card['name']}.json")


def write_table(name: str, table: dict[str, Any], weights: Path = WEIGHTS) -> Path:
    """Write a table that `models.cards.load_table` reads, and return its file."""
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
