"""The drawer with menu and photo, which Streamlit leaves open over the page on a phone.

With `drawer.js` it closes once a page or a photo is chosen there. A page's own drawer (`widgets/drawer.py`) closes by a
click beside it, or Escape. Streamlit 1.67 (its frontend's `Sidebar`).
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

SCRIPT = Path(__file__).with_suffix(".js")
CHOSEN = "drawer_closes_for"
"""The session key of what was chosen last, and of how many choices there were."""


def close_on_phones(chosen: str) -> None:
    """Bring the script to the browser, where it works once; call this in every run.

    Args:
        chosen: id of the photo; with another one than in the last run the drawer closes.
    """
    last, count = st.session_state.get(CHOSEN, (chosen, 0))
    count += last != chosen
    st.session_state[CHOSEN] = (chosen, count)
    code = SCRIPT.read_text(encoding="utf-8")
    st.html(f"<script>{code}closeDrawer() // photo {count}</script>", unsafe_allow_javascript=True)
