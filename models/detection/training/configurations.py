"""Everything that decides the detector's weights, in one readable place."""

from dataclasses import dataclass, field

from models.detection.training.scenes import SceneSettings
from models.training.configuration import Configuration


@dataclass(frozen=True)
class DetectorConfiguration(Configuration):
    """How a face detector is built and trained.

    Attributes:
        stem, widths, depths, neck, head: see `architecture.centre_network`.
        epochs, steps, batch: length of the training; an epoch is `steps` batches of fresh scenes.
        side: of a training scene in pixels, a multiple of 32.
        peak_rate, warmup_steps: AdamW's learning rate rises linearly, then falls along a cosine to zero.
        clip: largest norm of a step's gradient.
        box_weight, marks_weight: of the two regressions beside the heat map's loss.
        validation: share of the photos kept for choosing.
        score_every: epochs between two scorings of the kept photos.
        precision: share of right faces among those found on the kept photos that the shipped threshold must reach.
        workers: threads that draw scenes.
        scenes: how scenes are drawn.
    """

    stem: tuple[int, int] = (16, 24)
    widths: tuple[int, ...] = (48, 96, 128)
    depths: tuple[int, ...] = (2, 2, 2)
    neck: int = 48
    head: int = 32
    epochs: int = 36
    steps: int = 250
    batch: int = 24
    side: int = 256
    peak_rate: float = 2e-3
    warmup_steps: int = 200
    clip: float = 10.0
    box_weight: float = 1.5
    marks_weight: float = 0.5
    validation: float = 0.1
    score_every: int = 3
    precision: float = 0.92
    workers: int = 2
    scenes: SceneSettings = field(default_factory=SceneSettings)


DETECTOR = DetectorConfiguration(name="detector", title="Face detector (one pass, heat map of centres and five marks)")
