"""From the bytes of a short video file to its frames, in memory and within limits."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av
import numpy as np

MOST_BYTES = 50 * 2**20
MOST_SECONDS = 30.0
LONGEST_SIDE = 1920  # pixels
MOST_PIXELS = 1920 * 1088  # 1080p, with the rows that codecs add
MOST_PER_SECOND = 15  # frames that are handed out
_MOST_DECODED_PER_SECOND = 125  # frames that are decoded at all; more is no camera's
_LEAST_SIDE = 16
_LARGEST_LOSS = 1.0  # seconds that a file may be shorter than it claims
_USUAL_RATE = Fraction(25)

# The demuxer is chosen by these marks and never by guessing: ffmpeg knows formats that make it open other files.
_FORMATS = {"mov": "MP4 or MOV", "matroska": "WebM"}
_MOV_ATOMS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")
_EBML = b"\x1aE\xdf\xa3"
_CODECS = "h264,hevc,mpeg4,mjpeg,vp8,vp9,av1,libdav1d,libvpx,libvpx-vp9,prores"


class VideoError(ValueError):
    """A file can't be used as a video; the message says why, in one sentence."""


@dataclass(frozen=True)
class Shot:
    """One frame of a film."""

    time: float  # seconds since the first frame
    image: np.ndarray = field(repr=False)  # RGB uint8 (H, W, 3), upright


class Film:
    """A short video file, held and decoded in memory.

    Args:
        data: bytes of an MP4, MOV or WebM file.

    Raises:
        VideoError: if the file is too large, no video, without a picture, or has too many pixels.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) > MOST_BYTES:
            raise VideoError(
                f"The file has {len(data) / 2**20:.0f} MB, more than the {MOST_BYTES // 2**20} MB allowed."
            )
        self._data = data
        self._format = _format_of(data)
        self.is_cut = False  # whether there was more than may be read; known after the last frame
        self.is_broken = False  # whether the file broke off
        with self._open() as container:
            stream = _picture_stream(container)
            self.width, self.height = stream.width, stream.height
            _check_size(self.width, self.height)
            self.codec = stream.codec_context.name
            self.seconds = _duration(container, stream)

    @property
    def expected_seconds(self) -> float:
        """Seconds that will be read: those that the file claims, within the limit."""
        return min(MOST_SECONDS, self.seconds) if self.seconds else MOST_SECONDS

    def shots(self) -> Iterator[Shot]:
        """Yield the frames in order, at most 15 a second of the first 30 seconds; those between are passed over.

        Raises:
            VideoError: if the file holds no frame that can be read, or changes to too many pixels on the way.
        """
        first: float | None = None
        time, due, decoded = 0.0, 0.0, 0
        with self._open() as container:
            stream = _picture_stream(container)
            rate = float(stream.average_rate or _USUAL_RATE)
            try:
                for frame in container.decode(stream):
                    now = frame.time if frame.time is not None else decoded / rate
                    first = now if first is None else first
                    time = max(0.0, now - first)
                    decoded += 1
                    if time > MOST_SECONDS or decoded > MOST_SECONDS * _MOST_DECODED_PER_SECOND:
                        self.is_cut = True
                        return
                    if decoded > 1 and time < due - 1e-6:
                        continue
                    _check_size(frame.width, frame.height)
                    due = max(due + 1 / MOST_PER_SECOND, time - 1 / MOST_PER_SECOND)
                    yield Shot(time, _upright(frame))
            except (av.error.FFmpegError, OSError) as error:
                if first is None:
                    raise VideoError("The file breaks off or is damaged before its first picture.") from error
                self.is_broken = True
                return
        if first is None:
            raise VideoError("The file holds no picture.")
        self.is_broken = self.seconds is not None and self.seconds - time > _LARGEST_LOSS

    def _open(self) -> "av.container.InputContainer":
        limits = {
            "max_pixels": str(2 * MOST_PIXELS),
            "codec_whitelist": _CODECS,
            "protocol_whitelist": "",
            "max_streams": "16",
        }
        try:
            return av.open(io.BytesIO(self._data), "r", format=self._format, options=limits, metadata_errors="ignore")
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise VideoError(
                f"The file looks like {_FORMATS[self._format]}, but it is broken or breaks off too early to be read."
            ) from error


def _format_of(data: bytes) -> str:
    if data[4:8] in _MOV_ATOMS:
        return "mov"
    if data[:4] == _EBML:
        return "matroska"
    if not data:
        raise VideoError("The file is empty.")
    raise VideoError("The file is no MP4, MOV or WebM video, whatever its name says.")


def _picture_stream(container: "av.container.InputContainer") -> "av.video.stream.VideoStream":
    for stream in container.streams.video:
        if not stream.disposition & av.stream.Disposition.attached_pic and stream.codec_context is not None:
            return stream
    has_sound = len(container.streams.audio) > 0
    raise VideoError(
        "The file holds sound but no moving picture." if has_sound else "The file holds no moving picture."
    )


def _check_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
        raise VideoError(f"The picture has {width}×{height} pixels, more than the 1920×1080 allowed.")
    if min(width, height) < _LEAST_SIDE:
        raise VideoError(f"The picture has {width}×{height} pixels, too few to show a face.")


def _duration(container: "av.container.InputContainer", stream: "av.video.stream.VideoStream") -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _upright(frame: "av.VideoFrame") -> np.ndarray:
    image = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90) % 4))
