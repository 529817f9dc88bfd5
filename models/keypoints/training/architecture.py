"""The graph of the keypoint network: residual blocks, heat maps, and their centres of mass."""

import keras
import numpy as np
from keras import layers

from models.training.fitting import Tensor

STRIDE = 4  # picture pixels a cell of the heat maps


def keypoint_network(
    stem: int = 24,
    widths: tuple[int, ...] = (32, 64, 128),
    merged: int = 48,
    points: int = 68,
    size: int = 96,
    name: str = "keypoints",
) -> keras.Model:
    """Return a residual network that halves the picture step by step and a light way back up to one heat map a point.

    Each heat map's softmax is read as the probability of the point's place, and the point is its centre of mass (Sun et
    al. 2018, arXiv:1711.08229; Nibali et al. 2018, arXiv:1801.07372): finer than a cell, and trained by the distance
    itself. The blocks follow He et al. 2016, arXiv:1512.03385. A point's confidence is read from its map's peak and
    from a second map, averaged where the point is thought to be.

    Args:
        stem: channels of the first convolution, at half the picture's side.
        widths: channels of the stages at a quarter, an eighth and a sixteenth of the side; a convolution block halves
            the maps and an identity block follows.
        merged: channels of the way back up.
        points: number of points.
        size: side of the input in pixels, a multiple of 16.
        name: of the model.

    Returns:
        A model from float32 (N, size, size, 1) of 0 … 255 to `points` float32 (N, points, 2), x and y in pixels of the
        input, and `confidence` float32 (N, points) of 0 … 1. The layer "heat_maps" holds the maps before softmax,
        (N, size/4, size/4, points).
    """
    pixels = keras.Input((size, size, 1), name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(pixels)
    x = _conv(x, stem, "stem", kernel=5, strides=2)
    stages = []
    for number, width in enumerate(widths, 1):
        x = _residual(x, width, f"stage{number}_conv", strides=2)
        x = _residual(x, width, f"stage{number}_identity")
        stages.append(x)
    x = _conv(x, merged, f"up{len(stages)}_narrow", kernel=1)
    for number in range(len(stages) - 1, 0, -1):
        x = layers.UpSampling2D(name=f"up{number}_enlarge")(x)
        skip = _conv(stages[number - 1], merged, f"up{number}_skip", kernel=1)
        x = layers.Add(name=f"up{number}_add")([x, skip])
        x = _conv(x, merged, f"up{number}")
    return keras.Model(pixels, list(_heads(x, points, size)), name=name)


def _heads(x: Tensor, points: int, size: int) -> tuple[Tensor, Tensor]:
    cells = (size // STRIDE) ** 2
    maps = layers.Conv2D(points, 1, dtype="float32", name="heat_maps")(x)
    trust = layers.Conv2D(points, 1, dtype="float32", name="trust_maps")(x)
    maps = layers.Permute((3, 1, 2), dtype="float32", name="heat_maps_first")(maps)
    shares = layers.Reshape((points, cells), dtype="float32", name="heat_rows")(maps)
    shares = layers.Softmax(dtype="float32", name="shares")(shares)  # (N, points, cells), each row sums to 1
    centres = layers.Dense(2, use_bias=False, trainable=False, dtype="float32", name="points")
    coordinates = centres(shares)
    centres.set_weights([cell_centres(size)])
    trust = layers.Permute((3, 1, 2), dtype="float32", name="trust_maps_first")(trust)
    trust = layers.Reshape((points, cells), dtype="float32", name="trust_rows")(trust)
    trust = layers.Multiply(dtype="float32", name="trust_weighted")([shares, trust])
    trust = layers.GlobalAveragePooling1D(data_format="channels_first", dtype="float32", name="trust_mean")(trust)
    trust = layers.Rescaling(cells, dtype="float32", name="trust")(trust)  # the mean over the cells becomes their sum
    peak = layers.GlobalMaxPooling1D(data_format="channels_first", dtype="float32", name="peak")(shares)
    evidence = layers.Concatenate(dtype="float32", name="evidence")([trust, peak])
    confidence = layers.Dense(points, dtype="float32", name="confidence_logits")(evidence)
    return coordinates, layers.Activation("sigmoid", dtype="float32", name="confidence")(confidence)


def cell_centres(size: int) -> np.ndarray:
    """Return float32 (cells, 2): x and y of the heat maps' cells in pixels of the input, row by row."""
    line = np.arange(size // STRIDE, dtype=np.float32) * STRIDE + (STRIDE - 1) / 2
    return np.stack([np.tile(line, len(line)), np.repeat(line, len(line))], axis=1)


def _conv(x: Tensor, width: int, name: str, kernel: int = 3, strides: int = 1, is_linear: bool = False) -> Tensor:
    x = layers.Conv2D(
        width,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_kernel",
    )(x)
    x = layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
    return x if is_linear else layers.ReLU(name=f"{name}_relu")(x)


def _residual(x: Tensor, width: int, name: str, strides: int = 1) -> Tensor:
    """Return an identity block, or a convolution block where it halves the maps."""
    short = x if strides == 1 else _conv(x, width, f"{name}_short", kernel=1, strides=strides, is_linear=True)
    x = _conv(x, width, f"{name}_1", strides=strides)
    x = _conv(x, width, f"{name}_2", is_linear=True)
    x = layers.Add(name=f"{name}_add")([x, short])
    return layers.ReLU(name=f"{name}_relu")(x)
