"""Visits: how long one is kept after its tab was closed, and that nothing of it stays any longer.

Streamlit forgets a closed tab's session two minutes later, but only when another one comes or goes, and until then
serves whatever pictures that session was shown to everybody who has their addresses.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable

from streamlit import runtime

KEPT_SECONDS = 60
"""Seconds after its tab was closed for which a visit can be taken up again, and its photo shown after a reload."""
LOOK_SECONDS = 2.0
"""Seconds between two looks at which tabs are closed."""


def is_open(session: str) -> bool:
    """Return whether the tab of a session is open."""
    return runtime.exists() and runtime.get_instance().is_active_session(session)


async def end_closed_visits(kept: float = KEPT_SECONDS, look: float = LOOK_SECONDS) -> None:
    """End each visit `kept` seconds after its tab was closed, with its pictures and uploads; run it beside the server.

    Args:
        kept: seconds. Defaults to `KEPT_SECONDS`.
        look: seconds between two looks. Defaults to `LOOK_SECONDS`.
    """
    closed: dict[str, float] = {}
    while True:
        await asyncio.sleep(look)
        if not runtime.exists():
            continue
        server = runtime.get_instance()
        now = time.monotonic()
        closed = {session: closed.get(session, now) for session in _closed(server)}
        over = [session for session, since in closed.items() if now - since >= kept - look]
        for session in over:
            server.close_session(session)
        if over:  # once more, for a file to download goes only when nobody has wanted it twice
            server.media_file_mgr.remove_orphaned_files()


def _closed(server: runtime.Runtime) -> Iterable[str]:
    """Return the sessions that Streamlit 1.67 keeps for tabs that may come back."""
    manager = server._session_mgr
    assert hasattr(manager, "_session_storage")
    return [info.session.id for info in manager._session_storage.list()]
