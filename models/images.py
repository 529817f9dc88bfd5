"""From the bytes of a photo to upright RGB, and from a box to the grey crop that a network gets."""

import io
import os
import re
import stat
import threading
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np
import pillow_heif
from PIL import Image, ImageCms
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from models.geometry import square_transform

pillow_heif.register_heif_opener()  # AVIF is read by Pillow itself

MAX_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 100_000_000
MAX_SIDE = 2048
FORMATS = ("JPEG", "HEIF", "PNG", "WEBP", "AVIF", "BMP", "GIF", "TIFF")

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
Box = tuple[float, float, float, float]

_CHOOSE = "choose a JPEG, HEIC, PNG, WebP, AVIF, BMP, GIF or TIFF file"
_SAVE_AGAIN = "save it again as an ordinary JPEG file"
_PHOTO_SIGNATURES = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"BM", b"GIF8", b"II*\0", b"MM\0*")
_PHOTO_BRANDS = re.compile(rb"ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1|avi[fs])")  # of HEIC and AVIF, behind a length
_RAW = "a raw camera photo"
_JPEG_XL, _JPEG_2000, _HDR = "a JPEG XL photo", "a JPEG 2000 photo", "a high-dynamic-range picture (EXR or Radiance)"
_FOREIGN_SIGNATURES = (
    (b"%PDF", 0, "a PDF document"),
    (b"ftypcrx", 4, _RAW),
    (b"ftyp", 4, "a film"),
    (b"CR", 8, _RAW),
    (b"IIRO", 0, _RAW),
    (b"IIRS", 0, _RAW),
    (b"IIU\0", 0, _RAW),
    (b"FUJIFILMCCD-RAW", 0, _RAW),
    (b"PK\x03\x04", 0, "a ZIP archive"),
    (b"\xff\x0a", 0, _JPEG_XL),
    (b"JXL ", 4, _JPEG_XL),
    (b"jP  ", 4, _JPEG_2000),
    (b"\xff\x4f\xff\x51", 0, _JPEG_2000),
    (b"8BPS", 0, "a Photoshop document"),
    (b"gimp xcf", 0, "a GIMP document"),
    (b"v/1\x01", 0, _HDR),
    (b"#?RADIANCE", 0, _HDR),
    (b"%!PS", 0, "a PostScript document"),
    (b"DICM", 128, "a DICOM file of a clinic"),
    (b"AVI ", 8, "a film"),
    (b"WAVE", 8, "a sound"),
    (b"\x1a\x45\xdf\xa3", 0, "a film"),
    (b"\0\0\1\0", 0, "a Windows icon"),
)
_EXIF_ORIENTATION = 0x0112
_TIFF_SIGNATURES = (b"II*\0", b"MM\0*")
_TIFF_BITS, _TIFF_FORMAT, _TIFF_FLOAT = 258, 339, 3
_TIFF_PHOTOMETRIC, _TIFF_MIN_IS_WHITE, _TIFF_SENSOR = 262, 0, (32803, 34892)
_TIFF_SUBFILE, _TIFF_SUBFILES, _DNG_VERSION = 254, 330, 50706
_TIFF_TILE_WIDTH, _TIFF_TILE_LENGTH = 322, 323
_JPEG_MARKER = re.compile(rb"\xff+([^\0\1\xd0-\xd7\xff])")  # but those that no length follows, and stuffed bytes
_JPEG_SCAN, _JPEG_END = b"\xda", b"\xd9"
_MAX_SCANS = 100  # ordinary progressive files have about ten
_MOST_SECONDS = 5.0  # of the processor; 100 megapixels of any format but HEIC, which ends by itself, take two or three
_MOST_PIXELS_OF_16_BITS = MAX_PIXELS // 4  # of which all bits are looked at: they take six bytes a pixel, and a copy
_PLAIN_MODES = ("L", "LA", "RGB", "RGBA", "CMYK")  # in which Pillow averages neighbours

_DARK = 0.65  # share of white: a photo whose brightest hundredth of pixels begins below is lit up
_MIDDLE = 0.4  # share of white that its mean is then lifted to
_MOST_GAIN, _LEAST_POWER = 6.0, 0.5
_SEEN_FOR_LIGHT = 250_000  # pixels, about, that tell how bright a photo is

