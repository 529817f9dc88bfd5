"""Turning to another page from a script, which Streamlit refuses while a widget's choice stands in the address.

`st.switch_page` clears the address, and raises where something there is bound to a widget. Streamlit 1.67
(`QueryParams.clear`).
"""

from __future__ import annotations

from typing import NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def turn_to(script: str, **choices: str) -> NoReturn:
    """Turn to a page, and leave the choices of this one's address behind; those that pages share are kept.

    Args:
        script: path of the page's script, as `st.switch_page` takes it.
        choices: what stands in the new page's address. Defaults to nothing.
    """
    context = get_script_run_ctx()
    if context is not None:
        with context.session_state.query_params() as address:
            for key in list(address):
                if (binding := address.get_binding_for_param(key)) is not None:
                    address.unbind_widget(binding.widget_id)
    st.switch_page(script, query_params=choices)
