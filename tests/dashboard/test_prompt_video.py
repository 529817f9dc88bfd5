"""Frames over WebRTC that wait for nothing: whole and in order all the same, and still needed."""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Iterable
from fractions import Fraction
from types import ModuleType, SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from dashboard.app_pages.live import webrtc

CAPACITY = 32
DATA = {number: b"".join(b"%c%d" % (64 + number, place) for place in range(3)) for number in range(1, 6)}


@pytest.fixture(scope="module")
def prompt_video() -> ModuleType:
    webrtc.load()
    from dashboard.patches import prompt_video

    return prompt_video


def packets(order: str, first: int, has_markers: bool = True) -> list[Any]:
    """Return packets by their names: "B1" is the middle one of the second frame, "B+" one of padding after its last.

    Args:
        order: names in the order in which they come, parted by spaces.
        first: the sequence number of "A0".
        has_markers: whether each frame's last packet bears the marker. Defaults to yes.
    """
    from aiortc.rtp import RtpPacket

    made, has_padding = [], "+" in order
    for name in order.split():
        frame, place = "ABCDE".index(name[0]), "012+".index(name[1])
        number = (first + frame * (3 + has_padding) + place) % 2**16
        packet = RtpPacket(sequence_number=number, timestamp=frame + 1, marker=int(has_markers and place == 2))
        packet._data = b"" if place == 3 else name.encode()
        made.append(packet)
    return made


def handed(buffer: Any, made: Iterable[Any]) -> dict[int, int]:
    """Return at which packet each frame was handed over, by the frame; all must be whole."""
    found: dict[int, int] = {}
    for count, packet in enumerate(made, start=1):
        _, frame = buffer.add(packet)
        if frame is not None:
            assert frame.data == DATA[frame.timestamp]
            found[frame.timestamp] = count
    assert list(found) == sorted(found)
    return found


@pytest.mark.parametrize("first", [100, 65533])
@pytest.mark.parametrize(
    ("order", "times"),
    [
        ("A0 A1 A2 B0 B1 B2", {1: 3, 2: 6}),
        ("A0 A2 A1 B0 B2 B1", {1: 3, 2: 6}),
        ("A0 A1 B0 A2 B1 B2", {1: 4, 2: 6}),
        ("A0 A2 B0 B1 B2 A1 C0 C1 C2", {1: 6, 2: 7, 3: 9}),  # A1 was lost and is sent again
        ("A0 A1 A2 A2 A1 B0 B1 B1 B2", {1: 3, 2: 9}),  # some come twice
        ("A0 A1 A2 A+ B0 B1 B2 B+", {1: 3, 2: 7}),
        ("A0 A1 A2 B0 A+ B1 B2 B+", {1: 3, 2: 7}),
    ],
)
def test_a_frame_is_handed_over_once_all_its_packets_are_there(
    order: str, times: dict[int, int], first: int, prompt_video: ModuleType
) -> None:
    assert handed(prompt_video.PromptBuffer(CAPACITY, is_video=True), packets(order, first)) == times


def test_without_markers_a_frame_is_handed_over_with_the_next(prompt_video: ModuleType) -> None:
    made = packets("A0 A1 A2 B0 B1 B2", 100, has_markers=False)
    assert handed(prompt_video.PromptBuffer(CAPACITY, is_video=True), made) == {1: 4}


def test_after_a_packet_lost_for_good_a_new_start_is_asked_for(prompt_video: ModuleType) -> None:
    buffer = prompt_video.PromptBuffer(8, is_video=True)
    assert handed(buffer, packets("A0 A1 A2 B0 B2 C0 C1", 100)) == {1: 3}
    told = [buffer.add(packet) for packet in packets("C2 D0 D1 D2 E0 E1 E2", 100)]
    frames = [frame.data for _, frame in told if frame is not None]
    assert any(is_asked for is_asked, _ in told)
    assert frames == [DATA[3], DATA[4], DATA[5]]


def test_sound_is_left_as_it_is(prompt_video: ModuleType) -> None:
    assert handed(prompt_video.PromptBuffer(CAPACITY, prefetch=4), packets("A0 A1 A2 B0 B1 B2 C0 C1 C2", 100)) == {}


