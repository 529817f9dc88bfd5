"""The front door: what is on this photo?"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from models import emotion, keypoints, networks, pose
from models.detection import Body, Face, detect, detect_with_bodies
from models.images import Box, check_box, check_photo, crop_face
from models.keypoints import Look
from models.pose.people import Person, find_people
from models.rows import face_row

if TYPE_CHECKING:
    import pandas as pd

BY_HAND = "by hand"
_LARGEST_SCORE = 0.99
_LARGEST_IOU = 0.6  # of two faces' boxes by their points; above, it is one face found twice
_QUARTERS = (0.0, 90.0, 180.0, 270.0)
# On 394 photos of WIDER FACE's validation part, plain and with masks, sunglasses and patches drawn over the faces, the
# second look brings back 21 faces that the first one drops, and no false alarm.
_SMALLEST_SIDE = 24.0  # pixels of a face that is looked at again, or whose mouth can be told to be hidden
_LARGER = 1.3  # the square of the second look, over the one by the box, which may end where the mask begins
_LEAST_ODDS = 0.5  # by the second look
# Of the faces with a mask drawn on them 96 % are below, of the others of 32 pixels and more 2 %.
_HIDDEN_MOUTH = 0.6  # confidence of the mouth's points over that of the eyes'


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was found on one photo."""

    faces: tuple[Face, ...]
    people: tuple[Person, ...]
    detector: str  # a name in `models.detection.DETECTORS`, or "by hand"
    seconds: dict[str, float]  # of each step: detect, keypoints, align, expression, pose
    dropped: int = 0  # detections whose points make no face, or one that was found already
    bodies: tuple[Body, ...] | None = None  # where the detector saw people; None if it didn't look

    def to_dict(self) -> dict[str, Any]:
        """Return the analysis as plain JSON values, without the pictures."""
        return {
            "detector": self.detector,
            "faces": [face.to_dict() for face in self.faces],
            "dropped": self.dropped,
            "people": [person.to_dict() for person in self.people],
            "seconds": self.seconds,
        }

    def to_frame(self) -> "pd.DataFrame":
        """Return a pandas table of the faces, a row each: box, expression with all shares, points as x, y, x, y …"""
        import pandas as pd

        return pd.DataFrame([face_row(face, number) for number, face in enumerate(self.faces, start=1)])

    def _repr_html_(self) -> str:
        """Return what a notebook shows: faces and people, and the faces as a table."""
        faces, people = len(self.faces), len(self.people)
        found = f"{faces} face{'' if faces == 1 else 's'} and {people} {'person' if people == 1 else 'people'}"
        shown = [*(face._repr_html_() for face in self.faces), *(one._repr_html_() for one in self.people)]
        points = ["keypoints", "landmarks", "landmark_confidence", "marks"]
        rows = self.to_frame().drop(columns=points) if faces else None
        table = "" if rows is None else rows.to_html(index=False, float_format="{:.2f}".format)
        return f"<p>{found}</p>{''.join(shown)}{table}"


def analyse(
    image: np.ndarray,
    detector: str = "cnn",
    boxes: Sequence[Box] | None = None,
    people: bool = True,
    people_boxes: Sequence[Box] | None = None,
    network: str = emotion.DEFAULT,
) -> Analysis:
    """Find the faces on a photo, their points and how they are turned, score their expressions, and find the people.

    The points refine each face's box and angle, and turn its crop upright: eyes and mouth come to stand where the
    emotion network's training faces have them. Points that make no face are left out; such a face is dropped unless the
    detector is sure of it, and is cut out by its marks or its box then. The expression of a face whose mouth is hidden
    is "uncertain" (see `hides_mouth`). The people are those of
    `models.pose.people.find_people`; there are none while no pose network is published.

    Args:
        image: RGB uint8 (H, W, 3).
        detector: a name in `models.detection.DETECTORS`. Defaults to "cnn".
        boxes: (x, y, width, height) of faces pointed out by hand, in photo pixels, turned by any angle; nothing is
            detected and nothing dropped then, and the boxes stay as they are. Defaults to None.
        people: whether to look for people and their joints. Defaults to True.
        people_boxes: (x, y, width, height) of people pointed out by hand, in photo pixels, besides those that the faces
            belong to. Defaults to None.
        network: one of `models.emotion.list_networks`, which reads the expressions. Defaults to the best one.

    Returns:
        The analysis; its `faces` are empty if there is no face, its `people` if there is nobody.

    Raises:
        ValueError: if the image is no RGB photo, the detector is unknown, or a box is empty or outside the photo.
    """
    check_photo(image)
    for box in people_boxes or ():
        check_box(box, image)
    start = time.perf_counter()
    found, bodies = detect_with_bodies(image, detector) if boxes is None else (_by_hand(boxes, image), None)
    detected = time.perf_counter()
    faces = _locate(image, found) if boxes is None else _locate_by_hand(image, found)
    located = time.perf_counter()
    faces = [_align(image, face) for face in faces]
    aligned = time.perf_counter()
    faces = read_expressions(faces, network)
    scored = time.perf_counter()
    seconds = {
        "detect": detected - start,
        "keypoints": located - detected,
        "align": aligned - located,
        "expression": scored - aligned,
        "pose": 0.0,
    }
    detector = detector if boxes is None else BY_HAND
    seen = None if bodies is None else tuple(bodies)
    analysis = Analysis(tuple(faces), (), detector, seconds, len(found) - len(faces), seen)
    return add_people(image, analysis, people_boxes) if people else analysis


