"""The pictures that channels like best, kept for all sessions: they show no photo."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from dashboard.services import explanations, networks
from dashboard.services.runs import Report, Run, gate, start


@st.cache_resource(max_entries=128, show_spinner=False)
def _channel_dream(key: tuple[str, str, int], _make: Callable[[], np.ndarray]) -> np.ndarray:
    return _make()


def kept_channel_dream(network_name: str, layer: str, channel: int) -> np.ndarray | None:
    """Returns the picture that a channel likes best where it is kept already, else None. It shows no photo."""

    def refuse() -> np.ndarray:
        raise LookupError

    try:
        return _channel_dream((network_name, layer, channel), refuse)
    except LookupError:  # an error is never kept
        return None


def keep_channel_dream(network_name: str, layer: str, channel: int, picture: np.ndarray) -> np.ndarray:
    """Keeps the picture that a channel likes best, for all sessions."""
    return _channel_dream((network_name, layer, channel), lambda: picture)


def start_channel_dream(network_name: str, layer: str, channel: int) -> Run:
    """Starts to look for the picture that a channel likes best, small and from noise; its result is that picture."""
    from interp import dream
    from interp.dream import channel as of_channel

    shared = networks.network(network_name)

    def work(report: Report) -> None:
        for frame in dream(
            shared, of_channel(layer, channel), frames_every=3, **explanations.noise_settings(network_name)
        ):
            report(frame.step, frame.total_steps, frame.image)

    return start(work, gate(), {"place": (network_name, layer, channel)})
