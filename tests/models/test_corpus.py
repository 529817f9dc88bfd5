"""Files of every kind, made here: each gives a right result or one plain sentence, soon."""

import time
from pathlib import Path

import numpy as np
import pytest

from models import ImageError, analyse, load_image
from models.video import Film, VideoError
from sample_images import SAMPLES
from tests.models.films import encode as encode_film
from tests.models.films import plain, sound
from tests.support.corpus import archive, one_sentence, photo, read_film, read_photo

MOST_SECONDS = 5.0
"""Of the processor, for one file."""
TENTHS = range(1, 10)


OTHERS = {
    "page.jpg": b"<!DOCTYPE html><script>alert(1)</script>",
    "drawing.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "paper.jpg": b"%PDF-1.7\n" + bytes(5000),
    "bomb.jpg": archive({"photo.jpg": bytes(50_000_000)}),
    "film.jpg": encode_film(plain(3)),
    "tune.gif": sound(),
    "program.png": b"\x7fELF" + bytes(500),
    "zeros.bmp": bytes(100_000),
}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "mp4", "mov", "webm"])
def test_files_that_end_at_any_tenth(kind: str) -> None:
    is_film = kind.islower()
    data = encode_film(plain(8), kind) if is_film else photo(kind)
    for tenth in TENTHS:
        begun = time.process_time()
        (read_film if is_film else read_photo)(data[: len(data) * tenth // 10])
        assert time.process_time() - begun < MOST_SECONDS


@pytest.mark.parametrize("name", OTHERS)
def test_other_files_under_a_photo_s_name(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(OTHERS[name])
    with pytest.raises(ImageError) as caught:
        load_image(path)
    one_sentence(caught.value)
    if name != "film.jpg":
        with pytest.raises(VideoError) as caught_by_film:
            list(Film(OTHERS[name]).shots())
        one_sentence(caught_by_film.value)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "GIF", "TIFF"])
def test_photo_under_the_suffix_of_another_kind_is_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo(kind))
    assert load_image(path).shape == (96, 128, 3)


@pytest.mark.slow
@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_face_at_a_border_is_found(side: str) -> None:
    portrait = load_image(next(one.path for one in SAMPLES if "hopper" in one.path.name))
    x, y, width, height = analyse(portrait, people=False).faces[0].box
    cut = {
        "left": portrait[:, x:],
        "right": portrait[:, : x + width],
        "top": portrait[y:],
        "bottom": portrait[: y + height],
    }[side]
    faces = analyse(np.ascontiguousarray(cut), people=False).faces
    assert len(faces) == 1
    assert faces[0].expression
