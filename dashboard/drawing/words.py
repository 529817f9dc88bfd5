"""Numbers, shares and times in words. No Streamlit."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """Write a time in seconds or milliseconds: 1.26 -> "1.3 s"."""
    return f"{seconds:.1f}\u00a0s" if seconds >= 1 else f"{1000 * seconds:.0f}\u00a0ms"


def time_left(seconds: float | None) -> str:
    """Write the time that a run still takes as the end of a sentence; "" where it is unknown or nearly over."""
    return f", about {seconds:.0f}\u00a0s left" if seconds and seconds >= 1 else ""
