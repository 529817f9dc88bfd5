"""The ten FER+ voters: whom does a network side with, the FER2013 label or the crowd, and how noisy is the label?"""

from typing import Any

import numpy as np

from models.training.classification import accuracy

VOTE_NAMES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
COLUMNS = (4, 5, 6, 1, 3, 2, 0)  # of the votes, in the order of `models.emotion.EXPRESSIONS`
CLEAR_VOTES = 5  # of ten, for one expression


def compare_with_voters(
    shares: np.ndarray, labels: np.ndarray, votes: np.ndarray, names: tuple[str, ...]
) -> dict[str, Any] | None:
    """Hold a network's answers and the FER2013 labels against the votes of ten people (FER+).

    The crowd's choice is the option with the most of the votes, "contempt", "unknown" and "no face" included; where two
    tie for the most votes there is none. FER+ voters saw the same pictures, so where they side with the network against
    the label, the label is likely to be wrong. They are ten people as well, not the truth.

    Args:
        shares: float32 (N, 7), the network's probabilities, in FER2013's order.
        labels: (N,), of FER2013.
        votes: uint8 (N, 10), see `VOTE_NAMES`; rows without a vote are left out.
        names: of the seven classes.

    Returns:
        Plain JSON values, or None where no row has votes. "decided" rows are those whose crowd chose one of the seven
        classes, "clear" rows those of them where five of ten or more agreed. "errors" are the rows where network and
        label differ: whom does the crowd side with? "sides" are the rows where label and crowd differ: whom does the
        network side with? Cross-entropy and divergence are in nats, against the shares of the votes for the seven.

    Reference: Barsoum et al. 2016, arXiv:1608.01041.
    """
    voted = votes.sum(axis=1) > 0
    if not voted.any():
        return None
    shares, labels, votes = shares[voted], labels[voted].astype(int), votes[voted].astype(int)
    answers = shares.argmax(axis=1)
    crowd, is_tie = crowd_choice(votes)
    decided = crowd >= 0
    clear = decided & (votes.max(axis=1) >= CLEAR_VOTES)
    by_crowd, by_label, is_labelled = answers == crowd, answers == labels, labels == crowd
    differs, errors = decided & ~is_labelled, ~by_label
    return {
        "faces": len(labels),
        "undecided": float(is_tie.mean()),
        "outside": float((~decided & ~is_tie).mean()),
        "decided": {
            "faces": int(decided.sum()),
            "label_and_crowd": _share(is_labelled, decided),
            "network_and_label": _share(by_label, decided),
            "network_and_crowd": _share(by_crowd, decided),
        },
        "clear": {
            "faces": int(clear.sum()),
            "share": float(clear.mean()),
            "network_and_crowd": accuracy(shares[clear], crowd[clear]) if clear.any() else None,
            "label_and_crowd": _share(is_labelled, clear),
            "network_and_label": _share(by_label, clear),
        },
        "sides": {
            "faces": int(differs.sum()),
            "with_label": _share(by_label, differs),
            "with_crowd": _share(by_crowd, differs),
            "with_neither": _share(~by_label & ~by_crowd, differs),
        },
        "errors": {
            "faces": int(errors.sum()),
            "crowd_with_network": _share(by_crowd, errors),
            "crowd_with_label": _share(is_labelled, errors),
            "crowd_elsewhere": _share(~by_crowd & ~is_labelled & ~is_tie, errors),
            "crowd_without_choice": _share(is_tie, errors),
        },
        "per_class": {
            name: {
                "faces": int((labels == index).sum()),
                "label_and_crowd": _share(is_labelled, labels == index),
            }
            for index, name in enumerate(names)
        },
        **_divergence(shares, votes),
    }


def crowd_choice(votes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what most voters chose.

    Args:
        votes: int (N, 10).

    Returns:
        int (N,), the class in FER2013's order, -1 where it is none of the seven or two options tie for the most votes;
        and bool (N,), where they tie.
    """
    ordered = np.sort(votes, axis=1)
    is_tie = ordered[:, -1] == ordered[:, -2]
    classes = np.full(votes.shape[1], -1)
    classes[list(COLUMNS)] = np.arange(len(COLUMNS))
    return np.where(is_tie, -1, classes[votes.argmax(axis=1)]), is_tie


def _share(what: np.ndarray, among: np.ndarray) -> float | None:
    return float(what[among].mean()) if among.any() else None


def _divergence(shares: np.ndarray, votes: np.ndarray) -> dict[str, float | None]:
    """Mean cross-entropy of the network with the votes for the seven classes, and what of it is not the voters' own."""
    ballots = votes[:, list(COLUMNS)]
    counted = ballots.sum(axis=1) > 0
    if not counted.any():
        return {"cross_entropy": None, "kl_divergence": None, "votes_entropy": None}
    wanted = ballots[counted] / ballots[counted].sum(axis=1, keepdims=True)
    given = np.log(np.maximum(shares[counted].astype(np.float64), 1e-30))
    own = np.log(np.where(wanted > 0, wanted, 1.0))
    cross, entropy = float(-(wanted * given).sum(axis=1).mean()), float(-(wanted * own).sum(axis=1).mean())
    return {"cross_entropy": cross, "kl_divergence": cross - entropy, "votes_entropy": entropy}
