"""Dreams, ladders and atlases, started beside the page."""

from __future__ import annotations

from typing import Literal

import numpy as np

import interp
from dashboard.services import explanations, networks
from dashboard.services.explanations import DreamSettings
from dashboard.services.runs import Report, Run, Slot, gate, start
from interp import Atlas, Frame, Target
from interp.dream import LADDER as RUNGS

FRAMES_KEPT = 48
"""Frames of a dream that can be looked at once it has ended."""
CHANNELS_AT_ONCE = 8
"""Channels of an atlas between two reports: few, so that Cancel is heard."""
Begin = np.ndarray | Literal["noise"]
"""Where a dream starts: a picture uint8 (h, w) or (h, w, 3), or noise."""

DREAM: Slot[Frame] = Slot("dream_run")
LADDER: Slot[dict[str, Frame]] = Slot("ladder_run")
ATLAS: Slot[Atlas] = Slot("atlas_run")


def start_dream(network_name: str, begin: Begin, objective: Target, settings: DreamSettings, title: str) -> Run[Frame]:
    """Start a dream beside the page; its settings keep `FRAMES_KEPT` frames at most, evenly over the steps."""
    shared = networks.network(network_name)
    frames: list[np.ndarray] = []

    def work(report: Report[Frame]) -> None:
        for frame in interp.dream(shared, objective, start=begin, frames_every=1, **settings):
            if frame.step * FRAMES_KEPT // frame.total_steps > len(frames) or frame.step == frame.total_steps:
                frames.append(frame.image)
            report(frame.step, frame.total_steps, frame)

    shown = {"title": title, "aim": objective.describe(shared), "start": begin, "frames": frames}
    return start(work, gate(), settings=shown)


def start_ladder(
    network_name: str, begin: Begin, objective: Target, settings: DreamSettings, title: str
) -> Run[dict[str, Frame]]:
    """Start the rungs of interp.dream.LADDER, one after the other; the result is the newest frame of each by name."""
    shared = networks.network(network_name)

    def work(report: Report[dict[str, Frame]]) -> None:
        found: dict[str, Frame] = {}
        for rung, frame in interp.ladder(shared, objective, start=begin, frames_every=1, **settings):
            found = found | {rung: frame}
            done = (len(found) - 1) * frame.total_steps + frame.step
            report(done, len(RUNGS) * frame.total_steps, found)

    return start(work, gate(), settings={"title": title, "aim": objective.describe(shared)})


def start_atlas(network_name: str, layer: str, seed: int) -> Run[Atlas]:
    """Start to render what each channel of a layer likes best; the result is the newest interp.Atlas."""
    shared = networks.network(network_name)
    settings = explanations.noise_settings(network_name) | {"seed": seed}

    def work(report: Report[Atlas]) -> None:
        report(0, shared.layer(layer).channels or 0)
        for page in interp.atlas(shared, layer, batch=CHANNELS_AT_ONCE, **settings):
            report(page.done, page.total, page)

    return start(work, gate(), settings={"place": (network_name, layer)})
