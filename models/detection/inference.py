"""From a photo to the boxes of its faces."""

import difflib
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models import networks
from models.cards import load_card
from models.geometry import angle_of, square_transform
from models.images import check_photo, cut_out_colour
from models.passes import together
from models.showing import figure

WORK_SIDE = 1024  # of the Haar cascade's search
_SMALLEST_FACE = 24  # pixels of the picture that is searched
_LARGEST_OVERLAP = 0.3
# The logistic function of the cascade's last weight that tells faces from false alarms best: fitted to what it finds on
# 600 training photos of WIDER FACE (Yang et al. 2016, arXiv 1511.06523), 95 % of which are faces.
_SLOPE, _EVEN = 3.3, 54.8

# Image-left and right are those of the upright face.
MARKS = ("image-left eye", "image-right eye", "nose tip", "image-left mouth corner", "image-right mouth corner")
STRIDE = 8  # pixels between two cells of the detector network's maps
USUAL_SIDE = 32.0  # pixels of a box whose size the network writes as 0
PEOPLE_STRIDE, USUAL_PERSON = 16, 96.0  # the same of the maps that tell where people are
BODY_MARGIN = 0.06  # of a body's box around the joints, over their longer side: for hands, feet and hair
_SEARCH_SIDE, _SEARCH_AREA = 640, 640 * 480  # a photo is searched at the larger of the two sizes
_LONGEST_SIDE = 2560  # of a picture searched, however narrow the photo
_COARSEST_STRIDE = 32
_GREY = (127.0, 127.0, 127.0)  # what lies beyond the photo
_LARGEST_ENLARGEMENT = 2.0
_UNSURE = (0.25, 0.55)  # a face with a score between is looked at again
_LOOK_SIDE, _LOOK_FACE = 96, 64.0  # pixels of the second look, and of the face on it
_MOST_LOOKS = 96
_MOST_FACES = 750
_MOST_CANDIDATES = 3000
_LARGEST_IOU = 0.4
_LARGEST_PART = 0.8  # of a box that lies in a better one

_LARGEST_BODY_IOU = 0.5  # people stand closer than faces do
_MOST_BODIES = 100

Maps = tuple[np.ndarray, np.ndarray, np.ndarray]
BodyMaps = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Face:
    """One face of a photo; what a step has not found out is None."""

    box: tuple[int, int, int, int]  # (x, y, width, height) in photo pixels
    score: float  # 0..1, how sure the detector is
    angle: float = 0.0  # degrees by which the face is turned clockwise
    crop: np.ndarray | None = None  # uint8 (48, 48), exactly what the emotion network gets
    transform: np.ndarray | None = None  # float32 (2, 3), crop pixel (x, y, 1) -> photo pixel
    emotion: dict[str, float] | None = None  # probability of each expression, FER2013 order
    expression: str | None = None  # the most probable one, or "uncertain"
    keypoints: np.ndarray | None = None  # float32 (15, 2) photo pixels
    landmarks: np.ndarray | None = None  # float32 (68, 2) photo pixels
    landmark_confidence: np.ndarray | None = None  # float32 (68,), 0..1, how sure the network is of each
    landmark_transform: np.ndarray | None = None  # float32 (2, 3), 96×96 crop with the landmarks -> photo pixel
    marks: np.ndarray | None = None  # float32 (5, 2) photo pixels, see `MARKS`

    def to_dict(self) -> dict[str, Any]:
        """Return the face as plain JSON values, without the pictures."""
        return {
            "box": list(self.box),
            "score": self.score,
            "angle": self.angle,
            "emotion": self.emotion,
            "expression": self.expression,
            "keypoints": None if self.keypoints is None else self.keypoints.tolist(),
            "landmarks": None if self.landmarks is None else self.landmarks.tolist(),
            "landmark_confidence": None if self.landmark_confidence is None else self.landmark_confidence.tolist(),
            "marks": None if self.marks is None else self.marks.tolist(),
        }

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the face's crop, and its expression with the next likely ones."""
        return figure(self.crop, self.in_words())

    def in_words(self) -> str:
        """Return a line: the expression, the three largest shares, and how sure the detector is."""
        shares = sorted((self.emotion or {}).items(), key=lambda one: -one[1])[:3]
        told = ", ".join(f"{name} {share:.0%}" for name, share in shares)
        return f"{self.expression or 'a face'} ({told or 'not read'}); found with a score of {self.score:.2f}"


