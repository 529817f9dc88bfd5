"""Pictures for the screen and for download: PNG bytes, boxes, points, skeletons. No Streamlit."""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from interp import render
from models import pose

Box = Sequence[float]
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
Sent = Any
"""What a browser sent: any JSON."""

ANNOTATED_SIDE = 1200
"""Larger side, in pixels, to which a small photo is enlarged before boxes are drawn, so that they are crisp."""
SCREEN_SIDE = 1400
"""Larger side, in pixels, of a photo sent to the browser."""
SURE = 0.5
"""Confidence below which a point is drawn hollow."""
USUAL_THRESHOLDS = (0.25, 0.5)
"""From which confidence joints are drawn, and drawn solid, where no pose network's card tells."""
MANY = 12
"""Faces or people that are a crowd: captions are numbers alone, and all skeletons but one stand back."""
MOST_POINTS = 500
"""Of one stroke of a brush."""
POINT_COLOUR, INK = "#ffb454", "#101514"
SIDE_COLOURS = {"right": "#ffe14d", "left": "#4db8ff", "middle": "#ffffff"}
"""Colours of a person's bones and joints, told apart by the colour-blind too."""


@dataclass(frozen=True)
class Region:
    """A rectangle on a picture, in shares (0 to 1) of its width and height, with the words that name it.

    `angle` turns it about its centre, in degrees clockwise.
    """

    left: float
    top: float
    width: float
    height: float
    label: str
    badge: str = ""
    angle: float = 0.0


@dataclass(frozen=True)
class Dot:
    """A named point on a picture, in shares (0 to 1) of its width and height.

    Args:
        x: float, from the left.
        y: float, from the top.
        label: str, shown when the pointer is over it.
        size: float, its diameter as share of the picture's width.
        is_sure: bool, False draws it hollow. Defaults to True.
        colour: str, "#rrggbb". Defaults to that of a face's points.
    """

    x: float
    y: float
    label: str
    size: float
    is_sure: bool = True
    colour: str = POINT_COLOUR


@dataclass(frozen=True)
class Bone:
    """A line from joint to joint, in shares (0 to 1) of a picture's width and height.

    `is_sure` False draws it dashed.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    colour: str
    is_sure: bool


@dataclass(frozen=True)
class Skeleton:
    """A person's bones and joints, as far as they are sure enough to be drawn.

    Args:
        label: str, what the screen reader says.
        bones: the lines, those of the trunk first.
        joints: the named points.
        width: float, of a bone, as share of the picture's width.
    """

    label: str
    bones: tuple[Bone, ...]
    joints: tuple[Dot, ...]
    width: float


def png(image: np.ndarray) -> bytes:
    """Encode an RGB or grey uint8 picture as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def data_url(file: bytes) -> str:
    """Return the address that holds the file of a PNG or a JPEG itself."""
    kind = "png" if file.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(file).decode()}"


def jpeg(image: np.ndarray, side: int = SCREEN_SIDE) -> bytes:
    """Encode an RGB uint8 picture as JPEG for the screen, shrunk to `side` pixels at most."""
    picture = Image.fromarray(image)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=90)
    return buffer.getvalue()


def enlarge(image: np.ndarray, side: int, *, is_smooth: bool = True) -> np.ndarray:
    """Enlarge a picture so that its larger side has `side` pixels; hard pixel edges unless `is_smooth`."""
    return _scaled(image, side, Image.Resampling.BICUBIC if is_smooth else Image.Resampling.NEAREST)


def fit(image: np.ndarray, side: int) -> np.ndarray:
    """Return a picture whose larger side has no more than `side` pixels; areas are averaged."""
    return image if side >= max(image.shape[:2]) else _scaled(image, side, Image.Resampling.BOX)


def _scaled(image: np.ndarray, side: int, method: Image.Resampling) -> np.ndarray:
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(image).resize(size, method))


def as_rgb(image: np.ndarray) -> np.ndarray:
    """Return a grey (h, w) or (h, w, 1) picture as RGB (h, w, 3); RGB passes unchanged."""
    if image.ndim == 3 and image.shape[2] == 3:
        return image
    return np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2)


