"""How a network is fitted."""

from typing import Any, TypeAlias

Tensor: TypeAlias = Any  # a tensor of whichever backend Keras runs on
