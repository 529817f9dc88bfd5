"""Photos with face boxes, and cut-out faces with marks."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from models.detection.training.geometry import box_of_68, box_of_five
from models.geometry import angle_of, transform_points
from models.keypoints import crop_squares, squares_of_boxes, to_marks
from models.training.pictures import decode_pictures

LONG_SIDE = 480  # larger photos are shrunk when they are read; a photo then takes half a megabyte
_LEAST_MARKED = 20.0  # pixels of height below which a face gets no marks
_LEAST_CONFIDENCE = 0.5  # least median confidence of the points behind the five marks
_CROPS_A_CALL = 256
_INVALID = 3 + 4  # its place in a line of WIDER FACE's lists, after the box
Locate = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Photos:
    """Photos with the boxes of all their faces.

    Attributes:
        images: N times RGB uint8 (H, W, 3).
        boxes: N times float32 (n, 4), x, y, width, height in the photo's pixels.
        invalid: N times bool (n,), boxes that are neither faces nor background.
        marks: N times float32 (n, 5, 2), continuous photo coordinates; NaN where they are not known.
    """

    images: list[np.ndarray]
    boxes: list[np.ndarray]
    invalid: list[np.ndarray]
    marks: list[np.ndarray]

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: np.ndarray) -> "Photos":
        """Return the photos at `index`, an array of positions."""
        parts = ([values[i] for i in index] for values in (self.images, self.boxes, self.invalid, self.marks))
        return Photos(*parts)


@dataclass(frozen=True, eq=False)
class Tiles:
    """Cut-out faces with marks.

    Attributes:
        images: N times RGB uint8 (h, w, 3).
        marks: float32 (N, 5, 2), continuous tile coordinates.
        boxes: float32 (N, 4), the face's centre x, y on the tile; width and height in the face's own axes.
        angles: float32 (N,), degrees by which each face is turned clockwise.
    """

    images: list[np.ndarray]
    marks: np.ndarray
    boxes: np.ndarray
    angles: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


def read_photos(path: str | Path, pictures: str | Path | None = None) -> Photos:
    """Read photos with boxes from a prepared `.npz` or from WIDER FACE's own text list.

    Args:
        path: a prepared file with images, offsets, boxes, box_image, box_attributes, attribute_names; or
            `wider_face_train_bbx_gt.txt`.
        pictures: the folder that the list's file names start from, such as `WIDER_train/images`. Defaults to the
            list's own folder.

    Returns:
        The photos, none larger than 480 pixels if they come from a list; boxes without an area are invalid.

    Raises:
        ValueError: if the list or a picture cannot be read.

    Reference: Yang et al. 2016, "WIDER FACE: a face detection benchmark", arXiv 1511.06523.
    """
    path = Path(path)
    if path.suffix == ".npz":
        return _read_prepared(path)
    return _read_list(path, Path(pictures) if pictures else path.parent)


def _read_prepared(path: Path) -> Photos:
    with np.load(path) as file:
        images = list(decode_pictures(file, path.name))
        owner, boxes = file["box_image"], file["boxes"].astype(np.float32)
        names = [str(name) for name in file["attribute_names"]]
        invalid = file["box_attributes"][:, names.index("invalid")] == 1
    invalid |= (boxes[:, 2:] <= 0).any(axis=1)
    rows = [np.flatnonzero(owner == number) for number in range(len(images))]
    return _photos(images, [boxes[row] for row in rows], [invalid[row] for row in rows])


def _read_list(path: Path, pictures: Path) -> Photos:
    lines = iter(path.read_text(encoding="utf-8").splitlines())
    images, boxes, invalid = [], [], []
    for name in lines:
        if not name.strip():
            continue
        try:
            count = int(next(lines))
            rows = [next(lines).split() for _ in range(max(count, 1))]  # a photo without faces has one line of zeros
            values = np.array(rows, np.float32).reshape(len(rows), -1)[: max(count, 0)]
            is_invalid = values[:, _INVALID] == 1
        except (StopIteration, ValueError, IndexError) as error:
            raise ValueError(
                f"{path.name} is damaged after “{name}”; expected WIDER FACE's bounding box list."
            ) from error
        picture = cv2.imread(str(pictures / name.strip()))
        if picture is None:
            raise ValueError(f"There is no picture “{name}” in {pictures}; give its folder with --pictures.")
        picture = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        shrink = min(1.0, LONG_SIDE / max(picture.shape[:2]))
        if shrink < 1:
            size = (round(picture.shape[1] * shrink), round(picture.shape[0] * shrink))
            picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        images.append(picture)
        boxes.append(values[:, :4] * np.float32(shrink))
        invalid.append(is_invalid | (values[:, 2:4] <= 0).any(axis=1))
    if not images:
        raise ValueError(f"{path.name} names no photos.")
    return _photos(images, boxes, invalid)


def _photos(images: list[np.ndarray], boxes: list[np.ndarray], invalid: list[np.ndarray]) -> Photos:
    return Photos(images, boxes, invalid, [np.full((len(rows), 5, 2), np.nan, np.float32) for rows in boxes])


def read_tiles(*paths: str | Path, split: str = "train") -> Tiles:
    """Read cut-out faces from prepared files with 68 points (iBUG order) or 5 marks a face.

    Args:
        paths: prepared `.npz` files with images, offsets, keypoints and split.
        split: the part to read. Defaults to "train".

    Returns:
        The faces of all files; `len()` is 0 without a file.
    """
    parts = [_read_tile_file(Path(path), split) for path in paths]
    if not parts:
        return Tiles([], np.zeros((0, 5, 2), np.float32), np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
    return Tiles(
        [image for part in parts for image in part.images],
        np.concatenate([part.marks for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.angles for part in parts]),
    )


def _read_tile_file(path: Path, split: str) -> Tiles:
    with np.load(path) as file:
        chosen = np.flatnonzero(file["split"] == split)
        images = list(decode_pictures(file, path.name, chosen=chosen))
        points = file["keypoints"][chosen].astype(np.float64) + 0.5  # whole numbers are the centres of pixels there
    marks = to_marks(points) if points.shape[1] == 68 else points
    angles = angle_of(marks)
    boxes = box_of_68(points, angles) if points.shape[1] == 68 else box_of_five(marks, angles)
    return Tiles(images, marks.astype(np.float32), boxes.astype(np.float32), angles.astype(np.float32))


def split_photos(count: int, fraction: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return (training, kept) positions of `count` photos, both sorted."""
    order = np.random.default_rng(seed).permutation(count)
    kept = round(fraction * count)
    return np.sort(order[kept:]), np.sort(order[:kept])


