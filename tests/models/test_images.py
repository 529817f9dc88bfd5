import io
import random
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from models import ImageError, images, load_image
from models.images import crop_face, lighting_up
from sample_images import SAMPLES


def encode(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def png(width: int, height: int, rows: bytes, depth: int = 8, colour: int = 2, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    end = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + end


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def four_colours() -> np.ndarray:
    """32 × 48 pixels: red and green over blue and white, so that no two orientations look alike."""
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:16, :24] = 255, 0, 0
    picture[:16, 24:] = 0, 255, 0
    picture[16:, :24] = 0, 0, 255
    picture[16:, 24:] = 255, 255, 255
    return picture


COLOURS = Image.fromarray(four_colours())
PHOTOS = {sample.key: load_image(sample.path) for sample in SAMPLES}
GREY_RAMP = np.tile(np.arange(0, 256, 17, dtype=np.uint8), (16, 1))


@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}, 12),
        ("JPEG", {"quality": 95, "subsampling": 0, "progressive": True}, 12),
        ("MPO", {"quality": 95, "subsampling": 0, "save_all": True, "append_images": [COLOURS.rotate(180)]}, 12),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("BMP", {}, 0),
        ("GIF", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("TIFF", {"compression": "tiff_adobe_deflate"}, 0),
        ("HEIF", {"quality": 95, "chroma": 444}, 12),
        ("AVIF", {"quality": 95, "subsampling": "4:4:4"}, 12),
    ],
)
def test_every_format_is_read(kind: str, options: dict[str, Any], tolerance: int) -> None:
    image = load_image(encode(COLOURS, kind, **options))
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.flags.writeable
    np.testing.assert_allclose(image.astype(int), four_colours(), atol=tolerance)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(kind: str, orientation: int) -> None:
    upright = four_colours()
    stored = {  # how the camera lays the upright picture down
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: upright[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True},
        "HEIF": {"quality": 95, "chroma": 444},
        "AVIF": {"quality": 95, "subsampling": "4:4:4"},
    }.get(kind, {})
    data = encode(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif.tobytes(), **options)
    np.testing.assert_allclose(load_image(data).astype(int), upright, atol=12)


def test_an_orientation_that_does_not_exist_changes_nothing() -> None:
    exif = Image.Exif()
    exif[0x0112] = 77
    np.testing.assert_array_equal(load_image(encode(COLOURS, "PNG", exif=exif)), four_colours())


def test_damaged_exif_data_do_not_cost_the_photo() -> None:
    data = encode(COLOURS, "PNG", exif=b"Exif\0\0II*\0\x08\0\0\0" + b"\xff" * 500)
    np.testing.assert_array_equal(load_image(data), four_colours())


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_grey_becomes_three_equal_channels(kind: str) -> None:
    options = {"WEBP": {"lossless": True}}.get(kind, {})
    image = load_image(encode(Image.fromarray(GREY_RAMP), kind, **options))
    assert image.shape == (16, 16, 3)
    np.testing.assert_allclose(image.astype(int), GREY_RAMP[..., None].repeat(3, axis=2), atol=3)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF"])
def test_one_bit_becomes_black_and_white(kind: str) -> None:
    image = load_image(encode(Image.fromarray(GREY_RAMP > 100), kind))
    np.testing.assert_array_equal(image[..., 1], np.where(GREY_RAMP > 100, 255, 0))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "TIFF"])
def test_a_palette_is_looked_up(kind: str) -> None:
    np.testing.assert_array_equal(load_image(encode(COLOURS.quantize(8), kind)), four_colours())


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_laid_on_white(kind: str) -> None:
    picture = np.zeros((16, 24, 4), np.uint8)
    picture[:, :8, 3], picture[:, 8:16, 3], picture[:, 16:, 3] = 0, 128, 255
    options = {"WEBP": {"lossless": True, "exact": True}}.get(kind, {})
    image = load_image(encode(Image.fromarray(picture), kind, **options))
    np.testing.assert_allclose(image[0, [4, 12, 20]].astype(int), [[255] * 3, [127] * 3, [0] * 3], atol=1)


