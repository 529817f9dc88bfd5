"""A network with weights of its own: the caller's graph, without the caller's weights."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from interp.lazy import keras, tf
from interp.network import Forward, Hook, Network


class Twin(Network):
    """A network that runs through the layers of another with weights that may be changed.

    Its passes are compiled once and read the twin's variables wherever a layer reads its own, so that new values need
    no new pass, no layer is copied, and the other network's weights are never written.

    Args:
        network: The network to be the twin of.
    """

    def __init__(self, network: Network) -> None:
        self.lock = threading.Lock()  # one user at a time changes the weights
        self._variables = [
            (variable, tf.Variable(keras.ops.convert_to_numpy(variable), trainable=False))
            for variable in network.model.weights
            if tf.as_dtype(variable.dtype).is_floating
        ]
        self._own = {id(variable): own for variable, own in self._variables}
        self.stages: tuple[tuple[str, tuple[Any, ...]], ...] = ()
        super().__init__(network.model, network.labels, network.value_range, network.picture)

    def run(self, inputs: Sequence[tf.Tensor], hook: Hook | None = None) -> Forward:
        """Run the network with the twin's weights; see `Network.run`."""
        forward = super().run(inputs, hook)
        self.stages = self._find_stages(forward)
        return forward

    def stand_ins(self) -> list[tuple[Any, tf.Tensor]]:
        """Return the twin's weights in place of the model's."""
        return [(variable, own.read_value()) for variable, own in self._variables]

    def restore(self) -> None:
        """Take over the weights that the other network has now."""
        for variable, own in self._variables:
            own.assign(variable.value)

    def shuffle(self, stage: int, rng: np.random.Generator) -> None:
        """Shuffle the weights of a stage, each array in itself: its values stay, what they say is lost.

        Args:
            stage: Number of the stage in `stages`, which lists the layers with weights and those weights, in order.
            rng: Source of randomness.
        """
        for variable in self.stages[stage][1]:
            values = keras.ops.convert_to_numpy(variable)
            self._own[id(variable)].assign(rng.permutation(values.ravel()).reshape(values.shape))

    def _find_stages(self, forward: Forward) -> tuple[tuple[str, tuple[Any, ...]], ...]:
        stages = []
        taken: set[int] = set()
        for name, operation in forward.operations.items():
            # The statistics of preprocessing are no knowledge of the network.
            if isinstance(operation, keras.layers.Layer) and not isinstance(operation, keras.layers.Normalization):
                weights = [one for one in operation.weights if id(one) in self._own and id(one) not in taken]
                taken.update(id(one) for one in weights)
                if weights:
                    stages.append((name, tuple(weights)))
        return tuple(stages)


def twin(network: Network) -> Twin:
    """Return the network's twin, built the first time; it is let go with the network."""
    kept: Twin = network.keep("twin", lambda: Twin(network))
    return kept
