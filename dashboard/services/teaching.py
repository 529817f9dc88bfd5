"""Networks that a visitor teaches with own pictures: read, taught beside the page, held by the session alone."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import streamlit as st
from PIL import Image, ImageOps

import models
from dashboard.services import networks, own_networks
from dashboard.services.own_networks import Draft, OwnNetwork
from dashboard.services.runs import Report, Run, Slot, gate, start
from dashboard.subject import digest
from interp import explain, load
from interp.archives import ArchiveError, folders
from interp.preparation import Preparation
from interp.trial import Findings
from models import ImageError, detection, teaching
from models.teaching import BASES, MOST_CLASSES, BaseName, Curve
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
MAX_SHOWN = 8
"""Pictures that are shown with their maps once the network is taught."""
METHOD = "grad_cam"
TITLE_LENGTH = 40


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


@dataclass(frozen=True, eq=False)
class Shown:
    """A picture, the network's answer to it, and the map for one class.

    Args:
        picture: As it was taught or asked.
        pixels: RGB uint8 (h, w, 3), as the network sees it.
        label: The class that it belongs to.
        shares: The probability of each class.
        values: float32 (h, w), the map for `mapped`; zeros where nothing speaks for it.
        mapped: The class that the map is for.
        is_held_out: Whether the network was not taught with it.
    """

    picture: Picture
    pixels: np.ndarray = field(repr=False)
    label: str
    shares: dict[str, float]
    values: np.ndarray = field(repr=False)
    mapped: str
    is_held_out: bool

    @property
    def winner(self) -> str:
        """The network's answer."""
        return max(self.shares, key=self.shares.__getitem__)


@dataclass(frozen=True, eq=False)
class Change:
    """What a change in the picture's corner does to the answer: for one picture, and for all that were held back.

    Of `count` pictures `flipped` get another answer by it; both maps are for one class.
    """

    before: Shown
    after: Shown
    flipped: int
    count: int


@dataclass(frozen=True, eq=False)
class Outcome:
    """A network that was taught.

    Args:
        own: As all pages open it.
        file: The `.keras` file.
        shown: Some pictures with their maps, those that were held back before others.
        labels: The names of the classes.
        taught: How many pictures of each class it was taught with.
        held_out: How many of each were held back.
        left_out: Pictures without a face, where faces are looked at.
        changes: What covering the mark and stamping it does, in the shortcut lesson. Defaults to nothing.
    """

    own: OwnNetwork
    file: bytes = field(repr=False)
    shown: tuple[Shown, ...]
    labels: tuple[str, ...]
    taught: tuple[int, ...]
    held_out: tuple[int, ...]
    left_out: int
    changes: tuple[Change, Change] | None = None

    @property
    def first(self) -> Shown:
        """The picture to look at first."""
        return self.shown[0] if self.changes is None else self.changes[0].before


@dataclass(frozen=True, eq=False)
class Progress:
    """How far teaching is."""

    curve: Curve
    outcome: Outcome | None = None


READING: Slot[Read] = Slot("taught_reading")
TEACHING: Slot[Progress] = Slot("taught_network")


# The classes ---------------------------------------------------------------------------------------------------------


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


# Teaching ------------------------------------------------------------------------------------------------------------


def start_teaching(groups: Sequence[Group], base: BaseName, *, is_lesson: bool = False) -> Run[Progress]:
    """Start to teach a network beside the page."""

    def work(report: Report[Progress]) -> Progress:
        return teach(groups, base, report, is_lesson=is_lesson)

    return start(work, gate(), settings={"base": base, "is_lesson": is_lesson})


def teach(groups: Sequence[Group], base: BaseName, report: Report[Progress], *, is_lesson: bool = False) -> Progress:
    """Teach a network and look at what it has learned, in this thread; see `start_teaching`.

    Raises:
        ValueError: A class has too few pictures with a face, where faces are looked at.
    """
    steps = teaching.EPOCHS if not BASES[base].network else teaching.STEPS
    report(0, steps)
    networks.import_tensorflow()
    listed, left_out = _listed(groups, base, report)
    pixels = np.stack([teaching.cut(decoded(picture), base) for picture, _ in listed])
    labels = np.array([label for _, label in listed])
    names = tuple(group.name for group in groups)
    counts = np.bincount(labels, minlength=len(names))
    if counts.min() < teaching.LEAST_PICTURES:
        few = names[int(counts.argmin())]
        raise ValueError(
            f"Too few pictures of “{few}” show a face: {counts.min()}, and {teaching.LEAST_PICTURES} are needed."
        )

    def follow(curve: Curve) -> None:
        report(min(len(curve.loss), steps), steps, Progress(curve))

    taught = teaching.teach(pixels, labels, base, follow)
    report(steps, steps)
    held = taught.is_held_out
    file = teaching.file_of(taught.model)
    block = teaching.scores(labels[held], taught.shares[held], names)
    own = _own(file, base, names, block, counts)
    shown = []
    for number in _to_show(labels, held):
        report(steps, steps)
        shown.append(_shown(own, listed[number][0], pixels[number], names, labels[number], bool(held[number])))
    changes = _changes(own, base, listed, labels, held, names) if is_lesson else None
    held_out = np.bincount(labels[held], minlength=len(names))
    outcome = Outcome(
        own,
        file,
        tuple(shown),
        names,
        tuple(int(count) for count in counts - held_out),
        tuple(int(count) for count in held_out),
        left_out,
        changes,
    )
    return Progress(taught.curve, outcome)


