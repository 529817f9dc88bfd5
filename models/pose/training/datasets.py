"""People with fourteen joints: the prepared NumPy files, and the joints.mat of Leeds Sports Pose and its extension."""

import itertools
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from scipy.io import loadmat

from models.geometry import transform_points
from models.pose import JOINTS, MARGIN, TORSO, square_of_joints
from models.pose.looks import LOOKS
from models.training.pictures import decode_pictures

SPLITS = ("train", "val", "test")
UNKNOWN, HIDDEN, VISIBLE = 0, 1, 2
_LEAST_JOINTS = 3  # fewer say nothing about where a person is
_STORED = 224  # longest side of a picture cut out of a photo
_STORED_EXTENT = 1.65  # side of such a picture as multiple of the joints' extent
_SMALLEST_TORSO = 0.2  # of the joints' extent: a torso seen from its end would make every answer wrong


@dataclass(frozen=True, eq=False)
class PoseData:
    """People, each on a picture of their own.

    Attributes:
        images: N pictures RGB uint8 (H, W, 3) of any size.
        joints: float32 (N, 14, 2), pixels of the picture; 0 where unknown.
        visibility: uint8 (N, 14): 0 not labelled, 1 hidden, 2 visible.
        split: (N,) "train", "val" or "test".
        group: (N,) pictures of one group may be alike.
    """

    images: tuple[np.ndarray, ...]
    joints: np.ndarray
    visibility: np.ndarray
    split: np.ndarray
    group: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    @property
    def known(self) -> np.ndarray:
        """bool (N, 14): which joints are labelled."""
        return self.visibility != UNKNOWN

    @property
    def squares(self) -> np.ndarray:
        """float64 (N, 3): centre x, centre y and side of the square that the network is shown of each person."""
        return square_of_joints(self.joints, self.known)

    @property
    def torsos(self) -> np.ndarray:
        """float64 (N,): the distance of left shoulder and right hip in pixels; NaN where one is unknown."""
        first, second = TORSO
        length = np.linalg.norm(self.joints[:, first].astype(np.float64) - self.joints[:, second], axis=-1)
        return np.where(self.known[:, TORSO].all(axis=1), length, np.nan)

    @property
    def likely_torsos(self) -> np.ndarray:
        """float64 (N,): as `torsos`, estimated from the person's extent where it is unknown, and never tiny."""
        extent = self.squares[:, 2] / MARGIN
        return np.maximum(np.nan_to_num(self.torsos, nan=0.0), _SMALLEST_TORSO * extent) + np.where(
            np.isnan(self.torsos), (LOOKS.torso_of_extent - _SMALLEST_TORSO) * extent, 0
        )

    def take(self, index: np.ndarray) -> "PoseData":
        """Return the people at `index`, an array of positions or a boolean mask."""
        positions = np.arange(len(self))[index]
        return PoseData(
            tuple(self.images[position] for position in positions),
            self.joints[index],
            self.visibility[index],
            self.split[index],
            self.group[index],
        )

    def part(self, *splits: str) -> "PoseData":
        """Return the people of some splits: "train", "val" or "test"."""
        for split in splits:
            if split not in SPLITS:
                raise ValueError(f"split is {split!r}; expected one of {', '.join(SPLITS)}")
        return self.take(np.isin(self.split, splits))


def join(*parts: PoseData) -> PoseData:
    """Return all people of several sets; groups of different sets are kept apart."""
    return PoseData(
        tuple(itertools.chain.from_iterable(part.images for part in parts)),
        np.concatenate([part.joints for part in parts]),
        np.concatenate([part.visibility for part in parts]),
        np.concatenate([part.split for part in parts]),
        np.concatenate([[f"{number}-{group}" for group in part.group] for number, part in enumerate(parts)]),
    )


def split_tuning(data: PoseData, share: float = 0.1) -> tuple[PoseData, PoseData]:
    """Cut a share of the train split off for choosing settings, whole groups at a time.

    Args:
        data: of which the train split is cut.
        share: about how much of it. Defaults to a tenth.

    Returns:
        Training and tuning people; the same ones every time.
    """
    training = data.part("train")
    chosen = np.array([zlib.crc32(str(group).encode()) % 1000 < 1000 * share for group in training.group], bool)
    return training.take(~chosen), training.take(chosen)


def read_people(path: str | Path) -> PoseData:
    """Read people with joints.

    Args:
        path: a prepared `.npz` file; or the joints.mat of Leeds Sports Pose or of its extension, with the folder
            `images` beside it.

    Returns:
        The people in the file's order, without those of whom fewer than three joints are labelled. Of Leeds Sports
        Pose the first thousand are for training, as its authors say, and a tenth of them is the val split; the others
        are the test split. Of the extension a tenth is the val split.

    Raises:
        ValueError: when the file has another form, or a picture is missing.
    """
    path = Path(path)
    if not path.is_file() or path.suffix not in (".npz", ".mat"):
        raise ValueError(f"{path.name} is neither a prepared .npz file nor a joints.mat")
    data = _read_prepared(path) if path.suffix == ".npz" else _read_official(path)
    enough = data.known.sum(axis=1) >= _LEAST_JOINTS
    if not enough.any():
        raise ValueError(f"{path.name} holds nobody with at least {_LEAST_JOINTS} labelled joints")
    return data if enough.all() else data.take(enough)


