"""Frames a second of the Live page's reader at 640×480 with one moving face, without and with Grad-CAM.

Each frame goes the whole way that it goes in the app: decoded from VP8 as it comes from the browser, searched or
followed, read, explained, drawn on, and encoded again. All steps run one after the other here; in the app decoding and
encoding go on beside the reading where there is a second core.
"""

from collections.abc import Iterator
from fractions import Fraction
from statistics import median
from time import perf_counter

import av
import numpy as np

from dashboard.app_pages.live import results as live_results
from dashboard.app_pages.live import webrtc as live_webrtc
from dashboard.app_pages.live.reader import STRONGEST, Settings
from models.detection import DETECTORS
from tests.models.films import portrait

SIZE = (640, 480)
FRAMES = 150
WARM = 15
BARS = {"without Grad-CAM": 15, "with Grad-CAM": 10}
ROW = "{:22}{:>18}{:>18}"


def frames() -> Iterator[av.VideoFrame]:
    """Yield a portrait that sways from side to side."""
    picture = portrait("astronaut", SIZE)
    for number in range(FRAMES):
        shift = round(40 * np.sin(number / 12))
        frame = av.VideoFrame.from_ndarray(np.roll(picture, shift, axis=1), format="rgb24").reformat(format="yuv420p")
        frame.pts, frame.time_base = 3750 * number, Fraction(1, 90_000)
        yield frame


def measure(settings: Settings) -> dict[str, float]:
    """Return the median milliseconds of each stage, of a whole frame, and the frames a second."""
    live_webrtc.load()
    from aiortc.codecs.vpx import Vp8Decoder, Vp8Encoder, vp8_depayload
    from aiortc.jitterbuffer import JitterFrame

    reader = live_results.new_live("emotion", next(iter(DETECTORS)))
    reader.choose(settings)
    sender, receiver, answerer = Vp8Encoder(), Vp8Decoder(), Vp8Encoder()
    stages: list[dict[str, float]] = []
    for number, frame in enumerate(frames()):
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
    if reader.now().error or not reader.now().moments[-1].faces:
        raise RuntimeError(f"The face is not read: {reader.now().error or 'none is found'}.")
    names = {name for stage in stages for name in stage}
    found = {name: 1000 * median(stage.get(name, 0.0) for stage in stages) for name in names}
    whole = sum(stage["whole frame"] for stage in stages)
    reading = sum(stage["read in all"] for stage in stages)
    return found | {"frames/s, reading": len(stages) / reading, "frames/s, all": len(stages) / whole}


def main() -> None:
    """Measure both and print the table."""
    live_results.film_warming("emotion", next(iter(DETECTORS))).join()
    columns = {
        "without Grad-CAM": measure(Settings()),
        "with Grad-CAM": measure(Settings(explained=STRONGEST)),
    }
    print(f"\nLive at {SIZE[0]}×{SIZE[1]}, one face, {FRAMES - WARM} frames; median milliseconds a frame")
    print(ROW.format("", *columns))
    order = ("decode", "convert", "find", "expression", "map", "draw", "read in all", "encode", "whole frame")
    for name in order:
        print(ROW.format(name, *(f"{column[name]:.1f}" if name in column else "–" for column in columns.values())))
    for name in ("frames/s, reading", "frames/s, all"):
        print(ROW.format(name, *(f"{column[name]:.1f}" for column in columns.values())))
    print(ROW.format("bar", *(f"{BARS[name]}" for name in columns)))


if __name__ == "__main__":
    main()
