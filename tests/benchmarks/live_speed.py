"""Live at 640×480, with one person and with three: frames a second, and how long a picture is on its way.

First each frame goes the whole way that it goes in the app, one step after the other: decoded from VP8 as it comes from
the browser, searched or followed, read, explained, drawn on, and encoded again. Then a camera sends frames over a
WebRTC connection on this machine at its own pace, each with a clock drawn into its upper edge. The app's own track
reads what it has time for and drops the rest; how much the clock on the picture that comes back is behind is the
latency from camera to screen. There the camera's and the screen's share of the coding takes the same processors. What
stands for the browser decodes a picture once its last packet is there, as browsers do: by the app's patch of aiortc.
"""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any

import av
import numpy as np

from dashboard.app_pages.live import results as live_results
from dashboard.app_pages.live import webrtc as live_webrtc
from dashboard.app_pages.live.reader import STRONGEST, Live, Settings
from dashboard.subject import DEFAULT_NETWORK
from models.detection import DETECTORS
from tests.models.films import portrait

SIZE = (640, 480)
FRAMES = 150
WARM = 15
RATE = 24
"""Frames that the camera sends a second."""
SECONDS = 8.0
"""How long the camera sends."""
LATENCY_MS = 150
BITS = 16
CLOCK_HEIGHT = 16
"""Pixels of the upper edge that the clock takes."""
ROW = "{:28}" + 3 * "{:>22}"


@dataclass(frozen=True)
class Case:
    """What is measured.

    Args:
        picture: of the camera.
        people: how many are on it.
        settings: of the page.
        bar: least frames a second.
    """

    picture: Callable[[], np.ndarray]
    people: int
    settings: Settings
    bar: int


