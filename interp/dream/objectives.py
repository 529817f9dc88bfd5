"""What the ascent climbs. Objectives are targets: they add, subtract and scale like numbers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from interp.lazy import tf
from interp.network import Forward, Network
from interp.targets import Channel, Class, LayerEnergy, Target


@dataclass(frozen=True)
class UnitAt(Target):
    """One unit of a layer, by its relative place, for the maps' size changes from octave to octave.

    Args:
        layer: Name of a layer with maps.
        index: Number of the channel.
        position: Where in the map, down and across as shares of its height and width. Defaults to the middle.
    """

    layer: str
    index: int
    position: tuple[float, float] = (0.5, 0.5)

    @property
    def key(self) -> Hashable:
        return ("unit at", self.layer)

    def operands(self, count: int) -> list[np.ndarray]:
        down, across = (np.full(count, share, np.float32) for share in self.position)
        return [np.full(count, self.index, np.int32), down, across]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        maps = tf.cast(forward.layers[self.layer], tf.float32)  # (N, h, w, K)
        index, down, across = operands
        size = tf.shape(maps)
        picked = tf.einsum("nhwk,nk->nhw", maps, tf.one_hot(index, size[3]))
        return tf.einsum("nhw,nh,nw->n", picked, _one_hot_share(down, size[1]), _one_hot_share(across, size[2]))

    def validate(self, network: Network) -> None:
        if not network.layer(self.layer).is_spatial:
            raise ValueError(f"Layer {self.layer!r} has no maps, so its units have no position; take a channel of it.")
        Channel(self.layer, self.index).validate(network)
        if len(self.position) != 2 or not all(0 <= share <= 1 for share in self.position):
            raise ValueError(f"position is two shares from 0 to 1, down and across, got {self.position!r}.")

    def describe(self, network: Network) -> str:
        return f"channel {self.index} of {self.layer} at {self.position[0]:.0%} down, {self.position[1]:.0%} across"


@dataclass(frozen=True)
class Direction(Target):
    """How far a layer's activations go into a direction of its channels, averaged over space.

    Args:
        layer: Name of the layer.
        vector: One number for each channel; only its direction counts.
    """

    layer: str
    vector: tuple[float, ...]

    @property
    def key(self) -> Hashable:
        return ("direction", self.layer)

    def operands(self, count: int) -> list[np.ndarray]:
        vector = np.asarray(self.vector, np.float64)
        return [np.tile((vector / np.linalg.norm(vector)).astype(np.float32), (count, 1))]

    def score(self, forward: Forward, operands: Sequence[tf.Tensor]) -> tf.Tensor:
        activations = tf.cast(forward.layers[self.layer], tf.float32)
        means = tf.reduce_mean(activations, axis=list(range(1, len(activations.shape) - 1)))  # (N, K)
        return tf.reduce_sum(means * operands[0], axis=-1)

    def validate(self, network: Network) -> None:
        channels = network.layer(self.layer).channels
        if channels is not None and len(self.vector) != channels:
            raise ValueError(
                f"Layer {self.layer!r} has {channels} channels, but vector has {len(self.vector)} numbers."
            )
        if not np.isfinite(self.vector).all() or not np.any(self.vector):
            raise ValueError("vector is a direction: finite numbers that are not all zero.")

    def describe(self, network: Network) -> str:
        return f"a direction of the {len(self.vector)} channels of {self.layer}"


def layer(name: str) -> Target:
    """Amplify whatever a layer already sees, as DeepDream does.

    Args:
        name: Name of the layer.

    Reference:
        Mordvintsev et al. 2015, "Inceptionism: Going Deeper into Neural Networks"
    """
    return LayerEnergy(name)


def channel(name: str, index: int) -> Target:
    """Make one channel of a layer answer everywhere, or one unit of a layer without space.

    Args:
        name: Name of the layer.
        index: Number of the channel.

    Reference:
        Olah et al. 2017, "Feature Visualization", doi:10.23915/distill.00007
    """
    return Channel(name, index)


def unit(name: str, index: int, position: tuple[float, float] = (0.5, 0.5)) -> Target:
    """Make one channel of a layer answer at one position; only the position's receptive field changes.

    Args:
        name: Name of the layer.
        index: Number of the channel.
        position: Down and across, as shares of the map's height and width. Defaults to the middle.

    Reference:
        Erhan et al. 2009, "Visualizing Higher-Layer Features of a Deep Network"
    """
    return UnitAt(name, index, (float(position[0]), float(position[1])))


def target(class_index: int, output: int = 0) -> Target:
    """Raise a class's logit; the probability would rise by pressing down the others.

    Args:
        class_index: Number of the class.
        output: Which of several outputs. Defaults to the first.

    Reference:
        Simonyan et al. 2013, arXiv:1312.6034
    """
    return Class(class_index, output)


def direction(name: str, vector: Sequence[float] | np.ndarray) -> Target:
    """Drive a layer into a direction of its channels: a mixture of them, or away from some.

    Args:
        name: Name of the layer.
        vector: One number for each channel, such as a difference of two pictures' mean activations.

    Reference:
        Olah et al. 2017, "Feature Visualization", doi:10.23915/distill.00007
    """
    return Direction(name, tuple(float(number) for number in vector))


def _one_hot_share(share: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Return (N, size), one at the position that lies at a share (N,) of the size."""
    position = tf.cast(share * tf.cast(size, tf.float32), tf.int32)
    return tf.one_hot(tf.minimum(position, size - 1), size)
