"""Training scenes with people: photos and textures with people pasted in along their limbs, and whole pictures."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from models.detection import box_of_points
from models.detection.training.datasets import Photos, read_tiles
from models.detection.training.geometry import similarity
from models.detection.training.people.datasets import Bodies, is_upright, limbs
from models.detection.training.scenes import SceneMaker, SceneSettings, blend, ground, warp
from models.detection.training.textures import texture
from models.pose import NAMES
from models.pose.training.datasets import PoseData

_BUST = [NAMES.index(name) for name in ("right_shoulder", "left_shoulder", "neck", "head_top")]
_HEAD = _BUST[2:]


@dataclass(frozen=True)
class PeopleSettings:
    """How scenes with people are drawn; shares are probabilities.

    Attributes:
        smallest, largest: longer side of a person's box in scene pixels, evenly spread in its logarithm.
        enlarge: largest factor by which a person's picture is enlarged.
        whole: share of scenes that are a picture of a person as it is.
        textures: share of scenes on a texture in place of a photo.
        zoom: of a photo, smallest and largest.
        tilt: degrees by which scenes and people are turned at most.
        pasted: chances of no, one, two and three people pasted into a scene.
        portraits: share of the people of whom the scene's edge leaves little more than head and shoulders.
        portrait_head: pixels, smallest and largest, of the heads of these.
        things: share of scenes with patches of photos and textures that are pasted just as people are.
        upright: how many times as often those who stand are chosen: many in the extension of Leeds Sports do not.
        seen: least share of a person's box within the scene; with less and without head and shoulders it is ignored.
        overlap: largest part of a pasted person's box, or of another one, that both share.
        light: how much the light of those pasted in differs.
    """

    smallest: float = 32.0
    largest: float = 290.0
    enlarge: float = 2.5
    whole: float = 0.15
    textures: float = 0.15
    zoom: tuple[float, float] = (0.4, 1.5)
    tilt: float = 12.0
    pasted: tuple[float, ...] = (0.35, 0.3, 0.2, 0.15)
    portraits: float = 0.15
    portrait_head: tuple[float, float] = (30.0, 110.0)
    things: float = 0.3
    upright: float = 3.0
    seen: float = 0.5
    overlap: float = 0.25
    light: float = 0.25


@dataclass(frozen=True, eq=False)
class PeopleScene:
    """One picture with people."""

    image: np.ndarray  # RGB uint8 (side, side, 3)
    boxes: np.ndarray  # float32 (n, 4), x, y, width, height of the people, cut off at the picture's edge
    ignored: np.ndarray  # float32 (m, 4), regions in which there may be somebody else


class PeopleSceneMaker(SceneMaker):
    """Draws scenes; `draw_people` depends on nothing but its random numbers and may run in several threads.

    Args:
        photos: with face boxes.
        bodies: of these photos.
        people: with all joints, to paste.
        settings: how to draw people.
        side: of a scene in pixels.
    """

    def __init__(self, photos: Photos, bodies: Bodies, people: PoseData, settings: PeopleSettings, side: int) -> None:
        super().__init__(photos, read_tiles(), SceneSettings(), side)
        self.bodies, self.people, self.people_settings = bodies, people, settings
        faces = np.array([len(boxes) for boxes in photos.boxes])
        weight = 1 / np.sqrt(1 + faces)  # in a crowd there is hardly a place where surely nobody is
        self.chances = np.cumsum(weight / weight.sum())
        weight = np.where(is_upright(people), settings.upright, 1.0)
        self.person_chances = np.cumsum(weight / weight.sum())

    def draw_people(self, rng: np.random.Generator) -> PeopleScene:
        """Return one scene."""
        settings, kind = self.people_settings, rng.random()
        if kind < settings.whole:
            image, boxes, ignored = self._whole(rng)
        else:
            if kind < settings.whole + settings.textures:
                image = texture(rng, self.side, self.side)
                boxes, ignored = [], []
            else:
                image, boxes, ignored = self._photo_with_bodies(rng)
            if rng.random() < settings.things:
                for _ in range(int(rng.integers(1, 3))):
                    self._paste_shape(rng, image, boxes)
            for _ in range(int(rng.choice(len(settings.pasted), p=settings.pasted))):
                self._paste_person(rng, image, boxes, ignored)
        return PeopleScene(
            self._relight(rng, image),
            np.array(boxes, np.float32).reshape(-1, 4),
            np.array(ignored, np.float32).reshape(-1, 4),
        )

    def paste_people(self, rng: np.random.Generator, image: np.ndarray, count: int) -> PeopleScene:
        """Return a picture with people pasted into it, at most `count`, where there is room."""
        image = image.copy()
        boxes: list[np.ndarray] = []
        ignored: list[np.ndarray] = []
        for _ in range(count):
            self._paste_person(rng, image, boxes, ignored)
        return PeopleScene(
            image, np.array(boxes, np.float32).reshape(-1, 4), np.array(ignored, np.float32).reshape(-1, 4)
        )

    def _matrix(self, rng: np.random.Generator, scale: float, fixed: np.ndarray, place: np.ndarray) -> np.ndarray:
        tilt = float(rng.uniform(-1, 1)) * self.people_settings.tilt
        return similarity(scale, tilt, bool(rng.random() < 0.5), fixed, place)

    def _photo_with_bodies(self, rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
        number = min(int(np.searchsorted(self.chances, rng.random())), len(self.photos) - 1)
        photo = self.photos.images[number]
        height, width = photo.shape[:2]
        low, high = np.log(self.people_settings.zoom)
        scale = max(math.exp(rng.uniform(low, high)), 0.6 * self.side / max(height, width))
        matrix = self._matrix(rng, scale, rng.uniform(0.1, 0.9, 2) * [width, height], np.full(2, self.side / 2))
        image = warp(photo, matrix, self.side, ground(rng))
        boxes: list[np.ndarray] = []
        ignored = [_moved_box(box, matrix) for box in self.bodies.ignored[number]]
        for points in self.bodies.points[number]:
            self._add(points @ matrix[:, :2].T + matrix[:, 2], None, boxes, ignored)
        return image, boxes, ignored

    def _whole(self, rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
        """Return a person's picture as it is; there may be others around its one known person."""
        number = self._someone(rng)
        picture, joints = self.people.images[number], self.people.joints[number].astype(np.float64) + 0.5
        box = box_of_points(joints)
        scale = self._scale(rng, max(box[2:]), least=60.0)
        matrix = self._matrix(rng, scale, box[:2] + box[2:] / 2, rng.uniform(0.35, 0.65, 2) * self.side)
        image = warp(picture, matrix, self.side, ground(rng))
        boxes: list[np.ndarray] = []
        ignored: list[np.ndarray] = []
        self._add(joints @ matrix[:, :2].T + matrix[:, 2], joints @ matrix[:, :2].T + matrix[:, 2], boxes, ignored)
        for x, y, w, h in boxes:
            ignored += [
                np.array([0, 0, x, self.side]),
                np.array([x + w, 0, self.side - x - w, self.side]),
                np.array([0, 0, self.side, y]),
                np.array([0, y + h, self.side, self.side - y - h]),
            ]
        return image, boxes, ignored

    def _someone(self, rng: np.random.Generator) -> int:
        return min(int(np.searchsorted(self.person_chances, rng.random())), len(self.people) - 1)

    def _scale(self, rng: np.random.Generator, longer: float, least: float | None = None) -> float:
        settings = self.people_settings
        low, high = math.log(least or settings.smallest), math.log(settings.largest)
        return min(math.exp(rng.uniform(low, high)) / longer, settings.enlarge)

    def _paste_person(
        self, rng: np.random.Generator, image: np.ndarray, boxes: list[np.ndarray], ignored: list[np.ndarray]
    ) -> None:
        """Paste a person, whom the scene's edge may cut, where nobody else's box is; `image` and lists are changed."""
        settings, number = self.people_settings, self._someone(rng)
        joints = self.people.joints[number].astype(np.float64) + 0.5
        box = box_of_points(joints)
        for _ in range(8):
            if rng.random() < settings.portraits:
                head = float(np.linalg.norm(joints[_HEAD[0]] - joints[_HEAD[1]]))
                scale = min(rng.uniform(*settings.portrait_head) / max(head, 1.0), settings.enlarge)
                fixed, place = joints[_HEAD].mean(axis=0), rng.uniform([0.25, 0.2], [0.75, 0.6]) * self.side
            else:
                scale = self._scale(rng, max(box[2:]))
                fixed, place = box[:2] + box[2:] / 2, rng.uniform(0.02, 0.98, 2) * self.side
            matrix = self._matrix(rng, scale, fixed, place)
            moved = joints @ matrix[:, :2].T + matrix[:, 2]
            wanted = self._clip(box_of_points(moved))
            if wanted is None or _shares(wanted, boxes) > settings.overlap:
                continue
            if self._is_seen(moved, moved):
                tile = self._relit(rng, self.people.images[number])
                blend(image, tile, self._person_mask(rng, number), matrix)
                self._add(moved, moved, boxes, ignored)
                return

    def _paste_shape(self, rng: np.random.Generator, image: np.ndarray, boxes: list[np.ndarray]) -> None:
        """Paste a patch of a photo or texture in the shape of a person, so that an outline is no sign of one."""
        number = int(rng.integers(len(self.people)))
        mask = self._person_mask(rng, number)
        patch = self._faceless_patch(rng) if rng.random() < 0.7 else texture(rng, 96, 96)
        patch = cv2.resize(patch, mask.shape[::-1], interpolation=cv2.INTER_LINEAR)
        size = np.array(mask.shape[::-1], np.float64)
        scale = self._scale(rng, 0.7 * max(size))
        angle = float(rng.uniform(-180, 180))
        matrix = similarity(scale, angle, False, size / 2, rng.uniform(0, 1, 2) * self.side)
        shape = _moved_box(np.concatenate([np.zeros(2), size]), matrix)
        if _shares(shape, boxes) == 0:
            blend(image, patch, mask, matrix)

    def _person_mask(self, rng: np.random.Generator, number: int) -> np.ndarray:
        """Return how much (h, w) of a person's picture is pasted: what is near the limbs, or an ellipse around them."""
        picture, joints = self.people.images[number], self.people.joints[number]
        height, width = picture.shape[:2]
        kind = rng.random()
        if kind < 0.85:
            mask = limbs(joints, (height, width), float(rng.uniform(0.85, 1.5)), float(rng.uniform(0.01, 0.08)))
        else:
            x, y, w, h = box_of_points(joints)
            grow = rng.uniform(1.1, 1.4)
            mask = np.zeros((height, width), np.uint8)
            axes = (max(1, round(w / 2 * grow)), max(1, round(h / 2 * grow)))
            cv2.ellipse(mask, (round(x + w / 2), round(y + h / 2)), axes, 0, 0, 360, 255, -1)
            mask = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.6, 0.03 * max(w, h)))
        mask[[0, -1]], mask[:, [0, -1]] = 0, 0
        return mask

    def _relit(self, rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
        light = self.people_settings.light
        gain = np.exp(rng.uniform(-light, light) + rng.uniform(-0.1, 0.1, 3))
        shift = rng.uniform(-0.3, 0.3) * light * 255
        table = np.clip(np.arange(256)[:, None] * gain + shift, 0, 255).astype(np.uint8)[None]
        return cv2.LUT(picture, table)

    def _clip(self, box: np.ndarray) -> np.ndarray | None:
        low, high = np.clip(box[:2], 0, self.side), np.clip(box[:2] + box[2:], 0, self.side)
        return np.concatenate([low, high - low]) if (high - low > 4).all() else None

    def _is_seen(self, points: np.ndarray, joints: np.ndarray | None) -> bool:
        """Return whether enough of a person is within the scene."""
        box = box_of_points(points)
        cut = self._clip(box)
        if cut is None:
            return False
        bust = joints is not None and bool(((joints[_BUST] > 0) & (joints[_BUST] < self.side)).all())
        return bust or cut[2] * cut[3] >= self.people_settings.seen * box[2] * box[3]

    def _add(
        self, points: np.ndarray, joints: np.ndarray | None, boxes: list[np.ndarray], ignored: list[np.ndarray]
    ) -> None:
        """Add a person to the boxes, or to what is ignored where too little of it is to be seen."""
        cut = self._clip(box_of_points(points))
        if cut is None:
            return
        is_person = self._is_seen(points, joints) and max(cut[2:]) >= self.people_settings.smallest * 0.8
        (boxes if is_person else ignored).append(cut)


def _moved_box(box: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return the upright box around a moved one."""
    x, y, w, h = box
    corners = np.array([[x, y], [x + w, y], [x, y + h], [x + w, y + h]], np.float64) @ matrix[:, :2].T + matrix[:, 2]
    low = corners.min(axis=0)
    return np.concatenate([low, corners.max(axis=0) - low])


def _shares(box: np.ndarray, others: list[np.ndarray]) -> float:
    """Return the largest part of a box, or of one of the others, that both share."""
    if not others:
        return 0.0
    rows = np.array(others)
    sides = np.minimum(box[:2] + box[2:], rows[:, :2] + rows[:, 2:]) - np.maximum(box[:2], rows[:, :2])
    shared = np.clip(sides, 0, None).prod(axis=1)
    return float((shared / np.minimum(box[2:].prod(), rows[:, 2:].prod(axis=1))).max())
