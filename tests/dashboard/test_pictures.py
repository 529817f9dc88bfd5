"""Pictures for screen and download."""

import io

import numpy as np
import pytest
from PIL import Image

from dashboard import pictures


def test_png_keeps_every_pixel() -> None:
    image = np.random.default_rng(0).integers(0, 256, (7, 5, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(pictures.png(image)))), image)


def test_jpeg_is_shrunk_for_the_screen() -> None:
    picture = Image.open(io.BytesIO(pictures.jpeg(np.zeros((300, 600, 3), np.uint8), side=100)))
    assert picture.size == (100, 50)


def test_annotate_leaves_the_photo_alone_and_enlarges_small_ones() -> None:
    photo = np.zeros((60, 80, 3), np.uint8)
    before = photo.copy()
    drawn = pictures.annotate(photo, [(10, 10, 30, 30)], ["1 happy"])
    assert np.array_equal(photo, before)
    assert max(drawn.shape) == pictures.ANNOTATED_SIDE
    assert drawn.any()


def test_annotate_accents_the_chosen_box() -> None:
    photo = np.zeros((600, 1200, 3), np.uint8)
    boxes = [(100, 200, 200, 200), (700, 200, 200, 200)]
    left = pictures.annotate(photo, boxes, ["1", "2"], chosen=0)[250:380, 95:115].reshape(-1, 3).max(axis=0)
    right = pictures.annotate(photo, boxes, ["1", "2"], chosen=1)[250:380, 95:115].reshape(-1, 3).max(axis=0)
    assert tuple(left) == (255, 180, 84)
    assert tuple(right) == (255, 255, 255)


def test_face_regions_are_shares_cut_at_the_border() -> None:
    (region,) = pictures.face_regions((200, 100), [(150, -10, 100, 60)], ["Face 1"])
    assert (region.left, region.top, region.width, region.height) == (0.75, 0.0, 0.25, 0.5)
    assert region.badge == "1"


@pytest.mark.parametrize("channels", [1, 3, 32, 64, 128, 200, 256])
def test_wall_holds_every_map_at_its_region(channels: int) -> None:
    maps = np.random.default_rng(0).normal(size=(6, 5, channels)).astype(np.float32)
    columns = pictures.wall_columns(channels)
    mosaic, is_map = pictures.wall(maps, columns)
    regions = pictures.wall_regions(maps.shape, columns, [str(number) for number in range(channels)])
    assert is_map.sum() == maps.size
    height, width = mosaic.shape
    for channel, region in enumerate(regions):
        top, left = round(region.top * height), round(region.left * width)
        assert np.array_equal(mosaic[top : top + 6, left : left + 5], maps[..., channel])


@pytest.mark.parametrize(("channels", "columns"), [(32, 8), (64, 8), (128, 16), (256, 16)])
def test_wall_prefers_whole_rows(channels: int, columns: int) -> None:
    assert channels % pictures.wall_columns(channels) == 0
    assert pictures.wall_columns(channels) == columns


def test_file_names_speak() -> None:
    assert pictures.file_name("Grace Hopper, face 1", "Grad-CAM") == "glassface-grace-hopper-face-1-grad-cam.png"
    assert pictures.file_name("../../etc", suffix="json") == "glassface-etc.json"
