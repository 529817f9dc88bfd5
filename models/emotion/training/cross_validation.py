"""Repeated stratified cross-validation by groups of identical pictures: the mean and the spread of a score."""

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from models.emotion.training.datasets import ExpressionData
from models.emotion.training.evaluation import probabilities
from models.training.classification import classification_scores

NOTE = (
    "Every fold trains a new network from scratch and scores the weights of its last epoch on faces it has not seen; "
    "nothing is chosen on them. Identical pictures stay in one fold. The deviation is the standard deviation over all "
    "folds of all repeats; as their training faces overlap, it is not the error of the mean."
)


def group_folds(labels: np.ndarray, groups: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """Deal faces out to folds, each with nearly the same share of each class, groups undivided.

    Args:
        labels: (N,), whole numbers from 0.
        groups: (N,), faces of the same number stay together.
        folds: how many, at least two.
        seed: of the random order.

    Returns:
        int (N,), the fold of each face, from 0.

    Raises:
        ValueError: if there are fewer than two folds, or fewer groups of a class than folds.
    """
    if folds < 2:
        raise ValueError(f"Cross-validation needs at least two folds, but there are to be {folds}.")
    _, first, member, sizes = np.unique(groups, return_index=True, return_inverse=True, return_counts=True)
    fold_of_group = np.zeros(len(first), int)
    random = np.random.default_rng(seed)
    for label in np.unique(labels):
        own = random.permutation(np.flatnonzero(labels[first] == label))  # a group counts as its first face's class
        if len(own) < folds:
            raise ValueError(f"Class {label} has {len(own)} different pictures; {folds} folds need as many.")
        middle = np.cumsum(sizes[own]) - sizes[own] / 2
        fold_of_group[own] = (middle * folds / sizes[own].sum()).astype(int)
    return fold_of_group[member.ravel()]


def splits(
    data: ExpressionData, folds: int, repeats: int, seed: int
) -> Iterator[tuple[int, int, tuple[np.ndarray, np.ndarray]]]:
    """Return (repeat, fold, (training, validation)) of each fold; black pictures are left out of the training parts."""
    is_blank = data.images.reshape(len(data), -1).max(axis=1) == 0
    for repeat in range(repeats):
        fold_of = group_folds(data.labels, data.first_duplicate, folds, seed + repeat)
        for fold in range(folds):
            held_out = fold_of == fold
            yield repeat, fold, (np.flatnonzero(~held_out & ~is_blank), np.flatnonzero(held_out))


def cross_validate(
    fit: Callable[[str, tuple[np.ndarray, np.ndarray]], keras.Model],
    data: ExpressionData,
    classes: tuple[str, ...],
    folds: int,
    repeats: int,
    seed: int = 0,
) -> dict[str, Any]:
    """Train and scores a network a fold.

    Args:
        fit: trains a new network; takes the fold's name and its (training, validation) positions.
        data: the faces.
        classes: names of the labels.
        folds, repeats: repeats times, the faces are dealt out anew to so many folds.
        seed: of the folds.

    Returns:
        Plain JSON values: each fold's scores, their mean and standard deviation, and the share of the commonest class.
    """
    rows = []
    for repeat, fold, split in splits(data, folds, repeats, seed):
        network = fit(f"repeat{repeat + 1}_fold{fold + 1}", split)
        held_out = data.take(split[1])
        scores = classification_scores(probabilities(network, held_out.images), held_out.labels, classes)
        rows.append(
            {"repeat": repeat + 1, "fold": fold + 1} | {key: scores[key] for key in ("faces", "accuracy", "macro_f1")}
        )
    counts = np.bincount(data.labels, minlength=len(classes))
    return {
        "folds": folds,
        "repeats": repeats,
        "faces": len(data),
        "class_faces": dict(zip(classes, counts.tolist(), strict=True)),
        "majority": float(counts.max() / len(data)),
        "accuracy": _spread([row["accuracy"] for row in rows]),
        "macro_f1": _spread([row["macro_f1"] for row in rows]),
        "rows": rows,
        "note": NOTE,
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1))}
