"""The faces that the operator points the app at: their balance, averages, duplicates and noise. No Streamlit.

A visitor cannot choose the file: its path is the operator's setting, the environment variable `GLASSFACE_DATA`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import EXPRESSIONS
from models.emotion.training.datasets import (
    PRIVATE_TEST,
    PUBLIC_TEST,
    TRAINING,
    TRAINING_ROWS,
    ExpressionData,
    read_fer2013,
)

VARIABLE = "GLASSFACE_DATA"
PARTS = (PUBLIC_TEST, PRIVATE_TEST, TRAINING)
"""In the order in which they are offered: no network was trained on the first."""
VOTES = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt", "unknown", "no face")
"""What the FER+ voters could choose, in the order of their columns, by the words of this app."""
UNDECIDED = -1


class DataError(ValueError):
    """The operator's data cannot be used; the message is one plain sentence."""


@dataclass(frozen=True)
class Source:
    """The operator's file, of which only the name is ever shown, and when it was last written."""

    path: Path
    changed: float

    @property
    def usages(self) -> tuple[str, ...]:
        """The parts that can be chosen; a prepared file holds one, without a name."""
        return PARTS if self.path.suffix.lower() == ".csv" else ()


@dataclass(frozen=True)
class Group:
    """Faces with the identical picture: their positions in the data, and whether their labels differ."""

    positions: tuple[int, ...]
    is_conflict: bool


@dataclass(frozen=True, eq=False)
class FaceSet:
    """Faces and what is known of them.

    Args:
        faces: the faces.
        labels: names of the classes.
        counts: faces of each class.
        averages: uint8 (classes, h, w), the mean face of each class.
        groups: identical pictures, those with conflicting labels first.
        repeated: int, faces whose picture stands in Training as well, where this is another part.
        blank: int, pictures that are all black.
        crowd: int (N,), what most FER+ voters chose, as an index into VOTES; UNDECIDED where two are level. None
            without votes.
    """

    faces: ExpressionData
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    averages: np.ndarray
    groups: tuple[Group, ...]
    repeated: int
    blank: int
    crowd: np.ndarray | None

    def label(self, position: int) -> str:
        """Return the name of the label of one face."""
        return self.labels[int(self.faces.labels[position])]

    def crowd_says(self, position: int) -> str | None:
        """Return what most voters chose for one face; None where they are level, or there are no votes."""
        if self.crowd is None or self.crowd[position] == UNDECIDED:
            return None
        return VOTES[int(self.crowd[position])]


def find_source() -> Source | None:
    """Return the operator's file, None where none is set; DataError where it cannot be used."""
    setting = os.environ.get(VARIABLE, "").strip()
    if not setting:
        return None
    path = Path(setting).expanduser()
    if path.suffix.lower() not in (".csv", ".npz"):
        raise DataError(f"{VARIABLE} names “{path.name}”; expected fer2013.csv or a prepared .npz file.")
    try:
        return Source(path, path.stat().st_mtime)
    except OSError as error:
        raise DataError(f"{VARIABLE} names “{path.name}”, which is not there or can't be read.") from error


def read_faces(source: Source, usage: str) -> FaceSet:
    """Read the faces of one part and look them over; ValueError where the file is not what it should be."""
    try:
        faces = read_fer2013(source.path, usage)
    except (OSError, KeyError) as error:
        raise DataError(f"“{source.path.name}” is not a file of faces that this app knows.") from error
    return look_over(faces, EXPRESSIONS)


def look_over(faces: ExpressionData, labels: Sequence[str]) -> FaceSet:
    """Count, average and group faces."""
    counts = np.bincount(faces.labels, minlength=len(labels))
    averages = np.zeros((len(labels), *faces.images.shape[1:]), np.uint8)
    for index in np.flatnonzero(counts):
        averages[index] = np.rint(faces.images[faces.labels == index].mean(axis=0, dtype=np.float64))
    is_training = bool((faces.rows < TRAINING_ROWS).any())
    return FaceSet(
        faces=faces,
        labels=tuple(labels),
        counts=tuple(int(count) for count in counts),
        averages=averages,
        groups=_groups(faces),
        repeated=0 if is_training else int((faces.first_duplicate < TRAINING_ROWS).sum()),
        blank=int((faces.images.reshape(len(faces.labels), -1).max(axis=1) == 0).sum()),
        crowd=None if faces.votes is None else crowd_choice(faces.votes),
    )


def _groups(faces: ExpressionData) -> tuple[Group, ...]:
    firsts, numbers, counts = np.unique(faces.first_duplicate, return_inverse=True, return_counts=True)
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.cumsum(counts)[:-1]) if len(firsts) else []
    groups = [
        Group(tuple(part.tolist()), is_conflict=len(set(faces.labels[part].tolist())) > 1)
        for part in parts
        if len(part) > 1
    ]
    return tuple(sorted(groups, key=lambda group: (not group.is_conflict, -len(group.positions), group.positions)))


def crowd_choice(votes: np.ndarray) -> np.ndarray:
    """Return what most voters chose, int (N,); UNDECIDED where two options are level or nobody voted."""
    best = votes.max(axis=1, keepdims=True)
    is_level = (votes == best).sum(axis=1) > 1
    return np.where(is_level | (best[:, 0] == 0), UNDECIDED, votes.argmax(axis=1))


def agreement(faces: FaceSet) -> dict[str, float]:
    """Return for each label the share of its faces on which the crowd's choice is that label."""
    if faces.crowd is None:
        return {}
    agrees = faces.crowd == _labels_as_votes(faces)
    return {
        label: float(agrees[faces.faces.labels == index].mean())
        for index, label in enumerate(faces.labels)
        if faces.counts[index]
    }


def disputed(faces: FaceSet) -> np.ndarray:
    """Return positions of faces whose voters chose something other than the label, the clearest first."""
    if faces.crowd is None or faces.faces.votes is None:
        return np.zeros(0, int)
    own = _labels_as_votes(faces)
    differs = np.flatnonzero((faces.crowd != UNDECIDED) & (faces.crowd != own))
    votes = faces.faces.votes.astype(int)
    strength = votes[differs, faces.crowd[differs]] - votes[differs, own[differs]]
    return differs[np.argsort(-strength, kind="stable")]


def _labels_as_votes(faces: FaceSet) -> np.ndarray:
    own = np.array([VOTES.index(label) if label in VOTES else UNDECIDED - 1 for label in faces.labels])
    return own[faces.faces.labels]


def random_faces(faces: FaceSet, label: int, count: int, seed: int) -> np.ndarray:
    """Return positions of faces of one class, drawn without repetition."""
    positions = np.flatnonzero(faces.faces.labels == label)
    return np.random.default_rng([seed, label]).permutation(positions)[:count]


def mistakes(faces: FaceSet, shares: np.ndarray, label: int | None = None, answer: int | None = None) -> np.ndarray:
    """Return positions of faces whose answer is not their label, the surest wrong answer first.

    Args:
        faces: the faces.
        shares: float (N, classes), the network's probabilities.
        label: only faces with this label. Defaults to None: all.
        answer: only faces with this answer. Defaults to None: all.
    """
    answers = shares.argmax(axis=1)
    is_wrong = answers != faces.faces.labels
    if label is not None:
        is_wrong &= faces.faces.labels == label
    if answer is not None:
        is_wrong &= answers == answer
    wrong = np.flatnonzero(is_wrong)
    return wrong[np.argsort(-shares[wrong].max(axis=1), kind="stable")]
