"""Numbers, shares, times and answers in words. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping

MOST_CLASSES = 12
"""Classes that a chart or a wall shows at most; of more than that the strongest."""


def percent(share: float) -> str:
    """Write a share as a short share: 0.934 -> "93 %", 0.004 -> "<1 %", 0.996 -> ">99 %"."""
    if 0 < share < 0.005:
        return "<1 %"
    if 0.995 <= share < 1:
        return ">99 %"
    return f"{share:.0%}".replace("%", " %")


def share(value: float, digits: int = 1) -> str:
    """Write a share as a percentage that no line breaks: 0.6893 -> "68.9 %"."""
    return f"{100 * value:.{digits}f}\u00a0%"


def unbroken(words: str) -> str:
    """Return words in which no line breaks before a "%"."""
    return words.replace(" %", "\u00a0%")


def quoted(label: str) -> str:
    """Return a class as a sentence takes it: a word as it is, anything else in quotes."""
    return label if label.isalpha() else f"“{label}”"


def verdict(shares: Mapping[str, float], expression: str) -> str:
    """Write an answer in a few words: "happy, 93 %", or "uncertain (sad 31 %)"."""
    winner = max(shares, key=shares.__getitem__)
    named, share = quoted(winner), percent(shares[winner])
    return f"{named}, {share}" if expression == winner else f"{expression} ({named} {share})"


def strongest(shares: Mapping[str, float], most: int = MOST_CLASSES) -> list[str]:
    """Return the classes with the greatest shares, in the order in which all of them stand."""
    kept = set(sorted(shares, key=shares.__getitem__, reverse=True)[:most])
    return [name for name in shares if name in kept]


def three_digits(value: float) -> str:
    """Write a number without noise: 0.12345 -> "0.123"."""
    return "0" if abs(value) < 1e-12 else f"{value:.3g}".replace("-", "−")


def amount(value: float) -> str:
    """Write a number of things: 1167015 -> "1.17 million", 58423 -> "58,400"."""
    if value >= 1e6:
        return f"{value / 1e6:.3g} million"
    digits = 3 - len(str(int(value))) if value >= 1000 else 0
    return f"{round(value, digits):,.0f}"


def file_size(value: float) -> str:
    """Write a number of bytes: 4773943 -> "4.8 MB"."""
    return f"{value / 1e6:.1f} MB" if value >= 1e5 else f"{value / 1e3:.0f} kB"


def duration(seconds: float) -> str:
    """Write a time: 1.26 -> "1.3 s", 0.0624 -> "62 ms", 0.00139 -> "1.4 ms"."""
    if seconds >= 1:
        return f"{seconds:.1f}\u00a0s"
    return f"{1000 * seconds:.0f}\u00a0ms" if seconds >= 0.00995 else f"{1000 * seconds:.1f}\u00a0ms"


def time_left(seconds: float | None) -> str:
    """Write the time that a run still takes as the end of a sentence; "" where it is unknown or nearly over."""
    return f", about {seconds:.0f}\u00a0s left" if seconds and seconds >= 1 else ""
