"""Everything that decides a published pose network's weights, in one readable place."""

from dataclasses import dataclass, field, replace
from typing import Any

from models.training.configuration import Configuration


@dataclass(frozen=True)
class PersonAugmentation:
    """How far a training crop may differ from the regular one.

    Attributes:
        rotation: largest degrees to either side; small angles are more frequent (the sum of two even chances).
        turned: share of the people that are turned by any angle of the full circle instead.
        scale: smallest and largest size of the person as factor of the regular one.
        shift: largest distance of the crop's centre from the regular one, as share of its side and in either direction.
        half: share of the people of whom only a half is shown, most often the upper.
        upper: share of those halves that are the upper one.
        bust: share of the people of whom a portrait is made: head and shoulders near by, on a picture that ends around
            them. What lies beyond its ends counts as outside.
        ring: share of those portraits with a ring around the neck, as a collar or a necklace.
        coat: share of the people who are put into a coat: wide sleeves and a trunk of one colour, in which arms hardly
            stand out.
        contrast, gamma: largest factor and exponent; the smallest are their inverses.
        brightness: grey levels (of 255) to either side.
        tint: largest gain of one colour over another.
        grey: share of the crops without colour.
        dark: share of the crops in low light, with its noise.
        blur: share of the crops that are blurred or enlarged from few pixels.
        noise: share of the crops with noise.
        noise_levels: largest standard deviation of the noise in grey levels.
        hide: chance of each of two rectangles that hide a part of the crop, under a plain colour or another picture.
        hide_side: smallest and largest side of such a rectangle as share of the crop's side.
        plain: share of the crops where a plain colour lies beyond the picture; its edge is repeated on the others.
    """

    rotation: float = 40.0
    turned: float = 0.08
    scale: tuple[float, float] = (0.6, 1.4)
    shift: float = 0.12
    half: float = 0.2
    upper: float = 0.8
    bust: float = 0.0
    ring: float = 0.25
    coat: float = 0.0
    contrast: float = 1.5
    gamma: float = 1.5
    brightness: float = 30.0
    tint: float = 1.25
    grey: float = 0.1
    dark: float = 0.1
    blur: float = 0.15
    noise: float = 0.15
    noise_levels: float = 14.0
    hide: float = 0.2
    hide_side: tuple[float, float] = (0.1, 0.35)
    plain: float = 0.4


PORTRAITS = PersonAugmentation(half=0.25, upper=0.9, bust=0.3, grey=0.2)
"""As people usually take pictures of each other: often near by, and seldom with their feet."""

CALM = PersonAugmentation(
    rotation=30.0,
    turned=0.04,
    scale=(0.7, 1.35),
    shift=0.1,
    upper=0.9,
    bust=0.12,
    contrast=1.3,
    gamma=1.3,
    dark=0.05,
    blur=0.1,
    noise=0.1,
    hide=0.1,
)
"""Nearer to what the network is shown later, for the end of the training."""

COATS = replace(CALM, rotation=35.0, scale=(0.65, 1.35), bust=0.15, coat=0.2, grey=0.15, hide=0.15)
"""As calm, a little wider, with every fifth in a coat: people at sport wear none."""

UNTOUCHED_PORTRAITS = PersonAugmentation(
    rotation=0.0,
    turned=0.0,
    scale=(0.9, 1.1),
    shift=0.0,
    half=0.0,
    bust=1.0,
    ring=0.0,
    contrast=1.0,
    gamma=1.0,
    brightness=0.0,
    tint=1.0,
    grey=0.0,
    dark=0.0,
    blur=0.0,
    noise=0.0,
    hide=0.0,
    plain=0.0,
)
"""Portraits to judge by: near by, on pictures that end around them, and otherwise as they are."""


