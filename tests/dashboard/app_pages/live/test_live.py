"""One camera's frames: what is drawn, told and forgotten; and the parts around it."""

import gc
import threading
import weakref
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace

import av
import numpy as np
import pytest

from dashboard.app_pages.live import reader as live_reader
from dashboard.app_pages.live.reader import Live, Settings
from dashboard.drawing import pictures
from models.detection import Face
from models.emotion import EXPRESSIONS
from models.faces.tracking import Sighting

GREY = np.full((120, 160, 3), 128, np.uint8)
SHARES = np.array([0.01, 0.01, 0.01, 0.9, 0.02, 0.03, 0.02])


class Tracker:
    """Sees one face on every frame, whose answer is "happy"; remembers the frames."""

    def __init__(self) -> None:
        self.frames: list[np.ndarray] = []
        self.error: Exception | None = None

    def update(self, image: np.ndarray, time: float) -> SimpleNamespace:
        if self.error is not None:
            raise self.error
        self.frames.append(image)
        transform = np.array([[1, 0, 60], [0, 1, 40]], np.float32)
        face = Face((60, 40, 48, 48), 0.9, crop=np.zeros((48, 48), np.uint8), transform=transform)
        seen = Sighting(1, face, SHARES, "happy")
        return SimpleNamespace(time=time, sightings=(seen,), seconds={"find": 0.01, "expression": 0.002})


class Clock:
    """Time that moves on by a step whenever a frame begins."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


def camera() -> tuple[Live, Tracker, Clock, list[tuple[int, list[int]]]]:
    asked: list[tuple[int, list[int]]] = []

    def explain(crops: np.ndarray, targets: Sequence[int], is_minus_usual: bool) -> np.ndarray:
        asked.append((len(crops), list(targets)))
        values = np.zeros((len(crops), 6, 6), np.float32)
        values[:, 2:4, 2:4] = -1 if is_minus_usual else 1
        return values

    tracker, clock = Tracker(), Clock()
    return Live(tracker, explain, EXPRESSIONS, clock), tracker, clock, asked


def test_face_and_answer_are_drawn_on_a_copy() -> None:
    reader, tracker, _, asked = camera()
    image = GREY.copy()
    drawn = reader.see(image)
    assert (image == 128).all()
    assert (drawn[40:88, 60] == [255, 180, 84]).all(axis=-1).mean() > 0.8, "the left side of the box"
    assert not asked, "no map without being asked for"
    assert len(tracker.frames) == 1


def test_frame_rate_is_that_of_the_last_seconds() -> None:
    reader, _, clock, _ = camera()
    assert reader.now().rate == 0
    for step in range(40):
        clock.time = step / 20
        reader.see(GREY)
    assert reader.now().rate == pytest.approx(20)
    assert reader.now().frames == 40
    assert reader.now().size == (160, 120)
    assert reader.now().milliseconds["find"] == pytest.approx(10)
    clock.time += 10
    assert reader.now().rate == 0, "no frame has come for a while"


def test_half_a_minute_of_probabilities_stays_and_no_frame() -> None:
    reader, tracker, clock, _ = camera()
    for step in range(2000):
        clock.time = step / 40
        reader.see(GREY[:40, :60])
    moments = reader.now().moments
    assert moments[-1].time - moments[0].time <= live_reader.TIMELINE_SECONDS
    assert 200 <= len(moments) <= 301
    assert moments[-1].faces[0].shares == tuple(SHARES)
    image = tracker.frames[-1].copy()
    tracker.frames.clear()
    drawn = reader.see(image)
    tracker.frames.clear()
    held = weakref.ref(drawn)
    del drawn
    gc.collect()
    assert held() is None


def test_picture_is_mirrored_unless_switched_off() -> None:
    reader, tracker, _, _ = camera()
    image = GREY.copy()
    image[:, :20] = 0
    reader.see(image)
    assert (tracker.frames[-1][:, -20:] == 0).all()
    reader.choose(Settings(is_mirrored=False))
    reader.see(image)
    assert (tracker.frames[-1][:, :20] == 0).all()


@pytest.mark.parametrize(("explained", "target"), [(live_reader.STRONGEST, 3), ("sad", 4)])
def test_map_is_laid_over_the_face_for_the_chosen_expression(explained: str, target: int) -> None:
    reader, _, _, asked = camera()
    plain = reader.see(GREY)
    reader.choose(Settings(explained=explained, palette="inferno"))
    drawn = reader.see(GREY)
    assert asked == [(1, [target])]
    changed = np.abs(drawn.astype(int) - plain).sum(axis=-1) > 30
    assert changed[56:72, 76:92].mean() > 0.9, "where the map is hot"
    assert not changed[:30].any()
    assert "map" in reader.now().milliseconds


def test_what_is_less_than_usual_is_blue_on_the_face() -> None:
    reader, *_ = camera()
    reader.choose(Settings(explained="sad", is_minus_usual=True))
    red, _, blue = reader.see(GREY)[60:68, 80:88].reshape(-1, 3).mean(axis=0)
    assert blue > red + 30


def test_an_error_passes_the_frame_on_and_is_told() -> None:
    reader, tracker, _, _ = camera()
    tracker.error = RuntimeError("out of memory")
    frame = av.VideoFrame.from_ndarray(GREY, format="rgb24")
    assert reader.answer(frame) is frame
    assert reader.now().error == "out of memory"
    tracker.error = None
    answer = reader.answer(frame)
    assert (answer.width, answer.height) == (160, 120)
    assert reader.now().error == ""


def test_page_may_ask_while_frames_come() -> None:
    reader, _, _, _ = camera()
    stop = threading.Event()
    errors: list[BaseException] = []

    def deliver() -> None:
        try:
            while not stop.is_set():
                reader.see(GREY[:40, :60])
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=deliver)
    thread.start()
    for step in range(200):
        reader.now()
        reader.choose(Settings(explained=None if step % 2 else "sad"))
    stop.set()
    thread.join(20)
    assert not errors
    assert not thread.is_alive()


def test_uncertain_names_the_strongest_as_well() -> None:
    seen = Sighting(2, Face((0, 0, 9, 9), 0.9), SHARES / 3, "uncertain")
    assert live_reader.caption(seen, EXPRESSIONS) == "2  uncertain (happy 30 %)"
    masked = replace(seen, hides_mouth=True)
    assert live_reader.caption(masked, EXPRESSIONS) == "2  uncertain, mouth hidden (happy 30 %)"


# Around it -----------------------------------------------------------------------------------------------------------


def test_captions_stay_within_the_frame() -> None:
    drawn = pictures.mark(GREY, [(120, 0, 60, 60), (-20, 100, 50, 60)], ["1  surprise 99 %", "2  sad 80 %"], corner="9")
    assert drawn.shape == GREY.shape
    assert ((drawn == [255, 180, 84]).all(axis=-1)).sum() > 500
