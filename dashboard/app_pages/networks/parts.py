"""What several tabs of a network draw with."""

from __future__ import annotations

import streamlit as st

PER_CENT = st.column_config.NumberColumn(format="%.1f %%")


def read(words: str) -> None:
    """Draw the words that say how to read a tab."""
    with st.expander("How to read this", icon=":material/info:", key="networks_details"):
        st.markdown(words)
