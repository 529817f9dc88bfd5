"""Why did a network answer this? Explanations of any convolutional keras.Model.

The package knows pictures as arrays and networks as `keras.Model`; it knows no faces and no screen.
"""

from interp.activations import activations
from interp.dream import Frame, dream
from interp.explanation import METHODS, Explanation, Method, Parameter, explain
from interp.network import Layer, Network
from interp.targets import Channel, Class, Contrast, Coordinate, Function, HeatMap, LayerEnergy, Target, Unit

__all__ = [
    "METHODS",
    "Channel",
    "Class",
    "Contrast",
    "Coordinate",
    "Explanation",
    "Frame",
    "Function",
    "HeatMap",
    "Layer",
    "LayerEnergy",
    "Method",
    "Network",
    "Parameter",
    "Target",
    "Unit",
    "activations",
    "dream",
    "explain",
]
