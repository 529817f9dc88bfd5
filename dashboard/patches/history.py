"""Back, which Streamlit lets return to the former choice instead of the former page.

It makes an entry of the browser's history of each choice that stands in the address, and takes a page's choices out of
its entry before it turns to another page. A run of the page that Back or Forward has just left would make an entry of
it too, and with it cut off all entries ahead. With `history.js` each page keeps one entry, with its choices.
Streamlit 1.67 (`handlePageInfoChanged` and `maybeUpdatePageUrl` of its frontend call `history.pushState`).
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

SCRIPT = Path(__file__).with_suffix(".js")


def keep_one_entry_a_page() -> None:
    """Bring the script to the browser, where it works once; call this in every run."""
    st.html(f"<script>{SCRIPT.read_text(encoding='utf-8')}</script>", unsafe_allow_javascript=True)
