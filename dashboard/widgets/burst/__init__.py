"""A camera with a button for each class: as long as one is held, it takes pictures for that class."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence

from dashboard.widgets.component import Sent, component, heard, index_of

MOST = 60
"""Pictures of one burst, ten seconds of holding."""
MOST_BYTES = 2**18
"""Of one picture, of 256 pixels a side at most: that is ten times what a JPEG of it takes."""

_component = component(
    "burst",
    '<div class="burst" role="group"><video muted playsinline></video>'
    '<div><div class="holds"></div><p aria-live="polite">Waiting for the camera…</p></div></div>\n',
)


def burst(names: Sequence[str], *, key: str, alt: str, on_burst: Callable[[int, list[bytes]], None]) -> None:
    """Show the camera; letting go of a button calls `on_burst` with its class's index and the pictures, as JPEG."""

    def take(sent: Sent) -> None:
        if (taken := pictures_of(sent, len(names))) is not None:
            on_burst(*taken)

    data = {"names": list(names), "most": MOST, "alt": alt}
    _component(key=key, data=data, on_burst_change=heard(key, "burst", take))


def pictures_of(sent: Sent, count: int) -> tuple[int, list[bytes]] | None:
    """Return the index, below `count`, and the pictures that a browser sent; None for anything else."""
    if not isinstance(sent, dict) or not isinstance(texts := sent.get("pictures"), list):
        return None
    index = index_of(sent.get("index"), count)
    if index is None or not 0 < len(texts) <= MOST:
        return None
    found = []
    for text in texts:
        if not isinstance(text, str) or len(text) > 4 * MOST_BYTES // 3:
            return None
        try:
            found.append(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            return None
    return index, found
