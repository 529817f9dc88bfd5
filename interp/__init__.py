"""Why did a network answer this? Explanations of any convolutional keras.Model.

The package knows pictures as arrays and networks as `keras.Model`; it knows no faces and no screen. Importing it loads
neither Keras nor TensorFlow; their first use does.

- What a network is: `load`, `Network`, its `Layer`s; `from_function` for what is known by its answers alone.
- What the answer rests on: `explain` by one of `METHODS`, for a class or another target (`Contrast`, `HeatMap` ...).
- What each channel carries: `ablate`, `channel_drops`; what a layer is made of: `find_concepts`, `explain_by_concepts`.
- What the layers saw: `activations`, `all_activations`, `top_channels`, `arithmetic`, and by `receptive_field` and its
  kin which part of the picture.
- What a network would like to see: `dream`, `ladder`, `atlas`.
- Whether a map can be trusted: `diagnose`, `deletion`, `insertion`, `cover_test`, `randomisation_cascade`,
  `repeatability`; where regions are known, `region_shares`.
- What is particular to one picture, where the usual map of its class is known: `minus_usual`, `usual_similarity`.
- `interp.render` lays a map over its picture.
"""

from interp.ablation import Ablation, ablate, channel_drops
from interp.activations import activations, all_activations, top_channels
from interp.arithmetic import arithmetic
from interp.concepts import ConceptExplanation, Concepts, explain_by_concepts, find_concepts
from interp.doctor import diagnose
from interp.dream import Atlas, Frame, atlas, dream, ladder
from interp.explanation import explain
from interp.faithfulness import (
    cover_test,
    deletion,
    insertion,
    randomisation_cascade,
    repeatability,
)
from interp.from_function import from_function
from interp.loading import NetworkError, load
from interp.method import Explanation, Method, Parameter
from interp.methods import METHODS
from interp.network import Layer, Network
from interp.receptive_field import receptive_field, receptive_fields, seen_box, seen_spans
from interp.regions import region_shares
from interp.targets import Cell, Channel, Class, Contrast, Coordinate, Function, HeatMap, LayerEnergy, Target, Unit
from interp.usual import minus_usual, usual_similarity

__all__ = [
    "METHODS",
    "Ablation",
    "Atlas",
    "Cell",
    "Channel",
    "Class",
    "ConceptExplanation",
    "Concepts",
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
    "NetworkError",
    "Parameter",
    "Target",
    "Unit",
    "ablate",
    "activations",
    "all_activations",
    "arithmetic",
    "atlas",
    "channel_drops",
    "cover_test",
    "deletion",
    "diagnose",
    "dream",
    "explain",
    "explain_by_concepts",
    "find_concepts",
    "from_function",
    "insertion",
    "ladder",
    "load",
    "minus_usual",
    "randomisation_cascade",
    "receptive_field",
    "receptive_fields",
    "region_shares",
    "repeatability",
    "seen_box",
    "seen_spans",
    "top_channels",
    "usual_similarity",
]