@dataclass(frozen=True)
class Body:
    """Where the detector network sees a person, with a face or without."""

    box: tuple[float, float, float, float]  # (x, y, width, height) in photo pixels, of what the photo shows of them
    score: float  # 0..1


@dataclass(frozen=True)
class Level:
    """One picture of the pyramid that the detector network searches, and the faces for which it answers."""

    scale: float  # relative to the search size
    smallest: float  # side of a face, √ of its box's area, in pixels of this picture
    largest: float


# The network is trained on faces of 12 to 240 pixels.
LEVELS = (Level(1.0, 0.0, 300.0), Level(0.5, 48.0, math.inf))
FINE = Level(2.0, 0.0, 48.0)  # where a photo has as many pixels
COARSE = Level(0.25, 96.0, math.inf)  # for faces as tall as the photo, where no other level is sure of a face
PEOPLE = LEVELS[1]  # on which people are looked for, who are larger than their faces


@dataclass(frozen=True)
class Detector:
    """A way to find faces: `find` takes RGB uint8 (H, W, 3) and returns faces in any order."""

    label: str
    summary: str
    find: Callable[[np.ndarray], Sequence[Face]]


def detect(image: np.ndarray, detector: str = "cnn") -> list[Face]:
    """Find the faces on a photo.

    Args:
        image: RGB uint8 (H, W, 3).
        detector: a name in `DETECTORS`. Defaults to "cnn".

    Returns:
        Faces with box, score and angle, numbered as one reads: from left to right, and from top to bottom where two
        begin at the same column; empty if there is none.

    Raises:
        ValueError: if the image is no RGB photo or the detector is unknown.
    """
    check_photo(image)
    if detector not in DETECTORS:
        near = difflib.get_close_matches(str(detector), DETECTORS)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise ValueError(f"Unknown detector {detector!r}.{hint} Known: {', '.join(DETECTORS)}.")
    return _as_one_reads(DETECTORS[detector].find(image))


def detect_with_bodies(image: np.ndarray, detector: str = "cnn") -> tuple[list[Face], list[Body] | None]:
    """Find the faces on a photo, and in the same pass the bodies.

    Args:
        image: RGB uint8 (H, W, 3).
        detector: a name in `DETECTORS`. Defaults to "cnn".

    Returns:
        The faces of `detect`; and the bodies of `find_bodies`, or None where the detector is not the network.
    """
    if detector != "cnn":
        return detect(image, detector), None
    check_photo(image)
    image = np.ascontiguousarray(image)
    found, bodies = search_both(image, _compiled(), _threshold(), _person_threshold())
    size = image.shape[:2]
    return _as_one_reads(to_faces(found, *size)), None if bodies is None else to_bodies(bodies, *size)


def find_bodies(image: np.ndarray) -> list[Body]:
    """Find where people are on a photo, with faces or without.

    Args:
        image: RGB uint8 (H, W, 3).

    Returns:
        The bodies, the surest first; empty where there is none, or where the network finds only faces.
    """
    check_photo(image)
    person = _person_threshold()
    if person is None:
        return []
    return to_bodies(search_bodies(np.ascontiguousarray(image), _compiled(), person), *image.shape[:2])


def _as_one_reads(faces: Sequence[Face]) -> list[Face]:
    return sorted(faces, key=lambda face: (*face.box, -face.score))


def _find_by_haar(image: np.ndarray) -> list[Face]:
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    shrink = min(1.0, WORK_SIDE / max(height, width))
    if shrink < 1:
        size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    if min(grey.shape) < _SMALLEST_FACE:
        return []
    grey = _stretch(grey)
    with _cascade_lock:  # a CascadeClassifier keeps buffers between calls
        found, _, weights = _cascade().detectMultiScale3(
            grey,
            scaleFactor=1.1,
            minNeighbors=4,
            minSize=(_SMALLEST_FACE, _SMALLEST_FACE),
            outputRejectLevels=True,
        )
    boxes = [[int(value) for value in box] for box in found]
    scores = [1 / (1 + math.exp(-_SLOPE * (weight - _EVEN))) for weight in np.ravel(weights).tolist()]
    kept = cv2.dnn.NMSBoxes(boxes, scores, 0.0, _LARGEST_OVERLAP)
    return [Face(_to_photo(boxes[i], image, shrink), scores[i]) for i in np.ravel(kept).astype(int)]