def test_grey_with_alpha_is_laid_on_white() -> None:
    picture = np.dstack([np.full((4, 4), 40, np.uint8), np.tile(np.array([0, 0, 255, 255], np.uint8), (4, 1))])
    image = load_image(encode(Image.fromarray(picture, "LA"), "PNG"))
    np.testing.assert_array_equal(image[0, :, 0], [255, 255, 40, 40])


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_a_transparent_palette_entry_is_white(kind: str) -> None:
    palette = COLOURS.quantize(8)
    red = palette.getpixel((0, 0))
    image = load_image(encode(palette, kind, transparency=red))
    np.testing.assert_array_equal(image[0, 0], [255, 255, 255])
    np.testing.assert_array_equal(image[-1, 0], [0, 0, 255])


def test_a_transparent_grey_level_is_white() -> None:
    data = png(2, 1, b"\0" + bytes([10, 20]), colour=0, extra=chunk(b"tRNS", struct.pack(">H", 10)))
    np.testing.assert_array_equal(load_image(data)[0, :, 0], [255, 20])


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk_becomes_rgb(kind: str) -> None:
    data = encode(COLOURS.convert("CMYK"), kind, **({"quality": 95} if kind == "JPEG" else {}))
    assert kind != "JPEG" or b"Adobe" in data  # stored inverted
    np.testing.assert_allclose(load_image(data).astype(int), four_colours(), atol=12)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_not_clipped(kind: str) -> None:
    image = load_image(encode(Image.fromarray(GREY_RAMP.astype(np.uint16) * 257), kind))
    np.testing.assert_array_equal(image[..., 0], GREY_RAMP)


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_grey_of_fewer_bits_in_a_sixteen_bit_file_is_not_black(kind: str, bits: int) -> None:
    image = load_image(encode(Image.fromarray(GREY_RAMP.astype(np.uint16) << (bits - 8)), kind))
    np.testing.assert_array_equal(image[..., 0], GREY_RAMP)


def display_p3() -> bytes:
    """Return a profile with the primaries of a phone's screen, wider than sRGB, and no curve of its own."""

    def number(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    # Columns of the matrix from Display P3 to XYZ, white D50 (Apple's profile)
    columns = {"rXYZ": (0.5151, 0.2412, -0.0011), "gXYZ": (0.2920, 0.6922, 0.0419), "bXYZ": (0.1571, 0.0666, 0.7841)}
    tags = {name.encode(): b"XYZ \0\0\0\0" + b"".join(map(number, column)) for name, column in columns.items()}
    tags[b"wtpt"] = b"XYZ \0\0\0\0" + number(0.9642) + number(1.0) + number(0.8249)
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0)  # sRGB's own
    curve += b"".join(map(number, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)))
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    tags[b"desc"] = b"desc\0\0\0\0" + struct.pack(">I", 11) + b"Display P3\0" + bytes(78)
    table, body, start = b"", b"", 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        padded = data + bytes(-len(data) % 4)
        table += name + struct.pack(">II", start + len(body), len(data))
        body += padded
    size = struct.pack(">I", start + len(body))
    head = size + b"\0\0\0\0" + b"\x02\x40\0\0" + b"mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28)
    head += number(0.9642) + number(1.0) + number(0.8249) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + body


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize(("ending", "channels"), [(".png", 3), (".png", 4), (".tif", 3), (".tif", 4)])
def test_a_colour_photo_of_16_bits_may_use_fewer_of_them(ending, channels, bits):
    picture = np.stack([GREY_RAMP, GREY_RAMP.T, GREY_RAMP[::-1]], axis=2)
    stored = picture[..., ::-1].astype(np.uint16) << (bits - 8)  # OpenCV writes blue first
    if channels == 4:
        stored = np.dstack([stored, np.full(GREY_RAMP.shape, 65535, np.uint16)])
    data = cv2.imencode(ending, stored)[1].tobytes()
    np.testing.assert_array_equal(load_image(data), picture)


