"""Where uploaded files are while they arrive."""

from __future__ import annotations

from starlette.formparsers import MultiPartParser

MOST_BYTES = 2**30
"""More than any file that the app takes."""


def keep_in_memory() -> None:
    """Stops the web server from writing an upload of more than a megabyte to a temporary file while it arrives."""
    MultiPartParser.spool_max_size = MOST_BYTES
