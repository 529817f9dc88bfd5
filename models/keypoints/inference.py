"""From grey faces to 68 points with their confidence; the points' names and groups; the square that is looked at.

The order is that of iBUG's 300-W (Sagonas et al. 2013). "left" and "right" in the names are the person's own; "image
left" is the side of the picture.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from models import networks
from models.cards import load_card
from models.geometry import angle_of, square_transform, transform_points
from models.images import cut_out
from models.passes import together

SIZE = 96
POINTS = 68
MARGIN = 1.35  # side of the crop as multiple of the face's extent

GROUPS: dict[str, tuple[int, ...]] = {
    "jaw": tuple(range(0, 17)),
    "brows": tuple(range(17, 27)),
    "nose": tuple(range(27, 36)),
    "eyes": tuple(range(36, 48)),
    "mouth": tuple(range(48, 68)),
}
_PARTS = (
    ("jaw", 17),
    ("right_brow", 5),
    ("left_brow", 5),
    ("nose_bridge", 3),
    ("nose_tip", 1),
    ("nose_base", 5),
    ("right_eye", 6),
    ("left_eye", 6),
    ("outer_lip", 12),
    ("inner_lip", 8),
)
NAMES68 = tuple(f"{part}_{number}" if count > 1 else part for part, count in _PARTS for number in range(count))

RIGHT_EYE, LEFT_EYE = tuple(range(36, 42)), tuple(range(42, 48))  # the person's right eye is on the image's left
NOSE_TIP, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER = 30, 48, 54
OUTER_EYE_CORNERS = (36, 45)

# MIRRORED[i] is the point that lies at the place of point i on the mirrored face
MIRRORED = (
    *range(16, -1, -1),
    *range(26, 16, -1),
    *range(27, 31), *range(35, 30, -1),
    45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40,
    54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55,
    64, 63, 62, 61, 60, 67, 66, 65,
)  # fmt: skip

KAGGLE_NAMES = (
    "left_eye_center",
    "right_eye_center",
    "left_eye_inner_corner",
    "left_eye_outer_corner",
    "right_eye_inner_corner",
    "right_eye_outer_corner",
    "left_eyebrow_inner_end",
    "left_eyebrow_outer_end",
    "right_eyebrow_inner_end",
    "right_eyebrow_outer_end",
    "nose_tip",
    "mouth_left_corner",
    "mouth_right_corner",
    "mouth_center_top_lip",
    "mouth_center_bottom_lip",
)
_KAGGLE_POINTS = (42, 45, 39, 36, 22, 26, 21, 17, 30, 54, 48, 51, 57)  # those after the two eye centres

# Fitted to the training faces of 300-W's HELEN and of YouTube Faces; the centre is off by 5 % of the extent (rms).
_EXTENT_OF_MARKS = 3.742
_CENTRE_BY_NOSE, _CENTRE_BY_MOUTH = -0.963, 1.147

_BATCH = 128  # bounds the memory that one pass takes
_LOOKS = 3
# A face is looked at again if its square has moved by more: degrees, and shares of the side
_TURN, _SHIFT, _GROWTH = 4.0, 0.05, 0.1
# `python -m models.training measure-keypoints` fits the odds. Of 4,276 labelled training faces one in a thousand is
# farther from the mean face than 0.40.
_ODDS = (1.93, 1.04)
_ODDS_OF_NO_FACE = -3.0
LARGEST_RESIDUAL = 0.45
FOREHEAD = 0.3  # a face's height above the brows, over that from brows to chin


@dataclass(frozen=True, eq=False)
class Keypoints:
    """What the network says of N faces."""

    points: np.ndarray  # float32 (N, 68, 2), pixels of the 96×96 crop; whole numbers are the centres of pixels
    confidence: np.ndarray  # float32 (N, 68), 0..1, the chance that the point is right

    def __len__(self) -> int:
        return len(self.points)


def locate(faces: np.ndarray) -> Keypoints:
    """Find the 68 points of faces, and how sure the network is of each.

    Args:
        faces: grey uint8 (N, 96, 96), about upright, as `crop_squares` cuts them out.

    Returns:
        The points with their confidence: the chance, as the network was taught, that a point lies within 5 % of the
        distance of the outer eye corners from where a person would set it.

    Raises:
        ValueError: if the faces have another shape or type.
    """
    faces = np.asarray(faces)
    if faces.dtype != np.uint8 or faces.ndim != 3 or faces.shape[1:] != (SIZE, SIZE):
        raise ValueError(f"faces must be uint8 (N, {SIZE}, {SIZE}), but are {faces.dtype} {faces.shape}.")
    if len(faces) == 0:
        return Keypoints(np.zeros((0, POINTS, 2), np.float32), np.zeros((0, POINTS), np.float32))
    return Keypoints(*together("keypoints", _compiled(), _BATCH, faces))


def predict(faces: np.ndarray) -> np.ndarray:
    """Return the 68 points of faces.

    Args:
        faces: grey uint8 (N, 96, 96), about upright, as `crop_squares` cuts them out.

    Returns:
        float32 (N, 68, 2), pixels of the crop.

    Raises:
        ValueError: if the faces have another shape or type.
    """
    return locate(faces).points


def crop_squares(image: np.ndarray, squares: np.ndarray, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut the squares of faces out of a photo, upright and grey, as `locate` takes them.

    Args:
        image: RGB uint8 (H, W, 3).
        squares: (N, 3), centre x, centre y and side in photo pixels, as of `square_of_marks`; they may reach beyond
            the photo's edge.
        angles: (N,) degrees by which each face is turned clockwise on the photo.

    Returns:
        Crops uint8 (N, 96, 96), and transforms float64 (N, 2, 3) that take a crop's pixel (x, y, 1) to the photo's.
    """
    transforms = np.zeros((len(squares), 2, 3))
    crops = np.zeros((len(squares), SIZE, SIZE), np.uint8)
    for index, ((x, y, side), angle) in enumerate(zip(squares, angles, strict=True)):
        transforms[index] = square_transform((x, y, max(side, 1.0)), SIZE, angle)
        crops[index] = cut_out(image, transforms[index], SIZE)
    return crops, transforms


