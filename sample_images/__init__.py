"""A few free pictures to try the networks on; CREDITS.md says whose they are."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Sample:
    """One picture of the picker."""

    key: str
    title: str
    file: str
    alt: str

    @property
    def path(self) -> Path:
        """Where the picture lies."""
        return Path(__file__).parent / self.file


SAMPLES = (
    Sample("astronaut", "Astronaut", "astronaut.jpg", "An astronaut in an orange suit smiles at the camera."),
    Sample("hopper", "Grace Hopper", "grace_hopper.jpg", "Grace Hopper in uniform, with glasses and a calm look."),
    Sample("group", "Group", "group.jpg", "A collage of five portraits of two women at different sizes."),
    Sample("tilted", "Tilted by 40°", "tilted.jpg", "The astronaut's portrait, turned clockwise by 40 degrees."),
    Sample("dark", "Dark", "dark.jpg", "The astronaut's portrait, so dark that little can be made out."),
    Sample("noisy", "Noisy", "noisy.jpg", "The astronaut's portrait under strong colour noise."),
    Sample("cameraman", "Cameraman", "cameraman.png", "A man in profile looks through a camera on a tripod."),
    Sample("cat", "Cat", "cat.png", "The face of a tabby cat."),
    Sample("chessboard", "Chessboard", "chessboard.png", "A chessboard with striped squares; nobody is on it."),
)
"""Photos."""

DRAWINGS = (
    Sample("cell", "Drawn cell", "drawings/cell_plain.png", "A drawing of a blood cell: an even disc."),
    Sample("ringed", "Drawn cell with a ring", "drawings/cell_ringed_dot.png", "A disc with a ringed dark dot in it."),
    Sample("two_fingers", "Drawn hand, 2 fingers", "drawings/hand_2.png", "A hand of lines that shows two fingers."),
    Sample("five_fingers", "Drawn hand, 5 fingers", "drawings/hand_5.png", "A hand of lines that shows five fingers."),
)
"""Drawings to try the classifiers of cells and hand signs on; these were trained on photos."""
