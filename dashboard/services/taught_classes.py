"""The classes of pictures that a visitor teaches a network with: read, and held by the session alone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

import models
from dashboard.services.runs import Report, Run, Slot, gate, start
from interp.archives import ArchiveError, folders
from models import ImageError, teaching
from models.teaching import MOST_CLASSES
from sample_images import shortcut

SESSION = "taught_classes"
"""The session key of the classes with their pictures: nothing else holds them."""
MOST_PICTURES = 100
"""Of a class; ten classes of them take about 25 MB."""
SIDE = 256
"""Pixels of the longer side of a kept picture: more than any network here is shown."""
QUALITY = 92
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif")
MAX_UNPACKED = 500 * 2**20


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture to teach with, as JPEG."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, eq=False)
class Group:
    """A class and its pictures."""

    key: int
    name: str
    pictures: tuple[Picture, ...] = field(default=(), repr=False)


@dataclass(frozen=True, eq=False)
class Read:
    """What came out of files.

    Args:
        found: The pictures by the key of their class, or by the name of their folder.
        refused: A sentence for each file that no picture was taken from.
    """

    found: dict[int | str, tuple[Picture, ...]] = field(repr=False)
    refused: tuple[str, ...] = ()


READING: Slot[Read] = Slot("taught_reading")


def classes() -> tuple[Group, ...]:
    """Return the session's classes; two empty ones to begin with."""
    found: tuple[Group, ...] = st.session_state.setdefault(SESSION, (Group(0, "Class 1"), Group(1, "Class 2")))
    return found


def put(groups: Sequence[Group]) -> None:
    """Keep other classes for the session."""
    st.session_state[SESSION] = tuple(groups)


def add_class(name: str = "") -> None:
    """Callback: add an empty class, as long as there are not too many."""
    groups = classes()
    if len(groups) < MOST_CLASSES:
        key = 1 + max((group.key for group in groups), default=-1)
        put([*groups, Group(key, name or f"Class {key + 1}")])


def remove_class(key: int) -> None:
    """Callback: let a class and its pictures go."""
    put([group for group in classes() if group.key != key])


def change(key: int, *, name: str | None = None, pictures: Sequence[Picture] | None = None) -> None:
    """Give a class another name or other pictures."""
    put(
        [
            replace(
                group,
                name=group.name if name is None else " ".join(name.split())[:40] or group.name,
                pictures=group.pictures if pictures is None else tuple(pictures)[:MOST_PICTURES],
            )
            if group.key == key
            else group
            for group in classes()
        ]
    )


def take(read: Read) -> list[str]:
    """Add pictures to the session's classes, new ones for folders; return a sentence on each thing left out."""
    told = list(read.refused)
    if any(isinstance(key, str) for key in read.found):  # classes that nobody has used make room
        put([group for group in classes() if group.pictures])
    for key, pictures in read.found.items():
        group = next((one for one in classes() if key in (one.key, one.name)), None)
        if group is None and isinstance(key, str):
            add_class(key)
            group = next((one for one in classes() if one.name == key), None)
        if group is None:
            told.append(f"“{key}” was left out: at most {MOST_CLASSES} classes are taken.")
            continue
        before = len(group.pictures)
        change(group.key, pictures=[*group.pictures, *pictures])
        if before + len(pictures) > MOST_PICTURES:
            told.append(f"“{group.name}” keeps {MOST_PICTURES} pictures, the most that a class may have.")
    return told


def problem_of(groups: Sequence[Group]) -> str:
    """Say what is still needed before a network can be taught; "" where nothing is."""
    names = [group.name for group in groups]
    if len(groups) < teaching.LEAST_CLASSES:
        return f"Teaching needs {teaching.LEAST_CLASSES} classes at least."
    if twice := sorted({name for name in names if names.count(name) > 1}):
        return f"Two classes are called “{twice[0]}”; give one of them another name."
    few = [group.name for group in groups if len(group.pictures) < teaching.LEAST_PICTURES]
    if few:
        words = " and ".join([", ".join(f"“{name}”" for name in few[:-1]), f"“{few[-1]}”"][len(few) == 1 :])
        return f"{words} {'needs' if len(few) == 1 else 'need'} {teaching.LEAST_PICTURES} pictures at least."
    return ""


# Reading -------------------------------------------------------------------------------------------------------------


def start_reading(files: Sequence[tuple[str, bytes]], key: int | None = None) -> Run[Read]:
    """Start to read pictures beside the page.

    Args:
        files: Name and bytes of each: pictures, and zip archives with a folder for each class.
        key: Of the class that they belong to. Defaults to None: only archives are taken.
    """

    def work(report: Report[Read]) -> Read:
        listed, refused = _unpacked(files, key)
        found: dict[int | str, list[Picture]] = {}
        for done, (place, name, data) in enumerate(listed):
            report(done, len(listed))
            if len(found.setdefault(place, [])) >= MOST_PICTURES:
                continue
            try:
                found[place].append(encoded(name, models.load_image(data)))
            except ImageError as error:
                refused.append(f"“{name}” was left out. {error}")
        return Read({place: tuple(pictures) for place, pictures in found.items() if pictures}, tuple(refused))

    return start(work, gate())


def _unpacked(
    files: Sequence[tuple[str, bytes]], key: int | None
) -> tuple[list[tuple[int | str, str, bytes]], list[str]]:
    """Return the class, the name and the bytes of each picture, and what was refused."""
    listed: list[tuple[int | str, str, bytes]] = []
    refused: list[str] = []
    for name, data in files:
        if key is not None:
            listed.append((key, name, data))
            continue
        try:
            found = folders(data, ENDINGS, MAX_UNPACKED, MOST_CLASSES * MOST_PICTURES)
        except ArchiveError as error:
            refused.append(str(error))
            continue
        if not found:
            refused.append(f"There is no picture in “{name}”; a folder of pictures for each class is needed.")
        if loose := found.pop("", []):
            refused.append(f"Pictures of “{name}” that lie in no folder were left out: {len(loose)}.")
        listed += [(folder[:40], one, picture) for folder, members in found.items() for one, picture in members]
    return listed, refused


def encoded(name: str, image: np.ndarray) -> Picture:
    """Return a picture, RGB uint8 (H, W, 3), as it is kept."""
    small = Image.fromarray(image)
    small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
    small.save(buffer := io.BytesIO(), format="JPEG", quality=QUALITY, subsampling=0)
    return Picture(name, buffer.getvalue())


def decoded(picture: Picture) -> np.ndarray:
    """Return a kept picture, RGB uint8 (h, w, 3)."""
    return np.asarray(Image.open(io.BytesIO(picture.data)).convert("RGB"))


def thumbnail(picture: Picture, side: int) -> np.ndarray:
    """Return a small square from the middle of a kept picture, RGB uint8 (side, side, 3)."""
    return np.asarray(ImageOps.fit(Image.open(io.BytesIO(picture.data)).convert("RGB"), (side, side)))


def lesson() -> tuple[Group, Group]:
    """Return the classes of the shortcut lesson."""
    days = shortcut.photos()
    monday, tuesday = (
        Group(key, day, tuple(encoded(f"{day} {number + 1}", picture) for number, picture in enumerate(days[day])))
        for key, day in enumerate(shortcut.CLASSES)
    )
    return monday, tuesday
