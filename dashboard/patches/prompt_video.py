"""Video over WebRTC, each of whose frames waits for the next one, on its way in and on its way out.

aiortc decodes a frame once a packet of the next one comes, and the component returns the answer to a frame when another
one comes: at 24 frames a second each costs up to 42 ms. aiortc 1.16 (`JitterBuffer._remove_frame`), streamlit-webrtc
0.79 (`AsyncMediaProcessTrack.recv`). `dashboard.app_pages.live.webrtc.load` imports this: aiortc needs its care.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import av
import streamlit_webrtc.webrtc
from aiortc import MediaStreamTrack, rtcrtpreceiver
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.mediastreams import MediaStreamError


def install() -> None:
    """Have frames handed over and answers returned at once, from the next connection on."""
    vars(rtcrtpreceiver)["JitterBuffer"] = PromptBuffer
    vars(streamlit_webrtc.webrtc)["AsyncVideoProcessTrack"] = PromptTrack


class PromptBuffer(JitterBuffer):
    """Hands a frame of video over once all its packets are there: the last of them bears RTP's marker (RFC 7741, 6184).

    Where a packet is missing it waits for it, as aiortc does; and for the next frame where no packet bears a marker.
    """

    _handed: int | None = None  # the time stamp of the frame handed over last

    def _remove_frame(self, sequence_number: int) -> JitterFrame | None:
        if not self._is_video:
            return super()._remove_frame(sequence_number)
        while (first := self._at(0)) is not None and first.timestamp == self._handed:  # padding after the marker
            self.remove(1)
        frame = super()._remove_frame(sequence_number) or self._marked()
        if frame is not None:
            self._handed = frame.timestamp
        return frame

    def _at(self, place: int) -> Any:  # a packet or None; the receiver adds `_data` to it, which its type lacks
        assert self._origin is not None  # a packet has come
        return self._packets[(self._origin + place) % self.capacity]

    def _marked(self) -> JitterFrame | None:
        """Return the frame up to the first marker; before it a run of packets of this frame alone stands."""
        data = []
        for count in range(self.capacity):
            packet = self._at(count)
            if packet is None:
                break
            data.append(packet._data)
            if packet.marker:
                self.remove(count + 1)
                return JitterFrame(b"".join(data), packet.timestamp)
        return None


class PromptTrack(MediaStreamTrack):
    """Gives each answer as soon as it is there; of the frames that come meanwhile only the newest is read.

    Args:
        track: where frames come from.
        processor: has `recv`, which turns a frame into its answer, and may have `on_ended`.
    """

    kind = "video"

    def __init__(self, track: MediaStreamTrack, processor: Any) -> None:  # of any class with what is said above
        super().__init__()
        self._track: Any = track  # its frames are pictures
        self._processor = processor
        self._newest: asyncio.Queue[av.VideoFrame | None] = asyncio.Queue(1)  # None: no more will come
        self._taking: asyncio.Task[None] | None = None
        self._reader = ThreadPoolExecutor(1, "live_reader")
        track.on("ended", self.stop)

    async def recv(self) -> av.VideoFrame:
        """Return the answer to the newest frame.

        Raises:
            aiortc.mediastreams.MediaStreamError: if no more will come.
        """
        if self.readyState != "live":
            raise MediaStreamError
        if self._taking is None:
            self._taking = asyncio.create_task(self._take())
        frame = await self._newest.get()
        if frame is None:
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        answer: av.VideoFrame = await loop.run_in_executor(self._reader, self._processor.recv, frame)
        answer.pts, answer.time_base = frame.pts, frame.time_base
        return answer

    def stop(self) -> None:
        """Read no more frames."""
        if self.readyState != "live":
            return
        super().stop()
        self._track.stop()
        if self._taking is not None:
            self._taking.cancel()
        self._keep(None)
        self._reader.shutdown(wait=False)
        if hasattr(self._processor, "on_ended"):
            self._processor.on_ended()

    async def _take(self) -> None:
        try:
            while True:
                self._keep(await self._track.recv())
        except MediaStreamError:
            self.stop()

    def _keep(self, frame: av.VideoFrame | None) -> None:
        if self._newest.full():
            self._newest.get_nowait()
        self._newest.put_nowait(frame)