def _read_prepared(path: Path) -> PoseData:
    with np.load(path) as file:
        missing = {"images", "offsets", "joints", "group", "split"} - set(file.files)
        if missing:
            raise ValueError(f"{path.name} has no array {', '.join(sorted(missing))}")
        joints, pictures = file["joints"].astype(np.float32), len(file["offsets"]) - 1
        if joints.ndim != 3 or joints.shape[1:] != (JOINTS, 3) or pictures != len(joints):
            raise ValueError(
                f"the joints of {path.name} have the shape {joints.shape} for {pictures} pictures; "
                f"expected (N, {JOINTS}, 3) with x, y and visibility"
            )
        images = list(decode_pictures(file, path.name))
        return _pose_data(images, joints[..., :2], joints[..., 2], file["split"], file["group"])


def _read_official(path: Path) -> PoseData:
    """Leeds Sports Pose is (3, 14, N) and says what is hidden; the extension is (14, 3, N) and says what is visible."""
    joints = _read_matlab(path)
    if joints.ndim != 3 or joints.shape[:2] not in ((3, JOINTS), (JOINTS, 3)):
        raise ValueError(f"the joints of {path.name} have the shape {joints.shape}; expected 3×14×N or 14×3×N")
    is_extension = joints.shape[0] == JOINTS
    joints = joints.transpose((2, 0, 1) if is_extension else (2, 1, 0))  # (N, 14, 3)
    flag = joints[..., 2] > 0
    visibility = np.where(flag, VISIBLE, UNKNOWN) if is_extension else np.where(flag, HIDDEN, VISIBLE)
    files = sorted((path.parent / "images").glob("im*.jpg"))
    if len(files) != len(joints):
        raise ValueError(f"{path.name} has {len(joints)} people, but the folder images beside it {len(files)} pictures")
    images, moved = [], np.zeros((*joints.shape[:2], 2), np.float32)
    for index, file in enumerate(files):
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(f"{file.name} cannot be read as a picture")
        known = visibility[index] != UNKNOWN
        points = joints[index, :, :2] - 1  # MATLAB counts from 1
        image, moved[index] = _cut(image, points, known) if known.any() else (image[:1, :1], points)
        images.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    number = np.arange(len(joints))
    kept = np.where([zlib.crc32(str(index).encode()) % 10 == 0 for index in number], "val", "train")
    split = kept if is_extension else np.where(number < 1000, kept, "test")
    return _pose_data(images, moved, visibility, split, number)


def _read_matlab(path: Path) -> np.ndarray:
    """Return the array "joints", float32, of a MATLAB file of version 5 to 7."""
    try:
        joints = loadmat(path)["joints"]
        return joints.astype(np.float32)
    except KeyError as error:
        raise ValueError(f"{path.name} holds no array joints") from error
    except Exception as error:  # a damaged file makes scipy raise nearly every exception there is
        raise ValueError(f"{path.name} is damaged or no MATLAB file of version 5 to 7; save it with -v7") from error


def _cut(image: np.ndarray, points: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the person out of a photo as a picture of bounded size, and the points there."""
    x, y, side = square_of_joints(points, known) * [1, 1, _STORED_EXTENT / MARGIN]
    height, width = image.shape[:2]
    left, top = np.clip(np.floor([x - side / 2, y - side / 2]), 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(np.ceil([x + side / 2, y + side / 2]), [left + 1, top + 1], [width, height]).astype(int)
    image, points = image[top:bottom, left:right], points - [left, top]
    scale = _STORED / max(image.shape[:2])
    if scale < 1:
        columns, rows = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
        step = np.array([columns / image.shape[1], rows / image.shape[0]])
        image = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA)
        points = transform_points(points, np.column_stack([np.diag(step), (step - 1) / 2]))
    return image, points.astype(np.float32)


def _pose_data(
    images: Sequence[np.ndarray], points: np.ndarray, visibility: np.ndarray, split: np.ndarray, group: np.ndarray
) -> PoseData:
    visibility = visibility.astype(np.uint8)
    points = np.where(visibility[..., None] == UNKNOWN, 0, points).astype(np.float32)
    return PoseData(tuple(images), points, visibility, split, group)


def without(data: PoseData, wrong: np.ndarray) -> PoseData:
    """Return the people without some of their labels, bool (N, 14); who keeps fewer than three keeps all."""
    wrong = wrong & ((data.known & ~wrong).sum(axis=1, keepdims=True) >= _LEAST_JOINTS)
    return replace(data, visibility=np.where(wrong, UNKNOWN, data.visibility).astype(np.uint8))
