"""What a whole class marked, as one map, and what each phone's marks are worth. No Streamlit.

The class's map, the network's and a random one are compared by the same number of pixels: the strongest of each, as
many as the phone in the middle marked. Each phone is compared with as many of the network's as it marked itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from dashboard.app_pages.guess.scoring import CLOSE, points
from dashboard.drawing.words import percent
from dashboard.services.chance import random_map, strongest_pixels
from dashboard.services.classroom import Mark, Result, Score
from interp import Network, Target, cover_test

NEAR = 0.03
"""Pixels beside one that has equally many marks count by this share of the picture's width: a quarter of the brush."""


def tally(
    network: Network, picture: np.ndarray, target: Target | int, marks: Mapping[str, Mark], values: np.ndarray
) -> Result:
    """Return what a class marked and what it is worth.

    Args:
        network: whose answer counts.
        picture: (h, w, channels), what was explained.
        target: what of the answer, or a class's number.
        marks: of each phone, by its seat; one at least.
        values: float (rows, columns), the network's map.
    """
    masks = np.stack([mark.mask for mark in marks.values()])  # (phones, h, w)
    counts, size = masks.sum(axis=(1, 2)), masks.shape[1:]
    heat = masks.mean(axis=0, dtype=np.float32)
    near = gaussian_filter(heat, NEAR * size[1])  # of pixels that equally many marked, those among marked ones
    count = int(np.median(counts))
    shared = [strongest_pixels(one, size, count) for one in (heat + near / (2 * len(masks)), values, random_map(0))]
    same = [strongest_pixels(values, size, int(own)) for own in counts]
    found = cover_test(network, picture, np.stack([*shared, *masks, *same]), target)
    group, own_map, chance = found.scores[:3].tolist()
    own, others = found.scores[3 : 3 + len(masks)].tolist(), found.scores[3 + len(masks) :].tolist()
    scores = {seat: Score(*pair) for seat, *pair in zip(marks, own, others, strict=True)}
    return Result(heat, np.stack(shared), found.whole, group, own_map, chance, values, scores)


def say_tally(found: Result, quoted: str) -> str:
    """Say in a sentence whose pixels mattered more to the network.

    Args:
        found: what came out.
        quoted: str, what was explained, such as “happy”.
    """
    if found.chance > max(found.group, found.network) + CLOSE:
        head = "Random pixels mattered more to the network than those of the class, and than those of its own map"
    elif found.group > found.network + CLOSE:
        head = "The class's pixels mattered more to the network than those of its own map"
    elif found.network > found.group + CLOSE:
        head = "The pixels of the network's map mattered more to it than those of the class"
    else:
        head = "The class's pixels mattered to the network about as much as those of its map"
    return f"{head}. With nothing hidden, {quoted} gets {percent(found.whole)}."


def say_own(score: Score) -> str:
    """Say in a sentence how one phone's marks fare beside the network's map."""
    if score.own > score.network + CLOSE:
        return "Your pixels mattered more to the network than those of its own map."
    if score.network > score.own + CLOSE:
        return "The pixels of the network's map mattered more to it than yours."
    return "Your pixels mattered to the network about as much as those of its own map."


def scores_table(found: Result, marks: Mapping[str, Mark]) -> pd.DataFrame:
    """Return one row for each phone, the highest score first; those without a name are numbered."""
    rows = [
        {
            "Who": marks[seat].name or f"Phone {number}",
            "Score": points(score.own, found.whole),
            "Network's score": points(score.network, found.whole),
            "Marked": 100 * float(marks[seat].mask.mean()),
        }
        for number, (seat, score) in enumerate(found.scores.items(), start=1)
    ]
    return pd.DataFrame(rows).sort_values("Score", ascending=False, kind="stable")
