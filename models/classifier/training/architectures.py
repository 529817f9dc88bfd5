"""The graphs of the classifiers: plain, flat, with rescaling inside and global average pooling before the head."""

import keras
from keras import layers

from models.cards import load_card
from models.classifier.training.configurations import ClassifierConfiguration
from models.networks import load_network
from models.pose.training.architecture import pose_network
from models.training.fitting import Tensor, dtype_policy
from models.training.normalisation import batch_normalisation

_CUT = "stage2_block2_add"  # the last layer of the pose encoder that is taken over; what follows is twice as large


def build_classifier(
    configuration: ClassifierConfiguration, classes: int, channels: int, dtype: str = "float32"
) -> keras.Model:
    """Return the untrained network of a configuration.

    Args:
        configuration: of any architecture but "dummy".
        classes: number of outputs.
        channels: 1 for grey pictures; a backbone sees three whatever this says.
        dtype: Keras policy. Defaults to "float32".

    Returns:
        A flat model from float32 (N, size, size, channels) of 0 … 255 to probabilities (N, classes); its layer "logits"
        answers before softmax.
    """
    with dtype_policy(dtype):
        match configuration.architecture:
            case "simple":
                pixels, x = _simple(configuration, channels)
            case "residual":
                pixels, x = _residual(configuration, channels)
            case "backbone":
                pixels, x = _backbone(configuration)
            case _:
                raise ValueError(f"{configuration.name} has no network.")
        x = layers.GlobalAveragePooling2D(name="pooled")(x)
        if configuration.dropout:
            x = layers.Dropout(configuration.dropout, name="dropout")(x)
        logits = layers.Dense(classes, dtype="float32", name="logits")(x)
        shares = layers.Softmax(dtype="float32", name="probabilities")(logits)
        return keras.Model(pixels, shares, name="classifier")


def _simple(configuration: ClassifierConfiguration, channels: int) -> tuple[Tensor, Tensor]:
    """One convolution a block."""
    pixels, x = _input(configuration.size, channels)
    for number, width in enumerate(configuration.widths, 1):
        x = _conv(x, width, f"conv{number}")
        if number < len(configuration.widths):
            x = layers.MaxPooling2D(padding="same", name=f"pool{number}")(x)
    return pixels, x


def _residual(configuration: ClassifierConfiguration, channels: int) -> tuple[Tensor, Tensor]:
    """A convolution that widens and two around which there is a way past (He et al. 2016, arXiv:1512.03385)."""
    pixels, x = _input(configuration.size, channels)
    for number, width in enumerate(configuration.widths, 1):
        x = _conv(x, width, f"block{number}_widen")
        if number > 1:  # at full resolution, convolutions cost most and see least
            short = x
            x = _conv(x, width, f"block{number}_first")
            x = _conv(x, width, f"block{number}_second", is_linear=True)
            x = layers.Add(name=f"block{number}_add")([x, short])
            x = layers.ReLU(name=f"block{number}_relu")(x)
        else:
            x = _conv(x, width, f"block{number}_first")
        if number < len(configuration.widths):
            x = layers.MaxPooling2D(padding="same", name=f"block{number}_pool")(x)
    return pixels, x


def _backbone(configuration: ClassifierConfiguration) -> tuple[Tensor, Tensor]:
    """The first two stages of the published pose network, which are to be fine-tuned or stay as they are."""
    name = str(configuration.backbone)
    said = load_card(name).configuration
    whole = pose_network(
        said["stem"],
        tuple(said["widths"]),
        tuple(said["depths"]),
        said["expansion"],
        tuple(said["merged"]),
        tuple(said["refined"]),
        size=configuration.size,
    )
    encoder = keras.Model(whole.input, whole.get_layer(_CUT).output)
    published = load_network(name)
    for layer in encoder.layers:
        if layer.weights:
            layer.set_weights(published.get_layer(layer.name).get_weights())
        layer.trainable = not configuration.is_frozen
    return encoder.input, encoder.output


def _input(size: int, channels: int) -> tuple[Tensor, Tensor]:
    pixels = keras.Input((size, size, channels), name="pixels")
    return pixels, layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(pixels)


def _conv(x: Tensor, width: int, name: str, is_linear: bool = False) -> Tensor:
    x = layers.Conv2D(width, 3, padding="same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_kernel")(
        x
    )
    x = batch_normalisation(f"{name}_norm")(x)
    return x if is_linear else layers.ReLU(name=f"{name}_relu")(x)