@pytest.mark.parametrize("ending", [".png", ".tif"])
def test_a_cut_off_colour_photo_of_16_bits_is_told_as_any_other(ending):
    data = cv2.imencode(ending, np.random.default_rng(0).integers(0, 1024, (64, 64, 3), np.uint16))[1].tobytes()
    with pytest.raises(ImageError, match="damaged or cut off"):
        load_image(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("JPEG", "RGB"), ("HEIF", "RGB"), ("AVIF", "RGB")]
)
def test_the_colours_of_a_phone_become_those_of_a_screen(kind: str, mode: str) -> None:
    picture = Image.new("RGB", (16, 16), (200, 100, 50))
    picture = picture.quantize(2) if mode == "P" else picture.convert(mode)
    options = {"PNG": {}, "JPEG": {"quality": 95, "subsampling": 0}, "HEIF": {"quality": 100, "chroma": 444}}
    data = encode(picture, kind, icc_profile=display_p3(), **options.get(kind, {"quality": 95}))
    linear = np.array([200, 100, 50]) / 255
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    matrix = [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]  # Display P3 to sRGB
    linear = np.clip(matrix @ linear, 0, 1)
    expected = 255 * np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    np.testing.assert_allclose(load_image(data)[8, 8].astype(float), expected, atol=3)
    assert abs(expected[0] - 200) > 10


@pytest.mark.parametrize("profile", [b"nonsense", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()])
def test_a_profile_that_says_nothing_changes_nothing(profile: bytes) -> None:
    np.testing.assert_array_equal(load_image(encode(COLOURS, "PNG", icc_profile=profile)), four_colours())


def test_a_photo_of_a_hundred_megapixels_is_read_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_SIDE", 48)
    large = Image.fromarray(four_colours()).resize((480, 320), Image.Resampling.NEAREST)
    for kind, mode in (("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("TIFF", "CMYK"), ("HEIF", "RGB")):
        found = load_image(encode(large.convert(mode), kind)).astype(int)
        np.testing.assert_allclose(found, four_colours(), atol=40 if kind == "HEIF" else 12)


def test_a_black_sixteen_bit_photo_stays_black() -> None:
    assert not load_image(encode(Image.fromarray(np.zeros((4, 4), np.uint16)), "PNG")).any()


def test_sixteen_bit_grey_that_counts_from_white_is_inverted() -> None:
    data = encode(Image.fromarray(GREY_RAMP.astype(np.uint16) * 257), "TIFF", tiffinfo={262: 0})
    np.testing.assert_array_equal(load_image(data)[..., 0], 255 - GREY_RAMP)


def test_sixteen_bit_colour_is_scaled_not_clipped() -> None:
    data = png(2, 1, b"\0" + struct.pack(">6H", 65535, 32768, 0, 257, 514, 65278), depth=16)
    np.testing.assert_array_equal(load_image(data), [[[255, 128, 0], [1, 2, 254]]])


@pytest.mark.parametrize("highest", [1.0, 255.0, 65535.0, 1e6])
def test_floats_are_scaled_by_the_range_that_holds_them(highest: float) -> None:
    values = (GREY_RAMP / 255 * highest).astype(np.float32)
    image = load_image(encode(Image.fromarray(values), "TIFF"))
    np.testing.assert_allclose(image[..., 2].astype(int), GREY_RAMP, atol=1)


def test_floats_below_zero_reach_from_the_lowest_to_the_highest() -> None:
    values = np.array([[-2.0, 0.0, 2.0, np.nan]], np.float32)
    np.testing.assert_array_equal(load_image(encode(Image.fromarray(values), "TIFF"))[0, :, 0], [0, 128, 255, 128])


def test_only_the_first_frame_of_a_gif_is_read() -> None:
    frames = [Image.new("RGB", (16, 16), (0, level, 0)) for level in range(0, 250, 5)]
    image = load_image(encode(frames[40], "GIF", save_all=True, append_images=frames[:40]))
    np.testing.assert_array_equal(image[3, 3], [0, 200, 0])


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4096, 2048), (1024, 2048)), ((2048, 300), (300, 2048)), ((2049, 2), (2, 2048)), ((1, 5000), (2048, 1))],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_larger_side_is_shrunk_to_2048(kind: str, size: tuple[int, int], expected: tuple[int, int]) -> None:
    image = load_image(encode(Image.new("RGB", size, (90, 60, 30)), kind))
    assert image.shape == (*expected, 3)
    np.testing.assert_allclose(image.reshape(-1, 3)[[0, -1]].astype(int), [[90, 60, 30]] * 2, atol=3)


