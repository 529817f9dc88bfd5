"""Files that are made at a click: the click counts though the page was drawn anew, and the file waits for the browser.

Streamlit 1.67 (`MediaFileManager`) gives what makes the file another name in every run. A browser on a slow line still
shows the former one, and a click on it fails. And it deletes the file once any two runs have ended, also those of
other visitors and of parts of a page that run by themselves; the browser may ask for it later than that.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileKind, MediaFileManager, MediaFileMetadata

from dashboard import visits

KEPT_SECONDS = visits.KEPT_SECONDS / 2
"""Seconds; less than a visit is kept after its tab was closed, so that no file outlives its visit."""

_KEY = secrets.token_bytes(32)
_add_deferred = MediaFileManager.add_deferred


class _KeptForAWhile(MediaFileMetadata):
    def __init__(self, kind: MediaFileKind = MediaFileKind.MEDIA) -> None:
        super().__init__(kind)
        self._made = time.monotonic()

    def mark_for_delete(self) -> None:
        if time.monotonic() - self._made >= KEPT_SECONDS:
            super().mark_for_delete()


def _add_under_one_name(self: MediaFileManager, *args: Any, **options: Any) -> str:
    made = _add_deferred(self, *args, **options)
    with self._lock:
        entry = self._deferred_callables.pop(made)
        visit, place = entry["session_id"], entry["coordinates"]
        name = hashlib.blake2b(f"{visit} {entry['element_id'] or place}".encode(), key=_KEY).hexdigest()
        self._deferred_callables[name] = entry
        self._deferred_ids_by_session[visit] = self._deferred_ids_by_session[visit] - {made} | {name}
        self._files_by_session_and_coord[visit][place] = name
    return name


def outlast_runs() -> None:
    """Let a button keep its name from run to run, and a file stay for `KEPT_SECONDS`, whatever else runs."""
    MediaFileManager.add_deferred = _add_under_one_name  # type: ignore[method-assign]
    media_file_manager.MediaFileMetadata = _KeptForAWhile  # type: ignore[misc]