# One photo is decoded at a time: this bounds the memory of many simultaneous uploads, and the warning filters that
# decoding sets aside are global to the process.
_decoding = threading.Lock()


class ImageError(ValueError):
    """A photo cannot be read; the message is one plain sentence for the person who chose it."""


def load_image(source: Source) -> np.ndarray:
    """Read a photo as it should be looked at.

    JPEG, HEIC, PNG, WebP, AVIF, BMP, GIF (first frame) and TIFF (first page), in any EXIF orientation and colour mode:
    grey, palette, alpha (laid on white), CMYK, 1-bit, 16-bit (photos may use 8, 10, 12 or 14 of them) and float
    (scaled to 0..255, not clipped). An embedded colour profile, such as the Display P3 of a phone, is taken into
    account: the colours that come are sRGB. What the header announces is checked before anything is decoded.

    Args:
        source: path, bytes or binary file object (read from its start) of at most 64 MiB and 100 megapixels.

    Returns:
        RGB uint8 (H, W, 3), upright; a photo whose larger side exceeds 2048 pixels is shrunk to it.

    Raises:
        ImageError: if the source is missing, empty, too large, damaged or not a photo.
    """
    data = _read(source)
    with _decoding, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _decode(data)
        except ImageError:
            raise
        except Image.DecompressionBombError as error:
            raise ImageError(_too_many_pixels()) from error
        except Exception as error:  # hostile bytes make the decoders raise nearly every exception there is
            raise ImageError(_reason(data)) from error