@dataclass(frozen=True)
class PoseCycle:
    """One rise and fall of the learning rate; before all but the first, gross errors of the crowd's labels are dropped.

    Attributes:
        epochs: length; the rate rises linearly for `warmup_epochs`, then falls along a cosine to a hundredth.
        size: side of the crops in pixels, a multiple of 32. Small ones are quick, and the weights fit all sizes.
        peak_rate: AdamW's highest learning rate.
        warmup_epochs: length of the rise.
        augmentation: Defaults to the configuration's.
        expert_share: Defaults to the configuration's.
        relabel: share of the way by which the crowd's labels move to the answers of the network of the cycle before,
            where that is sure; see `evaluation.relabel`. Defaults to 0.
        depths, refined: blocks, fewer in the cycles before the network grew. Default to the configuration's.
        seed: a new one draws crops that no earlier cycle of this size has shown. Defaults to the configuration's.
        dtype: Keras policy, "float32" for a processor without bfloat16. Defaults to the configuration's.
    """

    epochs: int
    size: int = 256
    peak_rate: float = 2e-3
    warmup_epochs: float = 1.0
    augmentation: PersonAugmentation | None = None
    expert_share: int | None = None
    relabel: float = 0.0
    depths: tuple[int, ...] | None = None
    refined: tuple[int, ...] | None = None
    seed: int | None = None
    dtype: str | None = None


SMALL: dict[str, Any] = {"depths": (2, 3, 3), "refined": (0, 0, 0)}
"""The blocks of the pose network in its first cycles."""


@dataclass(frozen=True)
class PoseConfiguration(Configuration):
    """How a pose network is built and trained.

    Attributes:
        stem, widths, depths, expansion, merged, refined: see `architecture.pose_network`.
        cycles: of the training, one after the other.
        batch: people a step.
        expert_share: how often a person with careful labels (LSP) is shown in an epoch; one of the crowd's is shown
            once.
        crowd_splits: splits of the crowd's people (LSP Extended) to learn from.
        outliers: share of the labels that are taken to be nonsense, in the loss.
        spot: standard deviation of the round spot that stands for a label, in cells of the heat map.
        confidence_weight: of the term that teaches the network how often its joints are right.
        keep: least share of the crowd's labels that each later cycle keeps.
        gross, agreement: a label is a gross error if it lies further than `gross` torsos from where a network that is
            at least so confident of its answer puts the joint.
        flip_average: whether `models.pose.predict` averages the heat maps of a crop and of its mirror image.
        augmentation: how far a training crop may differ from the regular one.
    """

    stem: int = 32
    widths: tuple[int, ...] = (64, 128, 192)
    depths: tuple[int, ...] = (2, 3, 4)
    expansion: int = 2
    merged: tuple[int, ...] = (32, 64, 64)
    refined: tuple[int, ...] = (0, 0, 2)
    cycles: tuple[PoseCycle, ...] = (
        PoseCycle(epochs=20, size=128, **SMALL),
        PoseCycle(epochs=9, size=192, peak_rate=1e-3, **SMALL),
        PoseCycle(epochs=6, size=192, peak_rate=7e-4, warmup_epochs=0.5, augmentation=PORTRAITS, **SMALL),
        PoseCycle(epochs=62, size=128, peak_rate=1.5e-3, **SMALL),
        PoseCycle(epochs=20, size=192, peak_rate=1e-3, augmentation=replace(PORTRAITS, bust=0.2), **SMALL),
        PoseCycle(epochs=50, size=192, peak_rate=1.5e-3, augmentation=replace(PORTRAITS, bust=0.15), **SMALL),
        PoseCycle(epochs=45, size=192, peak_rate=1.5e-3, augmentation=replace(PORTRAITS, bust=0.15), seed=1),
        PoseCycle(epochs=10, size=192, peak_rate=5e-4, warmup_epochs=0.5, augmentation=CALM, expert_share=5, seed=2),
        PoseCycle(epochs=13, size=256, peak_rate=7e-4, warmup_epochs=0.5, augmentation=CALM, seed=3, dtype="float32"),
        PoseCycle(
            epochs=30,
            peak_rate=1.2e-3,
            warmup_epochs=0.5,
            augmentation=COATS,
            expert_share=5,
            relabel=0.6,
            seed=12,
        ),
    )
    batch: int = 32
    expert_share: int = 3
    crowd_splits: tuple[str, ...] = ("train",)
    outliers: float = 0.1
    spot: float = 1.0
    confidence_weight: float = 0.3
    keep: float = 0.93
    gross: float = 0.5
    agreement: float = 0.5
    flip_average: bool = True
    augmentation: PersonAugmentation = field(default_factory=PersonAugmentation)


POSE = {
    configuration.name: configuration
    for configuration in (PoseConfiguration(name="pose", title="Body pose network (14 joints by heat maps)"),)
}
