"""Faces of many photos: from a folder of tables that the operator names, or from a visitor's zip. No Streamlit.

A visitor cannot choose the folder: its path is the operator's setting, the environment variable `GLASSFACE_RESULTS`.
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageOps

from interp.archives import UNREADABLE
from models import EXPRESSIONS, ImageError, analyse, load_image
from models.batch import PHOTOS
from models.rows import face_row

RESULTS = "GLASSFACE_RESULTS"
MOST_PHOTOS = 200
MOST_MB = 100
"""Megabytes of one visitor's photos, packed or not."""
MOST_PHOTO_MB = 10
ALL_MB = 500
"""Megabytes of all visitors' photos together."""
TILE = 96
"""Pixels of a side of a face on the wall."""
MARGIN = 1.3
"""Side of a face on the wall over the longer side of its box, so that hair and chin are on it."""
ORDERS = {"expression": "Expression", "doubt": "Doubt", "size": "Face size"}
COLUMNS = ("photo", "face", "x", "y", "width", "height", "expression")


class FolderError(ValueError):
    """A folder or zip that can't be shown; the message is one plain sentence."""


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces of many photos.

    Args:
        table: a row a face: photo, sha256 of the photo, face (its number from 1), x, y, width, height, expression, and
            share, the greatest of its expressions'.
        photos: how many were read.
        unread: how many could not be.
        read: returns a photo's bytes by its name; raises FolderError.
        data: dict of the bytes by the photos' names, of a zip.
    """

    table: pd.DataFrame
    photos: int
    unread: int
    read: Callable[[str], bytes]
    data: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """Faces of each expression, the most frequent first."""
        return {str(name): int(count) for name, count in self.table["expression"].value_counts().items()}

    def ordered(self, order: str, expression: str | None = None) -> pd.DataFrame:
        """Return the faces, or those of one expression, in one of the `ORDERS`."""
        table = self.table if expression is None else self.table[self.table["expression"] == expression]
        if order == "doubt":
            return table.sort_values("share", kind="stable")
        if order == "size":
            area = table["width"] * table["height"]
            return table.loc[area.sort_values(ascending=False, kind="stable").index]
        return table.sort_values(["expression", "share"], ascending=[True, False], kind="stable")


def tile(image: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return a face with what is around it, RGB uint8 (TILE, TILE, 3), from a photo uint8 (H, W, 3)."""
    x, y, width, height = box
    half = MARGIN * max(width, height) / 2
    left, top = max(0, round(x + width / 2 - half)), max(0, round(y + height / 2 - half))
    right, bottom = round(x + width / 2 + half), round(y + height / 2 + half)
    return np.asarray(ImageOps.fit(Image.fromarray(image[top:bottom, left:right]), (TILE, TILE)))


# A visitor's zip -----------------------------------------------------------------------------------------------------

_kept: weakref.WeakSet[Faces] = weakref.WeakSet()
_lock = threading.Lock()


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the photos of a zip by their names; nothing is written, and no path in it is followed.

    Raises:
        FolderError: It is damaged, holds no photos, too many, or too large ones.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            found = [one for one in archive.infolist() if _is_photo(one.filename)]
            if not found:
                raise FolderError("The zip has no photos in it.")
            if len(found) > MOST_PHOTOS:
                raise FolderError(f"The zip holds {len(found):,} photos; at most {MOST_PHOTOS} are taken.")
            largest = max(found, key=lambda one: one.file_size)
            if (size := largest.file_size / 2**20) > MOST_PHOTO_MB:
                name = PurePosixPath(largest.filename).name
                raise FolderError(f"“{name}” has {size:.0f} MB, and a photo may have {MOST_PHOTO_MB}.")
            if sum(one.file_size for one in found) > MOST_MB * 2**20:
                raise FolderError(f"The photos have more than {MOST_MB} MB, unpacked; take fewer of them.")
            return {one.filename: archive.read(one) for one in found}
    except FolderError:
        raise
    except UNREADABLE as error:
        raise FolderError("This isn't a zip file, or it is damaged or password-protected.") from error


