"""Everything that decides a published keypoint network's weights, in one readable place."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.training.configuration import Configuration


@dataclass(frozen=True)
class FaceAugmentation:
    """How far a training face may differ from the stored one.

    Attributes:
        rotation: largest degrees to either side; small angles are more frequent (the sum of two even chances).
        turned, turned_rotation: share of the faces that are turned by any angle of up to so many degrees instead, as
            after a detector that missed the angle.
        zoom: smallest and largest side of the crop as factor of the regular one.
        shift: largest distance of the crop's centre from the regular one, as share of its side and in either direction.
        contrast, gamma: largest factor and exponent; the smallest are their inverses.
        brightness: grey levels (of 255) to either side.
        blur: share of the faces that are blurred by up to a 5×5 binomial kernel.
        noise: largest standard deviation of the noise in grey levels.
        hide: chance of each of two rectangles that hide a part of the face, under plain grey or another face's skin.
        hide_side: smallest and largest side of such a rectangle as share of the crop's side.
    """

    rotation: float = 45.0
    turned: float = 0.08
    turned_rotation: float = 100.0
    zoom: tuple[float, float] = (0.8, 1.3)
    shift: float = 0.13
    contrast: float = 1.5
    gamma: float = 1.5
    brightness: float = 30.0
    blur: float = 0.3
    noise: float = 10.0
    hide: float = 0.3
    hide_side: tuple[float, float] = (0.15, 0.5)


@dataclass(frozen=True)
class KeypointConfiguration(Configuration):
    """How a keypoint network is built and trained.

    Attributes:
        stem, widths, merged: see `architecture.keypoint_network`.
        before: the training from whose weights this one starts. Defaults to none.
        epochs: passes over the faces with 68 points.
        batch: faces with 68 points a step; half as many faces with five points join them.
        single: how often an epoch shows the face of a person of whom there is one picture. Those are photos of HELEN,
            labelled by hand; all others are frames of films.
        peak_rate, warmup_epochs: AdamW's learning rate rises linearly, then falls along a cosine to zero.
        five_weight: weight of a face with five points; one with 68 has 1.
        map_weight: of the term that draws each heat map towards a small round spot.
        confidence_weight: of the term that teaches the network how often its points are right.
        tolerance: a point is right if it is within this share of the distance of the outer eye corners.
        augmentation: how far a training face may differ from the stored one.
    """

    stem: int = 24
    widths: tuple[int, ...] = (32, 64, 128)
    merged: int = 48
    before: KeypointConfiguration | None = None
    epochs: int = 36
    batch: int = 32
    single: int = 1
    peak_rate: float = 2e-3
    warmup_epochs: float = 2.0
    five_weight: float = 0.5
    map_weight: float = 1.0
    confidence_weight: float = 0.5
    tolerance: float = 0.05
    augmentation: FaceAugmentation = field(default_factory=FaceAugmentation)


KEYPOINTS = {
    configuration.name: configuration
    for configuration in (
        KeypointConfiguration(
            name="keypoints",
            title="Facial keypoint network (68 points by heat maps)",
            before=KeypointConfiguration(name="before", title="Upright faces, films and photos alike"),
            epochs=20,
            single=4,
            peak_rate=1e-3,
            warmup_epochs=1.0,
            augmentation=FaceAugmentation(zoom=(0.75, 1.4), shift=0.18),
        ),
    )
}
