"""Fragments of a page whose requests no longer fit what the server has done since.

A fragment may ask for its run after the visitor has turned to another page, but before the browser has heard of that
page; then it names the page that was left. Streamlit 1.67 (`ScriptRequests.request_rerun`) runs it after the new page,
doesn't find it there, and tells the browser that the old page runs. The browser clears what it shows, and the new page
stays empty.

A fragment that runs by itself sends along what all widgets hold. Where the server has just set one of them and the
browser hasn't heard of it, that sets it back, and only on the server. A choice of the visitor's asks for a run of its
own, so none is lost when those of such a fragment are dropped.
"""

from __future__ import annotations

from dataclasses import replace

from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests

_request_rerun = ScriptRequests.request_rerun


def _request_what_fits(self: ScriptRequests, new_data: RerunData) -> bool:
    page = self._rerun_data.page_script_hash  # of the run at work, or of the one that waits
    if new_data.fragment_id and page and new_data.page_script_hash != page:
        return True
    if new_data.is_auto_rerun:
        new_data = replace(new_data, widget_states=None)
    return _request_rerun(self, new_data)


def drop_what_no_longer_fits() -> None:
    """Drop what a fragment asks for once its page was left, and what widgets hold when it runs by itself."""
    ScriptRequests.request_rerun = _request_what_fits  # type: ignore[method-assign]
