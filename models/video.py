"""From the bytes of a short video file to its frames, in memory and within limits."""

import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av
import cv2
import numpy as np

MOST_BYTES = 50 * 2**20
MOST_SECONDS = 30.0
LONGEST_SIDE = 1920  # pixels
MOST_PIXELS = 1920 * 1088  # 1080p, with the rows that codecs add
MOST_PER_SECOND = 15  # frames that are handed out
_MOST_DECODED_PER_SECOND = 125  # frames that are decoded at all; more is no camera's
_LEAST_SIDE = 16
_LONGEST_WRITTEN = 1280  # pixels: a 1080p film would take a minute to encode on two cores
_CLOCK = 90_000  # ticks a second in films that are written
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

    def shots(self, per_second: float = MOST_PER_SECOND) -> Iterator[Shot]:
        """Yield the frames in order, at most so many a second of the first 30 seconds; those between are passed over.

        Args:
            per_second: most frames a second; infinity for all. Defaults to 15.

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
                    due = max(due + 1 / per_second, time - 1 / per_second)
                    yield Shot(time, _upright(frame))
            except (av.error.FFmpegError, OSError) as error:
                if first is None:
                    raise VideoError("The file breaks off or is damaged before its first picture.") from error
                self.is_broken = True
                return
        if first is None:
            raise VideoError("The file holds no picture.")
        self.is_broken = self.seconds is not None and self.seconds - time > _LARGEST_LOSS

    def picture_at(self, time: float) -> np.ndarray:
        """Return the frame that is shown at a time, RGB uint8 (H, W, 3), upright and in full resolution.

        Args:
            time: seconds since the first frame; after the end, the last frame is shown.
        """
        shown: Shot | None = None
        for shot in self.shots(math.inf):
            if shown is not None and shot.time > time + 1e-6:
                break
            shown = shot
        assert shown is not None  # `shots` raises where there is none
        return shown.image

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


def write_film(shots: Iterable[Shot]) -> bytes:
    """Encode frames as an H.264 MP4 that browsers play, without sound.

    Each frame is shown from its time on, so that the rate is that of the frames, whether even or not. The first frame's
    size is everybody's; it is at most 1280 pixels on its longer side, and an odd side has a line more.

    Args:
        shots: in order, one at least; their times rise.

    Raises:
        ValueError: if there is no frame.
    """
    buffer, stream, last = io.BytesIO(), None, -1
    with av.open(buffer, "w", format="mp4") as container:
        for shot in shots:
            if stream is None:
                stream = container.add_stream("libx264", options={"preset": "veryfast", "crf": "23"})
                scale = min(1.0, _LONGEST_WRITTEN / max(shot.image.shape[:2]))
                stream.height, stream.width = (2 * math.ceil(side * scale / 2) for side in shot.image.shape[:2])
                stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, _CLOCK)
                stream.codec_context.time_base = stream.time_base
            image = _fitted(shot.image, stream.height, stream.width)
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            last = max(last + 1, round(_CLOCK * shot.time))
            frame.pts, frame.time_base = last, stream.time_base
            container.mux(stream.encode(frame))
        if stream is None:
            raise ValueError("There is no frame to write.")
        container.mux(stream.encode())
    return buffer.getvalue()


def _fitted(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return a frame in a size: shrunk to it, or with its edge repeated where a line or a column is missing."""
    if image.shape[:2] == (height, width):
        return image
    missing = (height - image.shape[0], width - image.shape[1])
    if missing[0] in (0, 1) and missing[1] in (0, 1):
        return np.pad(image, ((0, missing[0]), (0, missing[1]), (0, 0)), "edge")
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)


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
