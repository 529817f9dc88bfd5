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