def _listed(groups: Sequence[Group], base: BaseName, report: Report[Progress]) -> tuple[list[tuple[Picture, int]], int]:
    """Return each picture, or its face, with the number of its class, and how many lack a face that is looked for."""
    listed, left_out = [], 0
    for label, group in enumerate(groups):
        for picture in group.pictures:
            if base != "faces":
                listed.append((picture, label))
                continue
            report(0, teaching.STEPS)
            face = _face(picture)
            left_out += face is None
            listed += [] if face is None else [(face, label)]
    return listed, left_out


def _face(picture: Picture) -> Picture | None:
    """Return the square around the largest face of a picture; None where there is none."""
    image = decoded(picture)
    faces = detection.detect(image)
    if not faces:
        return None
    x, y, width, height = max((face.box for face in faces), key=lambda box: box[2] * box[3])
    side = min(max(width, height), *image.shape[:2])
    left = int(np.clip(x + (width - side) // 2, 0, image.shape[1] - side))
    top = int(np.clip(y + (height - side) // 2, 0, image.shape[0] - side))
    return encoded(picture.name, np.ascontiguousarray(image[top : top + side, left : left + side]))


def _own(
    file: bytes, base: BaseName, names: tuple[str, ...], block: dict[str, object], counts: np.ndarray
) -> OwnNetwork:
    """Return a taught network as all pages open it, from the file that its visitor can take along."""
    network, told = load(file), BASES[base]
    preparation = Preparation((told.side, told.side), "grey" if told.channels == 1 else "rgb", fit="pad")
    title = ", ".join(names)
    title = title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1]}…"
    findings = Findings(
        preparation,
        (told.side, told.side, told.channels),
        len(names),
        names,
        len(network.layers),
        int(network.model.count_params()),
        True,
        False,
        0.0,
    )
    draft = Draft("taught", digest(file), len(file), network, findings)
    card = {
        "intended_use": f"Taught in this visit, with the pictures of {len(names)} classes. {told.words}",
        "not_for": "Anything but trying out: a few pictures of one's own tell little about others'.",
        "data": {"name": "pictures of your own", "pictures": int(counts.sum())},
        "split": "One in five of each class's pictures was held back.",
        "metrics": {"validation": block} if block else {},
    }
    return own_networks.make(draft, preparation, names, f"Taught: {title}", card)


def _to_show(labels: np.ndarray, held: np.ndarray) -> list[int]:
    """Return the numbers of the pictures to show, as many of each class, those that were held back first."""
    of_each = max(1, MAX_SHOWN // (int(labels.max()) + 1) // 2)
    chosen: list[int] = []
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        chosen += [int(place) for place in [*places[held[places]], *places[~held[places]]][:of_each]]
    return chosen


def _shown(
    own: OwnNetwork, picture: Picture, pixels: np.ndarray, names: Sequence[str], label: int, is_held_out: bool
) -> Shown:
    (shares,) = own.network.predict(pixels[None])
    found = explain(own.network, pixels, METHOD, target=int(label))
    rgb = pixels if pixels.shape[-1] == 3 else np.repeat(pixels, 3, axis=-1)
    answer = dict(zip(names, shares.tolist(), strict=True))
    return Shown(picture, rgb, names[label], answer, found.values, names[label], is_held_out)


def _changes(
    own: OwnNetwork,
    base: BaseName,
    listed: Sequence[tuple[Picture, int]],
    labels: np.ndarray,
    held: np.ndarray,
    names: Sequence[str],
) -> tuple[Change, Change]:
    """Return what covering the mark does to the marked class, and stamping it to the other one."""
    changes = []
    for label, what, do in (
        (shortcut.MARKED, "mark covered", shortcut.covered),
        (1 - shortcut.MARKED, "with the mark", shortcut.stamped),
    ):
        originals = [listed[int(number)][0] for number in np.flatnonzero(held & (labels == label))]
        changed = [teaching.cut(do(decoded(picture)), base) for picture in originals]
        answers = own.network.predict(np.stack(changed)).argmax(axis=1)
        named = Picture(f"{originals[0].name}, {what}", encoded("", do(decoded(originals[0]))).data)
        before = _shown(own, originals[0], teaching.cut(decoded(originals[0]), base), names, label, True)
        after = _shown(own, named, changed[0], names, label, True)
        mapped = shortcut.MARKED  # one class for all four maps: they show the mark, or that it is gone
        before, after = (_mapped(own, one, names, mapped) for one in (before, after))
        changes.append(Change(before, after, int((answers != label).sum()), len(originals)))
    return changes[0], changes[1]


def _mapped(own: OwnNetwork, shown: Shown, names: Sequence[str], label: int) -> Shown:
    """Return a picture with the map for another class."""
    pixels = shown.pixels if own.preparation.channels == 3 else shown.pixels[..., :1]
    values = explain(own.network, pixels, METHOD, target=label).values
    return replace(shown, values=values, mapped=names[label])
