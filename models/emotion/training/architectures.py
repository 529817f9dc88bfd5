"""The networks' graphs: flat functional Keras models whose input is grey pixels of 0 … 255."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers

from models.training.normalisation import batch_normalisation

LIGHT_MEAN, LIGHT_DEVIATION = 129.0, 54.0
"""Mean of the pixels of FER2013's training faces and mean of their standard deviations, in grey levels."""
DIMMEST = 30.0
"""Grey levels: a face whose deviation is far smaller gets contrast by a fixed factor (about 2), not by any."""


def vgg_like(
    widths: tuple[int, ...] = (32, 64, 128, 256),
    depths: tuple[int, ...] = (1, 2, 2, 2),
    classes: int = 7,
    size: int = 48,
    dropout: float = 0.3,
    has_usual_light: bool = False,
    poolings: int | None = None,
    name: str = "emotion",
) -> keras.Model:
    """Return a plain stack of 3×3 convolutions with batch normalisation and global average pooling.

    The head is one dense layer on the pooled maps, so class activation maps (Zhou et al. 2016, arXiv:1512.04150) are
    exact and Grad-CAM at the last convolution equals them up to a constant. The plan of the blocks follows VGG
    (Simonyan and Zisserman 2015, arXiv:1409.1556).

    Args:
        widths: channels of each block.
        depths: convolutions of each block.
        classes: number of outputs.
        size: side of the input in pixels.
        dropout: share of pooled channels dropped in training.
        has_usual_light: whether each face is first brought to the usual mean and contrast.
        poolings: blocks after which max pooling halves the maps: the fewer, the finer the last ones. Defaults to all
            but the last.
        name: of the model.

    Returns:
        A model from float32 (N, size, size, 1) of 0 … 255 to probabilities (N, classes). The layer "pooled" holds the
        features, "logits" the scores before softmax.
    """
    pixels, x = _pixels(size, has_usual_light)
    poolings = len(widths) - 1 if poolings is None else poolings
    for block, (width, depth) in enumerate(zip(widths, depths, strict=True), 1):
        for step in range(1, depth + 1):
            x = layers.Conv2D(
                width, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"conv{block}_{step}"
            )(x)
            x = batch_normalisation(f"norm{block}_{step}")(x)
            x = layers.ReLU(name=f"relu{block}_{step}")(x)
        if block <= poolings:
            x = layers.MaxPooling2D(name=f"pool{block}")(x)
    return _classify(pixels, x, classes, dropout, name)


def simple(
    widths: tuple[int, ...] = (16, 24, 32, 56),
    classes: int = 7,
    size: int = 48,
    dropout: float = 0.0,
    name: str = "emotion",
) -> keras.Model:
    """Return the smallest network worth looking into.

    It has 3×3 convolutions with bias, each followed by ReLU and max pooling.

    Args and returns as in `vgg_like`; one convolution a width, no normalisation.
    """
    pixels, x = _pixels(size)
    for block, width in enumerate(widths, 1):
        x = layers.Conv2D(width, 3, padding="same", kernel_initializer="he_normal", name=f"conv{block}")(x)
        x = layers.ReLU(name=f"relu{block}")(x)
        if block < len(widths):
            x = layers.MaxPooling2D(name=f"pool{block}")(x)
    return _classify(pixels, x, classes, dropout, name)


