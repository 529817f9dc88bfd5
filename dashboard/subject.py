"""What is looked at, as plain values: a photo, who on it is looked at by which network, and what is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal, cast

import numpy as np

from dashboard.drawing import pictures
from interp import Target
from models import Analysis, Face, emotion
from models.images import crop_face

Source = Literal["Sample", "Upload", "Webcam"]
Kind = Literal["Face", "Person", "Area"]
Box = tuple[int, int, int, int]

Value = bool | int | float | str
"""Of a setting of a method."""
DEFAULT_NETWORK = emotion.DEFAULT
AREA = "area"
"""The detector of an analysis that looked for nothing: an area of the photo stands in the place of its only face."""


class ReadFace(Face):
    """A face as `models.analyse` returns it: cut out, and its expression read. It only tells the types."""

    crop: np.ndarray
    transform: np.ndarray
    emotion: dict[str, float]
    expression: str


def with_channels(pixels: np.ndarray) -> np.ndarray:
    """Return a grey or RGB picture as a network takes it, (h, w, channels)."""
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


@dataclass(frozen=True)
class Question:
    """What an explanation is asked for: all that its map depends on, and so its key.

    Args:
        network_name: str, name of the network.
        crop: uint8 (h, w) or (h, w, 3), what the network gets.
        method: str, name from interp.METHODS.
        target: the interp.Target.
        layer: str, the layer to explain by. Defaults to None, for a method without.
        settings: the method's parameters, sorted pairs of name and value.
        engine: whose method it is. Defaults to this project's own.
        is_timed: bool, whether a fast method is computed twice, so that its time is not that of building the pass.
            Defaults to no.
    """

    network_name: str
    crop: np.ndarray = field(repr=False, compare=False)
    method: str
    target: Target
    layer: str | None = None
    settings: tuple[tuple[str, Value], ...] = ()
    engine: Literal["interp", "tf-keras-vis"] = "interp"
    is_timed: bool = False
    crop_id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "crop_id", digest(self.crop.tobytes()))

    @property
    def key(self) -> tuple[Hashable, ...]:
        """The question in plain values, without the picture."""
        how = (self.method, repr(self.target), self.layer, self.engine, self.is_timed)
        return (self.crop_id, self.network_name, *how, *self.settings)


@dataclass(frozen=True)
class Subject:
    """What every page looks at: a photo, what was found on it, the chosen face, and the chosen network.

    The expressions are those that the network reads or, if its task is another, the one that read them last.

    Args:
        photo: where from.
        image: RGB uint8 (H, W, 3).
        analysis: models.Analysis, what was found.
        index: int, number of the chosen face from 0; without a face 0.
        network_name: str, the chosen network.
        person: int, number of the chosen person from 0, for a network that looks at people. Defaults to None.
        people_by_hand: the boxes around people that the visitor gave. Defaults to none.
    """

    photo: Photo
    image: np.ndarray
    analysis: Analysis
    index: int
    network_name: str = DEFAULT_NETWORK
    person: int | None = None
    people_by_hand: tuple[Box, ...] = ()

    @property
    def faces(self) -> tuple[ReadFace, ...]:
        """All faces of the photo."""
        return cast(tuple[ReadFace, ...], self.analysis.faces)

    @property
    def face(self) -> ReadFace:
        """The chosen face."""
        return self.faces[self.index]

    @property
    def winner(self) -> str:
        """The class with the highest probability, also when the app says "uncertain"."""
        return max(self.face.emotion, key=self.face.emotion.__getitem__)

    @property
    def frames(self) -> list[tuple[tuple[float, float, float, float], float]]:
        """For each face the frame that its network gets, (x, y, width, height), and by how much that is turned."""
        return [pictures.frame_of(face.transform, face.crop.shape[:2]) for face in self.faces]

    @property
    def area(self) -> Box:
        """What a network looks at that looks for no face: a box that the visitor drew, else the whole photo."""
        height, width = self.image.shape[:2]
        return self.face.box if self.analysis.detector == AREA else (0, 0, width, height)

    @property
    def is_whole(self) -> bool:
        """Whether that is the whole photo."""
        height, width = self.image.shape[:2]
        return self.area == (0, 0, width, height)

    def portrait(self, side: int) -> np.ndarray:
        """Return the face cut from the photo as for the network, but crisper: grey uint8 (side, side)."""
        box, angle = self.frames[self.index]
        return crop_face(self.image, box, size=side, angle=angle)[0]

    @property
    def title(self) -> str:
        if self.analysis.detector == AREA:
            return self.photo.name if self.is_whole else f"{self.photo.name}, box"
        who = f"face {self.index + 1}" if self.person is None else f"person {self.person + 1}"
        return f"{self.photo.name}, {who}"


@dataclass(frozen=True)
class ByHand:
    """Boxes that the visitor drew or entered for a photo, in its pixels: around faces, people, and what to look at."""

    faces: tuple[Box, ...] = ()
    people: tuple[Box, ...] = ()
    area: Box | None = None


@dataclass(frozen=True)
class Photo:
    """A picture as it came in: its bytes, where from, and an id made of the bytes.

    Args:
        name: str, a short name for headings and file names.
        data: bytes, the encoded picture.
        source: "Sample", "Upload" or "Webcam".
        refusal: the sentence that says why a file was not taken. Defaults to none: it was.
    """

    name: str
    data: bytes = field(repr=False)
    source: Source
    refusal: str = ""
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", digest(self.data))


def digest(data: bytes) -> str:
    """Return the SHA-256 of the bytes in hexadecimal digits: the key of everything computed from them."""
    return hashlib.sha256(data).hexdigest()