def pseudo_marks(photos: Photos, locate: Locate) -> Photos:
    """Add the marks that a keypoint network reads where it is sure and its points fit the box.

    Args:
        photos: as read.
        locate: grey uint8 (N, 96, 96) crops -> (points (N, 68, 2) in crop pixels, confidence (N, 68) in 0..1).

    Returns:
        The same photos with marks; NaN for faces that are small, or whose points are unsure or beside the box.
    """
    places, crops, maps = [], [], []
    for number, (image, boxes, invalid) in enumerate(zip(photos.images, photos.boxes, photos.invalid, strict=True)):
        rows = np.flatnonzero(~invalid & (boxes[:, 3] >= _LEAST_MARKED))
        upright = np.zeros(len(rows))
        cut, transforms = crop_squares(image, squares_of_boxes(boxes[rows], upright), upright)
        places += [(number, row) for row in rows]
        maps += list(transforms)
        crops += list(cut)
    marks = [rows.copy() for rows in photos.marks]
    for start in range(0, len(crops), _CROPS_A_CALL):
        points, confidence = locate(np.stack(crops[start : start + _CROPS_A_CALL]))
        of_crop = to_marks(np.asarray(points, np.float64))
        sure = np.median(np.asarray(confidence)[:, 17:], axis=1) >= _LEAST_CONFIDENCE
        for index in np.flatnonzero(sure):
            number, row = places[start + index]
            found = transform_points(of_crop[index], maps[start + index]) + 0.5
            if _fits(found, photos.boxes[number][row]):
                marks[number][row] = found
    return replace(photos, marks=marks)


def _fits(marks: np.ndarray, box: np.ndarray) -> bool:
    """Return whether all marks lie in the box, a tenth aside, and the eyes are not the mouth."""
    inside = (marks >= box[:2] - 0.1 * box[2:]) & (marks <= box[:2] + 1.1 * box[2:])
    eyes, mouth = marks[:2].mean(axis=0), marks[3:].mean(axis=0)
    return bool(inside.all() and np.hypot(*(mouth - eyes)) > 0.2 * box[3])
