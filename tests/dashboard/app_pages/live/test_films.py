"""What is told of a film: where the answer changes, each face's course, the tables."""

import csv
import io
import json
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from dashboard.app_pages.live import films as live_films
from dashboard.app_pages.live.films import Changes, Moment, Reading, Seen, Shown, Span
from dashboard.drawing import figures
from models.emotion import EXPRESSIONS
from models.faces.tracking import SEARCH_EVERY, Tracker
from models.pose.following import Bodies
from models.pose.openness import Openness
from models.video import Film
from tests.models.films import couple, encode, portrait

LABELS = ("happy", "sad")
IMAGE = np.full((60, 80, 3), 90, np.uint8)


def seen(expression: str, number: int = 1) -> Seen:
    shares = {"happy": (0.9, 0.1), "sad": (0.2, 0.8), "uncertain": (0.5, 0.5)}[expression]
    return Seen(number, (10, 10, 20, 20), shares, expression)


def course(expressions: str, pace: float = 0.1) -> list[Moment]:
    """Moments with one face, a letter each: h, s, u, or - for none."""
    names = {"h": "happy", "s": "sad", "u": "uncertain"}
    return [
        Moment(pace * index, () if letter == "-" else (seen(names[letter]),))
        for index, letter in enumerate(expressions)
    ]


def changes(expressions: str, **settings: int) -> Changes:
    found = Changes(**settings)
    for moment in course(expressions):
        found.look(moment, IMAGE)
    return found


def test_first_answer_and_each_lasting_change_are_key_frames() -> None:
    found = changes("hhhhhhhssssssss")
    assert [(round(frame.time, 1), frame.words) for frame in found.key_frames] == [
        (0.0, "Face 1: happy"),
        (0.7, "Face 1: happy → sad"),
    ]
    assert found.key_frames[0].picture.shape == IMAGE.shape
    assert not np.array_equal(found.key_frames[0].picture, IMAGE), "the face is marked"


def test_a_flicker_is_no_change() -> None:
    assert [frame.words for frame in changes("hhhhhhshhsshhhh").key_frames] == ["Face 1: happy"]


def test_a_face_that_leaves_at_once_is_none() -> None:
    assert changes("hh----hh----").key_frames == ()


def test_more_changes_than_pictures_are_counted() -> None:
    found = changes("hhhhhssssshhhhhsssss", most=2)
    assert len(found.key_frames) == 2
    assert found.count == 4


def test_course_has_a_gap_where_the_face_was_away() -> None:
    times, shares = live_films.course(course("hh" + "-" * 12 + "ss"), 1)
    assert len(times) == 5
    assert np.isnan(shares[2]).all()
    assert shares[-1] == pytest.approx([0.2, 0.8])
    assert live_films.course([], 1)[1].shape[0] == 0


def test_spans_say_from_when_to_when() -> None:
    assert [
        (round(span.start, 1), round(span.end, 1), span.answer) for span in live_films.spans(course("hhuuhh"), 1)
    ] == [
        (0.0, 0.1, "happy"),
        (0.2, 0.3, "uncertain"),
        (0.4, 0.5, "happy"),
    ]
    assert live_films.spans(course("h"), 2) == []
    assert isinstance(live_films.spans(course("h"), 1)[0], Span)


def test_faces_that_stay_come_first() -> None:
    moments = [Moment(0, (seen("happy", 2), seen("sad", 1))), Moment(1, (seen("sad", 2),))]
    assert live_films.numbers(moments) == [2, 1]
    assert live_films.numbers(moments, least=2) == [2]


def test_chart_has_a_strip_for_each_class_and_the_last_share_beside_it() -> None:
    times, shares = live_films.course(course("hhh" + "-" * 12 + "ss"), 1)
    figure = figures.courses(times, shares, LABELS, 0, (0, 2), "Seconds")
    strongest, others = figure.data
    assert max(y for y in strongest.y if y is not None) == pytest.approx(1 + 0.86 * 0.9)
    assert max(y for y in others.y if y is not None) == pytest.approx(0.86 * 0.8)
    assert strongest.y.count(None) == 2, "a stretch before the gap and one after it"
    assert ["20 %" in label or "80 %" in label for label in figure.layout.yaxis.ticktext] == [True, True]


