"""A zip archive with a network's file and the names of its classes, such as Teachable Machine exports."""

from __future__ import annotations

import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePosixPath

ENDINGS = (".keras", ".h5", ".hdf5", ".onnx", ".tflite")
LABEL_FILES = ("labels.txt", "classes.txt", "class_names.txt", "labels.json", "metadata.json")
MAX_LABEL_BYTES = 2**20
ZIP = b"PK\x03\x04"
DAMAGED = "The file is a zip archive, but no Keras model, or it is damaged."
CONFIG = "config.json"  # in a .keras file, which is an archive itself
UNREADABLE = (
    KeyError,
    ValueError,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
"""What reading a damaged archive may raise: by its directory, a checksum, the compression, or a password."""


class ArchiveError(ValueError):
    """An archive that no network is taken from; the message is one sentence for the person who chose it."""


@dataclass(frozen=True)
class Package:
    """A network's file and what lies beside it.

    Args:
        data: The bytes of the network's file.
        name: Its name in the archive. Defaults to none, where no archive was around it.
        labels: The names of the classes. Defaults to none.
    """

    data: bytes = field(repr=False)
    name: str = ""
    labels: tuple[str, ...] = ()


def unpacked(data: bytes, max_bytes: int) -> Package:
    """Return the only network of an archive with its labels; a file that is no such archive is returned as it is.

    Nothing is written, and no path in the archive is followed.

    Args:
        data: The file's bytes.
        max_bytes: Greatest size of what is unpacked.

    Raises:
        ArchiveError: The archive is damaged or unpacks to too much, or there are several networks in it.
    """
    if not data.startswith(ZIP):
        return Package(data)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = {one.filename: one for one in archive.infolist() if not one.filename.startswith("__MACOSX/")}
            networks = [name for name in members if PurePosixPath(name).suffix.lower() in ENDINGS]
            if CONFIG in members or not networks:
                return Package(data)
            if len(networks) > 1:
                names = ", ".join(sorted(PurePosixPath(name).name for name in networks))
                raise ArchiveError(f"The zip archive holds several networks ({names}); choose one of them.")
            chosen = members[networks[0]]
            if chosen.file_size > max_bytes:
                raise ArchiveError(
                    f"The file is too large: at most {max_bytes / 2**20:g} MB are taken, unpacked as well."
                )
            beside = [one for name, one in members.items() if PurePosixPath(name).name.lower() in LABEL_FILES]
            texts = [archive.read(one) for one in beside if one.file_size <= MAX_LABEL_BYTES]
            found = [labels for labels in map(read_labels, texts) if labels]
            return Package(archive.read(chosen), PurePosixPath(networks[0]).name, found[0] if found else ())
    except ArchiveError:
        raise
    except UNREADABLE as error:
        raise ArchiveError(DAMAGED) from error


def folders(data: bytes, endings: Sequence[str], max_bytes: int, most: int) -> dict[str, list[tuple[str, bytes]]]:
    """Return the files of an archive by the folder in which each lies, as sets of pictures come.

    Nothing is written, and no path in the archive is followed. Hidden files and those of other kinds are left out.

    Args:
        data: The file's bytes.
        endings: Of the files to take, in small letters, such as ".jpg".
        max_bytes: Greatest size of all files, unpacked.
        most: Greatest number of files.

    Returns:
        (name, bytes) of each file, by the name of its folder, "" for files in none.

    Raises:
        ArchiveError: The archive is damaged, unpacks to too much, or holds too many files.
    """
    found: dict[str, list[tuple[str, bytes]]] = {}
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            chosen = [one for one in archive.infolist() if _is_wanted(PurePosixPath(one.filename), endings)]
            if len(chosen) > most:
                raise ArchiveError(f"The zip archive holds {len(chosen):,} files; at most {most:,} are taken.")
            if sum(one.file_size for one in chosen) > max_bytes:
                raise ArchiveError(
                    f"The zip archive is too large: at most {max_bytes / 2**20:g} MB are taken, unpacked."
                )
            for one in sorted(chosen, key=lambda member: member.filename):
                path = PurePosixPath(one.filename)
                found.setdefault(path.parent.name, []).append((path.name, archive.read(one)))
    except ArchiveError:
        raise
    except UNREADABLE as error:
        raise ArchiveError("The zip archive is damaged, or has a password.") from error
    return found


def _is_wanted(path: PurePosixPath, endings: Sequence[str]) -> bool:
    is_hidden = path.name.startswith(".") or path.parts[:1] == ("__MACOSX",)
    return path.suffix.lower() in endings and not is_hidden


def read_labels(data: bytes | str) -> tuple[str, ...]:
    """Return the names of classes in a text, none where it holds none.

    It is a line a class, each behind its number or not, as in Teachable Machine's "0 cat"; or JSON: a list, an object
    from numbers to names, or one with such under "labels" or "id2label". A name that comes again gets a number.

    Args:
        data: The text, or its bytes in UTF-8.
    """
    text = data.decode("utf-8-sig", errors="replace") if isinstance(data, bytes) else data
    names = _from_json(text) if text.lstrip().startswith(("{", "[")) else _from_lines(text)
    return _told_apart(names)


def _from_json(text: str) -> list[str]:
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if isinstance(told, dict):
        told = told.get("labels") or told.get("id2label") or told
    if isinstance(told, dict):
        if not all(str(key).isdigit() for key in told):
            return []
        told = [told[key] for key in sorted(told, key=int)]
    return [str(name) for name in told] if isinstance(told, list) else []


def _from_lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [re.fullmatch(r"(\d+)[\s:,;.)]+(.+)", line) for line in lines]
    if lines and all(found is not None and int(found[1]) == place for place, found in enumerate(numbered)):
        return [found[2].strip() for found in numbered if found is not None]
    return lines


def _told_apart(names: list[str]) -> tuple[str, ...]:
    told: list[str] = []
    for place, name in enumerate(names):
        shown = " ".join(name.split())[:80] or f"class {place}"
        kept, number = shown, 2
        while kept in told:
            kept, number = f"{shown} ({number})", number + 1
        told.append(kept)
    return tuple(told)
