"""What a network's card says of how well it does, as the pages show it. No Streamlit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.drawing.words import amount, duration, file_size, share
from models import Card

Block = Mapping[str, Any]
"""A part of a card: figures by name, as the file has them."""
TEST_SETS = {
    "public_test": "faces of FER2013's PublicTest",
    "private_test": "faces of FER2013's PrivateTest",
    "test": "test pictures",
    "validation": "validation pictures",
}
"""The sets that a card may be scored on, the one to show first, with the words for what is in it."""
WITHIN = "Below: where the true share lies with 95 % confidence."
"""What the interval below a figure means."""


@dataclass(frozen=True)
class KeyFigure:
    """One number of a card: its name, its value in words, a line below it and an explanation."""

    label: str
    value: str
    note: str = ""
    help: str = ""


def scores(card: Card) -> tuple[str, Block]:
    """Return the name and the figures of the set that a card is judged by; ("", {}) for a card without any."""
    for name in TEST_SETS:
        if card.metrics.get(name):
            return name, card.metrics[name]
    return "", {}


def interval(block: Block, key: str = "interval") -> str:
    """Write an interval of shares: "67.4 to 70.4 %"; "" where there is none."""
    ends = block.get(key)
    return f"{100 * ends[0]:.1f} to {share(ends[1])}" if ends else ""


def share_figures(
    block: Block, told: Mapping[str, tuple[str, str, str]], intervals: str = "{}_interval"
) -> Iterator[KeyFigure]:
    """Yield those figures of a part of a card that are shares and are there.

    Args:
        block: The part.
        told: For each figure its label, the line below it where the card has no interval, and what it means.
        intervals: The name of a figure's interval.
    """
    for key, (label, note, help) in told.items():
        if block.get(key) is not None:
            yield KeyFigure(label, share(block[key]), interval(block, intervals.format(key)) or note, help)


def chance_of(card: Card) -> float:
    """Return the accuracy of always naming the commonest class; 0 where the card does not tell."""
    matrix = scores(card)[1].get("confusion")
    totals = [sum(row) for row in matrix] if matrix else []
    return max(totals) / sum(totals) if sum(totals) else 0.0


def many(block: Block, name: str) -> str:
    """Say how many of what a set holds: "3,589 faces of FER2013's PublicTest"."""
    what = TEST_SETS.get(name, "test faces")
    return f"{block['faces']:,} {what}" if "faces" in block else what


def size_figures(card: Card, block: Block) -> Iterator[KeyFigure]:
    """Yield what a network takes: parameters, bytes, and time as far as its card tells."""
    yield KeyFigure("Parameters", amount(card.parameters), "", "Numbers that the training has set.")
    if card.size_bytes is not None:
        yield KeyFigure("File", file_size(card.size_bytes), card.storage, "Size on disk.")
    times = block.get("milliseconds_a_face", {})
    if "batch_1" in times:
        batch = f"{duration(times['batch_32'] / 1000)} in a batch of 32" if "batch_32" in times else ""
        yield KeyFigure("Time per face", duration(times["batch_1"] / 1000), batch, _measured(times))
    if "batch_1" in (person := block.get("milliseconds_a_person") or {}):
        batch = f"{duration(person['batch_8'] / 1000)} in a batch of 8" if "batch_8" in person else ""
        time = duration(person["batch_1"] / 1000)
        yield KeyFigure("Time a person", time, batch, _measured(person))
    if "cnn" in (photo := block.get("milliseconds", {})):
        told = _measured({"cores": 2, "processor": block.get("processor", "")})
        yield KeyFigure("Time per photo", duration(photo["cnn"] / 1000), "of 640×480 pixels", told)


def _measured(times: Block) -> str:
    """Say on what a time was measured, as far as the card tells."""
    vectors = f" with {times['processor']}" if times.get("processor") else ""
    cores = f" on {times['cores']} cores of a processor{vectors}" if "cores" in times else ""
    return f"Measured{cores} when the card was written."
