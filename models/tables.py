"""Readings as tables: Parquet parts that are whole or absent, CSV, JSON Lines, and COCO files for labelling tools."""

from __future__ import annotations

import csv
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from models import __version__, emotion, networks
from models.batch import Reading, Settings
from models.emotion import EXPRESSIONS
from models.keypoints import KAGGLE_NAMES
from models.pose import NAMES, SKELETON
from models.rows import face_row, person_row

_NUMBER, _NUMBERS = pa.float32(), pa.list_(pa.float32())
_BOX = [(name, pa.int32()) for name in ("x", "y", "width", "height")]
SCHEMAS = {
    "photos": pa.schema(
        [
            ("photo", pa.string()),
            ("time", pa.float64()),
            ("sha256", pa.string()),
            ("photo_width", pa.int32()),
            ("photo_height", pa.int32()),
            ("faces", pa.int32()),
            ("people", pa.int32()),
            ("dropped", pa.int32()),
            ("seconds", _NUMBER),
            ("error", pa.string()),
        ]
    ),
    "faces": pa.schema(
        [
            ("photo", pa.string()),
            ("time", pa.float64()),
            ("face", pa.int32()),
            *_BOX,
            ("score", _NUMBER),
            ("angle", _NUMBER),
            ("expression", pa.string()),
            *((name, _NUMBER) for name in EXPRESSIONS),
            ("valence", _NUMBER),
            ("valence_spread", _NUMBER),
            ("keypoints", _NUMBERS),
            ("landmarks", _NUMBERS),
            ("landmark_confidence", _NUMBERS),
            ("marks", _NUMBERS),
        ]
    ),
    "people": pa.schema(
        [
            ("photo", pa.string()),
            ("time", pa.float64()),
            ("person", pa.int32()),
            ("face", pa.int32()),
            ("source", pa.string()),
            *_BOX,
            ("joints", _NUMBERS),
            ("openness", pa.string()),
            ("signs", pa.string()),
        ]
    ),
}
"""Columns of the tables.

Boxes and points are in pixels of the upright picture of photo_width × photo_height, to which a photo of more than 2048
pixels a side is shrunk. Points are listed as x, y, x, y …, joints as x, y, confidence. Faces and people count from 1;
the column "face" of a person is the number of their face.
"""
PART = 256
"""Files of a part: what an interrupted run may lose."""


def rows(reading: Reading) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a reading by table, as plain values."""
    where = {"photo": reading.path, "time": reading.time}
    width, height = reading.size or (None, None)
    found = reading.analysis
    photo = where | {
        "sha256": reading.sha256,
        "photo_width": width,
        "photo_height": height,
        "faces": len(found.faces) if found else None,
        "people": len(found.people) if found else None,
        "dropped": found.dropped if found else None,
        "seconds": reading.seconds,
        "error": reading.error or None,
    }
    faces = [where | face_row(face, number) for number, face in enumerate(found.faces if found else (), start=1)]
    people = [where | person_row(one, number) for number, one in enumerate(found.people if found else (), start=1)]
    return {"photos": [photo], "faces": faces, "people": people}


# Parts ---------------------------------------------------------------------------------------------------------------


def describe(settings: Settings) -> dict[str, Any]:
    """Return what the answers depend on beside the pictures: version, settings, and the networks' SHA-256."""
    used = ("detector", "keypoints", emotion.DEFAULT, "pose")
    paths = {name: networks.WEIGHTS / f"{name}.keras" for name in used}
    hashes = {name: networks.fingerprint(path) for name, path in paths.items() if path.is_file()}
    return {"version": __version__, "settings": asdict(settings), "networks": hashes}