def test_shrinking_averages_areas() -> None:
    fine = np.zeros((8, 4096), np.uint8)
    fine[:, ::2] = 255
    image = load_image(encode(Image.fromarray(fine), "PNG"))
    np.testing.assert_allclose(image.astype(int), 128, atol=1)


def test_path_bytes_and_file_give_the_same_image(tmp_path: Path) -> None:
    data = encode(COLOURS, "PNG")
    path = tmp_path / "ünïcode name.png"
    path.write_bytes(data)
    file = io.BytesIO(data)
    file.read()  # as a page does that runs again
    with path.open("rb") as opened:
        for source in (path, str(path), data, bytearray(data), memoryview(data), file, opened):
            np.testing.assert_array_equal(load_image(source), four_colours())


CHOOSE = "choose a JPEG, HEIC, PNG, WebP, AVIF, BMP, GIF or TIFF file"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", f"SVG drawing; {CHOOSE}"),
        (b"%PDF-1.7\n", f"PDF document; {CHOOSE}"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "damaged or cut off"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", f"a film; {CHOOSE}"),
        (b"\xff\x0a\0", f"JPEG XL photo; {CHOOSE}"),
        (encode(COLOURS, "JPEG2000"), f"JPEG 2000 photo; {CHOOSE}"),
        (b"v/1\x01rest", f"high-dynamic-range picture .*; {CHOOSE}"),
        (bytes(128) + b"DICM", f"DICOM file of a clinic; {CHOOSE}"),
        (b"RIFF\0\0\0\0AVI rest", f"a film; {CHOOSE}"),
        (b"PK\x03\x04rest", f"ZIP archive; {CHOOSE}"),
        (b"Dear diary, today I smiled.", f"not a photo that can be read; {CHOOSE}"),
        (encode(COLOURS, "PPM"), f"not a photo that can be read; {CHOOSE}"),
        (encode(COLOURS, "ICO"), f"Windows icon; {CHOOSE}"),
        (b"\x89PNG\r\n\x1a\n", "damaged or cut off"),
        (png(0, 5, b""), "damaged or cut off"),
        (png(5, 5, b"\0"), "damaged or cut off"),
        (png(2, 1, b"\0" * 7).replace(b"IDAT", b"IDBT"), "damaged or cut off"),
        (png(20_000, 20_000, b"\0" * 1000), "shrink it to at most 100 megapixels"),
        (png(10_000, 10_001, b"\0" * 1000), "has 101 megapixels; shrink it to at most 100 megapixels"),
        (png(2**31 - 1, 2**31 - 1, b"\0"), "shrink it to at most 100 megapixels"),
        (png(2, 1, b"\0" * 7, extra=chunk(b"zTXt", b"k\0\0" + zlib.compress(b"a" * 50_000_000))), "damaged"),
        (png(2, 1, b"\0" * 7, extra=chunk(b"iCCP", b"k\0\0" + zlib.compress(b"a" * 50_000_000))), "damaged"),
    ],
)
def test_what_is_no_photo_is_said_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence) as caught:
        load_image(data)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 160


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_a_file_that_is_cut_off_is_refused(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    data = encode(Image.fromarray(noise), kind)
    with pytest.raises(ImageError, match="damaged or cut off"):
        load_image(data[: len(data) // 2])


def test_a_file_that_is_too_large_is_refused_unread(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 1 << 20)
    data = encode(COLOURS, "PNG") + bytes(1 << 20)
    path = tmp_path / "large.png"
    path.write_bytes(data)
    for source in (data, io.BytesIO(data), path):
        with pytest.raises(ImageError, match="more than 1 MB"):
            load_image(source)


def test_a_path_without_a_photo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match=r"no file “lost\.png”"):
        load_image(tmp_path / "lost.png")
    with pytest.raises(ImageError, match="not a file"):
        load_image(tmp_path)
    with pytest.raises(ImageError):
        load_image("nul\0.png")


@pytest.mark.parametrize("address", ["https://example.org/a.jpg", "HTTP://example.org", "data:image/png;base64,AA"])
def test_an_address_is_told_to_be_one(address: str) -> None:
    with pytest.raises(ImageError, match="not fetched from an address"):
        load_image(address)


@pytest.mark.parametrize("source", [np.zeros((9, 9, 3), np.uint8), COLOURS, None, 3])
def test_what_is_no_file_is_named(source: Any) -> None:
    with pytest.raises(ImageError, match=f"not from a {type(source).__name__}"):
        load_image(source)


def test_a_file_that_cannot_be_read_is_refused() -> None:
    closed = io.BytesIO(encode(COLOURS, "PNG"))
    closed.close()
    with pytest.raises(ImageError, match="choose it again"):
        load_image(closed)
    with pytest.raises(ImageError, match="binary mode"):
        load_image(io.StringIO("text"))  # type: ignore[arg-type]


def test_a_tile_larger_than_the_limit_is_refused() -> None:
    tags = {256: 16, 257: 16, 258: 8, 259: 1, 262: 1, 277: 1, 322: 30_000, 323: 30_000, 324: 200, 325: 100}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    data = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(400)
    with pytest.raises(ImageError, match="100 megapixels"):
        load_image(data)


def jpeg_of_scans(more: int) -> bytes:
    data = encode(COLOURS, "JPEG", progressive=True)
    scan = data.rindex(b"\xff\xda")
    return data[:scan] + data[scan:-2] * more + data[-2:]


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    assert load_image(jpeg_of_scans(1)).shape == (32, 48, 3)
    for more in (101, 20_000):
        with pytest.raises(ImageError, match="too many layers"):
            load_image(jpeg_of_scans(more))


def test_what_looks_like_scans_beside_the_photo_costs_nothing() -> None:
    """As in the film that some telephones write behind a photo, or in what a camera notes of it."""
    noise = b"\xff\xda" * 500
    assert load_image(jpeg_of_scans(1) + noise).shape == (32, 48, 3)
    assert load_image(encode(COLOURS, "JPEG", comment=noise)).shape == (32, 48, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "BMP"])
def test_decoding_ends_when_it_has_taken_too_long(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = encode(COLOURS, kind)
    monkeypatch.setattr(images, "_MOST_SECONDS", -1.0)
    with pytest.raises(ImageError, match="takes too long to read"):
        load_image(data)


RAW_TAGS = {
    "DNG": {50706: b"\1\4\0\0"},  # DNGVersion
    "NEF": {254: 1, 330: 8},  # a thumbnail; the photo is in another directory
    "sensor": {262: 32803},  # a colour filter array
}


@pytest.mark.parametrize("kind", RAW_TAGS)
def test_a_raw_camera_photo_is_named(kind: str) -> None:
    data = encode(COLOURS, "TIFF", tiffinfo={tag: value for tag, value in RAW_TAGS[kind].items() if tag != 262})
    if kind == "sensor":
        data = data.replace(struct.pack("<HHIHH", 262, 3, 1, 2, 0), struct.pack("<HHIHH", 262, 3, 1, 32803, 0))
    with pytest.raises(ImageError, match=r"^This is a raw camera photo; choose a JPEG"):
        load_image(data)


@pytest.mark.parametrize("head", [b"\0\0\0\x18ftypcrx ", b"IIU\0", b"IIRO", b"II*\0\x10\0\0\0CR", b"FUJIFILMCCD-RAW"])
def test_a_raw_camera_photo_of_its_own_format_is_named(head: bytes) -> None:
    with pytest.raises(ImageError, match=r"^This is a raw camera photo; choose a JPEG"):
        load_image(head + bytes(200))


@pytest.mark.parametrize(
    ("pixels", "kind"),
    [
        (np.zeros((8, 9, 3), np.float32), "3 × 32-bit floating-point numbers"),
        (np.zeros((8, 9)), "1 × 64-bit floating-point numbers"),
    ],
)
def test_a_kind_of_tiff_that_cannot_be_read_is_named(pixels: np.ndarray, kind: str) -> None:
    data = cv2.imencode(".tiff", pixels)[1].tobytes()
    with pytest.raises(ImageError, match=rf"^This is a TIFF file of {kind}, a kind that cannot be read; choose"):
        load_image(data)


def test_a_sound_header_of_a_cut_off_tiff_is_not_blamed() -> None:
    data = encode(COLOURS, "TIFF", compression="tiff_lzw")
    with pytest.raises(ImageError, match="damaged or cut off"):
        load_image(data[: len(data) // 2])


def test_a_photo_with_much_text_beside_it_is_read() -> None:
    text = chunk(b"tEXt", b"k\0" + b"x" * 10_000_000)
    assert load_image(png(2, 1, b"\0" * 7, extra=text)).shape == (1, 2, 3)


def test_no_warning_leaks() -> None:
    many_pixels = png(9_500, 9_500, b"\0" * 1000)  # Pillow warns of such a header
    cut_off = encode(COLOURS, "TIFF")[:-60]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for data in (many_pixels, cut_off):
            with pytest.raises(ImageError):
                load_image(data)
    assert caught == []


def seeds() -> dict[str, bytes]:
    small = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "jpeg": encode(small, "JPEG", exif=exif),
        "progressive": encode(small, "JPEG", progressive=True),
        "cmyk": encode(small.convert("CMYK"), "JPEG"),
        "mpo": encode(small, "MPO", save_all=True, append_images=[small]),
        "png": encode(small, "PNG", exif=exif),
        "palette": encode(small.quantize(16), "PNG"),
        "one bit": encode(small.convert("1"), "PNG"),
        "webp": encode(small, "WEBP", exif=exif),
        "lossless": encode(small.convert("RGBA"), "WEBP", lossless=True),
        "bmp": encode(small, "BMP"),
        "gif": encode(small, "GIF", save_all=True, append_images=[small.rotate(90)]),
        "tiff": encode(small, "TIFF", exif=exif),
        "lzw": encode(small, "TIFF", compression="tiff_lzw"),
        "float": encode(small.convert("F"), "TIFF"),
    }


@pytest.mark.parametrize("name", seeds())
def test_damaged_files_raise_nothing_but_image_errors(name: str) -> None:
    data, chance = seeds()[name], random.Random(name)
    for _ in range(150):
        harmed = bytearray(data)
        match chance.randrange(4):
            case 0:
                del harmed[chance.randrange(len(harmed)) :]
            case 1:
                for _ in range(chance.choice((1, 3, 30))):
                    harmed[chance.randrange(len(harmed))] ^= 1 << chance.randrange(8)
            case 2:
                for _ in range(chance.choice((1, 3, 10))):
                    harmed[chance.randrange(min(len(harmed), 200))] = chance.choice((0, 127, 128, 255))
            case _:
                start, other = chance.randrange(len(harmed)), chance.randrange(len(harmed))
                harmed[start : start + chance.randrange(64)] = harmed[other : other + chance.randrange(64)]
        read_or_refuse(bytes(harmed))


@pytest.mark.parametrize("start", [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"BM", b"GIF89a", b"II*\0"])
def test_random_bytes_raise_nothing_but_image_errors(start: bytes) -> None:
    chance = random.Random(start)
    for _ in range(100):
        read_or_refuse(start + chance.randbytes(chance.randrange(400)))


def read_or_refuse(data: bytes) -> None:
    try:
        image = load_image(data)
    except ImageError:
        return
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert image.shape[2] == 3
    assert 0 < max(image.shape) <= 2048


def ramps(height: int = 200, width: int = 300) -> np.ndarray:
    """A photo whose grey value is x / 2 + y / 2, so that a crop's values tell where they were taken."""
    y, x = np.mgrid[:height, :width]
    return np.repeat(((x + y) / 2).astype(np.uint8)[..., None], 3, axis=2)


def test_a_crop_at_its_own_size_is_a_cut() -> None:
    crop, transform = crop_face(ramps(), (30, 20, 48, 48))
    np.testing.assert_array_equal(crop, ramps()[20:68, 30:78, 0])
    np.testing.assert_allclose(transform, [[1, 0, 30], [0, 1, 20]], atol=1e-5)
    assert transform.dtype == np.float32


def test_a_crop_of_half_size_is_the_mean_of_four_pixels() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 1), dtype=np.uint8).repeat(3, axis=2)
    crop, _ = crop_face(noise, (10, 30, 96, 96))
    expected = noise[30:126, 10:106, 0].reshape(48, 2, 48, 2).mean((1, 3))
    np.testing.assert_allclose(crop.astype(float), expected, atol=1)


@pytest.mark.parametrize("angle", [0, 20, 45])
def test_strong_shrinking_does_not_alias(angle: float) -> None:
    fine = np.zeros((1000, 1000, 3), np.uint8)
    fine[:, ::2] = 255
    crop, _ = crop_face(fine, (50, 60, 800, 800), angle=angle)
    np.testing.assert_allclose(crop.astype(float), 127.5, atol=8)


@pytest.mark.parametrize("box", [(40, 30, 96, 96), (40, 30, 60, 120), (33.5, 21.25, 101, 77), (90, 80, 20, 20)])
@pytest.mark.parametrize("angle", [0, 40, -90, 180])
def test_the_transform_says_where_a_crop_pixel_comes_from(box: tuple[float, ...], angle: float) -> None:
    photo = ramps()
    crop, transform = crop_face(photo, box, size=24, angle=angle)  # type: ignore[arg-type]
    for x, y in ((0, 0), (23, 0), (0, 23), (23, 23), (11, 12)):
        there = transform @ np.array([x, y, 1])
        if (there >= 2).all() and (there < [298, 198]).all():
            assert float(crop[y, x]) == pytest.approx(there.sum() / 2, abs=1.5)


def test_the_corners_of_a_turned_crop_lie_on_the_turned_square() -> None:
    _, transform = crop_face(ramps(), (100, 50, 80, 80), size=40, angle=90)
    corners = np.array([[-0.5, -0.5, 1], [39.5, -0.5, 1], [39.5, 39.5, 1], [-0.5, 39.5, 1]])
    top_left, top_right, bottom_right, bottom_left = (transform @ corners.T).T + 0.5
    np.testing.assert_allclose(top_left, [180, 50], atol=1e-3)  # a face lying on its right has its top at the right
    np.testing.assert_allclose(top_right, [180, 130], atol=1e-3)
    np.testing.assert_allclose(bottom_right, [100, 130], atol=1e-3)
    np.testing.assert_allclose(bottom_left, [100, 50], atol=1e-3)


def test_a_crop_turns_a_tilted_face_back() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300, 1), dtype=np.uint8)
    photo = cv2.GaussianBlur(noise, (0, 0), 4)[..., None].repeat(3, axis=2)
    turn = cv2.getRotationMatrix2D((149.5, 149.5), -40, 1)  # OpenCV's positive angles turn the other way
    tilted = cv2.warpAffine(photo, turn, (300, 300))
    upright, _ = crop_face(photo, (100, 100, 100, 100))
    crop, _ = crop_face(tilted, (100, 100, 100, 100), angle=40)
    assert np.abs(crop.astype(int) - upright.astype(int)).mean() < 1.5