def _stretch(grey: np.ndarray) -> np.ndarray:
    """Full contrast: the cascade passes over windows that are nearly even, as all are on a dark photo."""
    low, high = np.percentile(grey, [1, 99])
    stretched = (grey.astype(np.float32) - low) * (255 / max(high - low, 1))
    return np.clip(stretched, 0, 255).astype(np.uint8)


def _to_photo(box: Sequence[int], image: np.ndarray, shrink: float) -> tuple[int, int, int, int]:
    height, width = image.shape[:2]
    left, top, side, _ = (round(value / shrink) for value in box)
    return left, top, min(side, width - left), min(side, height - top)


_cascade_lock = threading.Lock()


@cache
def _cascade() -> cv2.CascadeClassifier:
    path = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"
    return cv2.CascadeClassifier(str(path))


@dataclass(frozen=True, eq=False)
class Found:
    """What the detector network found; continuous pixels, the first one reaching from 0 to 1."""

    boxes: np.ndarray  # float32 (n, 4), x, y, width, height
    scores: np.ndarray  # float32 (n,)
    marks: np.ndarray  # float32 (n, 5, 2)

    def take(self, index: np.ndarray | slice) -> "Found":
        """Return the faces at `index`: positions, a boolean mask or a slice."""
        return Found(self.boxes[index], self.scores[index], self.marks[index])

    def scale(self, width: int, height: int, picture: np.ndarray) -> "Found":
        """Return the faces of a picture that shows a photo of that width and height, in the photo's pixels."""
        factor = np.array([width / picture.shape[1], height / picture.shape[0]], np.float32)
        return Found(self.boxes * np.tile(factor, 2), self.scores, self.marks * factor)


@dataclass(frozen=True)
class Forward:
    """A detector network's passes; they may be called from several threads.

    Attributes:
        faces: RGB uint8 (N, h, w, 3), h and w multiples of 32, to the three maps of faces.
        both: to the maps of faces and of people; None if the network finds only faces.
    """

    faces: Callable[[np.ndarray], Maps]
    both: Callable[[np.ndarray], tuple[Maps, BodyMaps]] | None = None

    def __call__(self, pictures: np.ndarray) -> Maps:
        """Return the maps of faces."""
        return self.faces(pictures)


def search(image: np.ndarray, forward: Callable[[np.ndarray], Maps], threshold: float) -> Found:
    """Find faces with a detector network on a pyramid of sizes of a photo.

    The search size has a long side of 640 pixels or, of a longer and narrower photo, as many pixels as 640 × 480; no
    photo is enlarged more than twice for it. A photo with twice that side is searched at twice that size too, for tiny
    faces, and one without a sure face at a quarter of it, for a face as tall as the photo. So the work is bounded,
    whatever the photo's size. Faces of which the network is neither sure nor sure that they are none are looked at
    again, upright (see `look_again`).

    Args:
        image: RGB uint8 (H, W, 3) of any size.
        forward: RGB uint8 (N, h, w, 3), h and w multiples of 32, to the network's three maps.
        threshold: least score of a face.

    Returns:
        The faces in photo pixels, best first, at most 750; boxes may reach beyond the photo's edge.
    """
    return search_both(image, Forward(forward), threshold, None)[0]


def search_both(
    image: np.ndarray, forward: Forward, threshold: float, person: float | None
) -> tuple[Found, Found | None]:
    """Find faces as `search` does, and people in the same passes, on the picture of half the search size.

    Args:
        image: RGB uint8 (H, W, 3) of any size.
        forward: the network's passes.
        threshold: least score of a face.
        person: least score of a person; None to look for faces alone.

    Returns:
        The faces; and the bodies in photo pixels, without marks, or None where none were looked for.
    """
    height, width = image.shape[:2]
    low = min(threshold, _UNSURE[0])
    whole = search_scale(height, width)
    levels = (*LEVELS, FINE) if whole * FINE.scale <= 1 else LEVELS
    parts: list[Found] = []
    bodies = None
    source, source_scale = image, 1.0
    for level in (*sorted(levels, key=lambda level: -level.scale), COARSE):  # each picture from the next finer one
        if level is COARSE and max(part.scores.max(initial=0.0) for part in parts) > _UNSURE[1]:
            break
        scale = whole * level.scale
        picture = _resize(source, scale / source_scale)
        if scale <= 1:
            source, source_scale = picture, scale
        if level is PEOPLE and forward.both is not None and person is not None:
            maps, people = forward.both(_pad(picture)[None])
            bodies = _bodies_of(picture, people, person).scale(width, height, picture)
        else:
            maps = forward.faces(_pad(picture)[None])
        parts.append(_faces_of(picture, maps, low, level).scale(width, height, picture))
    together = Found(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.marks for part in parts]),
    )
    found = drop_parts(look_again(image, suppress(together), forward))
    return found.take(np.flatnonzero(found.scores >= threshold)[:_MOST_FACES]), bodies