@dataclass(frozen=True, eq=False)
class Look:
    """What the network says of N faces of one photo."""

    points: np.ndarray  # float32 (N, 68, 2), photo pixels
    confidence: np.ndarray  # float32 (N, 68), 0..1
    angles: np.ndarray  # float64 (N,), degrees by which each face is turned clockwise
    transforms: np.ndarray  # float64 (N, 2, 3), pixel (x, y, 1) of the crop with these points -> photo pixel

    def take(self, index: np.ndarray) -> "Look":
        """Return the faces at `index`, an array of positions or a boolean mask."""
        return Look(self.points[index], self.confidence[index], self.angles[index], self.transforms[index])

    def put(self, index: np.ndarray, other: "Look") -> "Look":
        """Return these faces with those of `other` at `index`, an array of positions."""
        changed = Look(self.points.copy(), self.confidence.copy(), self.angles.copy(), self.transforms.copy())
        changed.points[index], changed.confidence[index] = other.points, other.confidence
        changed.angles[index], changed.transforms[index] = other.angles, other.transforms
        return changed


def look(image: np.ndarray, squares: np.ndarray, angles: np.ndarray, looks: int = _LOOKS) -> Look:
    """Find the points of faces on a photo, all faces in one batch.

    Where the points say that the square was wrong or the face not upright in it, the network looks again at the better
    square; what it is surer of is kept.

    Args:
        image: RGB uint8 (H, W, 3).
        squares: (N, 3), centre x, centre y and side in photo pixels.
        angles: (N,) degrees by which each face is thought to be turned clockwise.
        looks: at most so many. Defaults to 3.

    Returns:
        The points in photo pixels, their confidence, the angles that they show, and the crops that show them.
    """
    squares, angles = np.array(squares, np.float64).reshape(-1, 3), np.array(angles, np.float64)
    result = _look_once(image, squares, angles)
    again = np.arange(len(squares))
    for _ in range(looks - 1):
        better_angles = result.angles[again]
        better = turned_square_of_points(result.points[again], better_angles)
        has_moved = _has_moved(squares[again], angles[again], better, better_angles)
        again = again[has_moved]
        if len(again) == 0:
            break
        squares[again], angles[again] = better[has_moved], better_angles[has_moved]
        second = _look_once(image, squares[again], angles[again])
        is_surer = second.confidence.mean(axis=1) > result.confidence[again].mean(axis=1)
        again = again[is_surer]
        result = result.put(again, second.take(is_surer))
    return result


def look_all_round(image: np.ndarray, squares: np.ndarray) -> Look:
    """As `look`, of faces whose angle is unknown: each is tried at four right angles in one batch.

    Args:
        image: RGB uint8 (H, W, 3).
        squares: (N, 4, 3), the square that each face has if it is turned clockwise by 0, 90, 180 and 270 degrees.
    """
    tried = len(squares) * [0.0, 90.0, 180.0, 270.0]
    first = look(image, np.reshape(squares, (-1, 3)), np.array(tried), looks=1)
    best = 4 * np.arange(len(squares)) + first.confidence.mean(axis=1).reshape(-1, 4).argmax(axis=1)
    chosen = first.take(best)
    return look(image, turned_square_of_points(chosen.points, chosen.angles), chosen.angles)


