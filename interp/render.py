"""Map and picture to RGB picture: perceptual palettes, overlays, and the way back into a photo.

Unsigned maps take a sequential palette from zero to their greatest value, signed maps a diverging one centred on zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from interp.names import unknown_name

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@dataclass(frozen=True)
class Palette:
    """A colour map.

    Args:
        name: Its name.
        label: Its name on a page.
        diverging: Whether its middle stands for zero.
        colours: RGB uint8 (256, 3) from lowest to highest.
    """

    name: str
    label: str
    diverging: bool
    colours: np.ndarray


def _sequential(name: str, colormap: int) -> Palette:
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    return Palette(name, name.capitalize(), False, cv2.applyColorMap(ramp, colormap)[:, 0, ::-1].copy())


def _diverging(name: str, label: str, anchors: list[str]) -> Palette:
    corners = np.array([[int(anchor[i : i + 2], 16) for i in (1, 3, 5)] for anchor in anchors], np.float64)
    places = np.linspace(0, len(anchors) - 1, 256)
    channels = [np.interp(places, np.arange(len(anchors)), corners[:, channel]) for channel in range(3)]
    return Palette(name, label, True, np.stack(channels, axis=-1).round().astype(np.uint8))


# The diverging anchors are ColorBrewer's RdBu and PuOr (Harrower and Brewer 2003), safe for red-green blindness.
PALETTES: dict[str, Palette] = {
    palette.name: palette
    for palette in (
        _sequential("inferno", cv2.COLORMAP_INFERNO),
        _sequential("magma", cv2.COLORMAP_MAGMA),
        _sequential("viridis", cv2.COLORMAP_VIRIDIS),
        _sequential("cividis", cv2.COLORMAP_CIVIDIS),
        _diverging("blue-red", "Blue to red", ["#053061", "#4393c3", "#f7f7f7", "#d6604d", "#67001f"]),
        _diverging("purple-orange", "Purple to orange", ["#2d004b", "#8073ac", "#f7f7f7", "#e08214", "#7f3b08"]),
    )
}
DEFAULT_PALETTES = {False: "inferno", True: "blue-red"}
FADE = 0.6
"""Power by which a map over a picture fades towards zero: near the square root, so that middling values stay seen."""


def limits(values: np.ndarray, signed: bool = False) -> tuple[float, float]:
    """Return the values at the two ends of a map's colour bar.

    Args:
        values: The map, any shape; values that are not finite do not count.
        signed: Whether the map is signed. Defaults to False.

    Returns:
        (0, greatest) or, signed, (-greatest magnitude, greatest magnitude); 1 stands in where all values are zero.
    """
    finite = np.asarray(values, np.float64)
    finite = finite[np.isfinite(finite)]
    extent = np.abs(finite) if signed else finite
    high = float(extent.max(initial=0.0))
    high = high if high > 0 else 1.0
    return (-high if signed else 0.0, high)


def colorize(
    values: np.ndarray, palette: str | None = None, signed: bool = False, limit: float | None = None
) -> np.ndarray:
    """Colour a map.

    An all-zero map takes one colour, that of zero. What is not finite counts as zero.

    Args:
        values: The map (h, w).
        palette: Name from `PALETTES`. Defaults to inferno, signed to blue-red.
        signed: Whether the map is signed. Defaults to False.
        limit: The value of the last colour, for maps that share a colour bar. Defaults to the map's own.

    Returns:
        RGB uint8 (h, w, 3).

    Raises:
        ValueError: The palette is unknown or does not suit the map's sign, the limit is not positive, or the map is
            not (h, w).
    """
    values = _map(values)
    colours = _palette(palette, signed).colours
    low, high = limits(values, signed) if limit is None else _ends(limit, signed)
    position = (np.clip(values, low, high) - low) / (high - low)
    return colours[(position * 255).round().astype(np.uint8)]


def overlay(
    image: np.ndarray,
    values: np.ndarray,
    opacity: float = 0.5,
    palette: str | None = None,
    signed: bool = False,
    limit: float | None = None,
    fade: float = FADE,
) -> np.ndarray:
    """Lay a map over a picture.

    The map fades where it is near zero, so that the picture shows through: a place's weight is
    `opacity * (|value| / limit) ** fade`.

    Args:
        image: uint8 (h, w), (h, w, 1) or RGB (h, w, 3).
        values: The map at its own resolution; scaled to the picture bilinearly.
        opacity: Weight of the map where it is strongest: 0 shows the picture alone. Defaults to 0.5.
        palette: As in `colorize`.
        signed: As in `colorize`.
        limit: As in `colorize`.
        fade: 0 lays the map evenly, with one weight everywhere; 1 fades it in proportion. Defaults to 0.6.

    Returns:
        RGB uint8 (h, w, 3).

    Raises:
        ValueError: As in `colorize`, the opacity is not between 0 and 1, or the fade is negative.
    """
    picture = _rgb(image)
    _check_weight(opacity, fade)
    limit = limits(_map(values), signed)[1] if limit is None else limit
    scaled = _resize(_map(values), picture.shape[1], picture.shape[0])
    colours = colorize(scaled, palette, signed, limit)
    return _blend(picture, colours, _weight(scaled, limit, opacity, fade))


def outline(
    image: np.ndarray,
    box: tuple[int, int, int, int],
    colour: tuple[int, int, int] = (255, 180, 84),
    enlarge: int = 1,
) -> np.ndarray:
    """Frame a part of a picture, such as the receptive field that `seen_box` returns.

    Args:
        image: uint8 (h, w), (h, w, 1) or RGB (h, w, 3).
        box: (x, y, width, height) in pixels of the picture; cut to it. One of size 0 draws nothing.
        colour: RGB of the line. Defaults to amber.
        enlarge: Whole number of times the picture is enlarged first, in hard pixels. Defaults to 1.

    Returns:
        RGB uint8 (h, w, 3) times `enlarge`. The line is one pixel wide and runs inside the box.

    Raises:
        ValueError: The picture has no such form, or `enlarge` is below 1.
    """
    if enlarge < 1:
        raise ValueError(f"enlarge is at least 1, got {enlarge!r}.")
    result = np.kron(_rgb(image), np.ones((enlarge, enlarge, 1), np.uint8))
    x, y, width, height = box
    left, top = max(x, 0) * enlarge, max(y, 0) * enlarge
    right = min((x + width) * enlarge, result.shape[1]) - 1
    bottom = min((y + height) * enlarge, result.shape[0]) - 1
    if left <= right and top <= bottom:
        cv2.rectangle(result, (left, top), (right, bottom), colour)
    return result


def strip(pictures: Sequence[np.ndarray], titles: Sequence[str] = (), height: int = 192, gap: int = 8) -> np.ndarray:
    """Set pictures side by side, as for a download.

    Args:
        pictures: Each uint8 (h, w), (h, w, 1) or RGB (h, w, 3); scaled to one height.
        titles: A line above each. Defaults to none.
        height: Height of the pictures in pixels. Defaults to 192.
        gap: Pixels between and around them. Defaults to 8.

    Returns:
        RGB uint8 (h, w, 3) on white.

    Raises:
        ValueError: There is no picture, or not one title for each.
    """
    if not pictures or (titles and len(titles) != len(pictures)):
        raise ValueError(f"Give at least one picture, and no title or one for each: {len(pictures)}, {len(titles)}.")
    scaled = [_to_height(_rgb(picture), height) for picture in pictures]
    font, line = _font(height)
    head = line + gap if titles else 0
    width = sum(picture.shape[1] for picture in scaled) + gap * (len(scaled) + 1)
    canvas = Image.new("RGB", (width, head + height + 2 * gap), "white")
    draw, left = ImageDraw.Draw(canvas), gap
    for place, picture in enumerate(scaled):
        canvas.paste(Image.fromarray(picture), (left, head + gap))
        if titles:
            title = _shortened(titles[place], font, picture.shape[1])
            draw.text((left, gap), title, fill="black", font=font)
        left += picture.shape[1] + gap
    return np.asarray(canvas)


def paste(
    photo: np.ndarray,
    values: np.ndarray,
    transform: np.ndarray,
    crop_size: int | tuple[int, int],
    opacity: float = 0.5,
    palette: str | None = None,
    signed: bool = False,
    limit: float | None = None,
    fade: float = FADE,
) -> np.ndarray:
    """Lay the map of a crop over the photo it was cut from, rotation included.

    Args:
        photo: uint8 (H, W), (H, W, 1) or RGB (H, W, 3).
        values: The map of the crop at its own resolution.
        transform: float (2, 3): takes a crop pixel (x, y, 1) to its photo pixel (x, y).
        crop_size: Side of the crop in pixels, or its (height, width).
        opacity: As in `overlay`.
        palette: As in `colorize`.
        signed: As in `colorize`.
        limit: As in `colorize`.
        fade: As in `overlay`.

    Returns:
        RGB uint8 (H, W, 3); outside the crop the photo as it was.

    Raises:
        ValueError: As in `overlay`, or the transform is not (2, 3).
    """
    picture = _rgb(photo)
    _check_weight(opacity, fade)
    matrix = np.asarray(transform, np.float64)
    if matrix.shape != (2, 3):
        raise ValueError(f"transform is a matrix (2, 3), got shape {matrix.shape}.")
    height, width = (crop_size, crop_size) if isinstance(crop_size, int) else crop_size
    limit = limits(_map(values), signed)[1] if limit is None else limit
    window = _window(matrix, height, width, picture.shape)
    if window is None:
        return picture.copy()
    left, top, right, bottom = window
    shifted = matrix - np.array([[0, 0, left], [0, 0, top]])
    size = (right - left, bottom - top)
    crop = _resize(_map(values), width, height)
    warped = cv2.warpAffine(crop, shifted, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpAffine(np.ones((height, width), np.float32), shifted, size, flags=cv2.INTER_LINEAR)
    result = picture.copy()
    colours = colorize(warped, palette, signed, limit)
    weight = mask[..., None] * _weight(warped, limit, opacity, fade)
    result[top:bottom, left:right] = _blend(result[top:bottom, left:right], colours, weight)
    return result


def palette_stops(palette: str, count: int = 17) -> list[tuple[float, str]]:
    """Return a palette as Plotly takes it.

    Args:
        palette: Name from `PALETTES`.
        count: Number of stops. Defaults to 17.

    Returns:
        Pairs of a place between 0 and 1 and a colour `"#rrggbb"`.

    Raises:
        ValueError: The palette is unknown.
    """
    colours = _lookup(palette).colours
    places = np.linspace(0, 1, count)
    return [(float(place), "#{:02x}{:02x}{:02x}".format(*colours[round(place * 255)])) for place in places]


def _lookup(name: str) -> Palette:
    if name not in PALETTES:
        raise unknown_name("palette", name, PALETTES)
    return PALETTES[name]


def _palette(name: str | None, signed: bool) -> Palette:
    palette = _lookup(DEFAULT_PALETTES[signed] if name is None else name)
    if palette.diverging != signed:
        fitting = ", ".join(other.name for other in PALETTES.values() if other.diverging == signed)
        raise ValueError(
            f"Palette {palette.name!r} does not suit a {'signed' if signed else 'unsigned'} map: {fitting}."
        )
    return palette


def _ends(limit: float, signed: bool) -> tuple[float, float]:
    if not 0 < limit < np.inf:
        raise ValueError(f"limit is a positive number, got {limit!r}.")
    return (-limit if signed else 0.0, limit)


def _map(values: np.ndarray) -> np.ndarray:
    array = np.asarray(values, np.float32)
    if array.ndim != 2 or array.size == 0:
        raise ValueError(f"A map has the shape (h, w), got {array.shape}.")
    return np.nan_to_num(array, nan=0.0, posinf=0.0, neginf=0.0)


def _rgb(image: np.ndarray) -> np.ndarray:
    array = np.asarray(image)
    if array.dtype != np.uint8:
        raise ValueError(f"A picture is uint8, got {array.dtype}.")
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[-1] not in (1, 3):
        raise ValueError(f"A picture has the shape (h, w), (h, w, 1) or (h, w, 3), got {np.shape(image)}.")
    return np.repeat(array, 3, axis=-1) if array.shape[-1] == 1 else array


def _check_weight(opacity: float, fade: float) -> None:
    if not 0 <= opacity <= 1:
        raise ValueError(f"opacity goes from 0 to 1, got {opacity!r}.")
    if not 0 <= fade < np.inf:
        raise ValueError(f"fade is a number from 0 up, got {fade!r}.")


def _weight(values: np.ndarray, limit: float, opacity: float, fade: float) -> np.ndarray:
    """Return the weight (h, w, 1) of a map over a picture, at most the opacity."""
    strength = np.clip(np.abs(values) / limit, 0, 1)
    return np.float32(opacity) * strength[..., None] ** np.float32(fade)


def _to_height(picture: np.ndarray, height: int) -> np.ndarray:
    """Scale an RGB picture to a height; a small one keeps its pixels visible."""
    width = max(round(picture.shape[1] * height / picture.shape[0]), 1)
    interpolation = cv2.INTER_NEAREST if height > picture.shape[0] else cv2.INTER_AREA
    return cv2.resize(picture, (width, height), interpolation=interpolation)


def _font(height: int) -> tuple[Font, int]:
    """Return a font for a picture of a height, and the height of its line."""
    size = max(height // 14, 11)
    return ImageFont.load_default(size), size * 5 // 4


def _shortened(text: str, font: Font, width: int) -> str:
    """Cut a text to a width in pixels."""
    if font.getlength(text) <= width:
        return text
    return next((part for end in range(len(text), 0, -1) if font.getlength(part := text[:end] + "…") <= width), "")


def _resize(values: np.ndarray, width: int, height: int) -> np.ndarray:
    return cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)


def _blend(picture: np.ndarray, colours: np.ndarray, weight: np.ndarray) -> np.ndarray:
    base = picture.astype(np.float32)
    return (base + (colours.astype(np.float32) - base) * weight).round().astype(np.uint8)


def _window(matrix: np.ndarray, height: int, width: int, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """Return the part (left, top, right, bottom) of the photo that the crop covers, None where it lies outside."""
    corners = np.array([[x, y, 1.0] for x in (-0.5, width - 0.5) for y in (-0.5, height - 0.5)]) @ matrix.T
    left, top = np.floor(corners.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 2
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, shape[1]), min(bottom, shape[0])
    return (int(left), int(top), int(right), int(bottom)) if left < right and top < bottom else None
