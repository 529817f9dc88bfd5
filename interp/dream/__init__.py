"""Gradient ascent on the picture: what would a network, a layer or a channel like to see?"""

from interp.dream.ascent import Frame, dream
from interp.dream.atlas import Atlas, atlas
from interp.dream.ladder import LADDER, ladder
from interp.dream.objectives import channel, direction, layer, target, unit
from interp.dream.parameterisation import PARAMETERISATIONS
from interp.dream.transforms import Jitter, Pad, Rotate, Scale, Transform