def crop_face(image: np.ndarray, box: Box, size: int = 48, angle: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Cut the square around a box out of a photo, upright and grey.

    The square has the box's centre and its longer side. Where the photo is shrunk, areas are averaged first, so that
    nothing aliases; what lies beyond the photo's edge repeats the edge.

    Args:
        image: RGB uint8 (H, W, 3).
        box: (x, y, width, height) in photo pixels.
        size: side of the crop in pixels. Defaults to 48.
        angle: degrees by which the face is turned clockwise on the photo; the crop turns it back. Defaults to 0.

    Returns:
        The crop, uint8 (size, size), and the transform, float32 (2, 3), that takes the crop's pixel (x, y, 1) to the
        photo's pixel; whole numbers are the centres of pixels.

    Raises:
        ValueError: if the image is no RGB photo, or the box is empty, not finite or outside the photo.
    """
    check_photo(image)
    if size < 1:
        raise ValueError(f"size must be at least 1, but is {size}.")
    x, y, width, height = check_box(box, image)
    if not np.isfinite(angle):
        raise ValueError(f"angle must be a finite number of degrees, but is {angle}.")
    side = max(width, height)
    transform = square_transform((x + width / 2 - 0.5, y + height / 2 - 0.5, side), size, angle)
    return cut_out(image, transform, size), transform.astype(np.float32)


def cut_out(image: np.ndarray, transform: np.ndarray, size: int) -> np.ndarray:
    """Cut a grey square out of a photo, wherever it lies.

    Where the photo is shrunk, areas are averaged first, so that nothing aliases; what lies beyond the photo's edge
    repeats the edge.

    Args:
        image: RGB uint8 (H, W, 3).
        transform: (2, 3), a similarity that takes the crop's pixel (x, y, 1) to the photo's pixel.
        size: side of the crop in pixels.

    Returns:
        uint8 (size, size).
    """
    scale = float(np.hypot(*transform[:, 0]))
    if scale <= 1:
        return _sample(image, transform, size, scale)
    # Twice as fine and averaged, so that a turned face looks as it would upright
    half = np.column_stack([transform[:, :2] / 2, transform[:, 2] - transform[:, :2].sum(axis=1) / 4])
    return cv2.resize(_sample(image, half, 2 * size, scale / 2), (size, size), interpolation=cv2.INTER_AREA)


def _sample(image: np.ndarray, transform: np.ndarray, size: int, scale: float) -> np.ndarray:
    centre = transform[:, :2] @ np.full(2, (size - 1) / 2) + transform[:, 2]
    reach = size / 2 * float(np.abs(transform[:, 0]).sum())
    region, to_region = _region(image, centre, reach, scale)
    return cv2.warpAffine(
        region,
        to_region @ np.vstack([transform, [0.0, 0.0, 1.0]]),
        (size, size),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def enlarge(image: np.ndarray, size: int) -> np.ndarray:
    """Return uint8 (size, size, 3): a square picture with more pixels, blended between those that there are."""
    return cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)


def cut_out_colour(
    image: np.ndarray,
    transform: np.ndarray,
    size: int | tuple[int, int],
    fill: tuple[float, float, float] | None = None,
) -> np.ndarray:
    """Cut a rectangle out of a photo; where the photo is shrunk, areas are averaged first, so that nothing aliases.

    Args:
        image: RGB uint8 (H, W, 3).
        transform: (2, 3), takes the crop's pixel (x, y, 1) to the photo's.
        size: side of a square crop in pixels, or (height, width).
        fill: colour of what lies beyond the photo. Defaults to its edge, repeated.

    Returns:
        uint8 (height, width, 3).
    """
    height, width = image.shape[:2]
    rows, columns = (size, size) if isinstance(size, int) else size
    scale = float(np.sqrt(abs(np.linalg.det(transform[:, :2]))))
    right, bottom = columns - 1, rows - 1
    corners = transform @ np.array([[0, right, 0, right], [0, 0, bottom, bottom], [1, 1, 1, 1]])
    margin = 2 * max(scale, 1.0)
    low = np.clip(np.floor(corners.min(axis=1) - margin), 0, [width - 1, height - 1]).astype(int)
    high = np.clip(np.ceil(corners.max(axis=1) + margin), low + 1, [width, height]).astype(int)
    region, step = image[low[1] : high[1], low[0] : high[0]], np.ones(2)
    if scale > 1:
        coarse = np.maximum(1, np.rint((high - low) / scale)).astype(int)
        region = cv2.resize(region, (int(coarse[0]), int(coarse[1])), interpolation=cv2.INTER_AREA)
        step = (high - low) / coarse
    to_region = np.column_stack([np.diag(1 / step), (0.5 - low) / step - 0.5])
    return cv2.warpAffine(
        np.ascontiguousarray(region),
        to_region @ np.vstack([transform, [0.0, 0.0, 1.0]]),
        (columns, rows),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE if fill is None else cv2.BORDER_CONSTANT,
        borderValue=fill or (0.0, 0.0, 0.0),
    )


def lighting_up(image: np.ndarray) -> np.ndarray | None:
    """Return the table of grey levels that lights a dark photo up.

    Dark is a photo with hardly a pixel, fewer than one in a hundred, that is brighter than two thirds of white. They
    become white, by six times at most, and a power lifts what is still dark then. The whole photo decides, not the
    people on it, so that dark skin or clothes in good light change nothing.

    Args:
        image: RGB uint8 (H, W, 3).

    Returns:
        uint8 (256,), the new level of each level, rising; None where the photo is bright enough, or black.
    """
    step = max(1, int(np.sqrt(image.shape[0] * image.shape[1] / _SEEN_FOR_LIGHT)))
    grey = cv2.cvtColor(np.ascontiguousarray(image[::step, ::step]), cv2.COLOR_RGB2GRAY) / 255
    brightest = float(np.percentile(grey, 99))
    if brightest >= _DARK or brightest == 0:
        return None
    gain = min(1 / brightest, _MOST_GAIN)
    mean = float(np.minimum(gain * grey, 1).mean())
    power = np.clip(np.log(_MIDDLE) / np.log(mean), _LEAST_POWER, 1.0) if 0 < mean < 1 else 1.0
    levels = 255 * np.minimum(gain * np.arange(256) / 255, 1) ** power
    return np.rint(levels).astype(np.uint8)


def check_photo(image: np.ndarray) -> None:
    """Raise ValueError unless the array is RGB uint8 (H, W, 3) with at least one pixel."""
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        came = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ValueError(f"image must be RGB uint8 (H, W, 3), but is {came}.")
    if image.size == 0:
        raise ValueError(f"image has no pixels: its shape is {image.shape}.")


def check_box(box: Box, image: np.ndarray) -> Box:
    """Return the box as floats; ValueError if it is empty, not finite, too large or outside the photo."""
    photo_height, photo_width = image.shape[:2]
    x, y, width, height = (float(value) for value in box)
    if not np.isfinite([x, y, width, height]).all():
        raise ValueError(f"The box {tuple(box)} has a value that is not a finite number.")
    if max(map(abs, (x, y, width, height))) >= 2**31:  # OpenCV counts pixels with 32 bits
        raise ValueError(f"The box {tuple(box)} has a value that is too large.")
    if width <= 0 or height <= 0:
        raise ValueError(f"The box {tuple(box)} is empty: its width and height must be above 0.")
    if x >= photo_width or y >= photo_height or x + width <= 0 or y + height <= 0:
        raise ValueError(f"The box {tuple(box)} lies outside the photo of {photo_width} × {photo_height} pixels.")
    return x, y, width, height


def _region(image: np.ndarray, centre: np.ndarray, reach: float, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the grey part of the photo that a crop sees, area-averaged to the crop's resolution if that is coarser.

    The second value is the map (2, 3) from photo pixels to its pixels.
    """
    height, width = image.shape[:2]
    margin = 0 if scale > 1 else 2  # enlarging interpolates between neighbours just outside
    low = np.floor(centre + 0.5 - reach) - margin
    high = np.ceil(centre + 0.5 + reach) + margin
    left, top = np.clip(low, 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(high, [left + 1, top + 1], [width, height]).astype(int)
    region = cv2.cvtColor(np.ascontiguousarray(image[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)
    step = np.ones(2)
    if scale > 1:
        extent = np.array([right - left, bottom - top])
        columns, rows = np.maximum(1, np.rint(extent / scale)).astype(int)
        region = cv2.resize(region, (int(columns), int(rows)), interpolation=cv2.INTER_AREA)
        step = extent / [columns, rows]
    offset = (np.array([0.5 - left, 0.5 - top])) / step - 0.5
    return region, np.column_stack([np.diag(1 / step), offset])


def _read(source: Source) -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        data = bytes(source) if len(source) <= MAX_BYTES else None
    elif isinstance(source, str) and re.match(r"(https?|ftp|data):", source, re.IGNORECASE):
        raise ImageError("Photos are not fetched from an address; download the photo and give its path or its bytes.")
    elif isinstance(source, str | os.PathLike):
        data = _read_path(Path(source))
    elif not hasattr(source, "read"):
        raise ImageError(
            f"A photo is read from a path, bytes or a binary file, not from a {type(source).__name__}; an RGB uint8 "
            "array (H, W, 3) needs no reading."
        )
    else:
        data = _read_file(source)
    if data is None:
        raise ImageError(f"The file has more than {MAX_BYTES >> 20} MB; choose a smaller photo.")
    if not data:
        raise ImageError("The file is empty; choose another photo.")
    return data


def _read_path(path: Path) -> bytes | None:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ImageError(f"“{path.name}” is not a file; choose a photo.")
        with path.open("rb") as file:
            return _read_file(file)
    except ImageError:
        raise
    except FileNotFoundError as error:
        raise ImageError(f"There is no file “{path.name}”; check its name.") from error
    except (OSError, ValueError) as error:
        raise ImageError(f"The file “{path.name}” cannot be opened; check its name and permissions.") from error


def _read_file(file: BinaryIO) -> bytes | None:
    """Return the whole file, or None if it is larger than allowed."""
    try:
        if file.seekable():
            file.seek(0)
        data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ImageError("The file cannot be read any more; choose it again.") from error
    if not isinstance(data, bytes):
        raise ImageError("The file was opened as text; open it in binary mode.")
    return data if len(data) <= MAX_BYTES else None


class _Timed(io.BytesIO):
    """A file in memory that ends its own decoding, which reads it bit by bit, once that has taken too long."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._end = time.thread_time() + _MOST_SECONDS

    def read(self, size: int | None = -1, /) -> bytes:
        if time.thread_time() > self._end:
            raise ImageError(f"The photo takes too long to read; {_SAVE_AGAIN}.")
        return super().read(size)


def _decode(data: bytes) -> np.ndarray:
    with Image.open(_Timed(data), formats=FORMATS) as image:
        _check_header(image, data)
        shrink = MAX_SIDE / max(image.size)
        if shrink < 1:  # a JPEG decodes at half, quarter or eighth size for less
            image.draft(None, (max(1, int(image.width * shrink)), max(1, int(image.height * shrink))))
        image.load()
        orientation = _orientation(image)
        array = _to_rgb(_reduced(_with_low_bits(image, data)), image.info.get("icc_profile"))
    if max(array.shape[:2]) > MAX_SIDE:
        array = _shrink(array)
    return _turn_upright(array, orientation)


def _check_header(image: Image.Image, data: bytes) -> None:
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise ImageError(_too_many_pixels(width * height))
    if _is_raw(getattr(image, "tag_v2", {})):  # what Pillow finds in it is a thumbnail
        raise ImageError(f"This is {_RAW}; {_CHOOSE}.")
    # A tile is decoded as a whole, however small the picture that it belongs to.
    if _tiff_tag(image, _TIFF_TILE_WIDTH, 0) * _tiff_tag(image, _TIFF_TILE_LENGTH, 0) > MAX_PIXELS:
        raise ImageError(_too_many_pixels())
    # Each scan of a JPEG passes over the whole picture, and an empty one takes few bytes.
    if data.startswith(b"\xff\xd8") and _count_scans(data) > _MAX_SCANS:
        raise ImageError(f"The photo is stored in far too many layers; {_SAVE_AGAIN}.")


def _count_scans(data: bytes) -> int:
    """Return how many scans the first picture of a JPEG file has, or one more than it may have."""
    place, scans = 2, 0
    while scans <= _MAX_SCANS and (marker := _JPEG_MARKER.search(data, place)) and marker[1] != _JPEG_END:
        scans += marker[1] == _JPEG_SCAN
        place = marker.end() + int.from_bytes(data[marker.end() : marker.end() + 2], "big")
    return scans


def _tiff_tag(image: Image.Image, tag: int, default: int) -> int:
    return int(getattr(image, "tag_v2", {}).get(tag, default))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_EXIF_ORIENTATION, 1))
    except Exception:  # a photo with damaged EXIF data is still a photo
        return 1


def _with_low_bits(image: Image.Image, data: bytes) -> Image.Image:
    """Return a colour picture that was stored with 16 bits a channel but fills fewer, with those that it fills.

    Pillow keeps the upper eight of sixteen bits. OpenCV reads them all; what it finds counts where its upper eight are
    the same.
    """
    bits = data[24] if image.format == "PNG" else min(getattr(image, "tag_v2", {}).get(_TIFF_BITS, (8,)))
    if image.mode not in ("RGB", "RGBA") or bits != 16 or image.width * image.height > _MOST_PIXELS_OF_16_BITS:
        return image
    if max(int(band.getextrema()[1]) for band in image.split()[:3]) >= 1 << 14 - 8:  # type: ignore[arg-type]
        return image
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16 or values.shape != (image.height, image.width, len(image.mode)):
        return image
    pixels: np.ndarray = values[..., [2, 1, 0, 3][: len(image.mode)]]
    if not np.array_equal(pixels >> 8, np.asarray(image)):
        return image
    colours = _shift_to_bytes(pixels[..., :3])
    return Image.fromarray(np.concatenate([colours, np.asarray(image)[..., 3:]], axis=2))


def _reduced(image: Image.Image) -> Image.Image:
    """Return a picture that is much too large with whole numbers of pixels averaged, so that the rest takes less."""
    factor = max(image.size) // MAX_SIDE
    is_plain = image.mode in _PLAIN_MODES and "transparency" not in image.info
    return image.reduce(factor) if factor > 1 and is_plain else image


def _to_rgb(image: Image.Image, profile: bytes | None = None) -> np.ndarray:
    """Return RGB uint8 (H, W, 3) of any mode, in sRGB.

    Args:
        image: the picture.
        profile: its ICC profile. Defaults to none: its colours are sRGB.
    """
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image)
        grey = _shift_to_bytes(values) if values.dtype.itemsize == 2 else _scale_to_bytes(values)
        if _tiff_tag(image, _TIFF_PHOTOMETRIC, 1) == _TIFF_MIN_IS_WHITE and image.mode != "F":
            grey = 255 - grey
        return np.repeat(grey[..., None], 3, axis=2)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
    if profile:
        image = _in_srgb(image, profile)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture with its colours as sRGB has them; as it is where its profile is broken or of another mode."""
    try:
        source = ImageCms.getOpenProfile(io.BytesIO(profile))
        if (source.profile.profile_description or "").startswith("sRGB"):
            return image
        if image.mode not in _PLAIN_MODES:
            image = image.convert("RGB")
        found = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except Exception:  # hostile bytes make the decoder raise nearly every exception there is
        return image
    return image if found is None else found


def _shift_to_bytes(values: np.ndarray) -> np.ndarray:
    """Return uint8 of uint16 values, which fill 8, 10, 12, 14 or 16 bits: the least that holds them all."""
    bits = next(bits for bits in (8, 10, 12, 14, 16) if values.max() < 1 << bits)
    return (values >> (bits - 8)).astype(np.uint8)


def _scale_to_bytes(values: np.ndarray) -> np.ndarray:
    """Grey uint8 of int32 or float32 values, which have no nominal range.

    Values from 0 on are taken as parts of the least of 1, 255 and 65535 that holds them all, others from the lowest
    to the highest.
    """
    values = np.nan_to_num(values.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0:
        low, high = 0.0, next((limit for limit in (1.0, 255.0, 65535.0) if high <= limit), high)
    return np.rint((values - low) / (high - low or 1.0) * 255).astype(np.uint8)


def _shrink(array: np.ndarray) -> np.ndarray:
    height, width = array.shape[:2]
    scale = MAX_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(array, size, interpolation=cv2.INTER_AREA)


def _turn_upright(array: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation (1..8)."""
    if orientation in (5, 6, 7, 8):
        array = array.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    return np.ascontiguousarray(array)


def _too_many_pixels(pixels: int | None = None) -> str:
    has = f"has {-(-pixels // 1_000_000)} megapixels" if pixels else "has far too many pixels"
    return f"The photo {has}; shrink it to at most {MAX_PIXELS // 1_000_000} megapixels and try again."


def _reason(data: bytes) -> str:
    is_heif = bool(_PHOTO_BRANDS.match(data, 4))  # in a container as films have it
    for signature, start, name in () if is_heif else _FOREIGN_SIGNATURES:
        if data.startswith(signature, start):
            return f"This is {name}; {_CHOOSE}."
    kind = _kind_of_tiff(data) if data.startswith(_TIFF_SIGNATURES) else None
    if kind:
        return f"This is {kind}; {_CHOOSE}."
    if is_heif or data.startswith(_PHOTO_SIGNATURES):
        return "The photo is damaged or cut off; save or download it again, or choose another one."
    if b"<svg" in data[:4096].lower():
        return f"This is an SVG drawing; {_CHOOSE}."
    return f"This file is not a photo that can be read; {_CHOOSE}."


def _kind_of_tiff(data: bytes) -> str | None:
    """Return what a TIFF file is, if its header is sound and says why it cannot be read."""
    try:
        tags = ImageFileDirectory_v2(data[:8])
        file = io.BytesIO(data)
        file.seek(tags.next)
        tags.load(file)
        if _is_raw(tags):
            return _RAW
        bits, is_float = tags[_TIFF_BITS], _TIFF_FLOAT in tags.get(_TIFF_FORMAT, ())
    except Exception:  # hostile bytes make the decoder raise nearly every exception there is
        return None
    try:
        Image.open(io.BytesIO(data), formats=("TIFF",)).close()
    except Exception:
        values = "floating-point numbers" if is_float else "whole numbers"
        return f"a TIFF file of {len(bits)} × {bits[0]}-bit {values}, a kind that cannot be read"
    return None


def _is_raw(tags: Mapping[int, Any]) -> bool:
    """Return whether the tags of a TIFF file are those of a raw camera photo, as DNG, NEF or ARW."""
    is_thumbnail = bool(tags.get(_TIFF_SUBFILE, 0) & 1) and _TIFF_SUBFILES in tags
    return _DNG_VERSION in tags or is_thumbnail or tags.get(_TIFF_PHOTOMETRIC) in _TIFF_SENSOR
