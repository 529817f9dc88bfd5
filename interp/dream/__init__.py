"""Gradient ascent on the picture: what would a network, a layer or a channel like to see?"""

from interp.dream.ascent import Frame, dream
from interp.dream.objectives import channel, layer, target
from interp.dream.parameterisation import PARAMETERISATIONS
from interp.dream.transforms import Jitter, Pad, Rotate, Scale, Transform

__all__ = [
    "PARAMETERISATIONS",
    "Frame",
    "Jitter",
    "Pad",
    "Rotate",
    "Scale",
    "Transform",
    "channel",
    "dream",
    "layer",
    "target",
]