def search_bodies(image: np.ndarray, forward: Forward, person: float) -> Found:
    """Find people alone, by one pass of a network that has a head for them.

    Args:
        image: RGB uint8 (H, W, 3) of any size.
        forward: the network's passes.
        person: least score of a person.

    Returns:
        The bodies in photo pixels, best first, without marks.
    """
    if forward.both is None:
        raise ValueError("The network has no head for people.")
    height, width = image.shape[:2]
    picture = _resize(image, search_scale(height, width) * PEOPLE.scale)
    _, people = forward.both(_pad(picture)[None])
    return _bodies_of(picture, people, person).scale(width, height, picture)


def look_again(image: np.ndarray, found: Found, forward: Callable[[np.ndarray], Maps]) -> Found:
    """Score unsure faces by the mean of the first look and a second, turned upright and at the network's best size.

    On turned faces the network is a little less sure, and at some sizes; this brings them level.

    Args:
        image: RGB uint8 (H, W, 3).
        found: in photo pixels.
        forward: as of `search`.

    Returns:
        The same faces with new scores, best first. Of more than 96 unsure ones the best are looked at.
    """
    low, high = _UNSURE
    unsure = np.flatnonzero((found.scores >= low) & (found.scores <= high))[:_MOST_LOOKS]
    if len(unsure) == 0:
        return found
    boxes = found.boxes[unsure].astype(np.float64)
    centres = boxes[:, :2] + boxes[:, 2:] / 2 - 0.5  # whole numbers are the centres of pixels
    sides = np.sqrt(boxes[:, 2:].prod(axis=1)) * _LOOK_SIDE / _LOOK_FACE
    looks = [
        cut_out_colour(image, square_transform((*centre, max(side, 1.0)), _LOOK_SIDE, angle), _LOOK_SIDE, _GREY)
        for centre, side, angle in zip(centres, sides, angle_of(found.marks[unsure]), strict=True)
    ]
    middle = _LOOK_SIDE // STRIDE // 2
    near = slice(middle - 2, middle + 2)
    second = forward(np.stack(looks))[0][:, near, near, 0].max(axis=(1, 2))
    scores = found.scores.copy()
    scores[unsure] = (scores[unsure] + second) / 2
    return replace(found, scores=scores).take(np.argsort(-scores, kind="stable"))


def search_scale(height: int, width: int) -> float:
    """Return how many pixels of the picture searched one pixel of a photo is."""
    long = max(height, width)
    by_area = min(math.sqrt(_SEARCH_AREA / (height * width)), _LONGEST_SIDE / long)
    return min(max(_SEARCH_SIDE / long, by_area), _LARGEST_ENLARGEMENT)


