"""The pictures that channels like best, kept for all sessions: they show no photo."""

from __future__ import annotations

import numpy as np
import streamlit as st

import interp
from dashboard.services import explanations, networks
from dashboard.services.kept import Kept
from dashboard.services.runs import Report, Run, Slot, gate, start
from interp.dream import channel as of_channel


@st.cache_resource(max_entries=1, show_spinner=False)
def channel_dreams() -> Kept:
    """Return the pictures that channels like best, for all sessions: made from noise, they show no photo."""
    return Kept(128)


CHANNEL_DREAM: Slot[np.ndarray] = Slot("channel_dream_run", channel_dreams)


def start_channel_dream(network_name: str, layer: str, channel: int) -> Run[np.ndarray]:
    """Start to look for the picture that a channel likes best, small and from noise; its result is that picture."""
    shared = networks.network(network_name)

    def work(report: Report[np.ndarray]) -> None:
        for frame in interp.dream(
            shared, of_channel(layer, channel), frames_every=3, **explanations.noise_settings(network_name)
        ):
            report(frame.step, frame.total_steps, frame.image)

    return start(work, gate(), (network_name, layer, channel))
