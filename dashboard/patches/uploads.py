"""Uploads, which Starlette writes to a temporary file while they arrive if they have more than a megabyte.

Uploads are to stay in memory. Starlette 1.10 (`MultiPartParser.spool_max_size`), which Streamlit 1.67 serves with.
"""

from __future__ import annotations

from starlette.formparsers import MultiPartParser

MOST_BYTES = 2**30
"""More than any file that the app takes."""


def keep_in_memory() -> None:
    """Let an upload of any size that the app takes stay in memory."""
    MultiPartParser.spool_max_size = MOST_BYTES
