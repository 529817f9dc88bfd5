"""Faces with 68 or five points: the prepared NumPy files, and iBUG's .pts files beside pictures."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from models.keypoints import MARGIN, POINTS, square_of_marks, square_of_points
from models.training.pictures import decode_pictures

STORED = 128  # side of the stored pictures in pixels
SPLITS = ("train", "val", "test")
_STORED_EXTENT = 1.75  # side of a picture cut out of a photo, as multiple of the face's extent
_PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")


@dataclass(frozen=True)
class LandmarkData:
    """Faces with points.

    Attributes:
        images: uint8 (N, 128, 128), grey.
        points: float32 (N, K, 2), pixels of the stored picture; K is 68 (iBUG order) or 5 (image-left eye, image-right
            eye, nose tip, image-left and image-right mouth corner).
        split: (N,) "train", "val" or "test".
        group: (N,) the person, or the photo where the person is unknown.
        source: (N,) where the face comes from.
        pose: int8 (N,) 1 left profile … 3 frontal … 5 right profile, as labelled by people; 0 where it is unknown.
    """

    images: np.ndarray
    points: np.ndarray
    split: np.ndarray
    group: np.ndarray
    source: np.ndarray
    pose: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    @property
    def squares(self) -> np.ndarray:
        """float32 (N, 3): centre x, centre y and side of the square that the network is shown of each face."""
        square = square_of_points if self.points.shape[1] == POINTS else square_of_marks
        return square(self.points).astype(np.float32)

    def take(self, index: np.ndarray) -> "LandmarkData":
        """Return the faces at `index`, an array of positions or a boolean mask."""
        return LandmarkData(
            self.images[index],
            self.points[index],
            self.split[index],
            self.group[index],
            self.source[index],
            self.pose[index],
        )

    def part(self, split: str) -> "LandmarkData":
        """Return the faces of one split: "train", "val" or "test"."""
        if split not in SPLITS:
            raise ValueError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
        return self.take(self.split == split)


def read_landmarks(path: str | Path) -> LandmarkData:
    """Read faces with points.

    Args:
        path: a prepared `.npz` file, or a folder in which (or below which) each picture has its .pts file of 68 points
            beside it, as iBUG ships HELEN, LFPW, AFW and 300-W.

    Returns:
        The faces in the file's order. Folders called "testset" are the test split; of the other photos a tenth is the
        val split.

    Raises:
        ValueError: when nothing is found, or a file has another form.
    """
    path = Path(path)
    return _read_folder(path) if path.is_dir() else _read_prepared(path)


def read_pts(path: str | Path) -> np.ndarray:
    """Return float32 (68, 2) of one .pts file; its pixels count from 1, the answer's from 0."""
    path = Path(path)
    head, brace, rest = path.read_text(encoding="utf-8", errors="replace").partition("{")
    try:
        values = np.array(rest.partition("}")[0].split(), np.float32)
    except ValueError as error:
        raise ValueError(f"{path.name} holds something else than numbers between its braces") from error
    if not brace or "n_points" not in head or values.size != 2 * POINTS:
        raise ValueError(f"{path.name} is no .pts file of {POINTS} points; it holds {values.size} numbers")
    return values.reshape(POINTS, 2) - 1


def _read_prepared(path: Path) -> LandmarkData:
    if not path.is_file() or path.suffix != ".npz":
        raise ValueError(f"{path.name} is neither a folder of .pts files nor a prepared .npz file")
    with np.load(path) as file:
        missing = {"images", "offsets", "keypoints", "group", "split"} - set(file.files)
        if missing:
            raise ValueError(f"{path.name} has no array {', '.join(sorted(missing))}")
        points = file["keypoints"].astype(np.float32)
        if points.ndim != 3 or points.shape[1] not in (POINTS, 5) or points.shape[2] != 2:
            raise ValueError(f"the keypoints of {path.name} have the shape {points.shape}; expected (N, 68 or 5, 2)")
        count = len(points)
        images = np.empty((count, STORED, STORED), np.uint8)
        for index, grey in enumerate(decode_pictures(file, path.name, is_grey=True)):
            images[index], border = _pad(grey)
            points[index] += border
        unknown = np.full(count, path.stem)
        pose = file["attributes"][:, 3] if "attributes" in file.files else np.zeros(count, np.int8)
        source = file["source"] if "source" in file.files else unknown
        return LandmarkData(images, points, file["split"], file["group"], source, pose)


def _pad(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the picture in the middle of a stored one, its edge repeated, and the (x, y) by which it moved."""
    height, width = grey.shape
    if max(height, width) > STORED:
        raise ValueError(f"a prepared picture has {width}×{height} pixels; expected at most {STORED}×{STORED}")
    top, left = (STORED - height) // 2, (STORED - width) // 2
    bottom, right = STORED - height - top, STORED - width - left
    return cv2.copyMakeBorder(grey, top, bottom, left, right, cv2.BORDER_REPLICATE), np.array([left, top], np.float32)


def _read_folder(folder: Path) -> LandmarkData:
    images, points, splits, groups, sources = [], [], [], [], []
    for pts in sorted(folder.rglob("*.pts")):
        picture = next(
            (pts.with_suffix(suffix) for suffix in _PICTURE_SUFFIXES if pts.with_suffix(suffix).is_file()), None
        )
        if picture is None:
            continue
        grey = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
        if grey is None:
            raise ValueError(f"{picture.name} cannot be read as a picture")
        image, moved = _cut(grey, read_pts(pts))
        photo = pts.stem.split("_")[0]  # AFW and HELEN number the faces of one photo after a dash below
        images.append(image)
        points.append(moved)
        splits.append(_split(pts.relative_to(folder), photo))
        groups.append(photo)
        sources.append(pts.parent.name)
    if not images:
        raise ValueError(f"{folder.name} holds no picture with a .pts file beside it")
    return LandmarkData(
        np.stack(images),
        np.stack(points),
        np.array(splits),
        np.array(groups),
        np.array(sources),
        np.zeros(len(images), np.int8),
    )


def _cut(grey: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the face out of a photo as a stored picture, and its points there."""
    x, y, side = square_of_points(points)
    scale = STORED / (side / MARGIN * _STORED_EXTENT)
    if scale < 1:  # average areas first, so that nothing aliases
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        points, x, y, scale = (points + 0.5) * scale - 0.5, (x + 0.5) * scale - 0.5, (y + 0.5) * scale - 0.5, 1.0
    middle = (STORED - 1) / 2
    transform = np.array([[scale, 0, middle - scale * x], [0, scale, middle - scale * y]], np.float32)
    image = cv2.warpAffine(grey, transform, (STORED, STORED), borderMode=cv2.BORDER_REPLICATE)
    return image, (points * scale + transform[:, 2]).astype(np.float32)


def _split(path: Path, photo: str) -> str:
    if any("test" in part.lower() for part in path.parts[:-1]):
        return "test"
    return "val" if zlib.crc32(photo.encode()) % 10 == 0 else "train"