def add_people(
    image: np.ndarray,
    analysis: Analysis,
    people_boxes: Sequence[Box] | None = None,
    on_found: Callable[[int, int, Analysis], None] | None = None,
) -> Analysis:
    """Find the people on a photo whose faces are known already.

    Args:
        image: RGB uint8 (H, W, 3).
        analysis: what `analyse` found, whose people are looked for anew.
        people_boxes: (x, y, width, height) of people pointed out by hand, in photo pixels. Defaults to None.
        on_found: called as `on_found(done, total, analysis)` with the people found so far, as of
            `models.pose.people.find_people`. Defaults to None.

    Returns:
        The analysis with its people; there are none while no pose network is published.
    """
    start = time.perf_counter()

    def with_people(people: Sequence[Person]) -> Analysis:
        return replace(analysis, people=tuple(people), seconds=analysis.seconds | {"pose": time.perf_counter() - start})

    if not has_pose():
        return with_people([])
    tell = (lambda done, total, people: on_found(done, total, with_people(people))) if on_found else None
    return with_people(find_people(image, analysis.faces, people_boxes, on_found=tell, bodies=analysis.bodies))


def find_faces(image: np.ndarray, detector: str = "cnn") -> list[Face]:
    """Find the faces on a photo with their points and upright crops, as `analyse` does, but reads no expressions.

    Args:
        image: RGB uint8 (H, W, 3).
        detector: a name in `models.detection.DETECTORS`. Defaults to "cnn".
    """
    return [_align(image, face) for face in _locate(image, detect(image, detector))]


def follow_faces(image: np.ndarray, faces: Sequence[Face]) -> list[Face | None]:
    """Find faces again on the next frame of a film by their points alone, much faster than by a search.

    The network that finds the points looks once at the square in which each face was.

    Args:
        image: RGB uint8 (H, W, 3), the frame.
        faces: as they were on the frame before.

    Returns:
        The faces in their order with new boxes, points and crops; None for one whose points make no face any more, or
        that had none.
    """
    with_points = [index for index, face in enumerate(faces) if face.landmarks is not None]
    followed: list[Face | None] = [None] * len(faces)
    if not with_points:
        return followed
    points = np.stack([face.landmarks for face in faces if face.landmarks is not None])
    angles = np.array([faces[index].angle for index in with_points])
    looks = keypoints.look(image, keypoints.turned_square_of_points(points, angles), angles, looks=1)
    odds, boxes = keypoints.face_odds(looks), _boxes(image, looks)
    for place, index in enumerate(with_points):
        if odds[place] >= 0:
            moved = replace(faces[index], box=boxes[place], emotion=None, expression=None)
            followed[index] = _align(image, _with_points(moved, looks, place))
    return followed


def read_expressions(faces: Sequence[Face], network: str = emotion.DEFAULT, is_quick: bool = False) -> list[Face]:
    """Score the expressions of faces by their crops, all in one batch.

    Args:
        faces: with crops.
        network: one of `models.emotion.list_networks`. Defaults to the best one.
        is_quick: as of `models.emotion.predict`. Defaults to False.
    """
    crops = np.array([face.crop for face in faces], np.uint8).reshape(-1, emotion.SIZE, emotion.SIZE)
    return [
        replace(
            face,
            emotion=dict(zip(emotion.EXPRESSIONS, row.tolist(), strict=True)),
            expression="uncertain" if hides_mouth(face) else emotion.name_expression(row, network),
        )
        for face, row in zip(faces, emotion.predict(crops, network, is_quick), strict=True)
    ]


def hides_mouth(face: Face) -> bool:
    """Return whether something, such as a mask, hides the mouth: its points are much less sure than the eyes'."""
    if face.landmark_confidence is None or math.sqrt(face.box[2] * face.box[3]) < _SMALLEST_SIDE:
        return False
    mouth, eyes = (face.landmark_confidence[list(keypoints.GROUPS[name])].mean() for name in ("mouth", "eyes"))
    return bool(mouth < _HIDDEN_MOUTH * eyes)


def has_pose() -> bool:
    """Return whether a pose network is published."""
    return all((networks.WEIGHTS / f"{pose.DEFAULT}{ending}").exists() for ending in (".keras", ".json"))


