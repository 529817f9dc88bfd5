"""What the layers saw: their feature maps, what the channels do, and which of them an answer rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from interp.lazy import tf
from interp.network import Network
from interp.passes import layer_gradients
from interp.targets import resolve


@dataclass(frozen=True)
class TopChannels:
    """The channels of a layer that a target gains most by.

    Args:
        channels: int (count,), the one with the highest contribution first.
        contributions: float32 (channels of the layer,), gradient×activation summed over space.
    """

    channels: np.ndarray
    contributions: np.ndarray


def activations(network: Network, x: Any, layer: str) -> np.ndarray:
    """Return a layer's output for a picture.

    Args:
        network: The network.
        x: One picture (h, w, c) or a batch (N, h, w, c) in the network's own range of values.
        layer: Name of the layer.

    Returns:
        float32 (h, w, channels), or (units,) for a layer without space; with N in front for a batch.

    Raises:
        ValueError: There is no such layer (the nearest are listed), or the picture does not fit the network.
    """
    network.layer(layer)
    inputs, single = network.batch(x)

    def forward(tensors: list[tf.Tensor]) -> tf.Tensor:
        return tf.cast(network.run(tensors).layers[layer], tf.float32)

    run = network.compile(("activations", layer), forward, [network.input_specs()])
    values = np.concatenate([run(chunk).numpy() for chunk in network.chunks(inputs)])
    return values[0] if single else values


def all_activations(network: Network, x: Any) -> dict[str, np.ndarray]:
    """Return every layer's output for a picture, from one forward pass.

    All maps are in memory at once: 4 bytes for each value of each layer and picture.

    Args:
        network: The network.
        x: One picture (h, w, c) or a batch (N, h, w, c) in the network's own range of values.

    Returns:
        The layers' names in order, each with what `activations` returns. The arrays may be read-only, and layers
        without effect at inference share theirs with the layer before.

    Raises:
        ValueError: The picture does not fit the network.
    """
    inputs, single = network.batch(x)

    def forward(tensors: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        return {name: tf.cast(tensor, tf.float32) for name, tensor in network.run(tensors).layers.items()}

    run = network.compile("all_activations", forward, [network.input_specs()])
    parts = [run(chunk) for chunk in network.chunks(inputs)]
    if len(parts) == 1:
        # Tensor.numpy() copies; a view costs nothing and keeps its tensor alive.
        values = {layer.name: np.asarray(memoryview(parts[0][layer.name])) for layer in network.layers}
    else:
        values = {layer.name: np.concatenate([part[layer.name].numpy() for part in parts]) for layer in network.layers}
    return {name: array[0] for name, array in values.items()} if single else values


def top_channels(network: Network, x: Any, layer: str, target: Any = None, count: int = 10) -> TopChannels:
    """Rank the channels of a layer by what a target gains by them.

    With A the layer's activations and y the target, channel k contributes `sum_ij A_ijk dy/dA_ijk`: how much y would
    fall, to first order, if the channel were switched off. Where y is linear in A, as behind global average pooling
    and one dense layer, the contributions and the bias sum to y.

    Args:
        network: The network.
        x: One picture (h, w, c), or a list with one array for each of several inputs.
        layer: Name of the layer.
        target: A class's number or label, or a `Target`. Defaults to the class the network answers with.
        count: How many channels to name. Defaults to 10.

    Returns:
        The best channels, and the contribution of all.

    Raises:
        ValueError: A name is unknown, more than one picture came, or the target does not depend on the layer.
    """
    network.layer(layer)
    inputs, single = network.batch(x)
    if not single and len(inputs[0]) > 1:
        raise ValueError(f"Channels are ranked for one picture, got {len(inputs[0])}.")
    target = resolve(network, target, inputs)

    maps, gradient, _ = layer_gradients(network, inputs, target, layer)
    contributions = (maps * gradient)[0].reshape(-1, maps.shape[-1]).sum(axis=0)  # (K,)
    order = np.argsort(-contributions, kind="stable")
    return TopChannels(order[: max(count, 0)], contributions)
