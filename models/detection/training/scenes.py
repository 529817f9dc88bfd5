"""Training scenes: a photo turned, scaled, cut, with faces and other things pasted in, and relit."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from models.detection.training.datasets import Photos, Tiles
from models.detection.training.geometry import FLIPPED, similarity, to_pixel_centres, turn_boxes, turned_size
from models.detection.training.textures import texture


@dataclass(frozen=True)
class SceneSettings:
    """How scenes are drawn; shares are probabilities.

    Attributes:
        smallest, largest: side of a face (√ of its box's area) in scene pixels, evenly spread in its logarithm.
        enlarge: largest factor by which a photo is enlarged.
        ignore: side in scene pixels below which a face is neither a face nor background.
        around: share of photo scenes cut around one of the faces; the others are cut anywhere.
        anywhere: side of such a cut over the photo's shorter side, smallest and largest.
        upright: share of scenes turned by at most `tilt` degrees; the others by any angle.
        tilt: degrees.
        textures: share of scenes on a texture in place of a photo.
        tiles: share of scenes that get pasted faces, up to `most_tiles`.
        things: share of scenes that get pasted patches without a face, cut and feathered like the faces.
        cover: share of faces of 24 pixels and more that are partly covered.
        grey, dark, blur, coarse, noise, jpeg: share of scenes that are so.
    """

    smallest: float = 12.0
    largest: float = 240.0
    enlarge: float = 2.5
    ignore: float = 10.0
    around: float = 0.75
    anywhere: tuple[float, float] = (0.3, 1.5)
    upright: float = 0.5
    tilt: float = 20.0
    textures: float = 0.08
    tiles: float = 0.3
    most_tiles: int = 3
    things: float = 0.25
    cover: float = 0.1
    grey: float = 0.12
    dark: float = 0.08
    blur: float = 0.12
    coarse: float = 0.12
    noise: float = 0.15
    jpeg: float = 0.2


@dataclass(frozen=True, eq=False)
class TrainingScene:
    """One training picture."""

    image: np.ndarray  # RGB uint8 (side, side, 3)
    boxes: np.ndarray  # float32 (n, 4), x, y, width, height; continuous pixels
    marks: np.ndarray  # float32 (n, 5, 2), NaN where they are not known
    ignored: np.ndarray  # float32 (m, 4)


class SceneMaker:
    """Draws scenes; `draw` depends on nothing but its random numbers and may run in several threads.

    Args:
        photos: with their boxes.
        tiles: cut-out faces to paste; may be empty.
        settings: how to draw.
        side: of a scene in pixels.
    """

    def __init__(self, photos: Photos, tiles: Tiles, settings: SceneSettings, side: int) -> None:
        self.photos, self.tiles, self.settings, self.side = photos, tiles, settings, side
        faces = np.array([np.count_nonzero(~invalid) for invalid in photos.invalid], np.float64)
        weight = np.sqrt(1 + np.minimum(faces, 24))
        self.chances = np.cumsum(weight / weight.sum())
        self.grain = np.random.default_rng(7).normal(0, 1, (2 * side, 2 * side, 3)).astype(np.float32)

    def draw(self, rng: np.random.Generator) -> TrainingScene:
        """Return one scene."""
        settings = self.settings
        if rng.random() < settings.textures:
            image = texture(rng, self.side, self.side)
            boxes, marks, ignored = np.zeros((0, 4)), np.zeros((0, 5, 2)), np.zeros((0, 4))
        else:
            image, boxes, marks, ignored = self._photo(rng)
        if rng.random() < settings.things:
            taken = np.concatenate([boxes, ignored])
            for _ in range(int(rng.integers(1, 4))):
                self._paste_thing(rng, image, taken)
        if len(self.tiles) and rng.random() < settings.tiles:
            for _ in range(int(rng.integers(1, settings.most_tiles + 1))):
                boxes, marks = self._paste_face(rng, image, boxes, marks, ignored)
        self._cover(rng, image, boxes)
        return TrainingScene(
            self._relight(rng, image), boxes.astype(np.float32), marks.astype(np.float32), ignored.astype(np.float32)
        )

    def _angle(self, rng: np.random.Generator) -> float:
        if rng.random() < self.settings.upright:
            return float(rng.uniform(-1, 1) * self.settings.tilt)
        return float(rng.uniform(-180, 180))

    def _photo(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return a cut of a photo with boxes and marks of its faces, and the boxes to ignore."""
        number = min(int(np.searchsorted(self.chances, rng.random())), len(self.photos) - 1)
        photo, boxes = self.photos.images[number], self.photos.boxes[number].astype(np.float64)
        invalid, marks = self.photos.invalid[number], self.photos.marks[number].astype(np.float64)
        matrix = self._cut(rng, photo, boxes[~invalid])
        image = warp(photo, matrix, self.side, ground(rng))
        if matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0] < 0:
            marks = marks[:, FLIPPED]
        boxes, marks = turn_boxes(boxes, matrix), marks @ matrix[:, :2].T + matrix[:, 2]
        centres = boxes[:, :2] + boxes[:, 2:] / 2
        inside = ((centres > 0) & (centres < self.side)).all(axis=1)
        large = np.sqrt(np.maximum(boxes[:, 2] * boxes[:, 3], 0)) >= self.settings.ignore
        seen = ((boxes[:, :2] < self.side) & (boxes[:, :2] + boxes[:, 2:] > 0)).all(axis=1)
        is_face = inside & large & ~invalid
        return image, boxes[is_face], marks[is_face], boxes[seen & ~is_face]

    def _cut(self, rng: np.random.Generator, photo: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        """Return the map from the photo to the scene."""
        settings = self.settings
        height, width = photo.shape[:2]
        if len(boxes) and rng.random() < settings.around:
            x, y, w, h = boxes[rng.integers(len(boxes))]
            wanted = math.exp(rng.uniform(math.log(settings.smallest), math.log(settings.largest)))
            scale = min(max(wanted / math.sqrt(w * h), 64 / max(height, width)), settings.enlarge)
            fixed, place = np.array([x + w / 2, y + h / 2]), rng.uniform(0.1, 0.9, 2) * self.side
        else:
            scale = self.side / (rng.uniform(*settings.anywhere) * min(height, width))
            fixed, place = rng.uniform(0, 1, 2) * [width, height], np.full(2, self.side / 2)
        return similarity(scale, self._angle(rng), bool(rng.random() < 0.5), fixed, place)

    def _paste_face(
        self, rng: np.random.Generator, image: np.ndarray, boxes: np.ndarray, marks: np.ndarray, ignored: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Paste a cut-out face where no other is; the scene's picture is changed."""
        settings, number = self.settings, int(rng.integers(len(self.tiles)))
        tile, (x, y, w, h) = self.tiles.images[number], self.tiles.boxes[number].astype(np.float64)
        wanted = math.exp(rng.uniform(math.log(settings.smallest), math.log(settings.largest * 0.75)))
        own, angle = float(self.tiles.angles[number]), self._angle(rng)
        size = np.array(turned_size(w, h, own + angle)) * wanted / math.sqrt(w * h)
        place = _free_place(rng, size, np.concatenate([boxes, ignored]), self.side)
        if place is None:
            return boxes, marks
        matrix = similarity(wanted / math.sqrt(w * h), angle, bool(rng.random() < 0.5), np.array([x, y]), place)
        points = self.tiles.marks[number].astype(np.float64)
        if matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0] < 0:
            points = points[list(FLIPPED)]
            size = np.array(turned_size(w, h, angle - own)) * wanted / math.sqrt(w * h)
        blend(image, tile, _mask(rng, tile, (x, y, w, h), own), matrix)
        box = np.concatenate([place - size / 2, size])
        points = points @ matrix[:, :2].T + matrix[:, 2]
        return np.concatenate([boxes, box[None]]), np.concatenate([marks, points[None]])

    def _paste_thing(self, rng: np.random.Generator, image: np.ndarray, taken: np.ndarray) -> None:
        """Paste a patch without a face just as a face is pasted, so that a soft edge is no sign of one."""
        patch = self._faceless_patch(rng)
        side = patch.shape[0]
        wanted = math.exp(rng.uniform(math.log(self.settings.smallest), math.log(self.settings.largest * 0.5)))
        width, height = side * rng.uniform(0.4, 0.6), side * rng.uniform(0.5, 0.7)
        place = _free_place(rng, np.array([wanted, wanted]) * 1.4, taken, self.side)
        if place is None:
            return
        scale = wanted / math.sqrt(width * height)
        matrix = similarity(scale, self._angle(rng), False, np.full(2, side / 2), place)
        blend(image, patch, _mask(rng, patch, (side / 2, side / 2, width, height), 0.0), matrix)

    def _faceless_patch(self, rng: np.random.Generator) -> np.ndarray:
        for _ in range(6):
            number = int(rng.integers(len(self.photos)))
            photo, boxes = self.photos.images[number], self.photos.boxes[number]
            side = int(min(photo.shape[:2]) * rng.uniform(0.15, 0.6))
            if side < 16:
                continue
            left, top = (int(rng.integers(0, length - side + 1)) for length in (photo.shape[1], photo.shape[0]))
            if not _touches(np.array([left, top, side, side], np.float64), boxes):
                return photo[top : top + side, left : left + side]
        return texture(rng, 96, 96)

    def _cover(self, rng: np.random.Generator, image: np.ndarray, boxes: np.ndarray) -> None:
        """Hide a part of some faces under a rectangle of one colour or of another part of the scene."""
        for x, y, w, h in boxes:
            if min(w, h) < 24 or rng.random() >= self.settings.cover:
                continue
            width, height = int(w * rng.uniform(0.3, 0.7)), int(h * rng.uniform(0.25, 0.5))
            left, top = (int(start + rng.uniform(0, 1) * room) for start, room in ((x, w - width), (y, h - height)))
            left, top = max(left, 0), max(top, 0)
            part = image[top : top + height, left : left + width]
            from_left, from_top = int(rng.integers(self.side)), int(rng.integers(self.side))
            other = image[from_top : from_top + part.shape[0], from_left : from_left + part.shape[1]]
            if other.shape == part.shape and rng.random() < 0.5:
                part[...] = other.copy()
            else:
                part[...] = rng.integers(0, 256, 3)

    def _relight(self, rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
        settings = self.settings
        if rng.random() < settings.coarse:
            small = max(2, int(self.side * rng.uniform(0.35, 0.9)))
            image = cv2.resize(image, (small, small), interpolation=cv2.INTER_AREA)
            image = cv2.resize(image, (self.side, self.side), interpolation=cv2.INTER_LINEAR)
        if rng.random() < settings.blur:
            image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.4, 1.6)))
        if rng.random() < settings.grey:
            grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
            image = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
        elif rng.random() < 0.4:
            grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            share = float(rng.uniform(0.3, 1.4))
            image = cv2.addWeighted(image, share, grey, 1 - share, 0)
        is_dark = rng.random() < settings.dark
        gamma = rng.uniform(1.6, 3.2) if is_dark else math.exp(rng.uniform(-0.35, 0.35))
        levels = (np.arange(256, dtype=np.float32) / 255)[:, None] ** gamma
        gain = math.exp(rng.uniform(-0.3, 0.3)) * np.exp(rng.uniform(-0.12, 0.12, 3))
        levels = (levels - 0.5) * gain + 0.5 + rng.uniform(-0.12, 0.12)
        if is_dark:
            levels = levels * rng.uniform(0.25, 0.7)
        table = np.clip(levels * 255, 0, 255).astype(np.uint8)[None]  # (1, 256, 3)
        image = cv2.LUT(image, table)
        if is_dark or rng.random() < settings.noise:
            top, left = (int(value) for value in rng.integers(0, self.side, 2))
            grain = self.grain[top : top + self.side, left : left + self.side] * np.float32(rng.uniform(2, 14))
            image = cv2.add(image, grain, dtype=cv2.CV_8U)
        if rng.random() < settings.jpeg:
            _, code = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 85))])
            image = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR))
        return image


