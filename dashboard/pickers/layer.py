"""The layer picker."""

from __future__ import annotations

import streamlit as st

from dashboard import state
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
    """Draw the layer picker and return the layer's name; "" where the network shows no layers.

    Args:
        network: whose layers.
        task: its kind.
        usual: the layer to begin with. Defaults to that of the task.
        is_used: whether the method needs a layer, else the picker is greyed out. Defaults to yes.
    """
    layers, default = layers_to_choose(network, task, usual), task.default_layer(network)
    names = list(layers)
    if not names:
        return ""
    default = usual if usual in layers else default
    state.follow_usual(state.LAYER, default)
    state.keep_choice(state.LAYER, names, default)
    name = st.selectbox(
        "Layer",
        names,
        index=names.index(default),
        key=state.LAYER,
        bind="query-params",
        disabled=not is_used,
        help="From the picture (top of the list) to the answer (bottom). Early layers see edges at full size; late "
        "layers see larger parts of the face, more coarsely. “ReLU” keeps only what is above zero.",
    )
    height, width, channels = layers[name].output_shape
    size = f" of {height}×{width}" if height and width else ""  # open where pictures of any size are taken
    st.caption(f"{layers[name].kind}: {channels} maps{size}" if is_used else "This method uses no layer")
    return name
