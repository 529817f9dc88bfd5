"""Files that are made when a visitor clicks, which are to be there when the browser asks for them.

Streamlit 1.67 (`MediaFileManager.execute_deferred`) deletes such a file as soon as any two runs of pages have ended,
those of other visitors and of parts that run by themselves included. On a slow line or a busy server that is before the
browser asks for it, and the download fails.
"""

from __future__ import annotations

import time

from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileKind, MediaFileMetadata

from dashboard import visits

KEPT_SECONDS = visits.KEPT_SECONDS / 2
"""Seconds; less than a visit is kept after its tab was closed, so that no file outlives its visit."""


class _KeptForAWhile(MediaFileMetadata):
    def __init__(self, kind: MediaFileKind = MediaFileKind.MEDIA) -> None:
        super().__init__(kind)
        self._made = time.monotonic()

    def mark_for_delete(self) -> None:
        if time.monotonic() - self._made >= KEPT_SECONDS:
            super().mark_for_delete()


def keep_for_a_while() -> None:
    """Let a file be there for `KEPT_SECONDS`, whatever else runs."""
    media_file_manager.MediaFileMetadata = _KeptForAWhile  # type: ignore[misc]
