"""The switch between the detectors."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.pickers.switch import choose_one
from dashboard.services import networks


def choose_detector() -> str:
    """Draw the switch between the detectors, if there are several; return the name of the chosen one."""
    labels = {name: detector.label for name, detector in networks.detectors().items()}
    if len(labels) == 1:
        return next(iter(labels))
    help = "What finds the faces. Inspect compares how many each one finds, and how fast."
    return choose_one("Detector", state.DETECTOR, labels, help, width="stretch")


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