def face_odds(looks: Look) -> np.ndarray:
    """Return how much the points speak for a face, (N,).

    It is the logarithm of how much likelier such points are on a face than beside one. What counts is how sure the
    network is of the points other than the jaw's; a shape that no face has speaks against a face.

    Args:
        looks: what `look` answered.
    """
    constant, slope = _ODDS
    odds = constant + slope * log_confidence(looks)
    return np.where(shape_residual(looks.points) > LARGEST_RESIDUAL, np.minimum(odds, _ODDS_OF_NO_FACE), odds)


def log_confidence(looks: Look) -> np.ndarray:
    """Return the logarithm of each face's mean confidence without the jaw, (N,)."""
    return np.log(np.maximum(looks.confidence[:, len(GROUPS["jaw"]) :].mean(axis=1), 1e-4))


def shape_residual(points: np.ndarray) -> np.ndarray:
    """Return how far faces are from the mean face (N,), 0 to 1.

    The mean face of the training data is shifted, turned and scaled to fit each face best (Procrustes analysis, Gower
    1975); the answer is the root of the squared distances that are left over those from the face's own centre.

    Args:
        points: (N, 68, 2) in any frame.
    """
    points = np.asarray(points, np.float64)
    points = points - points.mean(axis=1, keepdims=True)
    mean = _mean_shape()
    cosine = (points * mean).sum(axis=(1, 2))
    sine = (points[..., 1] * mean[:, 0] - points[..., 0] * mean[:, 1]).sum(axis=1)
    total = (points**2).sum(axis=(1, 2))
    explained = (cosine**2 + sine**2) / (mean**2).sum()
    return np.sqrt(np.clip(1 - explained / np.maximum(total, 1e-9), 0, 1))