def test_aiortc_waits_for_the_next_frame(prompt_video: ModuleType) -> None:
    """Else `PromptBuffer` isn't needed any more."""
    from aiortc import rtcrtpreceiver
    from aiortc.jitterbuffer import JitterBuffer

    assert handed(JitterBuffer(CAPACITY, is_video=True), packets("A0 A1 A2 B0 B1 B2", 100)) == {1: 4}
    assert rtcrtpreceiver.JitterBuffer is prompt_video.PromptBuffer


# Answers -------------------------------------------------------------------------------------------------------------


def picture(number: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.zeros((2, 2, 3), np.uint8), format="rgb24")
    frame.pts, frame.time_base = number, Fraction(1, 90_000)
    return frame


def source() -> Any:
    """Return a track whose frames stand in its `frames`; None ends it."""
    from aiortc import MediaStreamTrack
    from aiortc.mediastreams import MediaStreamError

    class Source(MediaStreamTrack):
        kind = "video"

        def __init__(self) -> None:
            super().__init__()
            self.frames: asyncio.Queue[av.VideoFrame | None] = asyncio.Queue()

        async def recv(self) -> av.VideoFrame:
            frame = await self.frames.get()
            if frame is None:
                self.stop()
                raise MediaStreamError
            return frame

    return Source()


def test_an_answer_comes_before_the_next_frame_and_only_the_newest_is_read(prompt_video: ModuleType) -> None:
    from aiortc.mediastreams import MediaStreamError

    read: list[int] = []
    ended: list[bool] = []
    has_begun, may_go_on = threading.Event(), threading.Event()

    def answer(frame: av.VideoFrame) -> av.VideoFrame:
        read.append(frame.pts)
        has_begun.set()
        assert may_go_on.wait(20)
        return picture(0)

    async def play() -> None:
        track = source()
        answers = prompt_video.PromptTrack(track, SimpleNamespace(recv=answer, on_ended=lambda: ended.append(True)))
        track.frames.put_nowait(picture(1))
        first = asyncio.create_task(answers.recv())
        await asyncio.to_thread(has_begun.wait, 20)
        for number in (2, 3, 4):
            track.frames.put_nowait(picture(number))
        await asyncio.sleep(0)
        while not track.frames.empty():
            await asyncio.sleep(0.001)
        may_go_on.set()
        assert (await first).pts == 1
        assert (await answers.recv()).pts == 4
        coming = asyncio.create_task(answers.recv())
        track.frames.put_nowait(None)
        with pytest.raises(MediaStreamError):
            await coming
        with pytest.raises(MediaStreamError):
            await answers.recv()

    asyncio.run(asyncio.wait_for(play(), 30))
    assert read == [1, 4]
    assert ended == [True]


def test_a_stopped_track_ends_who_waits_for_an_answer(prompt_video: ModuleType) -> None:
    from aiortc.mediastreams import MediaStreamError

    async def play() -> None:
        answers = prompt_video.PromptTrack(source(), SimpleNamespace(recv=lambda frame: frame))
        coming = asyncio.create_task(answers.recv())
        await asyncio.sleep(0)
        answers.stop()
        with pytest.raises(MediaStreamError):
            await coming

    asyncio.run(asyncio.wait_for(play(), 30))


def test_the_component_keeps_an_answer_until_the_next_frame(prompt_video: ModuleType) -> None:
    """Else `PromptTrack` isn't needed any more."""
    from streamlit_webrtc import process
    from streamlit_webrtc import webrtc as component

    async def play() -> None:
        track, answer = source(), picture(9)
        answers = process.AsyncVideoProcessTrack(track, SimpleNamespace())
        answers._thread = SimpleNamespace(join=lambda timeout: None)  # the thread that reads has done its work
        answers._in_queue, answers._out_lock, answers._out_deque = queue.Queue(), threading.Lock(), deque([answer])
        coming = asyncio.create_task(answers.recv())
        await asyncio.sleep(0.05)
        assert not coming.done()
        track.frames.put_nowait(picture(1))
        assert await coming is answer
        answers.stop()

    asyncio.run(asyncio.wait_for(play(), 30))
    assert component.AsyncVideoProcessTrack is prompt_video.PromptTrack
