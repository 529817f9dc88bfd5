"""`python -m interp explain NETWORK PATH… --out DIR`: maps of any Keras network without the app."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError
from rich.console import Console
from rich.progress import track
from rich.table import Table

from interp import METHODS, Contrast, Explanation, Network, NetworkError, deletion, diagnose, explain, insertion, load
from interp.render import overlay

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff")
OPEN_SIDE = 224  # pixels of a side, where the network takes any
SMALLEST_OVERLAY = 240  # pixels of the overlay's shorter side
SOME_FAILED = 1
COLUMNS = ("picture", "answer", "share", "target", "score", "method", "layer", "seconds", "finding", "verdict", "error")


@click.group()
def commands() -> None:
    """Explain the answers of any Keras network: a .keras or .h5 file."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def methods(as_json: bool) -> None:
    """List the methods that `explain` knows."""
    rows = [
        {
            "name": method.name,
            "needs layer": method.needs_layer,
            "signed": method.signed,
            "what it shows": method.summary,
        }
        for method in METHODS.values()
    ]
    _print(rows, as_json)


@commands.command()
@click.argument("network")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def layers(network: str, as_json: bool) -> None:
    """List the layers of NETWORK, in order."""
    found = _load(network)
    rows = [
        {
            "name": layer.name,
            "kind": layer.kind,
            "output": "×".join("any" if side is None else str(side) for side in layer.output_shape),
            "parameters": layer.parameters,
            "usual": "for maps" if layer.name == _usual_layer(found) else "",
        }
        for layer in found.layers
    ]
    _print(rows, as_json)