def ground(rng: np.random.Generator) -> tuple[int, tuple[float, ...]]:
    """Return how the scene looks beyond the photo's edge: black, grey, one colour, or the edge drawn out."""
    kind = rng.random()
    if kind < 0.3:
        return cv2.BORDER_REPLICATE, (0.0, 0.0, 0.0)
    colour = (0.0, 0.0, 0.0) if kind < 0.5 else (127.0,) * 3 if kind < 0.75 else tuple(rng.uniform(0, 255, 3).tolist())
    return cv2.BORDER_CONSTANT, colour


def warp(photo: np.ndarray, matrix: np.ndarray, side: int, ground: tuple[int, tuple[float, ...]]) -> np.ndarray:
    """Return the scene that `matrix` cuts out of a photo; areas are averaged first where it shrinks."""
    photo, matrix = _shrink(photo, matrix)
    border, colour = ground
    return cv2.warpAffine(
        photo, to_pixel_centres(matrix), (side, side), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=colour
    )


def _shrink(picture: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale = math.sqrt(abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]))
    if scale > 0.75:
        return picture, matrix
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    factor = np.array([picture.shape[1] / size[0], picture.shape[0] / size[1]])
    shrunk = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return shrunk, np.column_stack([matrix[:, :2] * factor, matrix[:, 2]])


