"""Starting from what another network learnt: a published one of ours, or an ImageNet backbone of keras.applications."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import keras
from keras import layers

from models.emotion.training.configurations import Cycle, EmotionConfiguration
from models.training.publishing import read_card

ENLARGEMENT = 2  # ImageNet backbones halve the picture five times; 96 pixels leave maps of 3×3
GENTLE_CYCLE = Cycle(epochs=16, peak_rate=0.01, warmup_epochs=1.0)


@dataclass(frozen=True)
class Backbone:
    """A network of keras.applications of at most five million parameters.

    Attributes:
        build: its function in keras.applications.
        scale, offset: pixel · scale + offset is what it was trained on; some rescale raw pixels themselves.
        reference: its paper.
    """

    build: Callable[..., keras.Model]
    scale: float
    offset: float
    reference: str


BACKBONES = {
    "efficientnet_b0": Backbone(keras.applications.EfficientNetB0, 1.0, 0.0, "Tan and Le 2019, arXiv:1905.11946"),
    "mobilenet_v2": Backbone(keras.applications.MobileNetV2, 1 / 127.5, -1.0, "Sandler et al. 2018, arXiv:1801.04381"),
    "mobilenet_v3_small": Backbone(
        keras.applications.MobileNetV3Small, 1.0, 0.0, "Howard et al. 2019, arXiv:1905.02244"
    ),
}


def backbone_network(
    backbone: str,
    classes: int = 7,
    size: int = 48,
    weights: str | None = "imagenet",
    dropout: float = 0.3,
    name: str = "emotion",
) -> keras.Model:
    """Return a network of keras.applications for grey faces, in one flat graph.

    The grey picture is repeated as three colours, enlarged to twice its side and scaled as the backbone's training did,
    all inside the graph; the head is that of our own networks.

    Args:
        backbone: one of `BACKBONES`.
        classes: number of outputs.
        size: side of the input in pixels.
        weights: "imagenet", downloaded once and kept in Keras's cache; or None for random ones.
        dropout: share of pooled channels dropped in training.
        name: of the model.

    Returns:
        A model as `architectures.vgg_like` builds it: float32 (N, size, size, 1) of 0 … 255 to probabilities, with the
        layers "pooled", "dropout" and "logits".

    Raises:
        ValueError: if the backbone is unknown or its weights cannot be had.
    """
    if backbone not in BACKBONES:
        raise ValueError(f"Unknown backbone {backbone!r}. Known: {', '.join(BACKBONES)}.")
    plan = BACKBONES[backbone]
    pixels = keras.Input((size, size, 1), name="pixels")
    x = layers.Concatenate(name="colours")([pixels] * 3)
    x = layers.UpSampling2D(ENLARGEMENT, interpolation="bilinear", name="enlarge")(x)
    x = layers.Rescaling(plan.scale, offset=plan.offset, name="rescale")(x)
    try:
        body = plan.build(include_top=False, weights=weights, input_tensor=x)
    except Exception as error:  # get_file turns every failure of a download into a bare Exception
        if weights is None:
            raise
        raise ValueError(
            f"The {weights} weights of {backbone} cannot be downloaded; check the connection, or start from one of the "
            "networks of this project."
        ) from error
    x = layers.GlobalAveragePooling2D(name="pooled")(body.output)
    x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Dense(classes, name="logits", dtype="float32")(x)
    x = layers.Softmax(name="probabilities", dtype="float32")(x)
    return keras.Model(pixels, x, name=name)


def start_from(configuration: EmotionConfiguration, start: str, weights: Path) -> EmotionConfiguration:
    """Return the configuration that goes on from another network, in one short cycle at a low rate.

    Args:
        configuration: what to train.
        start: one of `BACKBONES`, or the name of a published network whose layers it shares.
        weights: folder of the published networks.

    Returns:
        A configuration of its own name, "NAME-from-START".

    Raises:
        ValueError: if there is no such backbone or network, or the published one held other faces back.
    """
    chosen = replace(
        configuration,
        name=f"{configuration.name}-from-{start}",
        title=f"{configuration.title}, from {start}",
        cycles=(GENTLE_CYCLE,),
        columns=(),
    )
    if start in BACKBONES:
        return replace(chosen, architecture="backbone", backbone=start)
    if not (weights / f"{start}.json").exists():
        known = sorted([*BACKBONES, *(card.stem for card in weights.glob("*.json"))])
        raise ValueError(f"Unknown backbone {start!r}. Known: {', '.join(known)}.")
    published = read_card(start, weights)["configuration"]
    if published.get("validation") != configuration.validation:
        raise ValueError(f"{start} was trained on faces that {configuration.name} holds back for choosing.")
    if configuration.architecture == "columns":
        raise ValueError(f"{configuration.name} is put together from others; choose another configuration.")
    return replace(chosen, start=start)
