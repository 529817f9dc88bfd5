"""How a map is coloured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """How a map is coloured: nothing here changes the map itself."""

    opacity: float
    palette: str
    is_signed: bool
