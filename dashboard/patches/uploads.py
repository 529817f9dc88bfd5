"""Uploads, which are to stay in memory, and whose names may hold anything.

Starlette writes an upload of more than a megabyte to a temporary file while it arrives: Starlette 1.10
(`MultiPartParser.spool_max_size`), which Streamlit 1.67 serves with. A name with a NUL byte ends the run of a page with
an error: Streamlit 1.67 (`enforce_filename_restriction`).
"""

from __future__ import annotations

from functools import wraps

from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

MOST_BYTES = 2**30
"""More than any file that the app takes."""
LONGEST_NAME = 255
"""Letters, as in file systems; the end is kept, for there is the suffix."""


def keep_in_memory() -> None:
    """Let an upload of any size that the app takes stay in memory."""
    MultiPartParser.spool_max_size = MOST_BYTES


def clean_names() -> None:
    """Let no upload's name hold what can't be printed, or have any length."""
    add = MemoryUploadedFileManager.add_file
    if hasattr(add, "__wrapped__"):
        return

    @wraps(add)
    def add_clean(self: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
        add(self, session_id, file._replace(name=clean_name(file.name)))

    MemoryUploadedFileManager.add_file = add_clean  # type: ignore[method-assign]


def clean_name(name: str) -> str:
    """Return a file's name with printable letters only, the last `LONGEST_NAME` of them."""
    return "".join(letter for letter in name if letter.isprintable())[-LONGEST_NAME:]