def part_name(paths: Sequence[Path], about: dict[str, Any]) -> str:
    """Return the name of a part: a hash of what goes in, so that a changed file, network or setting is read again."""
    files = []
    for path in paths:
        try:
            state = path.stat()
            files.append([os.fspath(path), state.st_size, state.st_mtime_ns])
        except OSError:
            files.append([os.fspath(path), None, None])
    text = json.dumps([about, files], sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def has_part(folder: Path, name: str) -> bool:
    """Return whether a part is whole: its table of photos is written last."""
    return _part(folder, "photos", name).is_file()


def write_part(folder: Path, name: str, readings: Iterable[Reading], about: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the readings of a part, each table at once or not at all; return the rows of its photos."""
    found: dict[str, list[dict[str, Any]]] = {table: [] for table in SCHEMAS}
    for reading in readings:
        for table, some in rows(reading).items():
            found[table] += some
    for table in ("faces", "people", "photos"):  # the photos' is the mark that the part is whole
        schema = SCHEMAS[table].with_metadata({"glassface": json.dumps(about)})
        path = _part(folder, table, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}.tmp")
        pq.write_table(pa.Table.from_pylist(found[table], schema), unfinished)
        unfinished.replace(path)
    return found["photos"]


def read_table(folder: Path, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return all parts of a table in the order of photo and time.

    Args:
        folder: the results.
        table: "photos", "faces" or "people".
        columns: which to read, "photo" and "time" among them. Defaults to all.
    """
    parts = [part for part in sorted((folder / table).glob("part-*.parquet")) if has_part(folder, part.stem[5:])]
    if not parts:
        return SCHEMAS[table].empty_table()
    together = ds.dataset(parts, schema=SCHEMAS[table]).to_table(None if columns is None else list(columns))
    return together.sort_by([("photo", "ascending"), ("time", "ascending")])


def _part(folder: Path, table: str, name: str) -> Path:
    return folder / table / f"part-{name}.parquet"


# Other forms ---------------------------------------------------------------------------------------------------------


def write_csv(folder: Path) -> list[Path]:
    """Write each table as CSV beside its parts; lists become numbers with spaces between."""
    paths = []
    for table, schema in SCHEMAS.items():
        path = folder / f"{table}.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(schema.names)
            for row in _each_row(folder, table):
                writer.writerow([_cell(row[name]) for name in schema.names])
        paths.append(path)
    return paths


def write_jsonl(folder: Path) -> list[Path]:
    """Write each table as JSON Lines beside its parts."""
    paths = []
    for table in SCHEMAS:
        path = folder / f"{table}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in _each_row(folder, table))
        paths.append(path)
    return paths


def write_coco(folder: Path) -> Path:
    """Write faces and people as one COCO file, `coco.json`: boxes, keypoints, scores.

    Keypoints have COCO's flag of visibility: 2 for what the network is sure of by half at least, 1 for the rest.

    Reference:
        Lin et al. 2014, arXiv:1405.0312; https://cocodataset.org/#format-data.
    """
    names = {(row["photo"], row["time"]): number for number, row in enumerate(_each_row(folder, "photos"), start=1)}
    images = [
        {"id": names[row["photo"], row["time"]], "file_name": row["photo"], "time": row["time"]}
        | {"width": row["photo_width"], "height": row["photo_height"]}
        for row in _each_row(folder, "photos")
        if row["photo_width"]
    ]
    annotations: list[dict[str, Any]] = []
    for table, category in (("faces", 1), ("people", 2)):
        for row in _each_row(folder, table):
            box = [row["x"], row["y"], row["width"], row["height"]]
            points = _coco_points(row)
            annotations.append(
                {"id": len(annotations) + 1, "image_id": names[row["photo"], row["time"]], "category_id": category}
                | {"bbox": box, "area": box[2] * box[3], "iscrowd": 0}
                | {"keypoints": points, "num_keypoints": sum(flag > 0 for flag in points[2::3])}
                | ({"score": row["score"], "attributes": {"expression": row["expression"]}} if category == 1 else {})
            )
    categories = [
        {"id": 1, "name": "face", "keypoints": list(KAGGLE_NAMES), "skeleton": []},
        {"id": 2, "name": "person", "keypoints": list(NAMES), "skeleton": [[a + 1, b + 1] for a, b in SKELETON]},
    ]
    path = folder / "coco.json"
    about = {"description": "Faces and people found by Glassface", "version": __version__}
    told = {"info": about, "images": images, "annotations": annotations, "categories": categories}
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def _coco_points(row: dict[str, Any]) -> list[float]:
    """Return x, y and visibility of each point, one after the other."""
    if "joints" in row:
        joints = row["joints"]
        triples = zip(joints[::3], joints[1::3], joints[2::3], strict=True)
        return [value for x, y, sure in triples for value in (x, y, 2 if sure >= 0.5 else 1)]
    points = row["keypoints"] or [0.0] * 2 * len(KAGGLE_NAMES)
    flag = 2 if row["keypoints"] else 0
    return [value for x, y in zip(points[::2], points[1::2], strict=True) for value in (x, y, flag)]


def _each_row(folder: Path, table: str) -> Iterator[dict[str, Any]]:
    for batch in read_table(folder, table).to_batches():
        yield from batch.to_pylist()


def _cell(value: Any) -> Any:
    """Return a value for a cell; one that a spreadsheet would take for a formula gets an apostrophe before it."""
    if isinstance(value, list):
        return " ".join(f"{number:g}" for number in value)
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
