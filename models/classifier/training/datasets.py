"""Pictures with classes: a folder of class folders or a prepared `.npz`, split so that no group stands on two sides."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.images import ImageError, load_image
from models.training.pictures import decode_pictures

TRAINING, VALIDATION, TEST = "train", "val", "test"
LARGEST_SIDE = 256  # pixels; larger pictures are shrunk when they are read, so that all stay in memory
_VALIDATION_SHARE = 0.15
_SEED = 0  # one split for all rungs, so that they compare


@dataclass(frozen=True)
class PictureData:
    """Pictures, their classes, and whose they are.

    Attributes:
        pictures: uint8 each, RGB (H, W, 3), or all grey (H, W).
        labels: int64 (N,), positions in `classes`.
        classes: names.
        groups: str (N,), whose pictures are alike: of one patient, one student, or identical ones.
        split: str (N,), "train", "val" or "test", the same for all pictures of a group.
        numbers: int64 (N,), places of the pictures in their file or folder.
    """

    pictures: list[np.ndarray]
    labels: np.ndarray
    classes: tuple[str, ...]
    groups: np.ndarray
    split: np.ndarray
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def is_grey(self) -> bool:
        """Whether no picture has colour."""
        return all(picture.ndim == 2 for picture in self.pictures)

    def part(self, split: str) -> "PictureData":
        """Return the pictures of a split, as "val"."""
        chosen = np.flatnonzero(self.split == split)
        return PictureData(
            [self.pictures[index] for index in chosen],
            self.labels[chosen],
            self.classes,
            self.groups[chosen],
            self.split[chosen],
            self.numbers[chosen],
        )


def read_classes(path: Path) -> PictureData:
    """Read pictures with classes.

    Args:
        path: a folder with one folder of pictures a class; or an `.npz` with "images", "offsets", "label" and
            "class_names", perhaps "group" and "split".

    Returns:
        All pictures. Where the file has no split, about one in seven is for validation, by whole groups; without
        groups, identical pictures stand on one side.

    Raises:
        ValueError: if there are fewer than two classes, a class is missing in training or validation, a group stands on
            two sides, or a picture can't be read.
    """
    data = _read_folder(path) if path.is_dir() else _read_file(path)
    _check(data, path.name)
    return data


def split_groups(groups: np.ndarray, labels: np.ndarray, share: float = _VALIDATION_SHARE) -> np.ndarray:
    """Deal groups out to training and validation.

    Args:
        groups: (N,), whose each picture is.
        labels: int (N,).
        share: of each class's pictures that are for validation, about. Defaults to 0.15.

    Returns:
        str (N,), "train" or "val".
    """
    names, group = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), int(labels.max()) + 1), np.int64)
    np.add.at(counts, (group, labels), 1)
    wanted, taken = share * counts.sum(axis=0), np.zeros(counts.shape[1])
    is_validation = np.zeros(len(names), bool)
    for index in np.random.default_rng(_SEED).permutation(len(names)):
        if (taken < wanted)[counts[index] > 0].all():
            is_validation[index] = True
            taken += counts[index]
    return np.where(is_validation[group], VALIDATION, TRAINING)


def _read_folder(folder: Path) -> PictureData:
    classes = sorted(child.name for child in folder.iterdir() if child.is_dir() and not child.name.startswith("."))
    paths = [(path, label) for label, name in enumerate(classes) for path in _files(folder / name)]
    if not paths:
        raise ValueError(f"{folder.name} has no folders of pictures; it takes one folder a class.")
    try:
        pictures = _without_colour(load_image(path) for path, _ in paths)
    except ImageError as error:
        raise ValueError(f"A picture in {folder.name} can't be read: {error}") from error
    labels = np.array([label for _, label in paths])
    groups = np.array([hashlib.sha256(picture.tobytes()).hexdigest() for picture in pictures])
    return PictureData(pictures, labels, tuple(classes), groups, split_groups(groups, labels), np.arange(len(pictures)))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _read_file(path: Path) -> PictureData:
    with np.load(path, allow_pickle=False) as file:
        missing = {"images", "offsets", "label", "class_names"} - set(file.files)
        if missing:
            raise ValueError(f"{path.name} lacks {', '.join(sorted(missing))}.")
        arrays = {name: file[name] for name in file.files}
    pictures = _without_colour(decode_pictures(arrays, path.name))
    labels = arrays["label"].astype(np.int64)
    groups = (
        arrays["group"].astype(str)
        if "group" in arrays
        else np.array([hashlib.sha256(picture.tobytes()).hexdigest() for picture in pictures])
    )
    split = arrays["split"].astype(str) if "split" in arrays else split_groups(groups, labels)
    classes = tuple(map(str, arrays["class_names"]))
    return PictureData(pictures, labels, classes, groups, split, np.arange(len(pictures)))


def _without_colour(pictures: Iterable[np.ndarray]) -> list[np.ndarray]:
    """The pictures, shrunk where they are large; grey (H, W) where none has colour."""
    kept, is_grey = [], True
    for picture in pictures:
        scale = LARGEST_SIDE / max(picture.shape[:2])
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        is_grey = is_grey and bool((picture == picture[..., :1]).all())
        kept.append(picture)
    return [np.ascontiguousarray(picture[..., 0]) for picture in kept] if is_grey else kept


def _check(data: PictureData, name: str) -> None:
    if len(data.classes) < 2:
        raise ValueError(f"{name} has {len(data.classes)} class; a classifier needs two.")
    for side in (TRAINING, VALIDATION):
        counts = np.bincount(data.labels[data.split == side], minlength=len(data.classes))
        lacking = [data.classes[index] for index in np.flatnonzero(counts == 0)]
        if lacking:
            raise ValueError(
                f"{name} has no pictures of {', '.join(lacking)} for {side}; each class needs more groups."
            )
    sides = {(group, side) for group, side in zip(data.groups, data.split, strict=True)}
    if len(sides) > len(np.unique(data.groups)):
        raise ValueError(f"A group of {name} stands on two sides of its split.")