def annotate(
    image: np.ndarray,
    boxes: Sequence[Box],
    captions: Sequence[str],
    chosen: int = 0,
    angles: Sequence[float] | None = None,
    points: Sequence[np.ndarray | None] = (),
    skeletons: Sequence[Skeleton] = (),
) -> np.ndarray:
    """Draw skeletons, numbered boxes, and points on a copy of the photo; the chosen box stands out.

    Args:
        image: RGB uint8 (H, W, 3).
        boxes: (x, y, width, height) in photo pixels.
        captions: words for each box's label.
        chosen: int, index of the box to highlight. Defaults to 0.
        angles: degrees by which each box is turned clockwise about its centre. Defaults to None: all upright.
        points: float (n, 2) photo pixels for each face, or None for a face without. Defaults to none.
        skeletons: of the people. Defaults to none.

    Returns:
        RGB uint8 picture, at least `ANNOTATED_SIDE` pixels on its larger side.
    """
    scale = max(1.0, ANNOTATED_SIDE / max(image.shape[:2]))
    picture = Image.fromarray(image if scale == 1 else enlarge(image, round(max(image.shape[:2]) * scale)))
    draw = ImageDraw.Draw(picture)
    line = max(3, round(max(picture.size) / 350))
    font = ImageFont.load_default(size=max(18, round(max(picture.size) / (48 if len(boxes) < MANY else 64))))
    for skeleton in skeletons:
        _draw_skeleton(draw, skeleton, picture.size)
    turns = angles if angles is not None else [0.0] * len(boxes)
    for index, (box, caption, angle) in enumerate(zip(boxes, captions, turns, strict=True)):
        outline = scale * corners(box, angle)
        _draw_box(draw, outline, caption, font, line, is_chosen=index == chosen)
    for dots in points:
        for x, y in () if dots is None else (np.asarray(dots) + 0.5) * scale:
            draw.ellipse((x - line, y - line, x + line, y + line), fill=POINT_COLOUR, outline=INK)
    return np.asarray(picture)


def mark(
    image: np.ndarray,
    boxes: Sequence[Box],
    captions: Sequence[str],
    points: Sequence[np.ndarray | None] = (),
    corner: str = "",
    skeletons: Mapping[int, Skeleton] | None = None,
) -> np.ndarray:
    """Draw skeletons, and upright boxes with captions, on a copy of a frame of a film, fast and at its own size.

    Args:
        image: RGB uint8 (H, W, 3).
        boxes: (x, y, width, height) in its pixels.
        captions: words for each box's label.
        points: float (n, 2) pixels for each face, or None for a face without. Defaults to none.
        corner: str, words for the lower left corner. Defaults to none.
        skeletons: of people, by the numbers of their faces. Defaults to none.
    """
    picture = Image.fromarray(image)
    draw = ImageDraw.Draw(picture)
    line = max(2, round(max(picture.size) / 320))
    font = _frame_font(max(13, round(max(picture.size) / 36)))
    for number, skeleton in (skeletons or {}).items():
        _draw_skeleton(draw, skeleton, picture.size)
        _draw_number(draw, skeleton, str(number), font, line, picture.size)
    for box, caption in zip(boxes, captions, strict=True):
        _draw_frame(draw, box, caption, font, line, picture.size)
    for dots in points:
        for x, y in () if dots is None else np.asarray(dots) + 0.5:
            draw.ellipse((x - line, y - line, x + line, y + line), fill=POINT_COLOUR, outline=INK)
    if corner:
        left, top, right, bottom = draw.textbbox((0, 0), corner, font=font)
        height = picture.size[1]
        draw.rectangle((0, height - (bottom - top) - 4 * line, right - left + 4 * line, height), fill=INK)
        draw.text((2 * line - left, height - bottom - 2 * line), corner, fill="#ffffff", font=font)
    return np.asarray(picture)


