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
    """A bar chart of shares.

    Args:
        bars: from the top.
        alt: str, what it shows.
        caption: str, a few words below it. Defaults to none.
        threshold: float, the share where a dotted line stands. Defaults to none.
    """

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
    """Return the chart of the probabilities of classes, of many the strongest.

    Args:
        shares: probability of each class.
        what: what the classes are, such as "expression".
        before: the probabilities before something was changed. Defaults to None: nothing was.
        caption: a few words below it. Defaults to none.
        threshold: the share below which the app says "uncertain". Defaults to none.
    """
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
