"""Glassface: why did the network answer this? Entry of the Streamlit app: page settings, photo picker, navigation."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
if str(FOLDER.parent) not in sys.path:  # `streamlit run` puts only this file's folder on the path
    sys.path.insert(0, str(FOLDER.parent))

import streamlit as st  # noqa: E402

from dashboard import app_pages, state  # noqa: E402
from dashboard.patches import downloads, drawer, fragments, history, uploads  # noqa: E402
from dashboard.pickers.detector import choose_detector  # noqa: E402
from dashboard.pickers.photo import choose_photo, notes  # noqa: E402
from dashboard.services import entrance, networks  # noqa: E402

LOGO = (FOLDER / "logo.svg").read_text(encoding="utf-8")

st.set_page_config(page_title="Glassface", page_icon=LOGO, layout="wide", initial_sidebar_state=336)
st.html(FOLDER / "style.css")
history.keep_one_entry_a_page()
fragments.drop_what_no_longer_fits()
downloads.outlast_runs()
uploads.keep_in_memory()
uploads.clean_names()
networks.start_loading(networks.usual(), is_urgent=False)
state.prepare()

groups = app_pages.navigation()
page = st.navigation(groups, position="top")
app_pages.mark_group(groups, page)
if not entrance.is_inside():
    entrance.wait()
state.turn_page(page.title)

st.logo(LOGO, size="large")
with st.sidebar:
    st.header("Glassface", anchor=False)
    drawer.close_on_phones(choose_photo().id)
    choose_detector()
    state.follow_history()
    st.space("small")
    notes()

try:
    page.run()
finally:  # a page may stop in the middle
    state.note_address()
    networks.first_page_drawn.set()
