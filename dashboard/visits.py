"""Visits: how many there may be, how long one is kept after its tab was closed, and that nothing of it stays longer.

Streamlit forgets a closed tab's session two minutes later, but only when another one comes or goes, and until then
serves whatever pictures that session was shown to everybody who has their addresses.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from streamlit import runtime

from dashboard import memory

KEPT_SECONDS = 60
"""Seconds after its tab was closed for which a visit can be taken up again, and its photo shown after a reload."""
LOOK_SECONDS = 2.0
"""Seconds between two looks at which tabs are closed."""


MOST_VISITORS = "GLASSFACE_VISITORS"
"""Variable: how many visitors there may be at once; without it any number."""
MOST_MEMORY = "GLASSFACE_MEMORY_MB"
"""Variable: megabytes of the server's memory from which on nobody more is let in; without it any."""
MEMORY = Path("/proc/self/statm")


class Entrance:
    """Lets visitors in as long as there is room; who is in stays in."""

    def __init__(self) -> None:
        self._inside: set[str] = set()
        self._lock = threading.Lock()

    def admit(self, session: str) -> str:
        """Let a session in and return "", or return the sentence that keeps it out."""
        most, limit = int(os.environ.get(MOST_VISITORS, "0")), int(os.environ.get(MOST_MEMORY, "0"))
        with self._lock:
            self._inside = {one for one in self._inside if is_open(one)}
            if session in self._inside:
                return ""
            if most and len(self._inside) >= most:
                return f"There are as many visitors as this server takes at once, {most}."
            if limit and megabytes() > limit:
                return "This server's memory is full."
            self._inside.add(session)
            return ""


def megabytes() -> float:
    """Return the memory that this process holds; 0 where the system doesn't tell it as Linux does."""
    if not MEMORY.is_file():
        return 0.0
    return int(MEMORY.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def count_open() -> int:
    """Return how many tabs are open, 1 at least."""
    manager = getattr(runtime.get_instance(), "_session_mgr", None) if runtime.exists() else None
    return 1 if manager is None else max(1, len(manager.list_active_sessions()))


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
            await asyncio.to_thread(memory.give_back)


def _closed(server: runtime.Runtime) -> Iterable[str]:
    """Return the sessions that Streamlit 1.67 keeps for tabs that may come back."""
    manager = server._session_mgr
    assert hasattr(manager, "_session_storage")
    return [info.session.id for info in manager._session_storage.list()]
