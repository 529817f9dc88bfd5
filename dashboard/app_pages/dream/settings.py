"""The settings of a dream."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.services.explanations import DreamSettings
from dashboard.tasks.task import View
from interp import Network

DREAM_SIZE = "dream_size"
DREAM_OCTAVES = "dream_octaves"
DREAM_STEPS = "dream_steps"
DREAM_STRENGTH = "dream_strength"

DREAM_SIZES = (48, 96, 144, 192)
DREAM_STEP = 0.0015  # of the picture's range of values, for a strength of 1


def choose_dream(network: Network, view: View) -> DreamSettings:
    """Draw the settings of a dream and return them by the names that interp.dream takes."""
    size: int | tuple[int, int] = view.size if view.is_colour else _choose_dream_size(network)
    octaves = st.slider(
        "Octaves",
        1,
        6,
        4,
        key=DREAM_OCTAVES,
        persist_state="session",
        help="On how many scales to dream, from coarse to fine.",
    )
    steps = st.slider(
        "Steps per octave",
        5,
        100,
        20,
        5,
        key=DREAM_STEPS,
        persist_state="session",
        help="More steps change the picture more.",
    )
    strength = st.slider(
        "Strength", 1, 10, 4, key=DREAM_STRENGTH, persist_state="session", help="How much each step changes a pixel."
    )
    return DreamSettings(size=size, octaves=octaves, steps=steps, step_size=strength * DREAM_STEP)


def _choose_dream_size(network: Network) -> int:
    sizes = [size for size in DREAM_SIZES if network.accepts(size, size)] or [network.input_shape[0] or DREAM_SIZES[0]]
    state.keep_choice(DREAM_SIZE, sizes, sizes[0])
    return st.segmented_control(
        "Size in pixels",
        sizes,
        default=DREAM_SIZES[2] if DREAM_SIZES[2] in sizes else sizes[0],
        required=True,
        format_func=str,
        key=DREAM_SIZE,
        persist_state="session",
        help="Width and height of the dream. A larger one has room for more patterns.",
    )
