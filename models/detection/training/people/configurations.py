"""Everything that decides the people's head, in one readable place."""

from dataclasses import dataclass, field
from typing import Any

from models.detection.training.people.scenes import PeopleSettings
from models.training.configuration import Configuration


@dataclass(frozen=True)
class PeopleConfiguration(Configuration):
    """How the detector's head for people is built and trained.

    Attributes:
        widths, depth, where: see `architecture.people_head`.
        epochs, steps, batch: length of the training; an epoch is `steps` batches of fresh scenes.
        side: of a scene in pixels, a multiple of 32.
        peak_rate, warmup_steps: AdamW's learning rate rises linearly, then falls along a cosine to zero.
        clip: largest norm of a step's gradient.
        box_weight: of the boxes' loss beside the heat map's.
        validation: share of the photos, and of the people to paste, kept for choosing.
        alarms: largest share of the kept pictures without people on which the shipped threshold may see somebody. The
            pose network looks at each body, and left somebody on two of 230 such pictures.
        workers: threads that draw scenes.
        scenes: how scenes are drawn.
    """

    widths: tuple[int, int] = (64, 96)
    depth: int = 3
    where: int = 32
    epochs: int = 36
    steps: int = 400
    batch: int = 32
    side: int = 256
    peak_rate: float = 2e-3
    warmup_steps: int = 200
    clip: float = 10.0
    box_weight: float = 1.5
    validation: float = 0.1
    alarms: float = 0.15
    workers: int = 2
    scenes: PeopleSettings = field(default_factory=PeopleSettings)

    @property
    def sizes(self) -> dict[str, Any]:
        """The head's, as `architecture.people_head` takes them."""
        return {"widths": self.widths, "depth": self.depth, "where": self.where}


PEOPLE = PeopleConfiguration(name="people", title="People's head of the face detector")
