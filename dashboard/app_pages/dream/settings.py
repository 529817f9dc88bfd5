"""What a dream strengthens, where it starts, and its settings."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.app_pages.dream.results import Begin
from dashboard.pickers.channel import choose_channel, choose_place
from dashboard.pickers.goal import choose_goal
from dashboard.pickers.layer import ACTIVATION_LAYERS, choose_layer, layers_to_choose
from dashboard.pickers.switch import choose_from, choose_one
from dashboard.services import explanations
from dashboard.services.explanations import DreamSettings
from dashboard.subject import Subject
from dashboard.tasks.task import View
from interp import Network, Target
from interp.dream import channel, unit
from interp.dream import layer as all_of

DREAM_KIND = "strengthen"
DREAM_START = "start"
DREAM_SEED = "dream_seed"
DREAM_SIZE = "dream_size"
DREAM_OCTAVES = "dream_octaves"
DREAM_STEPS = "dream_steps"
DREAM_STRENGTH = "dream_strength"

DREAM_SIZES = (48, 96, 144, 192)
DREAM_STEP = 0.0015  # of the picture's range of values, for a strength of 1
NOISE_STEP = 5.0
"""How much further a step goes from noise, which has nothing that must stay recognisable."""


def choose_objective(subject: Subject, view: View, network: Network) -> Target:
    """Draw what a dream shall strengthen and return it as an objective of interp.dream."""
    kinds = {"Layer": "Layer", "Channel": "Channel", "Unit": "Unit", "Answer": view.task.answer}
    help = (
        "Everything that a layer sees, one of its channels, that channel at one place (unit), or the network's answer."
    )
    kind = choose_from("Strengthen", DREAM_KIND, kinds, help=help)
    if kind == "Answer":
        return choose_goal(subject, view, with_other=False).target
    layer = choose_dream_layer(network, view)
    if kind == "Layer":
        return all_of(layer)
    maps = explanations.activations(subject.network_name, view.pixels, layer)
    strongest = int(maps.max(axis=(0, 1)).argmax())
    words = "From 0. The first one shown is the strongest here; the page Inside shows them all."
    index = choose_channel(maps.shape[-1], strongest, help=words)
    if kind == "Channel":
        return channel(layer, index)
    height, width = maps.shape[:2]
    row, column = choose_place(maps[..., index])
    return unit(layer, index, ((row + 0.5) / height, (column + 0.5) / width))


def choose_dream_layer(network: Network, view: View) -> str:
    """Draw the layer picker and return the layer's name, at first the one two thirds of the way to the answer.

    The classic dreams strengthen a layer about there (Mordvintsev et al. 2015: inception_4c, the fifth of nine blocks):
    it sees eyes and lips, where the last layers blur the whole face.
    """
    layers = layers_to_choose(network, view.task)
    active = [name for name, layer in layers.items() if layer.kind in ACTIVATION_LAYERS] or list(layers)
    return choose_layer(network, view.task, active[2 * len(active) // 3 - 1] if active else "")


def choose_start(view: View) -> str:
    """Draw where a dream starts and return it: "picture" or "noise"."""
    help = "From the picture, which you will still recognise, or from noise, which shows the pattern on its own."
    starts = {"picture": view.noun.capitalize(), "noise": "Noise"}
    return choose_one("Start from", DREAM_START, starts, help, width="stretch")


def start_words(view: View, start: str) -> str:
    """Return where a dream starts, as a sentence names it."""
    return view.noun if start == "picture" else "noise"


def choose_seed() -> int:
    """Draw the seed of noise and jitter and return it."""
    return int(
        st.number_input(
            "Seed",
            0,
            9999,
            0,
            key=DREAM_SEED,
            persist_state="session",
            help="Where the random numbers start: the same seed makes the same picture again.",
        )
    )


def start_picture(view: View, start: str, settings: DreamSettings) -> Begin:
    """Return what a dream starts from: uint8 (h, w) or (h, w, 3), or "noise"."""
    if start == "noise":
        return "noise"
    size = settings["size"]
    return view.pixels if isinstance(size, tuple) else view.crisp(size)


def from_start(settings: DreamSettings, start: str) -> DreamSettings:
    """Return the settings with the longer steps that noise asks for."""
    return settings | {"step_size": settings["step_size"] * NOISE_STEP} if start == "noise" else settings


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
