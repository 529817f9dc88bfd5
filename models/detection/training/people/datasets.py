"""People with joints, cut out along their limbs, and photos on which some people are known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.detection import Face
from models.detection.training.datasets import Photos
from models.pose import NAMES, SKELETON
from models.pose.looks import LOOKS
from models.pose.training.datasets import PoseData

SMALLEST_FACE = 20.0  # pixels of height: of smaller ones no body is looked for
_MOST_FACES = 8  # of a photo, the largest, whose bodies are looked for
_HIPS_BELOW = 3.0  # heads from the middle of the head down to the hips, of someone who stands
_AROUND, _ABOVE, _BELOW = 1.0, 0.3, 6.0  # face widths and heights in which a body that is not known may be
_LIMB, _HEAD, _BEYOND = 0.13, 0.6, 0.25  # widths of a limb and a head in torsos and heads; how far hands and feet reach

_NECK, _HEAD_TOP = NAMES.index("neck"), NAMES.index("head_top")
_TORSO = [NAMES.index(name) for name in ("right_shoulder", "left_shoulder", "left_hip", "right_hip")]
_HIPS = _TORSO[2:]
_KNEES = [NAMES.index(name) for name in ("right_knee", "left_knee")]
_ANKLES = [NAMES.index(name) for name in ("right_ankle", "left_ankle")]
_ENDS = [
    (NAMES.index(f"{side}_{near}"), NAMES.index(f"{side}_{far}"))
    for side in ("right", "left")
    for near, far in (("elbow", "wrist"), ("knee", "ankle"))
]
FindJoints = Callable[[np.ndarray, Sequence[Face]], list[tuple[int, np.ndarray]]]


@dataclass(frozen=True, eq=False)
class Bodies:
    """What is known of the people on photos, in continuous coordinates of each photo.

    Attributes:
        points: N times a list of float32 (k, 2), what the box of a person is drawn around.
        ignored: N times float32 (m, 4), x, y, width, height of regions in which there may be somebody.
    """

    points: list[list[np.ndarray]]
    ignored: list[np.ndarray]

    def take(self, index: np.ndarray) -> "Bodies":
        """Return those of the photos at `index`, an array of positions."""
        return Bodies([self.points[i] for i in index], [self.ignored[i] for i in index])


def is_whole(people: PoseData) -> np.ndarray:
    """Return bool (N,): of whom all joints are labelled."""
    return np.all(people.known, axis=1)


def is_upright(people: PoseData) -> np.ndarray:
    """Return bool (N,): whose head is above the hips, and these above the ankles, each by more than aside."""
    head, hips = people.joints[:, [_NECK, _HEAD_TOP]].mean(axis=1), people.joints[:, _HIPS].mean(axis=1)
    ankles = people.joints[:, _ANKLES].mean(axis=1)
    down = [(lower - upper)[:, 1] > np.abs(lower - upper)[:, 0] for upper, lower in ((head, hips), (hips, ankles))]
    return down[0] & down[1]


def bodies_of_faces(photos: Photos, find: FindJoints, drawn: float) -> Bodies:
    """Find bodies below the faces of photos, since their labels have none.

    A body is known if its hips and a knee are sure, or if the photo ends above where hips can be and head and shoulders
    are sure: it reaches to the photo's end then. Around each other face there is a region to ignore.

    Args:
        photos: with face boxes.
        find: an image and faces -> pairs of a face's number and joints (14, 3) with confidence.
        drawn: confidence from which a joint is sure.
    """
    points, ignored = [], []
    for image, boxes, invalid in zip(photos.images, photos.boxes, photos.invalid, strict=True):
        rows = np.flatnonzero(~invalid & (boxes[:, 3] >= SMALLEST_FACE))
        rows = rows[np.argsort(-boxes[rows, 3], kind="stable")][:_MOST_FACES]
        faces = [Face(_whole_pixels(boxes[row]), 1.0) for row in rows]
        found = dict(find(image, faces)) if faces else {}
        known, unknown = [], [region(boxes[row]) for row in range(len(boxes)) if row not in rows]
        for number, row in enumerate(rows):
            body = body_of(found.get(number), boxes[row], image.shape[0], drawn)
            if body is None:
                unknown.append(region(boxes[row]))
            else:
                known.append(body)
        points.append(known)
        ignored.append(np.array(unknown, np.float32).reshape(-1, 4))
    return Bodies(points, ignored)


def _whole_pixels(box: np.ndarray) -> tuple[int, int, int, int]:
    x, y, width, height = (round(value) for value in box.tolist())
    return x, y, max(1, width), max(1, height)


def region(face: np.ndarray) -> np.ndarray:
    """Return the box (4,) in which the body of a face's box (4,) may be."""
    x, y, width, height = face.astype(np.float64)
    return np.array([x - _AROUND * width, y - _ABOVE * height, (1 + 2 * _AROUND) * width, (1 + _BELOW) * height])