def _by_hand(boxes: Sequence[Box], image: np.ndarray) -> list[Face]:
    whole = [[round(value) for value in check_box(box, image)] for box in boxes]
    return [Face((x, y, max(1, width), max(1, height)), score=1.0) for x, y, width, height in whole]


def _locate(image: np.ndarray, found: Sequence[Face]) -> list[Face]:
    """Return the detected faces with their points, without those that are none, as one reads."""
    if not found:
        return []
    boxes, angles = np.array([face.box for face in found], np.float64), np.array([face.angle for face in found])
    squares = keypoints.squares_of_boxes(boxes, angles)
    is_marked = np.array([face.marks is not None for face in found])
    if is_marked.any():
        squares[is_marked] = keypoints.square_of_marks(
            np.stack([face.marks for face in found if face.marks is not None])
        )
    looks = _look_by_boxes(image, boxes, keypoints.look(image, squares, angles))
    odds = keypoints.face_odds(looks)
    # A detection is one to even odds at least; with those of its points it must be likelier a face than not.
    score = np.clip([face.score for face in found], 0.5, _LARGEST_SCORE)
    kept = np.flatnonzero(np.log(score / (1 - score)) + odds >= 0).tolist()
    refined = _boxes(image, looks)
    faces = [
        replace(_with_points(found[index], looks, index), box=refined[index]) if odds[index] >= 0 else found[index]
        for index in kept
    ]
    faces = _once_each(faces)
    return sorted(faces, key=lambda face: (*face.box, -face.score))


def _locate_by_hand(image: np.ndarray, faces: Sequence[Face]) -> list[Face]:
    """Faces by hand with the points of those that have some, all in their order."""
    if not faces:
        return []
    looks = keypoints.look_all_round(image, _squares_all_round(np.array([face.box for face in faces], np.float64)))
    odds = keypoints.face_odds(looks)
    return [_with_points(face, looks, index) if odds[index] >= 0 else face for index, face in enumerate(faces)]


def _look_by_boxes(image: np.ndarray, boxes: np.ndarray, looks: Look) -> Look:
    """Look at what seems to be no face again, by its box and all round: on a mask, marks and angle go astray."""
    sides = np.sqrt(boxes[:, 2:].prod(axis=1))
    again = np.flatnonzero((keypoints.face_odds(looks) < 0) & (sides >= _SMALLEST_SIDE))
    if len(again) == 0:
        return looks
    second = keypoints.look_all_round(image, _squares_all_round(boxes[again]) * [1.0, 1.0, _LARGER])
    is_face = keypoints.face_odds(second) >= _LEAST_ODDS
    return looks.put(again[is_face], second.take(is_face))


def _squares_all_round(boxes: np.ndarray) -> np.ndarray:
    """Return the square that each box has if its face is turned by 0, 90, 180 and 270 degrees, (N, 4, 3)."""
    squares = keypoints.squares_of_boxes(np.repeat(boxes, 4, axis=0), np.tile(_QUARTERS, len(boxes)))
    return squares.reshape(-1, 4, 3)


def _with_points(face: Face, looks: Look, index: int) -> Face:
    points = looks.points[index]
    return replace(
        face,
        angle=float(looks.angles[index]),
        keypoints=keypoints.to_kaggle(points).astype(np.float32),
        landmarks=points,
        landmark_confidence=looks.confidence[index],
        landmark_transform=looks.transforms[index].astype(np.float32),
        marks=keypoints.to_marks(points).astype(np.float32),
    )


def _boxes(image: np.ndarray, looks: Look) -> list[tuple[int, int, int, int]]:
    """Return the boxes by the points in whole pixels, cut off at the photo's edge."""
    height, width = image.shape[:2]
    boxes = keypoints.boxes_of_points(looks.points, looks.angles)
    low = np.clip(np.rint(boxes[:, :2]), 0, [width - 1, height - 1])
    high = np.clip(np.rint(boxes[:, :2] + boxes[:, 2:]), low + 1, [width, height])
    return [(x, y, w, h) for x, y, w, h in np.concatenate([low, high - low], axis=1).astype(int).tolist()]


def _once_each(faces: list[Face]) -> list[Face]:
    """Without the faces that an earlier detection turned out to be, the surest staying."""
    kept = cv2.dnn.NMSBoxes([face.box for face in faces], [face.score for face in faces], 0.0, _LARGEST_IOU)
    return [faces[index] for index in np.ravel(kept).astype(int)]


def _align(image: np.ndarray, face: Face) -> Face:
    """Return the face with its upright crop for the emotion network."""
    if face.marks is None:
        crop, transform = crop_face(image, face.box, emotion.SIZE, face.angle)
    else:
        crop, transform = emotion.align(image, face.marks)
    return replace(face, crop=crop, transform=transform)