def test_beyond_the_edge_the_edge_is_repeated() -> None:
    photo = np.full((100, 100, 3), 50, np.uint8)
    photo[:, 0] = 200
    crop, _ = crop_face(photo, (-48, 10, 96, 96), size=96)
    np.testing.assert_array_equal(crop[:, :48], 200)
    np.testing.assert_array_equal(crop[:, 50:], 50)


@pytest.mark.parametrize("box", [(-1e6, -1e6, 2e6, 2e6), (0, 0, 1e-3, 1e-3), (299, 199, 1, 1), (-9.9, 5, 10, 1e-9)])
def test_extreme_boxes_give_a_crop(box: tuple[float, float, float, float]) -> None:
    crop, transform = crop_face(ramps(), box, angle=17)
    assert crop.shape == (48, 48)
    assert crop.dtype == np.uint8
    assert np.isfinite(transform).all()


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ((10, 10, 0, 5), "is empty"),
        ((10, 10, 5, -5), "is empty"),
        ((300, 10, 5, 5), "outside the photo of 300 × 200 pixels"),
        ((10, -20, 5, 20), "outside the photo"),
        ((float("nan"), 10, 5, 5), "not a finite number"),
        ((10, 10, float("inf"), 5), "not a finite number"),
    ],
)
def test_impossible_boxes_are_refused(box: tuple[float, float, float, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        crop_face(ramps(), box)


@pytest.mark.parametrize(
    "photo",
    [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3)), np.zeros((0, 5, 3), np.uint8)],
    ids=["grey", "alpha", "float", "empty"],
)
def test_what_is_no_rgb_photo_is_refused(photo: np.ndarray) -> None:
    with pytest.raises(ValueError, match="image"):
        crop_face(photo, (1, 1, 2, 2))