def body_of(joints: np.ndarray | None, face: np.ndarray, bottom: int, drawn: float) -> np.ndarray | None:
    """Return the points (k, 2) that a body's box is drawn around; None if the body is not sure.

    Args:
        joints: (14, 3), whole numbers are the centres of pixels; or None.
        face: (4,), the face's box.
        bottom: height of the photo.
        drawn: confidence from which a joint is sure.
    """
    if joints is None:
        return None
    sure = joints[:, 2] >= drawn
    if not sure[[_NECK, _HEAD_TOP, *_TORSO[:2]]].all():
        return None
    seen = joints[sure, :2].astype(np.float64) + 0.5
    head = LOOKS.head_of_face * float(np.sqrt(face[2] * face[3]))
    if face[1] + face[3] / 2 + _HIPS_BELOW * head > bottom:  # its hips lie beyond the photo
        shoulders = joints[_TORSO[:2], 0].astype(np.float64) + 0.5
        return np.concatenate([seen, [[shoulders.min(), bottom], [shoulders.max(), bottom]]]).astype(np.float32)
    if sure[_HIPS].all() and sure[_KNEES].any():
        return seen.astype(np.float32)
    return None


def limbs(joints: np.ndarray, size: tuple[int, int], grow: float, soft: float) -> np.ndarray:
    """Return where a person with joints (14, 2) is on a picture of size (height, width): float32, 0..1.

    The torso is filled, limbs are thick lines that reach beyond wrists and ankles, and the head is a disc.

    Args:
        joints: in the picture's pixels.
        size: of the picture.
        grow: factor on all thicknesses.
        soft: width of the soft edge in torsos.
    """
    joints = joints.astype(np.float64)
    length = float(np.linalg.norm(joints[_TORSO[:2]].mean(axis=0) - joints[_HIPS].mean(axis=0)))
    extent = float(np.ptp(joints, axis=0).max())
    length = max(length, 0.2 * extent)
    mask = np.zeros(size, np.uint8)

    def line(start: np.ndarray, end: np.ndarray, width: float) -> None:
        ends = [tuple(np.rint(point).astype(int).tolist()) for point in (start, end)]
        cv2.line(mask, ends[0], ends[1], 255, max(2, round(width)))

    thick = 2 * _LIMB * length * grow
    cv2.fillConvexPoly(mask, cv2.convexHull(np.rint(joints[_TORSO]).astype(np.int32)), 255)
    for first, second in zip(_TORSO, [*_TORSO[1:], _TORSO[0]], strict=True):
        line(joints[first], joints[second], thick * 1.2)
    for first, second in SKELETON:
        line(joints[first], joints[second], thick)
    for near, far in _ENDS:
        line(joints[far], joints[far] + _BEYOND * (joints[far] - joints[near]), thick)
    middle, head = (joints[_NECK] + joints[_HEAD_TOP]) / 2, float(np.linalg.norm(joints[_NECK] - joints[_HEAD_TOP]))
    radius = max(_HEAD * max(head, 0.3 * length) * grow, 2.0)
    cv2.circle(mask, tuple(np.rint(middle).astype(int).tolist()), round(radius), 255, -1)
    return cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.6, soft * length))
