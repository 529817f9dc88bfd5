"""Networks that a visitor teaches with own pictures, beside the page, and what they have learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dashboard.services import networks, own_networks
from dashboard.services.own_networks import Draft, OwnNetwork
from dashboard.services.runs import Report, Run, Slot, gate, start
from dashboard.services.taught_classes import Group, Picture, decoded, encoded
from dashboard.subject import digest
from interp import explain, load
from interp.preparation import Preparation
from interp.trial import Findings
from models import detection, teaching
from models.teaching import BASES, BaseName, Curve
from sample_images import shortcut

MAX_SHOWN = 8
"""Pictures that are shown with their maps once the network is taught."""
METHOD = "grad_cam"
TITLE_LENGTH = 40


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


TEACHING: Slot[Progress] = Slot("taught_network")


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
