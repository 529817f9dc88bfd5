"""The switch between the detectors."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.services import networks


def choose_detector() -> str:
    """Draw the switch between the detectors, if there are several; return the name of the chosen one."""
    offered = networks.detectors()
    names, default = list(offered), next(iter(offered))
    if len(names) == 1:
        return default
    state.keep_choice(state.DETECTOR, names, default)
    chosen = st.segmented_control(
        "Detector",
        names,
        default=default,
        format_func=lambda name: offered[name].label,
        key=state.DETECTOR,
        required=True,
        width="stretch",
        bind="query-params",
        help="What finds the faces. The Inspect page shows how many each finds, and how fast.",
    )
    return chosen or default


def chosen_detector() -> str:
    """Return the name of the detector that finds the faces."""
    offered = networks.detectors()
    chosen = st.session_state.get(state.DETECTOR)
    return chosen if chosen in offered else next(iter(offered))


def offer_detectors(detector: str) -> None:
    """Draw a button for each detector other than the one in use."""
    offered = networks.detectors()
    for name in offered:
        if name != detector:
            st.button(
                f"Try the {offered[name].label}",
                icon=":material/search:",
                key=f"try_{name}",
                on_click=st.session_state.update,
                args=({state.DETECTOR: name},),
            )
