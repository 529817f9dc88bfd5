"""The web server that `make run` starts: the app behind its guard."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
if str(FOLDER.parent) not in sys.path:  # `streamlit run` puts only this file's folder on the path
    sys.path.insert(0, str(FOLDER.parent))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from dashboard.guard import Guard  # noqa: E402
from dashboard.memory import give_large_blocks_back  # noqa: E402
from dashboard.visits import end_closed_visits  # noqa: E402


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """End the visits whose tabs are closed, and keep memory low, for as long as the server runs."""
    give_large_blocks_back()
    task = asyncio.create_task(end_closed_visits())
    yield
    task.cancel()


app = st.App(FOLDER / "app.py", lifespan=lifespan, middleware=[Middleware(Guard)])