def picture_of_face(image: np.ndarray, box: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return the picture, among those that are searched, on which the detector network answers for a face.

    Of two pictures that would do, it is the smaller one.

    Args:
        image: RGB uint8 (H, W, 3).
        box: (x, y, width, height) of the face in photo pixels.

    Returns:
        RGB uint8 (h, w, 3), h and w multiples of 32, grey beyond the photo; and the transform float32 (2, 3) that takes
        its pixel (x, y, 1) to the photo's.
    """
    whole = search_scale(*image.shape[:2])
    side = math.sqrt(box[2] * box[3])
    levels = [*LEVELS, COARSE, FINE] if whole * FINE.scale <= 1 else [*LEVELS, COARSE]
    fitting = [level for level in levels if level.smallest <= side * whole * level.scale <= level.largest]
    scale = whole * min((level.scale for level in fitting), default=1.0)
    picture = _resize(image, scale)
    step = np.array([image.shape[1] / picture.shape[1], image.shape[0] / picture.shape[0]])
    return _pad(picture), np.column_stack([np.diag(step), step / 2 - 0.5]).astype(np.float32)


def _faces_of(picture: np.ndarray, maps: Maps, threshold: float, level: Level) -> Found:
    scores, boxes, marks = maps
    found = decode_faces(scores[0], boxes[0], marks[0], threshold)
    side = np.sqrt(found.boxes[:, 2] * found.boxes[:, 3])
    return found.take((side >= level.smallest) & (side <= level.largest) & _is_inside(found, picture))


def _bodies_of(picture: np.ndarray, maps: BodyMaps, threshold: float) -> Found:
    scores, boxes = maps
    found = decode_bodies(scores[0], boxes[0], threshold)
    return suppress(found.take(_is_inside(found, picture)), _LARGEST_BODY_IOU).take(slice(_MOST_BODIES))


def _is_inside(found: Found, picture: np.ndarray) -> np.ndarray:
    centre = found.boxes[:, :2] + found.boxes[:, 2:] / 2
    return np.all((centre >= 0) & (centre <= [picture.shape[1], picture.shape[0]]), axis=1)


def decode_faces(scores: np.ndarray, boxes: np.ndarray, marks: np.ndarray, threshold: float) -> Found:
    """Read the detector network's maps of one picture.

    A cell with its middle at c says a box with the centre c + (b₀ w, b₁ h) and the sides w = 32 exp b₂ and
    h = 32 exp b₃, and marks at the box's centre + m √(w h).

    Args:
        scores: float32 (h, w, 1), 0..1.
        boxes: float32 (h, w, 4).
        marks: float32 (h, w, 10).
        threshold: least score.

    Returns:
        Every cell at or above the threshold as a face in the picture's pixels, best first, at most 3,000.
    """
    rows, columns, values = _best_cells(scores, threshold)
    centre, size = _decode_boxes(boxes, rows, columns, STRIDE, USUAL_SIDE)
    side = np.sqrt(size.prod(axis=1))[:, None, None]
    points = centre[:, None] + marks[rows, columns].reshape(-1, 5, 2) * side
    return Found(
        np.concatenate([centre - size / 2, size], axis=1).astype(np.float32), values, points.astype(np.float32)
    )


def decode_bodies(scores: np.ndarray, boxes: np.ndarray, threshold: float) -> Found:
    """Read the detector network's maps of people, as `decode_faces` does, with cells of 16 and a usual side of 96.

    Args:
        scores: float32 (h, w, 1), 0..1.
        boxes: float32 (h, w, 4).
        threshold: least score.

    Returns:
        Every cell at or above the threshold as a person in the picture's pixels, best first, without marks.
    """
    rows, columns, values = _best_cells(scores, threshold)
    centre, size = _decode_boxes(boxes, rows, columns, PEOPLE_STRIDE, USUAL_PERSON)
    no_marks = np.zeros((len(values), 0, 2), np.float32)
    return Found(np.concatenate([centre - size / 2, size], axis=1).astype(np.float32), values, no_marks)


def _best_cells(scores: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, columns = np.nonzero(scores[..., 0] >= threshold)
    values = scores[rows, columns, 0]
    best = np.argsort(-values, kind="stable")[:_MOST_CANDIDATES]
    return rows[best], columns[best], values[best]


def _decode_boxes(
    boxes: np.ndarray, rows: np.ndarray, columns: np.ndarray, stride: int, usual: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the centres and the sizes, (n, 2) each, of the boxes in some cells."""
    numbers = boxes[rows, columns].astype(np.float32)
    size = usual * np.exp(np.clip(numbers[:, 2:], -4, 4))
    return (np.stack([columns, rows], axis=1) + 0.5) * stride + numbers[:, :2] * size, size


def suppress(found: Found, largest_iou: float = _LARGEST_IOU) -> Found:
    """Leave the best of boxes whose intersection over union is above `largest_iou`, at most 750."""
    if len(found.scores) == 0:
        return found
    kept = cv2.dnn.NMSBoxes(found.boxes.tolist(), found.scores.tolist(), 0.0, largest_iou)
    return found.take(np.ravel(kept).astype(int)[:_MOST_FACES])


def drop_parts(found: Found) -> Found:
    """Leave out boxes of which a better one holds more than four fifths: an eye with its glasses is no second face.

    Args:
        found: best first.
    """
    low, high = found.boxes[:, :2], found.boxes[:, :2] + found.boxes[:, 2:]
    area = found.boxes[:, 2:].prod(axis=1)
    kept: list[int] = []
    for index in range(len(area)):
        shared = np.minimum(high[index], high[kept]) - np.maximum(low[index], low[kept])
        if not (np.clip(shared, 0, None).prod(axis=1) > _LARGEST_PART * area[index]).any():
            kept.append(index)
    return found.take(np.array(kept, int))


def to_faces(found: Found, height: int, width: int) -> list[Face]:
    """Return what was found on a photo of that size as faces, with boxes of whole pixels and angles from the marks."""
    low = np.clip(np.rint(found.boxes[:, :2]), 0, [width - 1, height - 1])
    high = np.clip(np.rint(found.boxes[:, :2] + found.boxes[:, 2:]), low + 1, [width, height])
    boxes = np.concatenate([low, high - low], axis=1).astype(int).tolist()
    angles = angle_of(found.marks).tolist()
    return [
        Face((x, y, w, h), score, angle, marks=marks - np.float32(0.5))  # whole numbers are the centres of pixels
        for (x, y, w, h), score, angle, marks in zip(boxes, found.scores.tolist(), angles, found.marks, strict=True)
    ]


def box_of_points(points: np.ndarray) -> np.ndarray:
    """Return the box, float64 (4,), of a body around its joints (k, 2), with the margin of `BODY_MARGIN`."""
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    margin = BODY_MARGIN * (high - low).max()
    return np.concatenate([low - margin, high - low + 2 * margin])


def to_bodies(found: Found, height: int, width: int) -> list[Body]:
    """Return what was found on a photo of that size as bodies, cut off at its edge."""
    low = np.clip(found.boxes[:, :2], 0, [width - 1, height - 1])
    high = np.clip(found.boxes[:, :2] + found.boxes[:, 2:], low + 1, [width, height])
    boxes = np.concatenate([low, high - low], axis=1).astype(float).tolist()
    return [Body((x, y, w, h), score) for (x, y, w, h), score in zip(boxes, found.scores.tolist(), strict=True)]


def _find_by_network(image: np.ndarray) -> list[Face]:
    return to_faces(search(np.ascontiguousarray(image), _compiled(), _threshold()), *image.shape[:2])


def _resize(image: np.ndarray, scale: float) -> np.ndarray:
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    if size == (image.shape[1], image.shape[0]):
        return image
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _pad(image: np.ndarray) -> np.ndarray:
    """Middle grey to the right and below up to multiples of 32 pixels."""
    bottom, right = (-length % _COARSEST_STRIDE for length in image.shape[:2])
    return cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_CONSTANT, value=_GREY)


