"""The graph of the pose network: inverted residual blocks with linear bottlenecks, heat maps, and their confidence."""

import keras
from keras import layers

from models.pose import JOINTS, STRIDE
from models.training.fitting import Tensor
from models.training.normalisation import batch_normalisation

_WINDOW = 5  # cells: the mass of a heat map within it is evidence for the joint
_NO_GUESS = -3.0  # first bias of the confidence's logit: nothing is right at first


def pose_network(
    stem: int = 32,
    widths: tuple[int, ...] = (64, 128, 192),
    depths: tuple[int, ...] = (2, 3, 3),
    expansion: int = 2,
    merged: tuple[int, ...] = (32, 64, 64),
    refined: tuple[int, ...] = (0, 0, 0),
    joints: int = JOINTS,
    size: int = 256,
    name: str = "pose",
) -> keras.Model:
    """Return a residual encoder with narrow ends and wide middles, and a light way back up to one heat map a joint.

    The blocks are MobileNetV2's (Sandler et al. 2018, arXiv:1801.04381): a narrow map is expanded, and projected back
    without a nonlinearity onto a narrow sum. Expansion and depthwise convolution are one full 3×3 convolution, as in
    the first stages of EfficientNetV2 (Tan and Le 2021, arXiv:2104.00298): on a CPU a multiplication in a depthwise
    convolution costs five times as much. The decoder is a feature pyramid (Lin et al. 2017, arXiv:1612.03144).

    Weights fit any size: the graph holds no layer over all cells.

    Args:
        stem: channels at a quarter of the picture's side, which the first convolution reaches at once.
        widths: channels at an eighth, a sixteenth and a thirty-second of the side.
        depths: blocks of each of these stages; the first halves the maps.
        expansion: middle channels of a block as multiple of its ends.
        merged: channels of the way back up, at a quarter, an eighth, … of the side.
        refined: blocks there, after the maps of the way down were added.
        joints: number of heat maps.
        size: side of the input in pixels, a multiple of 4 times a power of 2 for each stage.
        name: of the model.

    Returns:
        A model from float32 (N, size, size, 3) of 0 … 255 to `heat_maps`, float32 (N, size/4, size/4, joints) before
        softmax, and `confidence`, float32 (N, joints) of 0 … 1.
    """
    pixels = keras.Input((size, size, 3), name="pixels")
    x = layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(pixels)
    x = _conv(x, stem, "stem", kernel=7, strides=STRIDE)
    x = _conv(x, stem, "stem_second")
    levels = [x]
    for number, (width, depth) in enumerate(zip(widths, depths, strict=True), 1):
        x = _halve(x, width, expansion, f"stage{number}_halve")
        for block in range(2, depth + 1):
            x = _inverted_residual(x, width, expansion, f"stage{number}_block{block}")
        levels.append(x)
    x = _conv(levels.pop(), merged[-1], "up_narrow", kernel=1)
    for number in range(len(levels) - 1, -1, -1):
        if x.shape[-1] != merged[number]:  # narrow before enlarging
            x = _conv(x, merged[number], f"up{number}_narrow", kernel=1)
        x = layers.UpSampling2D(name=f"up{number}_enlarge")(x)
        skip = _conv(levels[number], merged[number], f"up{number}_skip", kernel=1)
        x = layers.Add(name=f"up{number}_add")([x, skip])
        x = _conv(x, merged[number], f"up{number}")
        for block in range(1, refined[number] + 1):
            x = _inverted_residual(x, merged[number], expansion, f"up{number}_block{block}")
    maps = layers.Conv2D(joints, 1, dtype="float32", name="heat_maps")(x)
    return keras.Model(pixels, [maps, _confidence(x, maps)], name=name)


def carry_weights(source: keras.Model, target: keras.Model) -> None:
    """Give a network the weights of another one, which may have fewer blocks; additional blocks begin as identities.

    Args:
        source: a network of `pose_network`.
        target: the same, of any size and with at least its blocks.

    Raises:
        ValueError: when the target lacks a layer of the source, or one has another shape.
    """
    given = {layer.name: layer for layer in source.layers if layer.weights}
    taken = {layer.name: layer for layer in target.layers if layer.weights}
    if missing := sorted(given.keys() - taken.keys()):
        raise ValueError(f"The network has no {', '.join(missing)}.")
    for name, layer in taken.items():
        if name in given:
            layer.set_weights(given[name].get_weights())
        elif name.endswith("_project_norm"):
            layer.gamma.assign(keras.ops.zeros_like(layer.gamma))


def _confidence(x: Tensor, maps: Tensor) -> Tensor:
    """Return the confidence, from two numbers a joint.

    One is the mean of a second map over where the joint is thought to be; the other is the share of the heat map within
    its best window.
    """
    height, width, joints = maps.shape[1:]
    trust = layers.Conv2D(joints, 1, dtype="float32", name="trust_maps")(x)
    shares = layers.Reshape((height * width, joints), dtype="float32", name="heat_rows")(maps)
    shares = layers.Softmax(axis=1, dtype="float32", name="share_rows")(shares)
    shares = layers.Reshape((height, width, joints), dtype="float32", name="shares")(shares)
    trust = layers.Multiply(dtype="float32", name="trust_weighted")([shares, trust])
    trust = layers.GlobalAveragePooling2D(dtype="float32", name="trust_mean")(trust)
    trust = layers.Rescaling(height * width, dtype="float32", name="trust")(trust)  # the cells' mean becomes their sum
    mass = layers.ZeroPadding2D(_WINDOW // 2, dtype="float32", name="shares_padded")(shares)
    mass = layers.AveragePooling2D(_WINDOW, strides=1, dtype="float32", name="window_mean")(mass)
    mass = layers.GlobalMaxPooling2D(dtype="float32", name="best_window")(mass)
    mass = layers.Rescaling(_WINDOW**2, dtype="float32", name="best_mass")(mass)
    evidence = layers.Concatenate(dtype="float32", name="evidence")([trust, mass])
    logits = layers.Dense(
        joints,
        bias_initializer=keras.initializers.Constant(_NO_GUESS),
        dtype="float32",
        name="confidence_logits",
    )(evidence)
    return layers.Activation("sigmoid", dtype="float32", name="confidence")(logits)


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
    x = batch_normalisation(f"{name}_norm")(x)
    return x if is_linear else layers.ReLU(name=f"{name}_relu")(x)


def _halve(x: Tensor, width: int, expansion: int, name: str) -> Tensor:
    x = _conv(x, width * expansion, f"{name}_expand", strides=2)
    return _conv(x, width, f"{name}_project", kernel=1, is_linear=True)


def _inverted_residual(x: Tensor, width: int, expansion: int, name: str) -> Tensor:
    short = x
    x = _conv(x, width * expansion, f"{name}_expand")
    x = _conv(x, width, f"{name}_project", kernel=1, is_linear=True)
    return layers.Add(name=f"{name}_add")([x, short])
