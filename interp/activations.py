"""What a layer saw: its feature maps."""

from typing import Any

import numpy as np
import tensorflow as tf

from interp.network import Network, chunks


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
    values = np.concatenate([run(chunk).numpy() for chunk in chunks(inputs)])
    return values[0] if single else values