def _draw_frame(
    draw: ImageDraw.ImageDraw, box: Box, caption: str, font: Font, line: int, size: tuple[int, int]
) -> None:
    x, y, width, height = box
    draw.rectangle((x - 1, y - 1, x + width + 1, y + height + 1), outline=INK, width=line + 2)
    draw.rectangle((x, y, x + width, y + height), outline=POINT_COLOUR, width=line)
    left, top, right, bottom = draw.textbbox((0, 0), caption, font=font)
    pad = 2 * line
    label_width, label_height = right - left + 2 * pad, bottom - top + 2 * pad
    place_x = min(max(0, x), max(0, size[0] - label_width))
    place_y = y - label_height if y >= label_height else min(y + height, size[1] - label_height)
    draw.rectangle((place_x, place_y, place_x + label_width, place_y + label_height), fill=POINT_COLOUR)
    draw.text((place_x + pad - left, place_y + pad - top), caption, fill="#1c1407", font=font)


@cache
def _frame_font(size: int) -> Font:
    return ImageFont.load_default(size=size)


def corners(box: Sequence[float], angle: float = 0.0) -> np.ndarray:
    """Return the corners of a box that is turned clockwise about its centre.

    Args:
        box: (x, y, width, height) in pixels.
        angle: float, degrees clockwise. Defaults to 0.

    Returns:
        float (4, 2): top left, top right, bottom right, bottom left, as seen by the upright face.
    """
    x, y, width, height = box
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    half = np.array([[-width, -height], [width, -height], [width, height], [-width, height]]) / 2
    return half @ np.array([[cosine, sine], [-sine, cosine]]) + [x + width / 2, y + height / 2]


def frame_of(transform: np.ndarray, size: Sequence[int]) -> tuple[tuple[float, float, float, float], float]:
    """Return the frame on the photo that a crop shows, and the degrees by which it is turned clockwise.

    Args:
        transform: float (2, 3), crop pixel (x, y, 1) to photo pixel: a turn, a scale and a shift.
        size: (height, width) of the crop in pixels.

    Returns:
        (x, y, width, height) in photo pixels before it is turned about its centre, and the angle in degrees.
    """
    x, y = transform @ np.array([(size[1] - 1) / 2, (size[0] - 1) / 2, 1.0]) + 0.5
    width = size[1] * math.hypot(transform[0, 0], transform[1, 0])
    height = size[0] * math.hypot(transform[0, 1], transform[1, 1])
    angle = math.degrees(math.atan2(transform[1, 0], transform[0, 0]))
    return (float(x - width / 2), float(y - height / 2), width, height), angle


def _draw_box(
    draw: ImageDraw.ImageDraw, outline: np.ndarray, caption: str, font: Font, line: int, *, is_chosen: bool
) -> None:
    colour, ink = (POINT_COLOUR, "#1c1407") if is_chosen else ("#ffffff", INK)
    loop = [(float(x), float(y)) for x, y in [*outline, *outline[:2]]]  # a corner more, so that all joints are round
    draw.line(loop, fill=INK, width=line + 4, joint="curve")
    draw.line(loop, fill=colour, width=line, joint="curve")
    (x, y), bottom_edge = outline.min(axis=0), outline.max(axis=0)[1]
    left, top, right, bottom = draw.textbbox((0, 0), caption, font=font)
    pad = line * 2
    label_width, label_height = right - left + 2 * pad, bottom - top + 2 * pad
    above = y - label_height - line
    label_top = above if above >= 0 else min(y + line, bottom_edge)
    draw.rounded_rectangle((x, label_top, x + label_width, label_top + label_height), radius=line * 2, fill=colour)
    draw.text((x + pad - left, label_top + pad - top), caption, fill=ink, font=font)


