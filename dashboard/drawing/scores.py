"""What a network's card says of how well it does, as the pages show it. No Streamlit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.drawing.words import share
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