def test_the_photo_is_left_unchanged() -> None:
    photo = ramps()
    photo.flags.writeable = False
    crop_face(photo, (30, 20, 96, 96), angle=10)


# Light ---------------------------------------------------------------------------------------------------------------


def test_a_dark_photo_is_lit_up() -> None:
    dark = np.rint(0.3 * PHOTOS["astronaut"]).astype(np.uint8)
    table = lighting_up(dark)
    assert table is not None
    assert (np.diff(table.astype(int)) >= 0).all()
    assert table[0] == 0
    lit = table[dark]
    assert np.percentile(lit, 99) == 255
    assert abs(lit.mean() - 0.4 * 255) < 15
    assert lighting_up(lit) is None


def test_a_black_photo_is_left_as_it_is_and_hardly_any_light_is_lifted_sixfold_at_most() -> None:
    assert lighting_up(np.zeros((20, 20, 3), np.uint8)) is None
    faint = np.full((20, 20, 3), 2, np.uint8)
    table = lighting_up(faint)
    assert table is not None
    assert table[2] <= 255 * np.sqrt(6 * 2 / 255) + 1


@pytest.mark.parametrize("key", sorted(PHOTOS.keys() - {"dark"}))
def test_a_photo_in_good_light_stays_as_it_is(key: str) -> None:
    assert lighting_up(PHOTOS[key]) is None


def test_dark_skin_or_clothes_in_good_light_are_not_lit_up() -> None:
    """The photo's light counts, not the person's: nine tenths of it are dark, the rest is bright."""
    photo = np.full((100, 100, 3), 25, np.uint8)
    photo[:, :10] = 230
    assert lighting_up(photo) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (2048, 3)])
def test_photos_of_any_shape_have_a_light(shape: tuple[int, int]) -> None:
    table = lighting_up(np.full((*shape, 3), 60, np.uint8))
    assert table is not None
    assert table[60] > 200