def _draw_skeleton(draw: ImageDraw.ImageDraw, skeleton: Skeleton, size: tuple[int, int]) -> None:
    line = max(4, round(skeleton.width * size[0]))
    for width, is_casing in ((line + 4, True), (line, False)):
        for bone in skeleton.bones:
            begin, end = np.multiply(bone.start, size), np.multiply(bone.end, size)
            for first, last in [(0.0, 1.0)] if bone.is_sure else _dashes(math.dist(begin, end), 3 * line):
                ends = [tuple(begin + share * (end - begin)) for share in (first, last)]
                draw.line(ends, fill=INK if is_casing else bone.colour, width=width)
    for joint in skeleton.joints:
        (x, y), radius = np.multiply((joint.x, joint.y), size), line
        circle = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse([circle[0] - 2, circle[1] - 2, circle[2] + 2, circle[3] + 2], fill=INK)
        draw.ellipse(circle, fill=joint.colour if joint.is_sure else INK, outline=joint.colour, width=max(2, line // 2))


def _draw_number(
    draw: ImageDraw.ImageDraw, skeleton: Skeleton, number: str, font: Font, line: int, size: tuple[int, int]
) -> None:
    """Write a body's number on a disc in the middle of its joints."""
    if not skeleton.joints:
        return
    x, y = np.multiply(np.mean([(joint.x, joint.y) for joint in skeleton.joints], axis=0), size)
    left, top, right, bottom = draw.textbbox((0, 0), number, font=font)
    radius = max(right - left, bottom - top) / 2 + 2 * line
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=POINT_COLOUR, outline=INK)
    draw.text((x - (left + right) / 2, y - (top + bottom) / 2), number, fill="#1c1407", font=font)


def _dashes(length: float, dash: float) -> list[tuple[float, float]]:
    """Return where a dashed line is drawn, in shares of its length: dashes with gaps two thirds as long."""
    count = max(1, round(length / (dash * 5 / 3)))
    return [(index / count, (index + 0.6) / count) for index in range(count)]


def face_regions(
    size: tuple[int, int], boxes: Sequence[Box], labels: Sequence[str], angles: Sequence[float] | None = None
) -> list[Region]:
    """Turn boxes in photo pixels into numbered clickable regions.

    Args:
        size: (width, height) of the photo in pixels.
        boxes: (x, y, width, height) in photo pixels; what lies outside the photo is cut off an upright one.
        labels: what the screen reader says for each.
        angles: degrees by which each box is turned clockwise about its centre. Defaults to None: all upright.
    """
    width, height = size
    regions = []
    turns = angles if angles is not None else [0.0] * len(boxes)
    for number, ((x, y, w, h), label, angle) in enumerate(zip(boxes, labels, turns, strict=True), start=1):
        left, top, right, bottom = x, y, x + w, y + h
        if not angle:
            left, top, right, bottom = max(0, left), max(0, top), min(width, right), min(height, bottom)
        share = (left / width, top / height, max(0, right - left) / width, max(0, bottom - top) / height)
        regions.append(Region(*share, label=label, badge=str(number), angle=angle))
    return regions


def dots(
    size: tuple[int, int],
    points: np.ndarray,
    names: Sequence[str],
    size_of_dot: float,
    confidence: np.ndarray | None = None,
) -> list[Dot]:
    """Turn points in photo pixels into dots with names; those outside the photo are left out.

    Args:
        size: (width, height) of the photo in pixels.
        points: float (n, 2) photo pixels; whole numbers are the centres of pixels.
        names: of the points.
        size_of_dot: float, diameter as share of the photo's width.
        confidence: float (n,), 0 to 1, how sure each point is. Defaults to None: unknown.
    """
    shares = (np.asarray(points, float) + 0.5) / size
    is_sure = np.ones(len(shares), bool) if confidence is None else np.asarray(confidence) >= SURE
    return [
        Dot(float(x), float(y), name, size_of_dot, bool(sure))
        for (x, y), name, sure in zip(shares, names, is_sure, strict=True)
        if 0 <= x <= 1 and 0 <= y <= 1
    ]


def joint_thresholds() -> tuple[float, float]:
    """Return the confidence from which a joint is drawn at all, and from which it is drawn solid."""
    try:
        found = pose.thresholds()
    except (OSError, ValueError, KeyError, TypeError):  # no pose network, or a card that can't be read
        return USUAL_THRESHOLDS
    return found.drawn, found.sure


def skeleton(
    size: tuple[int, int], joints: np.ndarray, label: str, thresholds: tuple[float, float], whose: str = ""
) -> Skeleton:
    """Turn a person's joints into bones and named points, each as sure as its least sure joint.

    Args:
        size: (width, height) of the photo in pixels.
        joints: float (14, 3) x, y in photo pixels and confidence; whole numbers are the centres of pixels.
        label: str, what the screen reader says.
        thresholds: (drawn, sure), the confidence from which a joint is drawn at all, and solid.
        whose: str, goes before the name of each joint. Defaults to nothing.
    """
    places, confidence = (np.asarray(joints[:, :2], float) + 0.5) / size, joints[:, 2]
    drawn, sure = thresholds
    is_drawn = confidence >= drawn
    extent = float(np.ptp(joints[is_drawn, :2], axis=0).max()) if is_drawn.any() else 0.0
    width = max(0.0015, min(0.006, extent * 0.009 / size[0]))
    bones = [
        Bone(
            (float(places[one, 0]), float(places[one, 1])),
            (float(places[other, 0]), float(places[other, 1])),
            SIDE_COLOURS[_side(pose.NAMES[one], pose.NAMES[other])],
            bool(min(confidence[one], confidence[other]) >= sure),
        )
        for one, other in pose.SKELETON
        if is_drawn[one] and is_drawn[other]
    ]
    points = [
        Dot(
            float(x),
            float(y),
            f"{whose}{name.replace('_', ' ').capitalize()}, {round(100 * float(share))} % sure",
            2.2 * width,
            bool(share >= sure),
            SIDE_COLOURS[_side(name)],
        )
        for (x, y), name, share in zip(places, pose.NAMES, confidence, strict=True)
        if share >= drawn and 0 <= x <= 1 and 0 <= y <= 1
    ]
    return Skeleton(label, tuple(bones), tuple(points), width)


def _side(*names: str) -> str:
    """Return the side of the person that a joint or a bone is on; a bone to the neck is on its other end's side."""
    sides = {name.split("_")[0] for name in names} & {"left", "right"}
    return sides.pop() if len(sides) == 1 else "middle"


def drawn_rectangle(drawn: Sent) -> tuple[float, float, float, float] | None:
    """Return left, top, width and height that the browser sent, in shares of the picture; None for anything else."""
    try:
        left, top, width, height = (float(drawn[side]) for side in ("left", "top", "width", "height"))
    except (KeyError, TypeError, ValueError):
        return None
    return (left, top, width, height) if all(map(math.isfinite, (left, top, width, height))) else None


def box_of_shares(drawn: Sent, size: tuple[int, int], least: int) -> tuple[int, int, int, int] | None:
    """Turn a rectangle drawn in the browser into a box in whole photo pixels; None where it is none or too small.

    Args:
        drawn: what the browser sent: {"left", "top", "width", "height"} in shares of the photo.
        size: (width, height) of the photo in pixels.
        least: int, pixels that each side must have.
    """
    shares = drawn_rectangle(drawn)
    if shares is None:
        return None
    left, top, width, height = shares
    low = np.clip(np.rint([left * size[0], top * size[1]]), 0, size)
    high = np.clip(np.rint([(left + width) * size[0], (top + height) * size[1]]), 0, size)
    (x, y), (w, h) = low.astype(int).tolist(), (high - low).astype(int).tolist()
    return (x, y, w, h) if min(w, h) >= least else None


def sheet(images: Sequence[np.ndarray], captions: Sequence[str], columns: int, height: int) -> np.ndarray:
    """Return pictures of one height with their captions in rows on white, RGB uint8."""
    begins = range(0, len(images), columns)
    rows = [render.strip(images[at : at + columns], captions[at : at + columns], height=height) for at in begins]
    width = max(row.shape[1] for row in rows)
    return np.concatenate(
        [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    )


def file_name(*parts: str, suffix: str = "png") -> str:
    """Join words into a speaking file name: ("Astronaut", "face 1") -> "glassface-astronaut-face-1.png"."""
    words = [re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in ("glassface", *parts)]
    return "-".join(word[:40] for word in words if word) + f".{suffix}"