def _mask(
    rng: np.random.Generator, tile: np.ndarray, box: tuple[float, float, float, float], angle: float
) -> np.ndarray:
    """Return float32 (h, w), 0..1: an oval around the face, or nearly the whole tile, with a soft edge."""
    height, width = tile.shape[:2]
    mask = np.zeros((height, width), np.float32)
    if rng.random() < 0.5:
        x, y, w, h = box
        grow = rng.uniform(1.15, 1.6)
        axes = (max(1, round(w / 2 * grow)), max(1, round(h / 2 * grow)))
        cv2.ellipse(mask, (round(x), round(y)), axes, angle, 0, 360, 1.0, -1)
    else:
        edge = max(1, round(0.06 * width))
        mask[edge:-edge, edge:-edge] = 1
    edge = max(1, round(0.05 * width))
    mask[:edge], mask[-edge:], mask[:, :edge], mask[:, -edge:] = 0, 0, 0, 0
    return cv2.GaussianBlur(mask, (0, 0), max(0.5, width * float(rng.uniform(0.01, 0.04))))


def blend(image: np.ndarray, tile: np.ndarray, mask: np.ndarray, matrix: np.ndarray) -> None:
    """Lay a masked tile over the picture, which is changed."""
    side = image.shape[0]
    corners = np.array([[0, 0], [tile.shape[1], 0], [0, tile.shape[0]], [tile.shape[1], tile.shape[0]]], np.float64)
    reach = corners @ matrix[:, :2].T + matrix[:, 2]
    left, top = np.clip(np.floor(reach.min(axis=0)), 0, side - 1).astype(int)
    right, bottom = np.clip(np.ceil(reach.max(axis=0)), [left + 1, top + 1], side).astype(int)
    moved = np.column_stack([matrix[:, :2], matrix[:, 2] - [left, top]])
    small, to_scene = _shrink(tile, moved)
    small_mask, _ = _shrink(mask, moved)
    size, pixels = (int(right - left), int(bottom - top)), to_pixel_centres(to_scene)
    over = cv2.warpAffine(small, pixels, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    share = cv2.warpAffine(small_mask, pixels, size, flags=cv2.INTER_LINEAR)[..., None]
    part = image[top:bottom, left:right]
    part[...] = np.rint(part + share * (over.astype(np.float32) - part)).astype(np.uint8)


def _free_place(rng: np.random.Generator, size: np.ndarray, taken: np.ndarray, side: int) -> np.ndarray | None:
    """Return a centre for a box of that size which touches none of the taken ones; None after eight tries."""
    for _ in range(8):
        place = rng.uniform(0.05, 0.95, 2) * side
        if not _touches(np.concatenate([place - size * 0.7, size * 1.4]), taken):
            return place
    return None


def _touches(box: np.ndarray, others: np.ndarray) -> bool:
    low, high = box[:2], box[:2] + box[2:]
    return bool(((others[:, :2] < high) & (others[:, :2] + others[:, 2:] > low)).all(axis=1).any())