def test_nothing_seen_makes_an_empty_chart() -> None:
    figure = figures.courses(np.array([]), np.zeros((0, 2)), LABELS, 0, (0, 1), "Seconds")
    assert not any(y is not None for trace in figure.data for y in trace.y or ())


# A film of two people ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data() -> bytes:
    return encode([couple(2 * step) for step in range(16)], rate=15)


def read(data: bytes) -> Reading:
    reports: list[tuple[int, int]] = []
    found = live_films.read(
        Film(data),
        Tracker(),
        tuple("abcdefg"),
        lambda done, total, result=None: reports.append((done, total)),
        Bodies(at_once=True),
    )
    assert reports[0][0] == 0
    assert [done for done, _ in reports] == sorted(done for done, _ in reports)
    return found


@pytest.fixture(scope="module")
def reading(data: bytes) -> Reading:
    return read(data)


def test_two_people_are_kept_apart(reading: Reading) -> None:
    assert reading.size == (480, 240)
    assert len(reading.moments) == 16
    assert live_films.numbers(reading.moments, least=12) in ([1, 2], [2, 1])
    for number, left in ((1, 0), (2, 240)):
        boxes = [face.box for moment in reading.moments for face in moment.faces if face.number == number]
        assert all(left <= box[0] <= left + 230 for box in boxes)
        assert boxes[-1][0] > boxes[0][0] + 15, "both move to the right"
    assert [frame.words.split(":")[0] for frame in reading.key_frames[:2]] == ["Face 1", "Face 2"]
    assert all(face.traces is not None and face.traces.joints is not None for face in reading.moments[0].faces)


def test_csv_and_json_hold_every_face_on_every_frame(reading: Reading) -> None:
    rows = list(csv.DictReader(io.StringIO(live_films.to_csv(reading))))
    faces = sum(len(moment.faces) for moment in reading.moments)
    assert len(rows) == faces
    assert sum(float(rows[0][label]) for label in reading.labels) == pytest.approx(1, abs=0.01)
    assert set(rows[0]) >= {"time", "face", "expression", "box_x", "box_height"}
    whole = json.loads(live_films.to_json(reading, "clip", "emotion", 0.3))
    assert sum(len(frame["faces"]) for frame in whole["frames"]) == faces
    assert whole["width"] == 480
    assert any(len(face["joints"] or ()) == 14 for frame in whole["frames"] for face in frame["faces"])


def test_what_was_read_is_drawn_on_every_frame_of_the_film(data: bytes, reading: Reading) -> None:
    painted: list[int] = []

    def paint(image: np.ndarray, faces: Sequence[Seen]) -> np.ndarray:
        painted.append(len(faces))
        return image

    def drawn(shown: Shown) -> list[np.ndarray]:
        film = Film(live_films.draw(Film(data), reading, shown, paint, lambda *progress: None))
        assert film.codec == "h264"
        shots = list(film.shots(math.inf))
        assert [shot.time for shot in shots] == pytest.approx([step / 15 for step in range(16)], abs=1e-3)
        return [shot.image for shot in shots]

    plain = drawn(Shown(has_faces=False, has_bodies=False))
    boxed, bodies = drawn(Shown(has_bodies=False)), drawn(Shown(has_faces=False))
    assert not painted
    for place in (0, 15):
        changes = [np.abs(each[place].astype(int) - plain[place]).max(axis=-1) > 60 for each in (boxed, bodies)]
        x, y, _, height = reading.moments[place].faces[0].box
        assert changes[0][y : y + height, x].mean() > 0.8, "the left side of the box"
        assert changes[1][y + height :].sum() > 20, "the bones below the face"
        assert not changes[1][:, :20].any()
    drawn(Shown(explained="strongest"))
    assert painted == [2] * 16


# Fake cameras ---------------------------------------------------------------------------------------------------------


