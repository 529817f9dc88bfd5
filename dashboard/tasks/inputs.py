"""What a network is shown of a photo, whichever its task."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.drawing import pictures
from dashboard.services import networks
from dashboard.subject import with_channels

if TYPE_CHECKING:
    from dashboard.subject import Subject


class NoInputError(ValueError):
    """A network has nothing to look at on this photo; the message says why, in a sentence."""


@dataclass(frozen=True)
class View:
    """What a network is shown of a photo.

    Args:
        task: str, the task of the network's card.
        pixels: uint8 (h, w) grey or RGB (h, w, 3), exactly the network's input.
        transform: float32 (2, 3), takes the input's pixel (x, y, 1) to the photo's.
        words: str, what it is.
        noun: str, the same in a word or two, such as "the face".
        photo: RGB uint8 (H, W, 3), what it was cut from.
        code: str, the Python expression that makes `picture` from `image`, `analysis` and `face`.
        code_imports: str, the line of imports that it needs. Defaults to none.
    """

    task: str
    pixels: np.ndarray = field(repr=False)
    transform: np.ndarray = field(repr=False)
    words: str
    noun: str
    photo: np.ndarray = field(repr=False)
    code: str = ""
    code_imports: str = ""

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the input."""
        height, width = self.pixels.shape[:2]
        return height, width

    @property
    def title(self) -> str:
        """The noun as a label of its own, other than "Photo", which is the photo that the pages show beside it."""
        return "Input" if self.noun == "the photo" else self.noun.removeprefix("the ").capitalize()

    @property
    def picture(self) -> np.ndarray:
        """The input as the network takes it, (h, w, channels)."""
        return with_channels(self.pixels)

    @property
    def is_colour(self) -> bool:
        """Whether the network gets colours."""
        return self.pixels.ndim == 3

    def enlarged(self, side: int) -> np.ndarray:
        """The same cut with `side` pixels on its larger side, RGB uint8; of a grey one the photo is cut anew."""
        return pictures.enlarge(self.pixels, side) if self.is_colour else pictures.as_rgb(self.crisp(side))

    def crisp(self, side: int) -> np.ndarray:
        """The same cut of the photo in grey, crisper than the network gets it: uint8 (side, side)."""
        from models.images import cut_out

        scale = self.pixels.shape[0] / side
        offset = np.array([scale / 2 - 0.5, scale / 2 - 0.5, 1.0])
        finer = np.column_stack([self.transform[:, :2] * scale, self.transform @ offset])
        return cut_out(self.photo, finer, side)

    def to_input(self, points: np.ndarray) -> np.ndarray:
        """Moves points (n, 2) of the photo to pixels of the input."""
        return (np.asarray(points, np.float64) - self.transform[:, 2]) @ np.linalg.inv(self.transform[:, :2]).T


def view(subject: Subject, network_name: str) -> View:
    """Returns what a network is shown of the subject's face, person or photo.

    Raises:
        NoInputError: there is nothing on the photo that the network looks at.
    """
    task = networks.card(network_name).task
    find = {"keypoints": _points_crop, "pose": _person, "detection": _searched}.get(task, _face)
    found = find(subject)
    return replace(found, task=task, transform=found.transform.astype(np.float32))


def _face(subject: Subject) -> View:
    face = subject.face
    height, width = face.crop.shape
    words = f"the face, turned upright, {height}×{width} grey pixels"
    return View("", face.crop, face.transform, words, "the face", subject.image, "face.crop[..., None]")


def _points_crop(subject: Subject) -> View:
    """The crop from which the face's points were read; of a face without points, that of its box."""
    from models import keypoints
    from models.images import cut_out

    face, size = subject.face, keypoints.SIZE
    transform = face.landmark_transform
    if transform is not None:
        crop = cut_out(subject.image, transform, size)
        words = f"the face with some margin, turned upright, {size}×{size} grey pixels"
        code = f"cut_out(image, face.landmark_transform, {size})[..., None]"
        imports = "from models.images import cut_out\n"
        return View("", crop, transform, words, "the face", subject.image, code, imports)
    crops, transforms = keypoints.crop_squares(
        subject.image, keypoints.squares_of_boxes(np.array([face.box]), np.array([face.angle])), np.array([face.angle])
    )
    words = f"the face's box, {size}×{size} grey pixels; the network was not sure of any points in it"
    code = "crop_squares(image, squares_of_boxes([face.box], [face.angle]), [face.angle])[0][0][..., None]"
    imports = "from models.keypoints import crop_squares, squares_of_boxes\n"
    return View("", crops[0], transforms[0], words, "the face", subject.image, code, imports)


def _person(subject: Subject) -> View:
    from models.images import lighting_up

    people: tuple[Any, ...] = subject.analysis.people
    if not people:
        raise NoInputError("No person was found on this photo, so the pose network has nothing to look at.")
    number = number_of_person(subject)
    person = people[number]
    height, width = person.crop.shape[:2]
    whose = {
        "face": "the person of this face" if person.face == subject.index else "the person of another face",
        "photo": "the person who fills the photo",
        "by hand": "the person in a box by hand",
    }[person.source]
    lit = "" if lighting_up(subject.image) is None else ", lit up"
    words = f"{whose}, {height}×{width} colour pixels{lit}"
    code = f"analysis.people[{number}].crop"
    return View("", person.crop, person.transform, words, "the person", subject.image, code)


def number_of_person(subject: Subject) -> int:
    """Returns the place in `analysis.people` of the chosen person, or of whom the face belongs to; 0 for nobody's."""
    if subject.person is not None:
        return subject.person
    people: tuple[Any, ...] = subject.analysis.people
    return next((number for number, person in enumerate(people) if person.face == subject.index), 0)


def _searched(subject: Subject) -> View:
    from models.detection import picture_of_face

    pixels, transform = picture_of_face(subject.image, subject.face.box)
    height, width = pixels.shape[:2]
    words = f"the whole photo, {width}×{height} colour pixels, with grey where its sides are no multiples of 32"
    imports = "from models.detection import picture_of_face\n"
    code = "picture_of_face(image, face.box)[0]"
    return View("", pixels, transform, words, "the photo", subject.image, code, imports)
