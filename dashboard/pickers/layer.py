"""The layer picker."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.pickers.switch import choose_from
from dashboard.tasks.task import Task
from interp import Layer, Network

ACTIVATION_LAYERS = {"ReLU", "Activation", "LeakyReLU", "PReLU", "ELU"}


def layers_to_choose(network: Network, task: Task, usual: str = "") -> dict[str, Layer]:
    """Return the layers that `choose_layer` offers by their names, from the picture to the answer.

    Those are the convolutions, what their activation functions make of them, the task's default layer and `usual`.
    """
    further = (task.default_layer(network), usual)
    return {
        layer.name: layer
        for layer in network.spatial_layers
        if layer.is_convolution or layer.kind in ACTIVATION_LAYERS or layer.name in further
    }


def choose_layer(network: Network, task: Task, usual: str = "", *, is_used: bool = True) -> str:
    """Draw the layer picker, greyed out where no layer is used; return the layer's name, "" where there are none."""
    layers, default = layers_to_choose(network, task, usual), task.default_layer(network)
    names = list(layers)
    if not names:
        return ""
    default = usual if usual in layers else default
    state.follow_usual(state.LAYER, default)
    help = (
        "From the picture (top of the list) to the answer (bottom). Early layers see edges at full size; late layers "
        "see larger parts of the face, more coarsely. “ReLU” keeps only what is above zero."
    )
    name = draw_layers(names, default, help, is_used=is_used)
    say_layer(layers[name], is_used=is_used)
    return name


def draw_layers(names: list[str], default: str, help: str, *, is_used: bool = True) -> str:
    """Draw the picker over layers' names, which all pages share, and return the chosen one."""
    return choose_from("Layer", state.LAYER, dict(zip(names, names, strict=True)), default, help, is_used=is_used)


def say_layer(layer: Layer, *, is_used: bool) -> None:
    """Say below a picker what the chosen layer is."""
    height, width, channels = layer.output_shape
    size = f" of {height}×{width}" if height and width else ""  # open where pictures of any size are taken
    st.caption(f"{layer.kind}: {channels} maps{size}" if is_used else "This method uses no layer")