def crowd(names: Sequence[str], size: tuple[int, int] = (240, 240)) -> np.ndarray:
    """Portraits side by side, mirrored after a minus; an empty name is an empty place."""
    empty = np.full((size[1], size[0], 3), 128, np.uint8)
    portraits = [portrait(name.lstrip("-"), size) if name else empty for name in names]
    turned = [one[:, ::-1] if name.startswith("-") else one for name, one in zip(names, portraits, strict=True)]
    return np.concatenate(turned, axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenes", "late"),
    [
        ([(["astronaut"], {1}, 6)], 0),
        ([(["astronaut", "grace_hopper", "-astronaut"], {1, 2, 3}, 6)], 0),
        ([(["astronaut", "grace_hopper"], {1, 2}, 4), (["", "grace_hopper"], {2}, 8),
          (["astronaut", "grace_hopper"], {1, 2}, 12)], SEARCH_EVERY),
        ([(["astronaut"], {1}, 5), (["grace_hopper"], {2}, 5), (["astronaut"], {1}, 5)], 0),
    ],
    ids=["one", "three", "leaves and comes back", "jumps"],
)  # fmt: skip
def test_each_face_has_its_own_number_on_every_frame(
    scenes: Sequence[tuple[list[str], set[int], int]], late: int
) -> None:
    seen = read(encode([crowd(names) for names, _, count in scenes for _ in range(count)], rate=15)).moments
    start = 0
    for _, numbers, count in scenes:
        shown = [{face.number for face in moment.faces} for moment in seen[start : start + count]]
        assert set.union(*shown) == numbers
        assert all(one == numbers for one in shown[late:]), "from the scene's first frame on, or from the next search"
        start += count
    assert len(seen) == start


def test_a_hidden_mouth_is_named_wherever_an_answer_stands() -> None:
    masked = replace(seen("happy"), expression="uncertain", hides_mouth=True)
    moments = [Moment(step / 10, (masked,)) for step in range(12)]
    assert [span.answer for span in live_films.spans(moments, 1)] == ["uncertain, mouth hidden"]
    changes = Changes()
    for one in moments:
        changes.look(one, IMAGE)
    assert [frame.words for frame in changes.key_frames] == ["Face 1: uncertain, mouth hidden"]
    film = Reading((80, 60), LABELS, tuple(moments))
    assert {row["hides_mouth"] for row in csv.DictReader(io.StringIO(live_films.to_csv(film)))} == {"True"}
    assert json.loads(live_films.to_json(film, "clip", "emotion", 0.3))["frames"][0]["faces"][0]["hides_mouth"] is True


def test_table_of_a_film_without_faces_has_its_columns() -> None:
    empty = Reading((4, 4), LABELS, (Moment(0.0, ()),))
    assert live_films.to_csv(empty).startswith("time,face,expression,happy,sad,box_x")


def test_words_for_expression_and_body_stand_beside_the_answer() -> None:
    shares = tuple({"happy": 0.9, "neutral": 0.1}.get(name, 0.0) for name in EXPRESSIONS)
    happy = Seen(1, (10, 10, 20, 20), shares, "happy", body=Openness(("arm raised",)))
    faces = [replace(happy, body=None), happy, happy, replace(happy, body=Openness(()))]
    moments = tuple(Moment(step / 10, (one, replace(one, number=2, body=None))) for step, one in enumerate(faces))
    (span,) = live_films.spans(moments, 1)
    words = {"Positive or negative": "positive", "Open or closed": "open"}
    assert live_films.impressions(live_films.within(moments, 1, span), EXPRESSIONS) == words
    assert live_films.impressions(live_films.within(moments, 2, span), EXPRESSIONS)["Open or closed"] == "–"
    masked = replace(happy, expression="uncertain", hides_mouth=True)
    assert live_films.impressions([masked], EXPRESSIONS) == words | {"Positive or negative": "–"}
    assert live_films.impressions([seen("happy")], LABELS) == {}, "classes that are no expressions have no words"
    film = Reading((80, 60), EXPRESSIONS, moments)
    row = list(csv.DictReader(io.StringIO(live_films.to_csv(film))))[2]
    assert (row["valence"], row["openness"], row["signs"]) == ("0.729", "open", "arm raised")
    told = json.loads(live_films.to_json(film, "clip", "emotion", 0.3))["frames"][3]["faces"][0]
    assert (told["valence"], told["openness"], told["signs"]) == (0.729, "neither", "")
