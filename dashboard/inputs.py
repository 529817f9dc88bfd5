"""What a network is shown of a photo, whichever its task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard import cache, pictures

if TYPE_CHECKING:
    from dashboard.controls import Subject


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
    """

    task: str
    pixels: np.ndarray = field(repr=False)
    transform: np.ndarray = field(repr=False)
    words: str
    noun: str
    photo: np.ndarray = field(repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the input."""
        height, width = self.pixels.shape[:2]
        return height, width

    @property
    def picture(self) -> np.ndarray:
        """The input as the network takes it, (h, w, channels)."""
        return cache.with_channels(self.pixels)

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
    task = cache.card(network_name).task
    find = {"keypoints": _points_crop, "pose": _person, "detection": _searched}.get(task, _face)
    pixels, transform, words, noun = find(subject)
    return View(task, pixels, transform.astype(np.float32), words, noun, subject.image)


Found = tuple[np.ndarray, np.ndarray, str, str]


def _face(subject: Subject) -> Found:
    face = subject.face
    height, width = face.crop.shape
    return face.crop, face.transform, f"The face, turned upright, {height}×{width} grey pixels", "the face"


def _points_crop(subject: Subject) -> Found:
    """The crop from which the face's points were read; of a face without points, that of its box."""
    from models import keypoints
    from models.images import cut_out

    face, size = subject.face, keypoints.SIZE
    transform = face.landmark_transform
    if transform is None:
        angles = np.array([face.angle])
        squares = keypoints.squares_of_boxes(np.array([face.box]), angles)
        crops, transforms = keypoints.crop_squares(subject.image, squares, angles)
        words = f"The face's box, {size}×{size} grey pixels; the network was not sure of any points in it"
        return crops[0], transforms[0], words, "the face"
    crop = cut_out(subject.image, transform, size)
    return crop, transform, f"The face with some margin, turned upright, {size}×{size} grey pixels", "the face"


def _person(subject: Subject) -> Found:
    people: tuple[Any, ...] = subject.analysis.people
    if not people:
        raise NoInputError("No person was found on this photo, so the pose network has nothing to look at.")
    person = next((person for person in people if person.face == subject.index), people[0])
    height, width = person.crop.shape[:2]
    whose = "The person of this face" if person.face == subject.index else "The first person on the photo"
    return person.crop, person.transform, f"{whose}, {height}×{width} colour pixels", "the person"


def _searched(subject: Subject) -> Found:
    from models.detection import picture_of_face

    pixels, transform = picture_of_face(subject.image, subject.face.box)
    height, width = pixels.shape[:2]
    words = f"The whole photo, {width}×{height} colour pixels, with grey where its sides are no multiples of 32"
    return pixels, transform, words, "the photo"
