"""One configuration a published network: everything that decides its weights, in one readable place."""

from dataclasses import dataclass, field
from typing import Literal

from models.emotion.training.augmentation import AugmentationSettings

Architecture = Literal["vgg", "residual", "xception", "simple", "columns", "backbone"]


@dataclass(frozen=True)
class Cycle:
    """One rise and fall of the learning rate (warm restarts: Loshchilov and Hutter 2017, arXiv:1608.03983).

    Attributes:
        epochs: length; the rate rises linearly for `warmup_epochs`, then falls along a cosine to zero.
        peak_rate: SGD's highest learning rate.
        warmup_epochs: length of the rise.
        mix: share of the faces that are mixed (mixup and CutMix), see `AugmentationSettings`.
        mix_until: share of the cycle after which faces are mixed no more.
        teaching: weight of the answers of the configuration's `teacher`, averaged over a face and its mirror image, in
            the targets (Hinton et al. 2015, arXiv:1503.02531).
        matching: weight of the teacher's answers to the very faces that the network sees, augmented and mixed
            (function matching: Beyer et al. 2022, arXiv:2106.05237); labels and votes have the rest.
        augmentation: another one than the configuration's. Defaults to that.
    """

    epochs: int = 60
    peak_rate: float = 0.1
    warmup_epochs: float = 3.0
    mix: float = 0.0
    mix_until: float = 0.8
    teaching: float = 0.0
    matching: float = 0.0
    augmentation: AugmentationSettings | None = None


@dataclass(frozen=True)
class EmotionConfiguration:
    """How an emotion network is built and trained.

    Attributes:
        name: of the network: the file in models/weights and the name that `load_network` takes.
        title: for people.
        architecture: a builder in `architectures`, or "backbone" for a network of `finetuning`.
        widths, depths: of the architecture.
        dropout: on the pooled features.
        cycles: of the training, one after the other.
        batch: faces a step.
        momentum, weight_decay: of SGD with Nesterov momentum; kernels alone decay.
        label_smoothing: Szegedy et al. 2016, arXiv:1512.00567.
        votes_weight: weight of the auxiliary head that learns the FER+ votes (Barsoum et al. 2016, arXiv:1608.01041);
            it is dropped from the published network. Without votes in the data it is zero.
        validation: share of the training faces kept for choosing.
        seed: of split, initial weights, order and augmentation.
        dtype: Keras policy of the training; the published network is float32.
        augmentation: how far a training face may differ from the stored one.
        teacher: name of a published network of the same classes for cycles with `teaching` or `matching`. Defaults to
            the network with which the cycle begins (born-again networks: Furlanello et al. 2018, arXiv:1805.04770).
        start: name of a published network whose weights are taken over where layer names and shapes agree.
        start_column: of a `start` of columns, the number of the one to take. Defaults to none.
        columns: for the architecture "columns": the networks that stand side by side in it, published ones or `PARTS`.
        has_usual_light: for the architecture "vgg": whether each face is first brought to the usual mean and contrast.
        poolings: for the architecture "vgg": blocks that end with max pooling. Defaults to all but the last.
        backbone: for the architecture "backbone": a name that `finetuning` takes.
        flip_average: whether `models.emotion.predict` averages the scores of a face and of its mirror image;
            temperature and threshold are chosen with it.
    """

    name: str
    title: str
    architecture: Architecture = "vgg"
    widths: tuple[int, ...] = (32, 64, 128, 256)
    depths: tuple[int, ...] = (1, 2, 2, 2)
    dropout: float = 0.3
    cycles: tuple[Cycle, ...] = (Cycle(),)
    batch: int = 128
    momentum: float = 0.9
    weight_decay: float = 5e-4
    label_smoothing: float = 0.1
    votes_weight: float = 0.5
    validation: float = 0.1
    seed: int = 0
    dtype: str = "mixed_bfloat16"
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    teacher: str | None = None
    start: str | None = None
    start_column: int | None = None
    columns: tuple[str, ...] = ()
    has_usual_light: bool = False
    poolings: int | None = None
    backbone: str | None = None
    flip_average: bool = False


GENTLE = AugmentationSettings(rotation=12, scale=1.15, shift=0.08, erase=0.25)
"""For networks that are too small to fit the augmented faces."""

POOR_PHOTOS = AugmentationSettings(dark=0.15, noise=0.3, blur=0.25)
"""As real photos are: some dark, some noisy, some blurred."""

MILD = AugmentationSettings(rotation=12, scale=1.15, shift=0.08, erase=0.25, dark=0.1, noise=0.15)
"""Between the two: as steady in bad light, but nearer to the stored faces, so that a small network fits them."""

PARTS = {
    configuration.name: configuration
    for configuration in (
        EmotionConfiguration(
            name="deep",
            title="Deeper column: three convolutions in each of the last two blocks, from a random beginning",
            depths=(1, 2, 3, 3),
            cycles=(Cycle(epochs=80),),
            seed=4,
            has_usual_light=True,
            augmentation=MILD,
        ),
    )
}
"""Networks that are trained to be columns of another; not published by themselves."""

EMOTION = {
    configuration.name: configuration
    for configuration in (
        EmotionConfiguration(
            name="emotion-columns",
            title="Two VGG-like expression networks side by side",
            architecture="columns",
            columns=("emotion-coarse", "deep"),
            cycles=(),
            flip_average=True,
        ),
        EmotionConfiguration(
            name="emotion-residual",
            title="Residual expression network (convolution and identity blocks)",
            architecture="residual",
            widths=(32, 80, 192),
            depths=(1, 1, 1),
            cycles=(Cycle(epochs=24),),
            seed=1,
            augmentation=POOR_PHOTOS,
        ),
        EmotionConfiguration(
            name="emotion",
            title="VGG-like expression network (last maps 12×12)",
            depths=(1, 2, 3, 3),
            poolings=2,
            cycles=(
                Cycle(epochs=16, peak_rate=0.03, warmup_epochs=1.0, mix=0.5, matching=0.7),
                Cycle(epochs=24, peak_rate=0.05, warmup_epochs=1.0, mix=0.5, matching=0.9),
            ),
            seed=5,
            teacher="emotion-columns",
            start="emotion-columns",
            start_column=2,
            has_usual_light=True,
            augmentation=MILD,
            flip_average=True,
        ),
        EmotionConfiguration(
            name="emotion-coarse",
            title="VGG-like expression network (last maps 6×6)",
            cycles=(Cycle(epochs=60),),
        ),
        EmotionConfiguration(
            name="emotion-xception",
            title="mini-XCEPTION expression network",
            architecture="xception",
            widths=(16, 32, 64, 128),
            dropout=0.0,
            cycles=(Cycle(epochs=12),),
            weight_decay=1e-4,
            augmentation=GENTLE,
        ),
        EmotionConfiguration(
            name="emotion-simple",
            title="Simple expression network (four convolutions)",
            architecture="simple",
            widths=(16, 24, 32, 56),
            dropout=0.0,
            cycles=(Cycle(epochs=20),),
            weight_decay=1e-4,
            augmentation=GENTLE,
        ),
    )
}
