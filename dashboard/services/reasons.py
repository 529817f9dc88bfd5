"""Which part decides? Each part of what a network is shown is covered, and its answer is read again.

What changes more than when any of `PLACES` other places of the same size is covered, counts as a reason.
No Streamlit but what keeps the results.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dashboard.drawing.words import percent, quoted, unbroken
from dashboard.services import networks
from dashboard.services.chance import random_map, strongest_pixels
from dashboard.services.kept import findings
from dashboard.subject import Subject, digest
from dashboard.tasks.task import View
from models.faces.changes import cover

PLACES = 20
"""Other places of its size that are covered beside a part: as many as the random maps that maps are tested by."""
LEAST_CHANGE = 0.01
"""A change that the rounded percentages don't show is none."""
HOW_TESTED = (
    f"The sentence in bold was tested: we blurred away each part, and then {PLACES} other places of the same size. "
    "A part counts if it changes the answer more than all of those."
)
CELLS = (
    ("upper left corner", "top", "upper right corner"),
    ("left side", "middle", "right side"),
    ("lower left corner", "bottom", "lower right corner"),
)
"""The parts of a picture without named ones."""
NAMES = {"jaw": "cheeks and jaw"}
PLURALS = ("eyes", "brows", "cheeks and jaw")


@dataclass(frozen=True)
class Covered:
    """A covered part: the share left of the answer, and the class that wins.

    `others` are the shares with other places of its size covered; empty where a part that changes more has beaten its
    own, or where nobody would see the change.
    """

    part: str
    share: float
    others: tuple[float, ...]
    answer: str


@dataclass(frozen=True)
class Reason:
    """What covering the parts one by one changes."""

    label: str
    share: float
    parts: tuple[Covered, ...]

    def change(self, covered: Covered) -> float:
        """Return by how much covering a part raises the probability; negative where it lowers it."""
        return covered.share - self.share

    def beats_chance(self, covered: Covered) -> bool:
        """Return whether a part changes more than each of the other places of its size, and enough to be seen."""
        most = max((abs(other - self.share) for other in covered.others), default=0.0)
        return abs(self.change(covered)) > max(most, LEAST_CHANGE)

    @property
    def most(self) -> Covered | None:
        """The part that changes most of those that beat chance; None where none does."""
        found = [covered for covered in self.parts if self.beats_chance(covered)]
        return max(found, key=lambda covered: abs(self.change(covered)), default=None)


def reason(subject: Subject, view: View) -> Reason:
    """Return what covering each part of the picture changes of the strongest class's probability."""
    label = subject.winner
    key = ("reason", digest(view.pixels.tobytes()), subject.network_name, label)
    return findings().get_or_make(key, lambda: examine(view, subject.network_name, label, masks(subject, view)))


def masks(subject: Subject, view: View) -> dict[str, np.ndarray]:
    """Return how much of each pixel belongs to each part, float32 (h, w): the named parts, else nine fields."""
    named = view.task.part_masks(subject, view)
    if named:
        scale, (height, width) = view.mask_scale, view.size
        parts = {
            NAMES.get(name, name): mask.reshape(height, scale, width, scale).mean(axis=(1, 3), dtype=np.float32)
            for name, mask in named.items()
        }
        return {name: mask for name, mask in parts.items() if mask.sum() >= 1}
    fields = {}
    for row, names in enumerate(CELLS):
        for column, name in enumerate(names):
            mask = np.zeros(view.size, np.float32)
            height, width = view.size
            mask[row * height // 3 : (row + 1) * height // 3, column * width // 3 : (column + 1) * width // 3] = 1
            fields[name] = mask
    return fields


def examine(view: View, network_name: str, label: str, parts: Mapping[str, np.ndarray]) -> Reason:
    """Cover each part, and read what is left of a class's probability.

    What is covered gets the picture with all detail blurred away. A part says how much of each pixel belongs to it.
    Other places of its size are covered for the part that changes most, and for the next one only where those change
    as much: the first part that beats them is the answer.
    """
    index = view.labels.index(label)
    names = list(parts)
    shares = _covered_shares(view, network_name, [np.zeros(view.size, np.float32), *parts.values()])
    whole = float(shares[0, index])
    found = {
        name: Covered(name, float(row[index]), (), view.labels[int(row.argmax())])
        for name, row in zip(names, shares[1:], strict=True)
    }
    for name in sorted(names, key=lambda one: -abs(found[one].share - whole)):
        if abs(found[name].share - whole) <= LEAST_CHANGE:
            break
        area = max(1, round(float(parts[name].sum())))
        places = [strongest_pixels(random_map(seed), view.size, area, seed) for seed in range(PLACES)]
        others = _covered_shares(view, network_name, places)[:, index].tolist()
        found[name] = replace(found[name], others=tuple(others))
        if Reason(label, whole, ()).beats_chance(found[name]):
            break
    return Reason(label, whole, tuple(found.values()))


def _covered_shares(view: View, network_name: str, covers: Sequence[np.ndarray]) -> np.ndarray:
    """Return the probabilities (N, classes) with each of N places covered, each a mask (h, w) of 0 to 1."""
    pixels = view.pixels.astype(np.float32)
    blurred = cover(pixels, np.ones(view.size, np.float32), "blur")
    weights = np.stack(covers).astype(np.float32)
    weights = weights.reshape(*weights.shape, *(1,) * (pixels.ndim - 2))
    pictures = np.rint(pixels * (1 - weights) + blurred * weights).clip(0, 255).astype(np.uint8)
    return networks.score(network_name, pictures)


def say(found: Reason) -> str:
    """Say in a sentence which part decides, or that none does."""
    label, before = quoted(found.label), percent(found.share)
    most = found.most
    if most is None:
        largest = max((abs(found.change(covered)) for covered in found.parts), default=0.0)
        least = f"less than {int(100 * largest) + 1} %"
        if largest <= 0.1:  # a tenth: what the eye takes for the same bar
            return unbroken(f"No single part decides it: covering any one of them changes {label} by {least}.")
        return unbroken(
            f"No single part stands out: covering one changes {label} by {least}, but covering other places of the "
            "same size does just as much."
        )
    them = "them" if most.part in PLURALS else "it"
    after = percent(most.share)
    if found.change(most) > 0:
        does = "speak" if most.part in PLURALS else "speaks"
        return unbroken(
            f"The {most.part} {does} against it: cover {them} and {label} rises from {bare(before)} to {after}."
        )
    turn = f", and the answer becomes {quoted(most.answer)}" if most.answer != found.label else ""
    return unbroken(f"Mostly the {most.part}: cover {them} and {label} falls from {bare(before)} to {after}{turn}.")


def bare(share: str) -> str:
    """Return a percentage without its sign, for a sentence that has another one: "93 %" -> "93"."""
    return share.removesuffix(" %")
