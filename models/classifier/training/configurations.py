"""The rungs of the ladder: everything that decides a classifier's weights, in one readable place."""

from dataclasses import dataclass, field
from typing import Literal

from models.classifier.training.augmentation import PictureAugmentation

Architecture = Literal["dummy", "simple", "residual", "backbone"]


@dataclass(frozen=True)
class ClassifierConfiguration:
    """How a classifier is built and trained.

    Attributes:
        name: of the rung.
        title: for people.
        architecture: "dummy" answers the commonest class and has no network; the others are built in `architectures`.
        size: side of the network's input in pixels.
        widths: channels of the blocks; each but the last is followed by halving the maps.
        backbone: for the architecture "backbone": a published network whose encoder is taken over.
        is_frozen: whether the encoder's weights stay as they are; else they are fine-tuned.
        dropout: on the pooled features.
        epochs: length of the training; the rate rises linearly for `warmup_epochs`, then falls along a cosine.
        patience: epochs with a lower validation accuracy than the best after which the training stops early.
        peak_rate, weight_decay: of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).
        batch: pictures a step.
        label_smoothing: Szegedy et al. 2016, arXiv:1512.00567.
        seed: of initial weights, order and augmentation.
        dtype: Keras policy of the training; the published network is float32.
        augmentation: how far a training picture may differ from the stored one.
    """

    name: str
    title: str
    architecture: Architecture
    size: int = 64
    widths: tuple[int, ...] = ()
    backbone: str | None = None
    is_frozen: bool = False
    dropout: float = 0.2
    epochs: int = 30
    warmup_epochs: float = 1.0
    patience: int = 12
    peak_rate: float = 2e-3
    weight_decay: float = 0.02
    batch: int = 64
    label_smoothing: float = 0.05
    seed: int = 0
    dtype: str = "mixed_bfloat16"
    augmentation: PictureAugmentation = field(default_factory=PictureAugmentation)


RUNGS = {
    configuration.name: configuration
    for configuration in (
        ClassifierConfiguration("dummy", "Commonest class", "dummy"),
        ClassifierConfiguration("simple", "Four convolutions", "simple", widths=(16, 24, 32, 48), dropout=0.0),
        ClassifierConfiguration("complex", "Residual network", "residual", widths=(16, 32, 64, 96)),
        ClassifierConfiguration(
            "transfer",
            "On the encoder of the pose network",
            "backbone",
            size=96,
            backbone="pose",
            peak_rate=5e-4,
        ),
    )
}
"""From the commonest class to the networks that are worth publishing."""
