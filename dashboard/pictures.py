"""Pictures for the screen and for download: PNG bytes, boxes, walls of maps. No Streamlit."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Box = tuple[int, int, int, int]

ANNOTATED_SIDE = 1200
"""Larger side, in pixels, to which a small photo is enlarged before boxes are drawn, so that they are crisp."""
SCREEN_SIDE = 1400
"""Larger side, in pixels, of a photo sent to the browser."""


@dataclass(frozen=True)
class Region:
    """A rectangle on a picture, in shares (0 to 1) of its width and height, with the words that name it."""

    left: float
    top: float
    width: float
    height: float
    label: str
    badge: str = ""


def png(image: np.ndarray) -> bytes:
    """Encodes an RGB or grey uint8 picture as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def jpeg(image: np.ndarray, side: int = SCREEN_SIDE) -> bytes:
    """Encodes an RGB uint8 picture as JPEG for the screen, shrunk to `side` pixels at most."""
    picture = Image.fromarray(image)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=90)
    return buffer.getvalue()


def enlarge(image: np.ndarray, side: int, *, is_smooth: bool = True) -> np.ndarray:
    """Enlarges a picture so that its larger side has `side` pixels; hard pixel edges unless `is_smooth`."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    method = Image.Resampling.BICUBIC if is_smooth else Image.Resampling.NEAREST
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(image).resize(size, method))


def as_rgb(image: np.ndarray) -> np.ndarray:
    """Returns a grey (h, w) or (h, w, 1) picture as RGB (h, w, 3); RGB passes unchanged."""
    if image.ndim == 3 and image.shape[2] == 3:
        return image
    return np.repeat(image.reshape(*image.shape[:2], 1), 3, axis=2)


def annotate(image: np.ndarray, boxes: Sequence[Box], captions: Sequence[str], chosen: int = 0) -> np.ndarray:
    """Draws numbered boxes on a copy of the photo; the chosen one stands out.

    Args:
        image: RGB uint8 (H, W, 3).
        boxes: (x, y, width, height) in photo pixels.
        captions: words for each box's label.
        chosen: int, index of the box to highlight. Defaults to 0.

    Returns:
        RGB uint8 picture, at least `ANNOTATED_SIDE` pixels on its larger side.
    """
    scale = max(1.0, ANNOTATED_SIDE / max(image.shape[:2]))
    picture = Image.fromarray(image if scale == 1 else enlarge(image, round(max(image.shape[:2]) * scale)))
    draw = ImageDraw.Draw(picture)
    line = max(3, round(max(picture.size) / 350))
    font = ImageFont.load_default(size=max(18, round(max(picture.size) / 48)))
    for index, (box, caption) in enumerate(zip(boxes, captions, strict=True)):
        _draw_box(draw, [value * scale for value in box], caption, font, line, is_chosen=index == chosen)
    return np.asarray(picture)


def _draw_box(
    draw: ImageDraw.ImageDraw,
    box: Sequence[float],
    caption: str,
    font: ImageFont.FreeTypeFont | ImageFont.ImageFont,
    line: int,
    *,
    is_chosen: bool,
) -> None:
    x, y, width, height = box
    colour, ink = ("#ffb454", "#1c1407") if is_chosen else ("#ffffff", "#101514")
    draw.rounded_rectangle(
        (x - 2, y - 2, x + width + 2, y + height + 2), radius=line * 2, outline="#101514", width=line + 4
    )
    draw.rounded_rectangle((x, y, x + width, y + height), radius=line * 2, outline=colour, width=line)
    left, top, right, bottom = draw.textbbox((0, 0), caption, font=font)
    pad = line * 2
    label_width, label_height = right - left + 2 * pad, bottom - top + 2 * pad
    above = y - label_height - line
    label_top = above if above >= 0 else y + line
    draw.rounded_rectangle((x, label_top, x + label_width, label_top + label_height), radius=line * 2, fill=colour)
    draw.text((x + pad - left, label_top + pad - top), caption, fill=ink, font=font)


def face_regions(size: tuple[int, int], boxes: Sequence[Box], labels: Sequence[str]) -> list[Region]:
    """Turns boxes in photo pixels into numbered clickable regions.

    Args:
        size: (width, height) of the photo in pixels.
        boxes: (x, y, width, height) in photo pixels; what lies outside the photo is cut off.
        labels: what the screen reader says for each.
    """
    width, height = size
    regions = []
    for number, ((x, y, w, h), label) in enumerate(zip(boxes, labels, strict=True), start=1):
        left, top = max(0, x), max(0, y)
        right, bottom = min(width, x + w), min(height, y + h)
        share = (left / width, top / height, max(0, right - left) / width, max(0, bottom - top) / height)
        regions.append(Region(*share, label=label, badge=str(number)))
    return regions


def wall_columns(count: int) -> int:
    """Returns how many maps stand in a row of the wall: a little wider than high, and whole rows where that is near."""
    ideal = math.ceil(math.sqrt(count * 1.2))
    near = [columns for columns in range(max(1, ideal - 2), ideal + 5) if count % columns == 0]
    return min(near, key=lambda columns: abs(columns - ideal)) if near else ideal


def wall_gap(height: int) -> int:
    """Returns the pixels between maps of this height: a twelfth, and one at least."""
    return max(1, height // 12)


def wall(maps: np.ndarray, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Tiles the maps of a layer into one.

    Args:
        maps: float32 (h, w, channels).
        columns: int, maps in a row.

    Returns:
        float32 (H, W) mosaic, zero in the gaps, and bool (H, W), true where a map is.
    """
    height, width, channels = maps.shape
    rows, gap = math.ceil(channels / columns), wall_gap(height)
    mosaic = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap), maps.dtype)
    is_map = np.zeros(mosaic.shape, bool)
    for channel in range(channels):
        y, x = (channel // columns) * (height + gap), (channel % columns) * (width + gap)
        mosaic[y : y + height, x : x + width] = maps[..., channel]
        is_map[y : y + height, x : x + width] = True
    return mosaic, is_map


def wall_picture(colours: np.ndarray, is_map: np.ndarray) -> np.ndarray:
    """Makes the gaps of a coloured mosaic transparent: RGB (H, W, 3) and bool (H, W) to RGBA uint8 (H, W, 4)."""
    return np.dstack([colours, np.where(is_map, 255, 0).astype(np.uint8)])


def wall_regions(shape: tuple[int, int, int], columns: int, labels: Sequence[str]) -> list[Region]:
    """Returns one clickable region for each map of the wall that `wall` makes from maps of this shape."""
    height, width, channels = shape
    rows, gap = math.ceil(channels / columns), wall_gap(height)
    full_height, full_width = rows * (height + gap) - gap, columns * (width + gap) - gap
    return [
        Region(
            left=(channel % columns) * (width + gap) / full_width,
            top=(channel // columns) * (height + gap) / full_height,
            width=width / full_width,
            height=height / full_height,
            label=labels[channel],
        )
        for channel in range(channels)
    ]


def file_name(*parts: str, suffix: str = "png") -> str:
    """Joins words into a speaking file name: ("Astronaut", "face 1") -> "glassface-astronaut-face-1.png"."""
    words = [re.sub(r"[^a-z0-9]+", "-", part.lower()).strip("-") for part in ("glassface", *parts)]
    return "-".join(word[:40] for word in words if word) + f".{suffix}"
