"""Maps and dreams as a notebook shows them: pictures, each map with its colour bar."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from interp import render

_SIDE = 320  # pixels of a picture's longer side at least
_BAR, _GAP = 12, 6  # pixels
_FONT = 13


def map_picture(
    values: np.ndarray,
    signed: bool,
    images: Sequence[np.ndarray] | None = None,
    opacity: float = 0.5,
    palette: str | None = None,
    limit: float | None = None,
) -> Image.Image:
    """Return maps side by side, each alone or over its picture, and with its own colour bar.

    Args:
        values: The maps (N, h, w).
        signed: Whether they are signed.
        images: uint8 (h, w), (h, w, 1) or RGB (h, w, 3), a picture for each map. Defaults to none.
        opacity: As in `render.overlay`.
        palette: As in `render.colorize`.
        limit: As in `render.colorize`.

    Raises:
        ValueError: As in `render.overlay`, or there is not one picture for each map.
    """
    if images is not None and len(images) != len(values):
        raise ValueError(f"Give one picture for each map: there are {len(values)} maps and {len(images)} pictures.")
    if images is None:
        drawn = [_enlarged(render.colorize(one, palette, signed, limit)) for one in values]
    else:
        pairs = zip(images, values, strict=True)
        drawn = [render.overlay(_enlarged(image), one, opacity, palette, signed, limit) for image, one in pairs]
    name = palette or render.DEFAULT_PALETTES[signed]
    ends = [render.limits(one if limit is None else np.array(limit), signed) for one in values]
    bars = [_bar(picture.shape[1], name, both) for picture, both in zip(drawn, ends, strict=True)]
    return _side_by_side([np.concatenate(pair) for pair in zip(drawn, bars, strict=True)])


def pictures_side_by_side(images: np.ndarray) -> Image.Image:
    """Return pictures, uint8 (N, h, w, c), side by side on white, the small ones in hard pixels."""
    return _side_by_side([_enlarged(image) for image in images])


def png(picture: Image.Image) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def figure(picture: Image.Image, words: str) -> str:
    """Return a picture with its words as HTML."""
    data, told = base64.b64encode(png(picture)).decode(), html.escape(words)
    return f'<figure><img src="data:image/png;base64,{data}" alt="{told}"><figcaption>{told}</figcaption></figure>'


def _enlarged(image: np.ndarray) -> np.ndarray:
    picture = np.atleast_3d(image)
    times = max(1, round(_SIDE / max(picture.shape[:2])))
    larger = picture.repeat(times, axis=0).repeat(times, axis=1)
    return larger.repeat(3, axis=-1) if larger.shape[-1] == 1 else larger


def _bar(width: int, palette: str, ends: tuple[float, float]) -> np.ndarray:
    """Return a colour bar with the values at its ends, RGB uint8 (h, width, 3)."""
    canvas = Image.new("RGB", (width, _GAP + _BAR + _GAP + _FONT + 4), "white")
    ramp = render.PALETTES[palette].colours[np.linspace(0, 255, width).round().astype(int)]
    canvas.paste(Image.fromarray(np.repeat(ramp[None], _BAR, axis=0)), (0, _GAP))
    draw, font, line = ImageDraw.Draw(canvas), ImageFont.load_default(_FONT), _GAP + _BAR + _GAP // 2
    low, high = (f"{end:.3g}".replace("-", "−") for end in ends)
    draw.text((0, line), low, fill="black", font=font)
    draw.text((width - font.getlength(high), line), high, fill="black", font=font)
    return np.asarray(canvas)


def _side_by_side(pictures: Sequence[np.ndarray]) -> Image.Image:
    height, width = max(one.shape[0] for one in pictures), sum(one.shape[1] + _GAP for one in pictures) - _GAP
    canvas, left = Image.new("RGB", (width, height), "white"), 0
    for one in pictures:
        canvas.paste(Image.fromarray(one), (left, 0))
        left += one.shape[1] + _GAP
    return canvas
