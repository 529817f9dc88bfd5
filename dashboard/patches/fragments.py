"""Fragments of a page that the visitor has just left: they no longer run.

A fragment may ask for its run after the visitor has turned to another page, but before the browser has heard of that
page; then it names the page that was left. Streamlit 1.67 (`ScriptRequests.request_rerun`) runs it after the new page,
doesn't find it there, and tells the browser that the old page runs. The browser clears what it shows, and the new page
stays empty.
"""

from __future__ import annotations

from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

_request_rerun = ScriptRequests.request_rerun


def _request_unless_left(self: ScriptRequests, new_data: RerunData) -> bool:
    page = self._rerun_data.page_script_hash  # of the run at work, or of the one that waits
    is_left = bool(page) and new_data.page_script_hash != page
    return True if new_data.fragment_id and is_left else _request_rerun(self, new_data)


def end_with_their_page() -> None:
    """Drop what a fragment asks for once the visitor has turned to another page."""
    ScriptRequests.request_rerun = _request_unless_left  # type: ignore[method-assign]
