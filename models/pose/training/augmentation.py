"""Training crops: turned, scaled, halved, recoloured and partly hidden people.

OpenCV draws them in a thread of their own. There a crop with all its changes takes about a millisecond of one CPU core;
Keras's affine transform alone would take twice that.
"""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np

from models.geometry import square_transform
from models.images import cut_out_colour
from models.pose import MIRRORED, SIZE, UPPER, square_of_joints
from models.pose.looks import LOOKS
from models.pose.training.configurations import UNTOUCHED_PORTRAITS, PersonAugmentation
from models.pose.training.datasets import VISIBLE, PoseData

TOLERANCE = 0.2  # of the torso: a joint so near to its label is right
_LOWER = tuple(range(6))
_BUST = (8, 9, 12, 13)  # shoulders, neck and head top
_TRUNK = (8, 9, 3, 2)  # shoulders and hips, around
_KNEES = (4, 1)
_ARMS = ((8, 7, 6), (9, 10, 11))
_LEAST_OF_HALF = 3  # labelled joints without which a half is not shown
_NOISE = 1 << 20
_BLUR = (1 / 480, 1 / 120)  # standard deviation as share of the crop's side
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, eq=False)
class Crops:
    """Crops of people with their labels.

    Attributes:
        pictures: uint8 (N, size, size, 3).
        joints: float32 (N, 14, 2), pixels of the crop.
        known: float32 (N, 14), 1 where the joint is labelled and on the crop.
        outside: float32 (N, 14), 1 where the joint is labelled and not on the crop.
        reach: float32 (N,), a fifth of the torso in pixels of the crop.
        people: int (N,), whose crops these are: positions in the data.
    """

    pictures: np.ndarray
    joints: np.ndarray
    known: np.ndarray
    outside: np.ndarray
    reach: np.ndarray
    people: np.ndarray


def regular_person_crops(data: PoseData, size: int = SIZE) -> Crops:
    """Return the crops that the network is shown of labelled people.

    Args:
        data: N people.
        size: side of the crops in pixels. Defaults to 256.
    """
    return person_crops_at(data, data.squares, size)


def person_crops_at(data: PoseData, squares: np.ndarray, size: int = SIZE) -> Crops:
    """Return the crops of other squares (N, 3) than `regular_person_crops`."""
    pictures, transforms = np.zeros((len(data), size, size, 3), np.uint8), []
    for index, (image, square) in enumerate(zip(data.images, squares, strict=True)):
        transforms.append(square_transform(square, size))
        pictures[index] = cut_out_colour(image, transforms[index], size)
    return _labelled(data, np.arange(len(data)), pictures, np.array(transforms).reshape(-1, 2, 3))


def bust_squares(data: PoseData) -> np.ndarray:
    """Return squares around head, shoulders and arms, (N, 3); the regular ones of people without such labels."""
    upper = data.known & np.isin(np.arange(data.known.shape[1]), UPPER)
    upper = np.where(upper.sum(axis=1, keepdims=True) < _LEAST_OF_HALF, data.known, upper)
    return square_of_joints(data.joints, upper)


def portrait_crops(data: PoseData, size: int = SIZE, seed: int = 0) -> Crops:
    """Return near portraits of those people whose head and shoulders are labelled, with the pictures' own light.

    Args:
        data: N people.
        size: side of the crops in pixels. Defaults to 256.
        seed: of the pictures' ends. Defaults to 0.
    """
    there = np.flatnonzero(data.known[:, list(_BUST)].all(axis=1))
    return CropMaker(data, UNTOUCHED_PORTRAITS, size).draw(there, np.random.default_rng(seed))


