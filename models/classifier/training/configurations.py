"""The rungs of the ladder: everything that decides a classifier's weights, in one readable place."""

from dataclasses import dataclass, field
from typing import Literal

from models.classifier.training.augmentation import PictureAugmentation
from models.training.configuration import Configuration

Architecture = Literal["dummy", "simple", "residual", "backbone"]


@dataclass(frozen=True)
class ClassifierConfiguration(Configuration):
    """How a classifier is built and trained.

    Attributes:
        architecture: "dummy" answers the commonest class and has no network; the others are built in `architectures`.
        size: side of the network's input in pixels.
        widths: channels of the blocks; each but the last is followed by halving the maps.
        backbone: for the architecture "backbone": a published network whose encoder is taken over.
        is_frozen: whether the encoder's weights stay as they are; else they are fine-tuned.
        dropout: on the pooled features.
        epochs: length of the training; the rate rises linearly for `warmup_epochs`, then falls along a cosine.
        patience: epochs with a lower validation accuracy than the best after which the training stops early.
        peak_rate: AdamW's highest learning rate.
        batch: pictures a step.
        label_smoothing: Szegedy et al. 2016, arXiv:1512.00567.
        augmentation: how far a training picture may differ from the stored one.
    """

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
    batch: int = 64
    label_smoothing: float = 0.05
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
