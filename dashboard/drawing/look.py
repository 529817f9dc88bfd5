"""How a map is coloured, and where its colours end. No Streamlit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from interp import Explanation

OUTLYING = 99.0
"""Percentile of a map of pixels at which its colours end."""


@dataclass(frozen=True)
class Look:
    """How a map is coloured: nothing here changes the map itself."""

    opacity: float
    palette: str
    is_signed: bool


def colour_limit(explanation: Explanation) -> float | None:
    """Return the value at which the colours of a map of pixels end, None for a layer's map: at its greatest value.

    A few pixels are often many times as strong as all others; by their measure the rest would be too faint to see.
    """
    if explanation.layer is not None:
        return None
    limit = float(np.percentile(np.abs(explanation.values), OUTLYING))
    return limit if 0 < limit < float(np.abs(explanation.values).max()) else None


def shared_limit(explanations: Iterable[Explanation]) -> float | None:
    """Return the value at which the colours of several maps on one scale end; None where there is no map."""
    limits = [colour_limit(one) or float(np.abs(one.values).max()) for one in explanations]
    return max(limits, default=0.0) or None