def residual(
    widths: tuple[int, ...] = (48, 96, 224),
    depths: tuple[int, ...] = (1, 1, 1),
    classes: int = 7,
    size: int = 48,
    dropout: float = 0.3,
    name: str = "emotion",
) -> keras.Model:
    """Residual blocks (He et al. 2016, arXiv:1512.03385): one convolution block a stage, then identity blocks.

    Each face is first brought to the same mean and deviation of its pixels.
    A convolution block changes width or resolution and has a 1×1 convolution on its shortcut; an identity block adds
    its input unchanged. The stem halves the picture by pooling, every stage but the first by stride.

    Args:
        widths: channels of each stage.
        depths: identity blocks of each stage, after its convolution block (the first stage, after the stem, has none).
        classes, size, dropout, name: as in `vgg_like`.

    Returns:
        As `vgg_like`.
    """
    pixels = keras.Input((size, size, 1), name="pixels")
    x = _convolve(_same_light(pixels), widths[0], "stem")
    x = layers.MaxPooling2D(name="stem_pool")(x)
    for stage, (width, depth) in enumerate(zip(widths, depths, strict=True), 1):
        if stage > 1:
            x = _residual_block(x, width, f"stage{stage}_conv", stride=2)
        for block in range(1, depth + 1):
            x = _residual_block(x, width, f"stage{stage}_identity{block}")
    return _classify(pixels, x, classes, dropout, name)


def mini_xception(
    widths: tuple[int, ...] = (16, 32, 64, 128),
    classes: int = 7,
    size: int = 48,
    dropout: float = 0.0,
    name: str = "emotion",
) -> keras.Model:
    """Return the mini-XCEPTION of Arriaga et al. 2017 (arXiv:1710.07557), about 60 thousand parameters.

    Four residual blocks of separable convolutions. Unlike the original, whose first shortcut is a 1×1, stride-2
    convolution of 8 channels, the stem has 16 channels: on CPUs with AVX-512 the gradient of such a narrow shortcut
    corrupts memory in TensorFlow's oneDNN. The head is a dense layer on the pooled maps instead of pooled class maps.

    Args and returns as in `vgg_like`; one block a width.
    """
    pixels, x = _pixels(size)
    for step in (1, 2):
        x = layers.Conv2D(16, 3, use_bias=False, kernel_initializer="he_normal", name=f"stem{step}")(x)
        x = batch_normalisation(f"stem{step}_norm")(x)
        x = layers.ReLU(name=f"stem{step}_relu")(x)
    for block, width in enumerate(widths, 1):
        shortcut = layers.Conv2D(width, 1, 2, padding="same", use_bias=False, name=f"block{block}_shortcut")(x)
        shortcut = batch_normalisation(f"block{block}_shortcut_norm")(shortcut)
        for step in (1, 2):
            prefix = f"block{block}_separable{step}"
            x = layers.SeparableConv2D(width, 3, padding="same", use_bias=False, name=prefix)(x)
            x = batch_normalisation(f"{prefix}_norm")(x)
            if step == 1:
                x = layers.ReLU(name=f"{prefix}_relu")(x)
        x = layers.MaxPooling2D(3, 2, padding="same", name=f"block{block}_pool")(x)
        x = layers.Add(name=f"block{block}_add")([x, shortcut])
    x = layers.ReLU(name="features")(x)
    return _classify(pixels, x, classes, dropout, name)