def three() -> np.ndarray:
    """Return three portraits side by side."""
    size = (SIZE[0] // 3, SIZE[1])
    one, other = portrait("astronaut", size), portrait("grace_hopper", size)
    return np.pad(
        np.concatenate([one, other, one[:, ::-1]], axis=1), ((0, 0), (0, SIZE[0] - 3 * size[0]), (0, 0)), "edge"
    )


EVERYTHING = Settings(is_mirrored=False, has_points=True, has_bodies=True)
CASES = {
    "one person": Case(lambda: portrait("astronaut", SIZE), 1, EVERYTHING, 20),
    "one person, Grad-CAM": Case(
        lambda: portrait("astronaut", SIZE),
        1,
        Settings(is_mirrored=False, has_points=True, has_bodies=True, explained=STRONGEST),
        15,
    ),
    "three people": Case(three, 3, EVERYTHING, 10),
}


def new_reader(settings: Settings) -> Live:
    """Return the app's reader of a new camera."""
    reader = live_results.new_live(DEFAULT_NETWORK, next(iter(DETECTORS)))
    reader.choose(settings)
    return reader


def frames(picture: np.ndarray) -> Iterator[av.VideoFrame]:
    """Yield a picture that sways from side to side."""
    for number in range(FRAMES):
        shift = round(40 * np.sin(number / 12))
        frame = av.VideoFrame.from_ndarray(np.roll(picture, shift, axis=1), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = 3750 * number, Fraction(1, 90_000)
        yield frame


def measure(case: Case) -> dict[str, float]:
    """Return the median milliseconds of each stage, of a whole frame, and the frames a second."""
    from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder, vp8_depayload
    from aiortc.jitterbuffer import JitterFrame

    reader = new_reader(case.settings)
    sender, receiver, answerer = Vp8Encoder(), Vp8Decoder(), Vp8Encoder()
    stages: list[dict[str, float]] = []
    for number, frame in enumerate(frames(case.picture())):
        payloads, stamp = sender.encode(frame)
        data = b"".join(vp8_depayload(payload) for payload in payloads)
        begin = perf_counter()
        (received,) = receiver.decode(JitterFrame(data=data, timestamp=stamp))
        decoded = perf_counter()
        answer = reader.answer(received)
        answered = perf_counter()
        answer.pts, answer.time_base = frame.pts, frame.time_base
        answerer.encode(answer)
        end = perf_counter()
        if number >= WARM:
            steps = reader.newest_stages()
            convert = answered - decoded - sum(steps.values())
            stages.append(
                {"decode": decoded - begin, "convert": convert, **steps, "read in all": answered - decoded}
                | {"encode": end - answered, "whole frame": end - begin}
            )
    if reader.now().error or len(reader.now().moments[-1].faces) != case.people:
        raise RuntimeError(f"Not everybody is read: {reader.now().error or 'a face is not found'}.")
    names = {name for stage in stages for name in stage}
    found = {name: 1000 * median(stage.get(name, 0.0) for stage in stages) for name in names}
    whole = sum(stage["whole frame"] for stage in stages)
    reading = sum(stage["read in all"] for stage in stages)
    return found | {"frames/s, reading": len(stages) / reading, "frames/s, all": len(stages) / whole}


# Camera to screen ----------------------------------------------------------------------------------------------------


def draw_clock(image: np.ndarray, milliseconds: int) -> np.ndarray:
    """Return a copy of a picture with a clock along its upper edge: a black or white field a bit, and their parity."""
    drawn, width = image.copy(), image.shape[1] // (BITS + 1)
    bits = [milliseconds >> bit & 1 for bit in range(BITS)]
    for place, bit in enumerate([*bits, sum(bits) % 2]):
        drawn[:CLOCK_HEIGHT, place * width : (place + 1) * width] = 255 * bit
    return drawn


def read_clock(image: np.ndarray) -> int | None:
    """Return the milliseconds on a picture; None where they can't be read."""
    width = image.shape[1] // (BITS + 1)
    rows = image[CLOCK_HEIGHT // 4 : CLOCK_HEIGHT * 3 // 4]
    *bits, parity = (int(rows[:, place * width + width // 4 : (place + 1) * width - width // 4].mean() > 127)
                     for place in range(BITS + 1))  # fmt: skip
    return sum(bit << place for place, bit in enumerate(bits)) if sum(bits) % 2 == parity else None


async def loop_back(case: Case) -> dict[str, float]:
    """Send a camera's frames to the app's track and back; return the latency and what came back."""
    from aiortc import RTCPeerConnection, VideoStreamTrack
    from aiortc.contrib.media import MediaRelay
    from streamlit_webrtc.webrtc import _wrap_with_processor

    begin, picture, sent = perf_counter(), case.picture(), 0

    def wall() -> int:
        return round(1000 * (perf_counter() - begin)) % 2**BITS

    class Camera(VideoStreamTrack):
        async def recv(self) -> av.VideoFrame:
            nonlocal sent
            due = begin + sent / RATE
            await asyncio.sleep(max(0.0, due - perf_counter()))
            shown = np.roll(picture, round(40 * np.sin(sent / 12)), axis=1)
            frame = av.VideoFrame.from_ndarray(draw_clock(shown, wall()), format="rgb24")
            frame.pts, frame.time_base = round(90_000 * sent / RATE), Fraction(1, 90_000)
            sent += 1
            return frame

    reader, relay = new_reader(case.settings), MediaRelay()
    browser, server = RTCPeerConnection(), RTCPeerConnection()
    delays: list[float] = []
    screens: list[asyncio.Task[None]] = []

    @server.on("track")
    def answer(track: Any) -> None:
        processor = SimpleNamespace(recv=reader.answer)
        server.addTrack(relay.subscribe(_wrap_with_processor(track, processor, async_processing=True, relay=relay)))

    async def watch(track: Any) -> None:
        while True:
            frame = await track.recv()
            shown = read_clock(frame.to_ndarray(format="rgb24"))
            if shown is not None and perf_counter() - begin > SECONDS / 4:  # the connection settles first
                delays.append((wall() - shown) % 2**BITS)

    @browser.on("track")
    def show(track: Any) -> None:
        screens.append(asyncio.ensure_future(watch(track)))

    browser.addTrack(Camera())
    await browser.setLocalDescription(await browser.createOffer())
    await server.setRemoteDescription(browser.localDescription)
    await server.setLocalDescription(await server.createAnswer())
    await browser.setRemoteDescription(server.localDescription)
    await asyncio.sleep(SECONDS)
    read = reader.now()
    for screen in screens:
        screen.cancel()
    await asyncio.gather(browser.close(), server.close(), *screens, return_exceptions=True)
    if not delays:
        raise RuntimeError("No picture came back with a clock that can be read.")
    return {
        "latency, median ms": median(delays),
        "latency, 95 % below ms": float(np.percentile(delays, 95)),
        "read a second": read.rate,
        "dropped of the camera's, %": 100 * max(0.0, 1 - read.frames / max(1, sent)),
    }


def main() -> None:
    """Measure all cases and print the tables."""
    live_results.film_warming(DEFAULT_NETWORK, next(iter(DETECTORS))).join()
    live_webrtc.load()
    columns = {name: measure(case) | asyncio.run(loop_back(case)) for name, case in CASES.items()}
    print(f"\nLive at {SIZE[0]}×{SIZE[1]}: face, points, expression, body; {FRAMES - WARM} frames, median ms")
    print(ROW.format("", *columns))
    order = ("decode", "convert", "find", "expression", "body", "map", "draw", "read in all", "encode", "whole frame")
    for name in order:
        print(ROW.format(name, *(f"{column[name]:.1f}" if name in column else "–" for column in columns.values())))
    for name in ("frames/s, reading", "frames/s, all"):
        print(ROW.format(name, *(f"{column[name]:.1f}" for column in columns.values())))
    print(ROW.format("bar", *(f"≥ {case.bar}" for case in CASES.values())))
    print(f"\nFrom camera to screen, {RATE} frames a second sent for {SECONDS:g} seconds")
    for name in ("latency, median ms", "latency, 95 % below ms", "read a second", "dropped of the camera's, %"):
        print(ROW.format(name, *(f"{column[name]:.1f}" for column in columns.values())))
    print(ROW.format("bar of the latency, ms", *(f"≤ {LATENCY_MS}" for _ in columns)))


if __name__ == "__main__":
    main()
