"""Why did a network answer this? Explanations of any convolutional keras.Model.

The package knows pictures as arrays and networks as `keras.Model`; it knows no faces and no screen.
"""

from interp.activations import activations, all_activations, channel_statistics, top_channels
from interp.arithmetic import arithmetic
from interp.doctor import diagnose
from interp.dream import Frame, dream
from interp.explanation import METHODS, Explanation, Method, Parameter, explain
from interp.faithfulness import (
    deletion,
    insertion,
    pointing_game,
    randomisation_cascade,
    repeatability,
    shift_sensitivity,
)
from interp.network import Layer, Network
from interp.receptive_field import receptive_field, receptive_fields, seen_box
from interp.regions import region_shares
from interp.targets import Channel, Class, Contrast, LayerEnergy, Target

__all__ = [
    "METHODS",
    "Channel",
    "Class",
    "Contrast",
    "Explanation",
    "Frame",
    "Layer",
    "LayerEnergy",
    "Method",
    "Network",
    "Parameter",
    "Target",
    "activations",
    "all_activations",
    "arithmetic",
    "channel_statistics",
    "deletion",
    "diagnose",
    "dream",
    "explain",
    "insertion",
    "pointing_game",
    "randomisation_cascade",
    "receptive_field",
    "receptive_fields",
    "region_shares",
    "repeatability",
    "seen_box",
    "shift_sensitivity",
    "top_channels",
]
