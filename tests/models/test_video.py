"""Video files in memory: what is read, what is left out, what is refused and in which words."""

import io
import math
import struct

import av
import numpy as np
import pytest

from models import video
from models.video import Film, Shot, VideoError, write_film
from tests.models.films import encode, plain, sound


@pytest.mark.parametrize("form", ["mp4", "mov", "webm"])
def test_frames_come_in_order_and_upright(form: str) -> None:
    film = Film(encode(plain(10), form))
    shots = list(film.shots())
    assert (film.width, film.height, len(shots)) == (64, 48, 10)
    assert [shot.time for shot in shots] == pytest.approx(np.arange(10) / 10, abs=0.01)
    assert shots[0].image.shape == (48, 64, 3)
    means = [shot.image.mean() for shot in shots]
    assert means == sorted(means)
    assert means[0] == pytest.approx(40, abs=6)
    assert not film.is_cut
    assert not film.is_broken


def test_fast_film_is_thinned_out() -> None:
    times = [shot.time for shot in Film(encode(plain(60), rate=60)).shots()]
    assert len(times) == 15
    assert np.diff(times).min() > 0.04


def test_long_film_is_read_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MOST_SECONDS", 1.0)
    film = Film(encode(plain(20)))
    assert [shot.time for shot in film.shots()][-1] == pytest.approx(1.0)
    assert film.is_cut
    assert film.expected_seconds == 1.0


def test_absurd_frame_rate_ends_at_the_limit_of_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MOST_SECONDS", 0.2)
    film = Film(encode(plain(60), rate=1000))
    assert len(list(film.shots())) <= 4
    assert film.is_cut


def test_film_that_breaks_off_is_read_so_far() -> None:
    data = encode([np.random.default_rng(index).integers(0, 255, (48, 64, 3), np.uint8) for index in range(40)], "webm")
    film = Film(data[: len(data) // 2])
    shots = list(film.shots())
    assert 5 < len(shots) < 35
    assert film.is_broken


@pytest.mark.parametrize(("codec", "form", "name"), [("libx265", "mp4", "hevc"), ("libvpx-vp9", "webm", "vp9")])
def test_codecs_of_phones_and_browsers_are_read(codec: str, form: str, name: str) -> None:
    film = Film(encode(plain(5), form, codec=codec))
    assert len(list(film.shots())) == 5
    assert film.codec in (name, codec)


def test_a_written_film_keeps_times_and_odd_sizes_up_to_a_line() -> None:
    times = [0.0, 0.04, 0.1, 0.3, 0.34, 0.5]
    film = Film(write_film(Shot(time, np.full((49, 65, 3), 40 * at, np.uint8)) for at, time in enumerate(times)))
    shots = list(film.shots(math.inf))
    assert (film.codec, film.width, film.height) == ("h264", 66, 50)
    assert [shot.time for shot in shots] == pytest.approx(times, abs=1e-3)
    assert [shot.image.mean() for shot in shots] == pytest.approx([40 * at for at in range(6)], abs=4)
    assert film.picture_at(0.2).mean() == pytest.approx(80, abs=4)
    assert film.picture_at(9.0).mean() == pytest.approx(200, abs=4)


def test_a_large_film_is_written_smaller_and_an_empty_one_not_at_all() -> None:
    film = Film(write_film([Shot(0.0, np.zeros((1080, 1920, 3), np.uint8))]))
    assert (film.width, film.height) == (1280, 720)
    with pytest.raises(ValueError, match="no frame"):
        write_film([])


@pytest.mark.parametrize(("matrix", "turns"), [((0, 1, -1, 0), 1), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 3)])
def test_film_of_a_turned_phone_is_upright(matrix: tuple[int, ...], turns: int) -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24, :32] = 255
    film = Film(turned(encode([picture] * 3), matrix))
    expected = np.rot90(picture, -turns)  # clockwise
    shown = next(film.shots()).image
    assert shown.shape == expected.shape
    assert np.abs(shown.astype(int) - expected).mean() < 8


def turned(data: bytes, matrix: tuple[int, ...]) -> bytes:
    """An MP4 whose track header says how its picture is to be turned: x' = a x + c y, y' = b x + d y."""
    a, b, c, d = (65536 * value for value in matrix)
    place = data.index(b"tkhd") + 4 + 40
    return data[:place] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 2**30) + data[place + 36 :]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(200), "no MP4, MOV or WebM"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", "no MP4, MOV or WebM"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "no MP4, MOV or WebM"),
        (b"\x00\x00\x00\x18ftypmp42" + bytes(400), "broken"),
        (b"\x1aE\xdf\xa3" + bytes(400), "broken"),
        (encode(plain(10))[:300], "broken"),
        (encode(plain(10))[4:], "no MP4, MOV or WebM"),
    ],
    ids=["empty", "picture", "playlist", "list of files", "no MP4", "no WebM", "truncated", "shifted"],
)
def test_what_is_no_video_is_told_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(VideoError, match=words) as error:
        list(Film(data).shots())
    assert str(error.value).endswith(".")


def test_sound_alone_is_told() -> None:
    with pytest.raises(VideoError, match="sound but no moving picture"):
        Film(sound())


def test_too_many_pixels_are_refused_before_any_is_decoded() -> None:
    with pytest.raises(VideoError, match="2048×64 pixels, more than"):
        Film(encode(plain(1, (2048, 64))))


def test_tiny_picture_is_refused() -> None:
    with pytest.raises(VideoError, match="too few"):
        Film(encode(plain(2, (8, 8)), "webm"))


def test_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "MOST_BYTES", 2**20)
    with pytest.raises(VideoError, match="3 MB, more than the 1 MB"):
        Film(bytes(3 * 2**20))


def test_file_without_a_frame_is_told() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="webm") as container:
        stream = container.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        container.start_encoding()
    with pytest.raises(VideoError, match=r"no picture|broken"):
        list(Film(buffer.getvalue()).shots())
