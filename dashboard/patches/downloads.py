"""Files that are made at a click, kept until the browser has had time to ask for them.

Streamlit 1.67 (`MediaFileManager.execute_deferred`) deletes such a file once any two runs have ended, also those of
other visitors and of parts of a page that run by themselves. On a slow line or a busy server the browser may ask for it
later than that, and the download fails.
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
    """Keep each file for `KEPT_SECONDS`, whatever else runs."""
    media_file_manager.MediaFileMetadata = _KeptForAWhile  # type: ignore[misc]