@cache
def _threshold() -> float:
    return load_card("detector").check(("face",), ("face",)).thresholds["face"]


def _person_threshold() -> float | None:
    """Return the least score of a person; None if there is no network, or one that finds only faces."""
    is_there = (networks.WEIGHTS / "detector.json").exists()
    return load_card("detector").thresholds.get("person") if is_there else None


def _compiled() -> Forward:
    with _compiling:  # once, also when several threads ask for it first
        return _compile_shipped()


_compiling = threading.Lock()


@cache
def _compile_shipped() -> Forward:
    return compile_network(networks.load_network("detector"))


def compile_network(network: Any) -> Forward:
    """Return the passes of a detector network that `search` needs.

    Args:
        network: a keras.Model with the outputs scores, boxes and marks, and perhaps those of people.
    """
    import tensorflow as tf

    signature = [tf.TensorSpec((None, None, None, 3), tf.uint8)]

    @tf.function(input_signature=signature, autograph=False)
    def run(pictures: Any) -> Any:
        return network(tf.cast(pictures, tf.float32), training=False)[:3]  # the people's head is not computed

    @tf.function(input_signature=signature, autograph=False)
    def run_both(pictures: Any) -> Any:
        return network(tf.cast(pictures, tf.float32), training=False)

    def faces(pictures: np.ndarray) -> Maps:
        if pictures.shape[1:3] != (_LOOK_SIDE, _LOOK_SIDE):  # a whole photo takes all cores by itself
            scores, boxes, marks = run(pictures)
            return scores.numpy(), boxes.numpy(), marks.numpy()
        scores, boxes, marks = together(run, run, _MOST_LOOKS, pictures)
        return scores, boxes, marks

    def both(pictures: np.ndarray) -> tuple[Maps, BodyMaps]:
        scores, boxes, marks, people, bodies = (values.numpy() for values in run_both(pictures))
        return (scores, boxes, marks), (people, bodies)

    return Forward(faces, both if len(network.outputs) > 3 else None)


DETECTORS = {
    "cnn": Detector(
        label="Detector network",
        summary="Our own convolutional network: small, turned and half-hidden faces, with five marks each.",
        find=_find_by_network,
    ),
    "haar": Detector(
        label="Haar cascade",
        summary="Light-and-dark patterns of upright frontal faces; fast, blind to profiles and to tilts beyond 20°.",
        find=_find_by_haar,
    ),
}
