"""The 68 points of a face: their names, their groups, and the square that the keypoint network sees.

The order is that of iBUG's 300-W (Sagonas et al. 2013). "left" and "right" in the names are the person's own; "image
left" is the side of the picture.
"""

import numpy as np

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
    ("nose_bridge", 4),
    ("nose_base", 5),
    ("right_eye", 6),
    ("left_eye", 6),
    ("outer_lip", 12),
    ("inner_lip", 8),
)
NAMES68 = tuple(f"{part}_{number}" for part, count in _PARTS for number in range(count))

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


def to_kaggle(points: np.ndarray) -> np.ndarray:
    """The 15 points of Kaggle's Facial Keypoints Detection among the 68.

    Args:
        points: (…, 68, 2) in iBUG order.

    Returns:
        (…, 15, 2) in the order of `KAGGLE_NAMES`; an eye's centre is the mean of its six lid points.
    """
    points = _check_points(points, POINTS)
    centres = [points[..., eye, :].mean(axis=-2, keepdims=True) for eye in (LEFT_EYE, RIGHT_EYE)]
    return np.concatenate([*centres, points[..., _KAGGLE_POINTS, :]], axis=-2)


def to_marks(points: np.ndarray) -> np.ndarray:
    """The five marks of a face among its 68 points.

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
    """The square that the network is shown of an upright face whose 68 points are known.

    The square has the centre of the points' bounding box, and `MARGIN` times its larger extent as side.

    Args:
        points: (…, 68, 2) pixels, in the frame in which the face is upright.

    Returns:
        (…, 3): centre x, centre y and side.
    """
    points = _check_points(points, POINTS)
    low, high = points.min(axis=-2), points.max(axis=-2)
    return np.concatenate([(low + high) / 2, MARGIN * (high - low).max(axis=-1, keepdims=True)], axis=-1)


def square_of_marks(marks: np.ndarray) -> np.ndarray:
    """About the square of `square_of_points`, from five marks alone.

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


def _check_points(points: np.ndarray, count: int) -> np.ndarray:
    points = np.asarray(points)
    if points.ndim < 2 or points.shape[-2:] != (count, 2):
        raise ValueError(f"points must have the shape (…, {count}, 2), but have {points.shape}.")
    return points
