"""A bar chart of shares, as a slide and the canvas of a network show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dashboard.drawing.words import percent, strongest


@dataclass(frozen=True)
class Bar:
    """A bar.

    Args:
        name: what it is of.
        share: float, 0 to 1.
        words: the share in words.
        is_first: whether it is the longest one. Defaults to no.
        before: float, the share before something was changed. Defaults to none: nothing was.
    """

    name: str
    share: float
    words: str
    is_first: bool = False
    before: float | None = None


@dataclass(frozen=True)
class Bars:
    """A bar chart of shares."""

    bars: tuple[Bar, ...]
    alt: str
    caption: str = ""
    threshold: float | None = None
    kind: Literal["bars"] = "bars"


def bars_of(
    shares: Mapping[str, float],
    what: str,
    *,
    before: Mapping[str, float] | None = None,
    caption: str = "",
    threshold: float | None = None,
) -> Bars:
    """Return the chart of the probabilities of classes, of many the strongest."""
    first = max(shares, key=shares.__getitem__)
    told = "; ".join(
        f"{name} {percent(share)}" + (f", before {percent(before[name])}" if before else "")
        for name, share in shares.items()
    )
    return Bars(
        tuple(
            Bar(name.capitalize(), shares[name], percent(shares[name]), name == first, before[name] if before else None)
            for name in strongest(shares)
        ),
        f"Bar chart of {what} probabilities: {told}",
        caption,
        threshold,
    )
