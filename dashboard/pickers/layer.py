"""The layer picker."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import state
from dashboard.tasks import EXPRESSION_TASK

DEFAULT_LAYERS = {"keypoints": "up2_relu", "pose": "up1_relu", "detection": "merge16"}
"""The layer to begin with in networks that answer with maps: the last one that still sees large parts."""
ACTIVATION_LAYERS = {"ReLU", "Activation", "LeakyReLU", "PReLU", "ELU"}


def default_layer(network: Any, task: str) -> str:
    """Returns the layer to begin with in a network of a task."""
    usual = DEFAULT_LAYERS.get(task, "")
    return usual if usual in {layer.name for layer in network.spatial_layers} else network.default_layer


def layers_to_choose(network: Any, default: str = "") -> dict[str, Any]:
    """Returns the layers that `choose_layer` offers by their names, from the picture to the answer.

    Args:
        network: the interp.Network.
        default: str, a layer that is among them whatever its kind. Defaults to that of a network for expressions.
    """
    default = default or default_layer(network, EXPRESSION_TASK)
    return {
        layer.name: layer
        for layer in network.spatial_layers
        if layer.is_convolution or layer.kind in ACTIVATION_LAYERS or layer.name == default
    }


def choose_layer(network: Any, *, is_used: bool = True, task: str = EXPRESSION_TASK) -> str:
    """Draws the layer picker, greyed out where the method needs no layer; returns the layer's name.

    Offered are the convolutions and what their activation functions make of them, the default one of the network's
    task among them.
    """
    default = default_layer(network, task)
    layers = layers_to_choose(network, default)
    names = list(layers)
    state.keep_choice(state.LAYER, names, default)
    name = st.selectbox(
        "Layer",
        names,
        index=names.index(default),
        key=state.LAYER,
        bind="query-params",
        disabled=not is_used,
        help="From the picture (top of the list) to the answer (bottom). Early layers see edges at full size; late "
        "layers see larger parts of the face, more coarsely. “ReLU” is what is left of a convolution above zero.",
    )
    height, width, channels = layers[name].output_shape
    size = f" of {height}×{width}" if height and width else ""  # open where pictures of any size are taken
    st.caption(f"{layers[name].kind}: {channels} maps{size}" if is_used else "This method uses no layer")
    return name