def columns(networks: Sequence[keras.Model], dropout: float = 0.0, name: str = "emotion") -> keras.Model:
    """Trained networks side by side in one flat graph, their scores averaged (Ciresan et al. 2012, arXiv:1202.2745).

    Each face is first brought to the usual light, once for all columns, see `_usual_light`.
    Each network's last feature maps are concatenated, pooled together and scored by one dense layer that holds the
    networks' own dense layers one above the other, divided by their number. So the result is an exact average of
    logits, and class activation maps stay exact.

    Args:
        networks: of one input shape and one set of classes, each with the layers "pooled" and "logits".
        dropout: share of pooled channels dropped in training.
        name: of the result.

    Returns:
        A model as `vgg_like` builds it; layers carry the number of their column as prefix ("column1_conv1_1"), the
        joined maps are named "features".
    """
    pixels = keras.Input(networks[0].input_shape[1:], name="pixels")
    policy = keras.config.dtype_policy().name
    faces = _usual_light(pixels)

    def call(layer: keras.Layer, tensors: Any, **settings: Any) -> Any:
        return layer(faces if tensors is pixels else tensors, **settings)

    maps = []
    for number, network in enumerate(networks, 1):
        has_usual_light = any(layer.name == "usual_light" for layer in network.layers)
        first = network.get_layer("usual_light").output if has_usual_light else network.input
        body = keras.Model(first, network.get_layer("pooled").input)

        def rename(layer: keras.Layer, prefix: str = f"column{number}_") -> keras.Layer:
            if isinstance(layer, layers.BatchNormalization):
                return batch_normalisation(prefix + layer.name, layer.momentum)
            changes = {"name": prefix + layer.name, "dtype": "float32" if "light" in layer.name else policy}
            return layer.__class__.from_config(layer.get_config() | changes)

        copy = keras.models.clone_model(body, input_tensors=pixels, clone_function=rename, call_function=call)
        copy.set_weights(body.get_weights())
        maps.append(copy.output)
    x = layers.Concatenate(name="features")(maps)
    joined = _classify(pixels, x, networks[0].output_shape[-1], dropout, name)
    weights = [network.get_layer("logits").get_weights() for network in networks]
    kernels, biases = zip(*weights, strict=True)
    joined.get_layer("logits").set_weights([np.concatenate(kernels) / len(networks), np.sum(biases, 0) / len(networks)])
    return joined


def _pixels(size: int, has_usual_light: bool = False) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    pixels = keras.Input((size, size, 1), name="pixels")
    faces = _usual_light(pixels) if has_usual_light else pixels
    return pixels, layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(faces)


def _same_light(pixels: keras.KerasTensor, epsilon: float = 1.0) -> keras.KerasTensor:
    """Return each face with mean 0 and nearly deviation 1, so that neither light nor contrast of a photo counts.

    Args:
        pixels: grey levels.
        epsilon: grey levels², added to the variance.
    """
    return layers.LayerNormalization(
        axis=[1, 2, 3], epsilon=epsilon, center=False, scale=False, dtype="float32", name="same_light"
    )(pixels)


def _usual_light(pixels: keras.KerasTensor) -> keras.KerasTensor:
    """Return each face with the mean of FER2013's training faces, and nearer to their contrast.

    A face of the usual deviation keeps it. A dark one gains contrast, at most by a factor of about 2: without that
    limit the score would jump near an even picture, and a sum of gradients from there, as integrated gradients take
    it, would miss the jump.
    """
    gain = (LIGHT_DEVIATION**2 + DIMMEST**2) ** 0.5
    return layers.Rescaling(gain, offset=LIGHT_MEAN, dtype="float32", name="usual_light")(
        _same_light(pixels, DIMMEST**2)
    )


def _classify(
    pixels: keras.KerasTensor, features: keras.KerasTensor, classes: int, dropout: float, name: str
) -> keras.Model:
    x = layers.GlobalAveragePooling2D(name="pooled")(features)
    x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Dense(classes, name="logits", dtype="float32")(x)
    x = layers.Softmax(name="probabilities", dtype="float32")(x)
    return keras.Model(pixels, x, name=name)


def _convolve(
    x: keras.KerasTensor, width: int, name: str, size: int = 3, stride: int = 1, has_relu: bool = True
) -> keras.KerasTensor:
    x = layers.Conv2D(width, size, stride, padding="same", use_bias=False, kernel_initializer="he_normal", name=name)(x)
    x = batch_normalisation(f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if has_relu else x


def _residual_block(x: keras.KerasTensor, width: int, name: str, stride: int = 1) -> keras.KerasTensor:
    shortcut = x
    if stride > 1 or x.shape[-1] != width:
        shortcut = _convolve(x, width, f"{name}_shortcut", size=1, stride=stride, has_relu=False)
    x = _convolve(x, width, f"{name}_a", stride=stride)
    x = _convolve(x, width, f"{name}_b", has_relu=False)
    x = layers.Add(name=f"{name}_add")([x, shortcut])
    return layers.ReLU(name=f"{name}_relu")(x)
