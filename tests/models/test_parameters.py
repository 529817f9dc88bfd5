"""Public functions with any parameters: a right result or one plain sentence."""

import io
import os

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from models import ImageError, load_image
from models.batch import is_in_shard
from models.detection.inference import search_scale
from models.images import crop_face, lighting_up
from tests.support.parameters import NUMBERS, assert_is_sentence, tries

FEW = tries(60)
IMAGE = np.arange(40 * 60 * 3, dtype=np.uint32).astype(np.uint8).reshape(40, 60, 3)


@FEW
@example(box=(0.0, 0.0, 1e300, 1e300), size=1, angle=0.0)
@given(box=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), size=st.integers(-2, 96), angle=NUMBERS)
def test_any_box_is_cut_out_or_refused(box: tuple[float, float, float, float], size: int, angle: float) -> None:
    try:
        crop, transform = crop_face(IMAGE, box, size, angle)
    except ValueError as error:
        assert_is_sentence(error)
        return
    assert crop.shape == (size, size)
    assert crop.dtype == np.uint8
    assert np.isfinite(transform).all()


def encoded(kind: str, **options: bool) -> bytes:
    file = io.BytesIO()
    Image.fromarray(IMAGE).save(file, kind, **options)
    return file.getvalue()


FILES = [encoded("PNG"), encoded("JPEG"), encoded("TIFF"), encoded("GIF"), encoded("BMP"), encoded("WEBP")]


@FEW
@given(data=st.sampled_from(FILES), place=st.floats(0, 1), change=st.binary(max_size=8), keep=st.floats(0, 1))
def test_a_changed_file_is_a_photo_or_refused(data: bytes, place: float, change: bytes, keep: float) -> None:
    start = round(place * len(data))
    changed = data[:start] + change + data[start + len(change) :]
    try:
        image = load_image(changed[: round(keep * len(changed))] if keep < 0.5 else changed)
    except ImageError as error:
        assert_is_sentence(error)
        return
    assert image.dtype == np.uint8
    assert image.ndim == 3
    assert max(image.shape) <= 2048


@FEW
@given(height=st.integers(1, 20_000), width=st.integers(1, 20_000))
def test_the_picture_searched_is_bounded(height: int, width: int) -> None:
    scale = search_scale(height, width)
    assert 0 < scale <= 2
    assert height * width * scale**2 <= max(640 * 640, 640 * 480) * 1.01
    assert max(height, width) * scale <= 2560 * 1.01


@FEW
@given(path=st.binary().map(os.fsdecode), count=st.integers(1, 50))
def test_any_path_belongs_to_one_share(path: str, count: int) -> None:
    assert sum(is_in_shard(path, index, count) for index in range(1, count + 1)) == 1


@pytest.mark.parametrize("level", [0, 1, 40, 255])
def test_lighting_up_rises(level: int) -> None:
    table = lighting_up(np.full((5, 5, 3), level, np.uint8))
    assert table is None or (np.diff(table.astype(int)) >= 0).all()