def boxes_of_points(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return the upright boxes around faces from forehead to chin and from cheek to cheek.

    A face is taken as the ellipse in the box that it has in its own axes, as people draw boxes around turned faces.

    Args:
        points: (N, 68, 2) photo pixels.
        angles: (N,) degrees by which each face is turned clockwise.

    Returns:
        float64 (N, 4): x, y, width and height; the photo's first pixel reaches from 0 to 1.
    """
    back = _turns_back(angles)
    own = np.einsum("nij,nkj->nki", back, points)
    low, high = own.min(axis=1), own.max(axis=1)
    low[:, 1] -= FOREHEAD * (high[:, 1] - low[:, 1])
    centre = np.einsum("nji,nj->ni", back, (low + high) / 2) + 0.5
    size = np.linalg.norm(back * (high - low)[:, :, None], axis=1)  # of the turned ellipse
    return np.concatenate([centre - size / 2, size], axis=1)


def to_kaggle(points: np.ndarray) -> np.ndarray:
    """Return the 15 points of Kaggle's Facial Keypoints Detection among the 68.

    Args:
        points: (…, 68, 2) in iBUG order.

    Returns:
        (…, 15, 2) in the order of `KAGGLE_NAMES`; an eye's centre is the mean of its six lid points.
    """
    points = _check_points(points, POINTS)
    centres = [points[..., eye, :].mean(axis=-2, keepdims=True) for eye in (LEFT_EYE, RIGHT_EYE)]
    return np.concatenate([*centres, points[..., _KAGGLE_POINTS, :]], axis=-2)


def to_marks(points: np.ndarray) -> np.ndarray:
    """Return the five marks of a face among its 68 points.

    Args:
        points: (…, 68, 2) in iBUG order.

    Returns:
        (…, 5, 2): image-left eye, image-right eye, nose tip, image-left and image-right mouth corner.
    """
    points = _check_points(points, POINTS)
    eyes = [points[..., eye, :].mean(axis=-2, keepdims=True) for eye in (RIGHT_EYE, LEFT_EYE)]
    rest = points[..., (NOSE_TIP, RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER), :]
    return np.concatenate([*eyes, rest], axis=-2)


def square_of_points(points: np.ndarray) -> np.ndarray:
    """Return the square that the network is shown of an upright face whose 68 points are known.

    The square has the centre of the points' bounding box, and `MARGIN` times its larger extent as side.

    Args:
        points: (…, 68, 2) pixels, in the frame in which the face is upright.

    Returns:
        (…, 3): centre x, centre y and side.
    """
    points = _check_points(points, POINTS)
    low, high = points.min(axis=-2), points.max(axis=-2)
    return np.concatenate([(low + high) / 2, MARGIN * (high - low).max(axis=-1, keepdims=True)], axis=-1)


def turned_square_of_points(points: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """`square_of_points` of faces that are turned.

    Args:
        points: (N, 68, 2) photo pixels.
        angles: (N,) degrees by which each face is turned clockwise on the photo.

    Returns:
        (N, 3): centre x, centre y and side in photo pixels, for `crop_squares` with the same angles.
    """
    back = _turns_back(angles)
    square = square_of_points(np.einsum("nij,nkj->nki", back, points))
    square[:, :2] = np.einsum("nji,nj->ni", back, square[:, :2])
    return square


def square_of_marks(marks: np.ndarray) -> np.ndarray:
    """Return about the square of `square_of_points`, from five marks alone.

    The answer turns, moves and grows with the marks.

    Args:
        marks: (…, 5, 2) pixels: image-left eye, image-right eye, nose tip, image-left and image-right mouth corner.

    Returns:
        (…, 3): centre x, centre y and side.
    """
    marks = _check_points(marks, 5)
    eyes, nose, mouth = marks[..., :2, :].mean(axis=-2), marks[..., 2, :], marks[..., 3:, :].mean(axis=-2)
    centre = eyes + _CENTRE_BY_NOSE * (nose - eyes) + _CENTRE_BY_MOUTH * (mouth - eyes)
    spread = np.sqrt(((marks - marks.mean(axis=-2, keepdims=True)) ** 2).sum(axis=-1).mean(axis=-1, keepdims=True))
    return np.concatenate([centre, MARGIN * _EXTENT_OF_MARKS * spread], axis=-1)


def squares_of_boxes(boxes: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return about the squares of `square_of_points`, of faces known by their boxes, forehead to chin.

    Args:
        boxes: (N, 4): x, y, width, height in photo pixels.
        angles: (N,) degrees by which each face is turned clockwise; right angles fit best.

    Returns:
        (N, 3): centre x, centre y and side.
    """
    boxes = np.asarray(boxes, np.float64)
    down = _turns_back(angles)[:, 1]
    is_lying = np.abs(down[:, 0]) > np.abs(down[:, 1])
    width, height = (np.where(is_lying, boxes[:, 3 - i], boxes[:, 2 + i]) for i in (0, 1))
    brow_to_chin = height / (1 + FOREHEAD)
    middle = boxes[:, :2] + boxes[:, 2:] / 2 - 0.5 + ((height - brow_to_chin) / 2)[:, None] * down
    return np.concatenate([middle, MARGIN * np.maximum(width, brow_to_chin)[:, None]], axis=1)


def _turns_back(angles: np.ndarray) -> np.ndarray:
    """Return (N, 2, 2), turn each face's points upright; the rows are the face's own axes, to its side and down."""
    turn = np.radians(np.asarray(angles, np.float64))
    cosine, sine = np.cos(turn), np.sin(turn)
    return np.stack([np.stack([cosine, sine], -1), np.stack([-sine, cosine], -1)], axis=1)


def _look_once(image: np.ndarray, squares: np.ndarray, angles: np.ndarray) -> Look:
    crops, transforms = crop_squares(image, squares, angles)
    found = locate(crops)
    points = transform_points(found.points, transforms).astype(np.float32)
    return Look(points, found.confidence, angle_of(to_marks(points)), transforms)


def _has_moved(squares: np.ndarray, angles: np.ndarray, better: np.ndarray, better_angles: np.ndarray) -> np.ndarray:
    side = np.maximum(squares[:, 2], 1.0)
    turned = np.abs((better_angles - angles + 180) % 360 - 180)
    shifted = np.linalg.norm(better[:, :2] - squares[:, :2], axis=1) / side
    grown = np.abs(np.log(np.maximum(better[:, 2], 1.0) / side))
    return (turned > _TURN) | (shifted > _SHIFT) | (grown > _GROWTH)


def _check_points(points: np.ndarray, count: int) -> np.ndarray:
    points = np.asarray(points)
    if points.ndim < 2 or points.shape[-2:] != (count, 2):
        raise ValueError(f"points must have the shape (…, {count}, 2), but have {points.shape}.")
    return points


@cache
def _mean_shape() -> np.ndarray:
    shape = np.array(load_card("keypoints").check(NAMES68).mean_shape, np.float64)
    return shape - shape.mean(axis=0)


@cache
def _compiled() -> Callable[[np.ndarray], Any]:
    import tensorflow as tf

    network = networks.load_network("keypoints")

    @tf.function(input_signature=[tf.TensorSpec((None, SIZE, SIZE), tf.uint8)], autograph=False)
    def run(faces: Any) -> Any:
        return network(tf.cast(faces, tf.float32)[..., None], training=False)

    return run