@commands.command()
@click.argument("network")
@click.argument("pictures", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(network: str, pictures: tuple[str, ...], as_json: bool) -> None:
    """Say what can be explained of NETWORK, and what is wrong with the usual map of PICTURES."""
    found = _load(network)
    rows = [
        {"question": "input", "answer": f"{'×'.join(map(str, found.input_shape))} of {_span(found)}"},
        {"question": "convolutions", "answer": str(len(found.convolutions))},
        {"question": "usual layer", "answer": _usual_layer(found) or "none: methods that need a layer are out"},
    ]
    for path in _files(pictures):
        x = _read(path, found)
        rows.append(
            {"question": str(path), "answer": diagnose(found, x, explain(found, x, _usual_method(found))).sentence}
        )
    _print(rows, as_json)


@commands.command("explain")
@click.argument("network")
@click.argument("pictures", nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for maps and table."
)
@click.option("--method", help="One of `methods`.  [default: grad_cam, or saliency without convolutions]")
@click.option("--layer", help="For methods that need one.  [default: the last convolution's]")
@click.option(
    "--target", default="top", show_default=True, help="A class's number or name, or top: the network's answer."
)
@click.option("--against", help="Another class: explain the target rather than this.")
@click.option(
    "--labels",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Text file with a class's name a line.",
)
@click.option(
    "--range",
    "value_range",
    type=(float, float),
    help="Lowest and highest value of a picture.  [default: told by the file]",
)
@click.option("--test", is_flag=True, help="Test each map: does the answer change faster in its order than at random?")
@click.option("--json", "as_json", is_flag=True, help="Print the rows as JSON; no progress.")
def explain_pictures(
    network: str,
    pictures: tuple[str, ...],
    out: Path,
    method: str | None,
    layer: str | None,
    target: str,
    against: str | None,
    labels: Path | None,
    value_range: tuple[float, float] | None,
    test: bool,
    as_json: bool,
) -> None:
    """Map what the answers of NETWORK to PICTURES rest on.

    PICTURES are files or folders. Each is stretched to the network's size. OUT gets, for each, the map as
    NAME.npz and over the picture as NAME.png, and table.csv with all answers.

    \b
    Exit codes: 0 all explained, 1 some pictures failed (see the column "error"), 2 wrong use.
    """
    names = labels.read_text(encoding="utf-8").splitlines() if labels else None
    found = _load(network, names, value_range)
    method = method or _usual_method(found)
    if method not in METHODS:
        raise click.UsageError(f"There is no method {method!r}; `methods` lists them.")
    out.mkdir(parents=True, exist_ok=True)
    about = {"network": network, "network_sha256": _sha256(Path(network)), "method": method}
    rows = []
    files = list(_files(pictures))
    for path in track(files, "Explaining", console=Console(stderr=True), disable=as_json):
        row: dict[str, Any] = {"picture": str(path), "method": method}
        try:
            x = _read(path, found)
            explained = explain(found, x, method, _target(found, x, target, against), layer)
            row |= _answer(found, x) | _told(found, x, explained, test)
            _write(out / f"{path.stem}-{_sha256(path)[:8]}", found, x, explained, about | row)
        except (ValueError, OSError) as error:
            row["error"] = str(error)
        rows.append(row)
    with (out / "table.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    (out / "about.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    shown = ("picture", "answer", "share", "verdict", "error")
    _print(rows if as_json else [{name: row.get(name, "") for name in shown} for row in rows], as_json)
    sys.exit(SOME_FAILED if any("error" in row for row in rows) else 0)


# Networks and pictures -----------------------------------------------------------------------------------------------


def _load(path: str, labels: Sequence[str] | None = None, value_range: tuple[float, float] | None = None) -> Network:
    try:
        return load(path, labels, value_range)
    except (NetworkError, ValueError) as error:
        raise click.UsageError(str(error)) from error


def _usual_layer(network: Network) -> str:
    return network.default_layer if network.convolutions else ""


def _usual_method(network: Network) -> str:
    return "grad_cam" if network.convolutions else "saliency"


def _span(network: Network) -> str:
    low, high = network.value_range
    return f"{low:g} to {high:g}"


def _files(paths: Sequence[str]) -> Iterator[Path]:
    for path in map(Path, paths):
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.suffix.lower() in PICTURES)
        else:
            yield path


def _read(path: Path, network: Network) -> np.ndarray:
    """Return a picture as the network takes it: stretched to its size, grey or colour, in its range, (h, w, c)."""
    height, width, channels = network.input_shape
    if channels not in (1, 3):
        raise ValueError(f"The network takes pictures of {channels} channels; photos have 1 or 3.")
    try:
        with Image.open(path) as opened:
            photo = ImageOps.exif_transpose(opened).convert("L" if channels == 1 else "RGB")
    except UnidentifiedImageError as error:
        raise ValueError(f"{path.name} is no picture that can be read.") from error
    size = (width or OPEN_SIDE, height or OPEN_SIDE)
    shrinks = size[0] * size[1] < photo.width * photo.height
    photo = photo.resize(size, Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR)
    low, high = network.value_range
    values = np.asarray(photo, np.float32).reshape(photo.height, photo.width, channels)
    return low + values / 255 * (high - low)


def _class(network: Network, name: str) -> int:
    return int(name) if name.isdecimal() else network.class_index(name)


def _target(network: Network, x: np.ndarray, target: str, against: str | None) -> Any:
    index = None if target == "top" else _class(network, target)
    if against is None:
        return index
    return Contrast(int(network.predict(x)[0].argmax()) if index is None else index, _class(network, against))


# What comes out ------------------------------------------------------------------------------------------------------


def _answer(network: Network, x: np.ndarray) -> dict[str, Any]:
    shares = network.predict(x)[0].ravel()
    top = int(shares.argmax())
    return {"answer": network.labels[top] if network.labels else top, "share": round(float(shares[top]), 6)}


def _told(network: Network, x: np.ndarray, explained: Explanation, test: bool) -> dict[str, Any]:
    return {
        "target": explained.target.describe(network),
        "score": round(float(explained.score), 6),
        "layer": explained.layer or "",
        "seconds": round(explained.seconds, 4),
        "finding": diagnose(network, x, explained).sentence,
        "verdict": _verdict(network, x, explained) if test else "not tested",
    }


def _verdict(network: Network, x: np.ndarray, explained: Explanation) -> str:
    """Say what deletion and insertion found: whether the map's order beats every random order."""
    tests = [
        test(network, x, explained.values, explained.target, steps=16, random_orders=5)
        for test in (deletion, insertion)
    ]
    beaten = sum(curves.beats_random for curves in tests)
    return ("no better than chance", "better than chance in one test of two", "better than chance")[beaten]


def _write(stem: Path, network: Network, x: np.ndarray, explained: Explanation, about: dict[str, Any]) -> None:
    np.savez_compressed(stem.with_suffix(".npz"), values=explained.values, about=np.array(json.dumps(about)))
    low, high = network.value_range
    picture = np.clip((x - low) / (high - low) * 255, 0, 255).astype(np.uint8)
    larger = max(1, -(-SMALLEST_OVERLAY // min(picture.shape[:2])))
    picture = picture.repeat(larger, axis=0).repeat(larger, axis=1)
    Image.fromarray(overlay(picture, explained.values, signed=explained.signed)).save(stem.with_suffix(".png"))


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _print(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(list(rows)))
        return
    columns = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(*columns, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(str(row.get(name, "")) for name in columns))
    Console().print(table)


if __name__ == "__main__":
    commands()