def _is_photo(name: str) -> bool:
    path = PurePosixPath(name)
    return path.suffix.lower() in PHOTOS and not name.startswith("__MACOSX/") and not path.name.startswith(".")


def read_photos(photos: Mapping[str, bytes], report: Callable[[int, int], None]) -> Faces:
    """Return the faces of photos by their names; `report` is called with how many are done, and of how many.

    Raises:
        FolderError: All visitors together hold too many photos.
    """
    rows: list[dict[str, Any]] = []
    unread = 0
    for done, (name, data) in enumerate(photos.items()):
        report(done, len(photos))
        try:
            found = analyse(load_image(data), people=False)
        except ImageError:
            unread += 1
            continue
        rows += [{"photo": name} | face_row(face, number) for number, face in enumerate(found.faces, start=1)]
    table = _with_shares(pd.DataFrame(rows, columns=[*COLUMNS, *EXPRESSIONS]))
    table["sha256"] = [hashlib.sha256(photos[name]).hexdigest() for name in table["photo"]]
    faces = Faces(table, len(photos) - unread, unread, photos.__getitem__, photos)
    with _lock:
        held = sum(len(data) for one in _kept for data in one.data.values())
        if held + sum(map(len, photos.values())) > ALL_MB * 2**20:
            raise FolderError(
                "This server is holding many visitors' photos just now. Try again later, or with fewer photos."
            )
        _kept.add(faces)
    return faces


def _with_shares(table: pd.DataFrame) -> pd.DataFrame:
    shares = table[list(EXPRESSIONS)].max(axis=1)
    return table[list(COLUMNS)].assign(share=shares)


# The operator's folder -----------------------------------------------------------------------------------------------


def find_results() -> tuple[Path, str] | None:
    """Return the operator's folder and what names its present state; None where none is set.

    Raises:
        FolderError: It is no folder of results.
    """
    setting = os.environ.get(RESULTS, "").strip()
    if not setting:
        return None
    folder = Path(setting).expanduser()
    try:
        parts = sorted((part.name, part.stat().st_mtime_ns) for part in (folder / "photos").glob("part-*.parquet"))
    except OSError as error:
        raise FolderError(f"{RESULTS} names “{folder.name}”, which can't be read.") from error
    if not parts:
        raise FolderError(f"{RESULTS} names “{folder.name}”, where `glassface analyse` has written no tables yet.")
    return folder, hashlib.sha256(repr((str(folder), parts)).encode()).hexdigest()


def read_results(folder: Path) -> Faces:
    """Return the faces on the photos of a folder of results; frames of films are left out.

    Raises:
        FolderError: Its tables are damaged.
    """
    from pyarrow import ArrowException

    from models import tables  # pyarrow takes a moment, which a server without results need not wait for

    try:
        photos = tables.read_table(folder, "photos", ["photo", "time", "sha256", "error"]).to_pandas()
        faces = tables.read_table(folder, "faces", ["time", *COLUMNS, *EXPRESSIONS]).to_pandas()
    except (ArrowException, OSError, ValueError) as error:
        raise FolderError(f"The tables in “{folder.name}” are damaged.") from error
    photos = photos[photos["time"].isna()].drop_duplicates("photo", keep="last")
    hashes = dict(zip(photos["photo"], photos["sha256"], strict=True))
    faces = faces[faces["time"].isna() & faces["photo"].isin(hashes)].drop_duplicates(["photo", "face"], keep="last")
    table = _with_shares(faces.reset_index(drop=True))
    table["sha256"] = table["photo"].map(hashes)
    unread = int(photos["error"].notna().sum())

    def read(name: str) -> bytes:
        return _read_photo(folder, name, hashes.get(name, ""))

    return Faces(table, len(photos) - unread, unread, read)


def _read_photo(folder: Path, name: str, digest: str) -> bytes:
    """Return a photo's bytes if it is there, or beside the folder, and is still the one that was read."""
    for path in (Path(name), folder.parent / name):
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if hashlib.sha256(data).hexdigest() == digest:
            return data
    raise FolderError(f"“{Path(name).name}” is no longer there, or has changed.")