class CropMaker:
    """Draw training crops of people at random."""

    def __init__(self, data: PoseData, settings: PersonAugmentation, size: int) -> None:
        self.data, self.settings, self.size = data, settings, size
        self.squares, self.known = data.squares, data.known
        self.reaches = TOLERANCE * data.likely_torsos
        self.noise = np.random.default_rng(0).standard_normal(_NOISE).astype(np.float32)

    def draw(self, positions: np.ndarray, random: np.random.Generator) -> Crops:
        """Return crops of the people at `positions` (N,)."""
        pictures = np.zeros((len(positions), self.size, self.size, 3), np.uint8)
        transforms, frames = [], []
        for index, position in enumerate(positions):
            image = self.data.images[position]
            transform, frame = self._place(position, random)
            fill = tuple(random.uniform(0, 255, 3).tolist()) if random.random() < self.settings.plain else None
            left, top, right, bottom = frame
            shown = transform - [[0, 0, left], [0, 0, top]]  # the picture that is left has a corner of its own
            picture = cut_out_colour(image[top:bottom, left:right], shown, self.size, fill)
            if self.settings.coat and random.random() < self.settings.coat:
                picture = self._dress(picture, position, transform, random)
            if frame != (0, 0, image.shape[1], image.shape[0]) and random.random() < self.settings.ring:
                picture = self._ring(picture, position, transform, random)
            pictures[index] = self._degrade(self._hide(picture, random), random)
            transforms.append(transform)
            frames.append(frame)
        return _labelled(
            self.data, positions, pictures, np.array(transforms), self.reaches[positions], np.array(frames)
        )

    def _ring(
        self, picture: np.ndarray, position: int, transform: np.ndarray, random: np.random.Generator
    ) -> np.ndarray:
        """Return a collar, a necklace or the ring of a helmet: an ellipse around the neck."""
        linear = np.linalg.inv(transform[:, :2])
        right, left, neck, top = (self.data.joints[position, list(_BUST)] - transform[:, 2]) @ linear.T
        head = max(float(np.linalg.norm(neck - top)), 1.0)
        tilt = float(np.degrees(np.arctan2(*(left - right)[::-1])))
        radii = np.maximum(np.rint(head * random.uniform([0.4, 0.15], [0.9, 0.5])), 1).astype(int)
        centre = np.rint(neck + head * random.uniform([-0.15, -0.1], [0.15, 0.4])).astype(int)
        colour = tuple(random.uniform(0, 255, 3).tolist())
        thickness = int(max(1, head * random.uniform(0.03, 0.2)))
        end = float(random.choice([180, 220, 360]))
        ring = picture.copy()
        cv2.ellipse(ring, tuple(centre.tolist()), tuple(radii.tolist()), tilt, 180 - end, 180, colour, thickness)
        return ring

    def _dress(
        self, picture: np.ndarray, position: int, transform: np.ndarray, random: np.random.Generator
    ) -> np.ndarray:
        """Return the picture with a coat over trunk and arms; a little of the folds below shows through its colour."""
        known = self.known[position]
        is_seen = self.data.visibility[position] == VISIBLE
        points = (self.data.joints[position] - transform[:, 2]) @ np.linalg.inv(transform[:, :2]).T
        head = self.reaches[position] / TOLERANCE / LOOKS.torso_of_head / np.sqrt(abs(np.linalg.det(transform[:, :2])))
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
        folds = _smooth(grey, 0.05 * head) - _smooth(grey, 0.9 * head)
        cloth = np.clip(random.choice([10.0, 30.0, 60.0, 120.0, 200.0]) + random.normal(0, [12.0, 12.0, 12.0]), 0, 255)
        kept, shade = random.uniform(0.05, 0.4), random.uniform(8, 30) * random.choice([-1, 1])
        worn, light = np.zeros_like(grey), kept * folds

        def lay(cover: np.ndarray, change: np.ndarray | float) -> None:
            share = _smooth(cover, 0.1 * head)
            light[:] += share * (kept * folds + change - light)
            worn[:] += share * (1 - worn)

        if known[list(_TRUNK)].all():
            corners = points[list(_TRUNK)]
            if random.random() < 0.3 and known[list(_KNEES)].all():
                corners = np.concatenate([corners, corners[2:] + 0.7 * (points[list(_KNEES)] - corners[2:])])
            lay(_hull(corners, head * random.uniform(0.2, 0.45), self.size), 0.0)
        width = head * random.uniform(0.18, 0.33)
        for shoulder, elbow, wrist in _ARMS:
            if not (known[[shoulder, elbow]].all() and is_seen[elbow]):
                continue
            ends = [points[shoulder], points[elbow]]
            if known[wrist] and is_seen[wrist]:
                ends.append(points[elbow] + random.uniform(0.75, 1.0) * (points[wrist] - points[elbow]))
            for start, end in itertools.pairwise(ends):
                lay(*_sleeve(start, end, width, shade, self.size))
        dressed = picture + worn[..., None] * (cloth + light[..., None] - picture)
        return np.clip(np.rint(dressed), 0, 255).astype(np.uint8)

    def _place(self, position: int, random: np.random.Generator) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """Return the map (2, 3) from crop to picture, and the part of the picture to show: left, top, right, bottom."""
        settings, (x, y, side) = self.settings, self.squares[position]
        height, width = self.data.images[position].shape[:2]
        frame = (0, 0, width, height)
        if random.random() < settings.bust and self.known[position][list(_BUST)].all():
            bust = np.isin(np.arange(len(MIRRORED)), _BUST)
            x, y, side = square_of_joints(self.data.joints[position], bust)
            side *= random.uniform(1.0, 1.8)
            ends = side * random.uniform([0.3, 0.35, 0.3, 0.25], [1.0, 0.8, 1.0, 0.9])
            if random.random() < 0.7:
                low = np.clip(np.floor([x - ends[0], y - ends[1]]), 0, [width - 8, height - 8]).astype(int)
                high = np.clip(np.ceil([x + ends[2], y + ends[3]]), low + 8, [width, height]).astype(int)
                frame = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
        elif random.random() < settings.half:
            half = np.isin(np.arange(len(MIRRORED)), UPPER if random.random() < settings.upper else _LOWER)
            half &= self.known[position]
            if half.sum() >= _LEAST_OF_HALF:
                x, y, side = square_of_joints(self.data.joints[position], half)
                side *= random.uniform(0.9, 1.3)  # a bust seldom ends at the wrists
        angle = settings.rotation * (random.uniform(-1, 1) + random.uniform(-1, 1)) / 2
        if random.random() < settings.turned:
            angle = random.uniform(-180, 180)
        low, high = np.log(settings.scale)
        scale = np.exp(random.triangular(low, 0.0, high))
        side = side / scale
        x, y = np.array([x, y]) + settings.shift * random.uniform(-1, 1, 2) * side
        return square_transform((x, y, side), self.size, angle, mirrored=random.random() < 0.5), frame

    def _hide(self, picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return up to two rectangles under a plain colour or a piece of another picture."""
        for _ in range(2):
            if random.random() >= self.settings.hide:
                continue
            width, height = (random.uniform(*self.settings.hide_side, 2) * self.size).astype(int) + 1
            left, top = random.integers(0, self.size - width + 1), random.integers(0, self.size - height + 1)
            cover: np.ndarray = random.uniform(0, 255, 3).astype(np.uint8)
            if random.random() < 0.5:
                other = self.data.images[random.integers(len(self.data))]
                rows, columns = min(height, other.shape[0]), min(width, other.shape[1])
                start = random.integers(0, other.shape[0] - rows + 1), random.integers(0, other.shape[1] - columns + 1)
                piece = other[start[0] : start[0] + rows, start[1] : start[1] + columns]
                cover = cv2.resize(piece, (int(width), int(height)))
            picture[top : top + height, left : left + width] = cover
        return picture

    def _degrade(self, picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Return the picture with the colour, light, blur and noise of a bad photo."""
        settings = self.settings
        if random.random() < settings.blur:
            picture = _blur(picture, random)
        if random.random() < settings.grey:
            picture = np.repeat(np.rint(picture @ _LUMA).astype(np.uint8)[..., None], 3, axis=2)
        is_dark = random.random() < settings.dark
        levels = np.linspace(0, 1, 256)[:, None] ** _around_one(settings.gamma, random)
        levels = 127.5 + (255 * levels - 127.5) * _around_one(settings.contrast, random)
        levels = levels + settings.brightness * random.uniform(-1, 1)
        levels = levels * np.exp(np.log(settings.tint) / 2 * random.uniform(-1, 1, 3))
        levels = levels * (random.uniform(0.12, 0.5) if is_dark else 1.0)
        picture = cv2.LUT(picture, np.clip(np.rint(levels), 0, 255).astype(np.uint8)[None])
        if is_dark or random.random() < settings.noise:
            start = random.integers(0, _NOISE - picture.size)
            noise = self.noise[start : start + picture.size].reshape(picture.shape)
            deviation = random.uniform(0.2, 1) * settings.noise_levels
            picture = np.clip(picture + deviation * noise, 0, 255).astype(np.uint8)
        return picture


def _labelled(
    data: PoseData,
    positions: np.ndarray,
    pictures: np.ndarray,
    transforms: np.ndarray,
    reaches: np.ndarray | None = None,
    frames: np.ndarray | None = None,
) -> Crops:
    """Return the labels on crops that were cut with `transforms` (N, 2, 3), crop to picture.

    Of the pictures only the parts `frames` (N, 4), left, top, right, bottom, were shown; else all of them.
    """
    size = pictures.shape[1]
    known = data.known[positions]
    joints = np.zeros((*known.shape, 2), np.float32)
    order = np.array(MIRRORED)
    scales = np.ones(len(positions))
    is_shown = np.ones(known.shape, bool)
    for index, (position, transform) in enumerate(zip(positions, transforms, strict=True)):
        linear = np.linalg.inv(transform[:, :2])
        joints[index] = (data.joints[position] - transform[:, 2]) @ linear.T
        determinant = np.linalg.det(linear)
        scales[index] = np.sqrt(abs(determinant))
        if frames is not None:
            low, high = frames[index, :2] - 0.5, frames[index, 2:] - 0.5
            is_shown[index] = ((data.joints[position] >= low) & (data.joints[position] <= high)).all(axis=-1)
        if determinant < 0:
            joints[index], known[index] = joints[index][order], known[index][order]
            is_shown[index] = is_shown[index][order]
    inside = ((joints > -0.5) & (joints < size - 0.5)).all(axis=-1) & is_shown
    reaches = TOLERANCE * data.likely_torsos[positions] if reaches is None else reaches
    return Crops(
        pictures,
        joints,
        (known & inside).astype(np.float32),
        (known & ~inside).astype(np.float32),
        (reaches * scales).astype(np.float32),
        np.asarray(positions),
    )


def _hull(points: np.ndarray, margin: float, size: int) -> np.ndarray:
    """Return float32 (size, size): 1 within so many pixels of the points' convex hull."""
    cover = np.zeros((size, size), np.float32)
    corners = cv2.convexHull(np.rint(np.clip(points, -4 * size, 5 * size)).astype(np.int32))
    cv2.fillConvexPoly(cover, corners, 1.0)
    cv2.polylines(cover, [corners], True, 1.0, max(1, round(2 * margin)))
    return cover


def _sleeve(start: np.ndarray, end: np.ndarray, width: float, shade: float, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two float32 (size, size): 1 near a line, and by how much it is darker towards its sides."""
    cover = np.zeros((size, size), np.float32)
    first, second = (np.rint(np.clip(point, -4 * size, 5 * size)).astype(int).tolist() for point in (start, end))
    cv2.line(cover, first, second, 1.0, max(1, round(2 * width)))
    middle = np.zeros((size, size), np.float32)
    cv2.line(middle, first, second, 1.0, max(1, round(0.8 * width)))
    return cover, shade * (2 * _smooth(middle, 1.2 * width) - 1)


def _smooth(picture: np.ndarray, width: float) -> np.ndarray:
    """Return a float32 picture after a mean over about so many pixels either way, twice."""
    side = 2 * round(width / 2) + 1
    return picture if side == 1 else cv2.blur(cv2.blur(picture, (side, side)), (side, side))


def _around_one(largest: float, random: np.random.Generator) -> float:
    return float(np.exp(np.log(largest) * random.uniform(-1, 1)))


def _blur(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    size = picture.shape[0]
    if random.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), random.uniform(*_BLUR) * size)
    small = round(size * random.uniform(0.3, 0.8))
    shrunk = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
    return cv2.resize(shrunk, (size, size), interpolation=cv2.INTER_LINEAR)
