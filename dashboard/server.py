"""The web server that `make run` starts: the app behind its guard."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
if str(FOLDER.parent) not in sys.path:  # `streamlit run` puts only this file's folder on the path
    sys.path.insert(0, str(FOLDER.parent))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from dashboard.guard import Guard  # noqa: E402

app = st.App(FOLDER / "app.py", middleware=[Middleware(Guard)])
