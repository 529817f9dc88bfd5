"""The Inspect page in its states, and the words and pictures it is made of."""

import io
import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

import interp
from dashboard import state
from dashboard.app_pages.inspect import answer as inspect_answer
from dashboard.app_pages.inspect import drawn, everybody
from dashboard.app_pages.inspect import results as inspect_results
from dashboard.app_pages.inspect import views as inspect_views
from dashboard.drawing import pictures, tables
from dashboard.pickers.by_hand import add_drawn
from dashboard.services import explanations, networks, photos
from dashboard.services.kept import Kept
from dashboard.subject import ByHand, Photo, Subject
from dashboard.widgets.gallery import Tile
from models import EXPRESSIONS, Analysis, analyse, detection, list_cards, load_card, load_image
from models.images import crop_face
from models.pose import NAMES
from models.pose.openness import Openness
from tests.dashboard import people
from tests.dashboard.conftest import sample_bytes
from tests.support.screen import table, texts

OpenPage = Callable[..., AppTest]
Upload = Callable[[str, bytes], AppTest]
VISITORS = itertools.count()


@pytest.fixture
def with_people(monkeypatch: pytest.MonkeyPatch, found_anew: None) -> None:
    """Made-up people on every photo, as a pose network would find them."""
    find(monkeypatch, people.add_people, has_pose=True)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, found_anew: None) -> None:
    """A pose network that finds nobody."""
    find(monkeypatch, find_nobody, has_pose=True)


@pytest.fixture
def without_pose(monkeypatch: pytest.MonkeyPatch, found_anew: None) -> None:
    """No pose network, and so nobody."""
    find(monkeypatch, find_nobody, has_pose=False)


@pytest.fixture
def found_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps what is found on a photo to one test: to Streamlit, all visitors of this process are one session."""
    kept, visitor = photos._analysis, str(next(VISITORS))
    monkeypatch.setattr(photos, "_analysis", lambda photo_id, *rest: kept(visitor + photo_id, *rest))


def find(monkeypatch: pytest.MonkeyPatch, how: Callable[..., Analysis], *, has_pose: bool) -> None:
    has_network = networks.has_network
    monkeypatch.setattr("models.analysis.add_people", how)
    monkeypatch.setattr(photos, "add_people", how)
    monkeypatch.setattr(networks, "has_network", lambda name: has_pose if name == "pose" else has_network(name))


def find_nobody(image: np.ndarray, found: Analysis, people_boxes: Any = None) -> Analysis:
    return replace(found, people=())


@pytest.fixture(scope="module")
def subject() -> Subject:
    photo = Photo("grace", sample_bytes("grace_hopper"), "Upload")
    image = load_image(photo.data)
    return Subject(photo, image, analyse(image, boxes=[(150, 60, 200, 200)]), 0)


def with_face(subject: Subject, **changes: Any) -> Subject:
    """Return the subject with its only face changed."""
    faces = (replace(subject.face, **changes),)
    return replace(subject, analysis=replace(subject.analysis, faces=faces))


# Switches ------------------------------------------------------------------------------------------------------------


def test_switches_stand_in_the_address_bar_and_outlive_the_page(open_page: OpenPage, with_people: None) -> None:
    app = open_page(points="false", pose="false")
    assert [app.toggle(key=key).value for key in (drawn.FACES, drawn.POINTS, drawn.POSE)] == [
        True,
        False,
        False,
    ]
    app.toggle(key=drawn.FACES).set_value(False).run()
    app.switch_page("app_pages/dream/page.py").run()
    app.switch_page("app_pages/inspect/page.py").run()
    assert not app.exception
    assert [app.toggle(key=key).value for key in (drawn.FACES, drawn.POINTS, drawn.POSE)] == [False] * 3


def test_page_without_pose_network_says_nothing_of_bodies(open_page: OpenPage, without_pose: None) -> None:
    app = open_page()
    assert drawn.POSE not in {toggle.key for toggle in app.toggle}
    assert "person found" not in texts(app)
    assert app.get_by_key(state.ADD).options == ["Add face"]


# People --------------------------------------------------------------------------------------------------------------


def test_joints_of_the_person_are_listed(open_page: OpenPage, with_people: None) -> None:
    app = open_page()
    joints = table(app, "Joint")
    assert joints["Joint"].tolist()[:3] == ["Head top", "Neck", "Right shoulder"]
    assert sorted(joints["Joint"]) == sorted(tables.words(name) for name in NAMES)
    assert joints["Confidence"][0] == pytest.approx(99)
    assert "Person 1: face 1, 10 of 14 joints" in texts(app)
    assert table(app, "Happy")["Person"].tolist() == [1]


def test_choosing_a_face_chooses_its_person(open_page: OpenPage, with_people: None) -> None:
    app = open_page(sample="Group", face="2")
    assert app.selectbox(key=state.PERSON).value == 2
    app.get_by_key(state.FACE).set_value(4).run()
    assert app.selectbox(key=state.PERSON).value == 4
    app.selectbox(key=state.PERSON).set_value(3).run()
    assert app.get_by_key(state.FACE).value == 4
    assert "Person 3: face 3" in texts(app)


def test_nobody_is_said_quietly(open_page: OpenPage, nobody: None) -> None:
    app = open_page()
    assert "No person found" in texts(app)
    assert drawn.POSE not in {toggle.key for toggle in app.toggle}


def test_person_is_added_by_a_box_and_removed(open_page: OpenPage, with_people: None) -> None:
    app = open_page()
    app.get_by_key(state.ADD).set_value("Person").run()
    app.button(key="use_box").click().run()
    assert not app.exception
    assert app.get_by_key(state.ADD).value is None
    assert app.selectbox(key=state.PERSON).value == 2, "the new one is chosen"
    assert "Person 2: no face" in texts(app)
    app.button(key="forget_by_hand").click().run()
    assert "Person 2" not in texts(app)


def test_person_without_a_face_is_shown(upload: Upload, with_people: None, landscape: bytes) -> None:
    app = upload("landscape.png", landscape)
    assert "No face found" in texts(app)
    app.get_by_key(state.ADD).set_value("Person").run()
    app.button(key="use_box").click().run()
    assert not app.exception
    assert "No face found" in texts(app)
    assert len(table(app, "Joint")) == 14


def test_person_is_asked_for_by_a_link(open_page: OpenPage, with_people: None) -> None:
    app = open_page(sample="Group", face="2", person="4")
    assert app.selectbox(key=state.PERSON).value == 4
    app.get_by_key(state.FACE).set_value(1).run()
    assert app.selectbox(key=state.PERSON).value == 1


@pytest.mark.parametrize("page", ["attribution", "activations", "dream"])
def test_person_without_a_face_is_looked_at_on_every_lens(
    upload: Upload, with_people: None, landscape: bytes, page: str
) -> None:
    app = upload("landscape.png", landscape)
    app.get_by_key(state.ADD).set_value("Person").run()
    app.button(key="use_box").click().run()
    app.switch_page(f"app_pages/{page}/page.py").run()
    app.selectbox(key=state.NETWORK).select("pose").run()
    assert not app.exception
    assert ("over the person" if page == "activations" else "the person in a box by hand") in texts(app)


def test_one_of_several_people_is_chosen_on_a_lens(open_page: OpenPage, with_people: None) -> None:
    app = open_page()
    app.get_by_key(state.ADD).set_value("Person").run()
    app.button(key="use_box").click().run()
    app.switch_page("app_pages/attribution/page.py").run()
    app.selectbox(key=state.NETWORK).select("pose").run()
    assert app.selectbox(key=state.PERSON).value == 2
    assert "the person in a box by hand" in texts(app)
    app.selectbox(key=state.PERSON).set_value(1).run()
    assert not app.exception
    assert "the person of this face" in texts(app)


# Faces ---------------------------------------------------------------------------------------------------------------


def test_face_by_hand_joins_those_found_and_is_chosen(open_page: OpenPage, found_anew: None) -> None:
    app = open_page()
    before = table(app, "Happy")
    app.get_by_key(state.ADD).set_value("Face").run()
    for key, value in (("left", 20), ("top", 300), ("width", 90), ("height", 100)):
        next(box for box in app.number_input if box.key.startswith(f"face_{key}_")).set_value(value)
    app.button(key="use_box").click().run()
    assert not app.exception
    after = table(app, "Happy")
    assert len(after) == 2
    assert after.iloc[0].equals(before.iloc[0]), "the face that was found stays as it was"
    assert after["Box (x, y, width, height)"][1] == "20, 300, 90, 100"
    assert app.get_by_key(state.FACE).value == 2
    app.button(key="forget_by_hand").click().run()
    assert len(table(app, "Happy")) == 1


def test_raw_scores_are_shown_on_demand(open_page: OpenPage) -> None:
    app = open_page()
    assert "softmax" not in texts(app)
    app.toggle(key=inspect_views.LOGITS).set_value(True).run()
    assert not app.exception
    assert "softmax of these logits" in texts(app)


@pytest.mark.parametrize("name", [card.name for card in list_cards() if card.task == "expression"])
def test_softmax_of_the_logits_gives_the_probabilities(name: str, subject: Subject) -> None:
    from models import emotion

    crop = subject.face.crop
    logits = explanations.logits.__wrapped__(name, crop) / (networks.card(name).temperature or 1)
    shares = np.exp(logits - logits.max())
    assert shares / shares.sum() == pytest.approx(emotion.predict(crop[None], name)[0], abs=1e-5)


def crowd(rows: int) -> bytes:
    """Return a picture of eight faces in each row."""
    photo = Image.open(io.BytesIO(sample_bytes("astronaut"))).crop((140, 20, 320, 240)).resize((90, 110))
    picture = Image.new("RGB", (8 * 90, rows * 110))
    for number in range(8 * rows):
        picture.paste(photo, (number % 8 * 90, number // 8 * 110))
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return buffer.getvalue()


def test_many_faces_are_chosen_from_a_list(upload: Upload) -> None:
    app = upload("crowd.png", crowd(4))
    count = len(table(app, "Happy"))
    assert count >= 30
    app.selectbox(key=state.FACE).set_value(count).run()
    assert not app.exception
    assert f"Face {count} of {count}" in texts(app)


def test_detectors_are_set_side_by_side(open_page: OpenPage) -> None:
    known = dict(detection.DETECTORS)
    again = replace(known["haar"], label="Haar again", summary="The same once more.")
    detection.DETECTORS["again"] = again
    del detection.DETECTORS["cnn"]
    networks.detectors.clear()
    try:
        app = open_page(detector="Haar again")
        assert not [metric for metric in app.metric if metric.label == "Time"]
        app.toggle(key="detectors").set_value(True).run()
        assert [metric.value for metric in app.metric if metric.label == "Faces"] == ["1", "1"]
        assert len([metric for metric in app.metric if metric.label == "Time"]) == 2
        assert "use_again" not in {button.key for button in app.button}
        app.button(key="use_haar").click().run()
        assert app.get_by_key(state.DETECTOR).value == "haar"
        assert "Detector: Haar cascade" in texts(app)
    finally:
        detection.DETECTORS.clear()
        detection.DETECTORS.update(known)  # in their order
        networks.detectors.clear()


# Answer and reasons --------------------------------------------------------------------------------------------------


def answers(app: AppTest) -> list[str]:
    """Return the answers that the page shows large."""
    found = re.findall(r"<h2[^>]*>(.*?)</h2>", " ".join(element.value for element in app.html))
    return [one.replace("\u00a0", " ") for one in found]


def test_sample_is_answered_and_explained_before_any_network_is_loaded(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **settings: object) -> None:
        raise AssertionError("no network is needed for a sample")

    for name in ("network", "first_broken", "import_tensorflow", "score"):
        monkeypatch.setattr(networks, name, fail)
    monkeypatch.setattr(photos, "get_ready", lambda: None)
    app = open_page(sample="Tilted by 40°")
    assert answers(app) == ["Happy 95 %"]
    assert "Mostly the mouth: cover it and happy falls from 95" in texts(app)
    assert "Not tested yet" in " ".join(element.value for element in app.html)
    assert "there are no times to show" in texts(app)


def test_photo_of_ones_own_gets_its_tested_sentence(upload: Upload) -> None:
    app = upload("grace.jpg", sample_bytes("grace_hopper") + b" ")
    assert answers(app) == ["Neutral 55 %"]
    assert "The eyes speak against it: cover them and neutral rises from" in texts(app)


def test_uncertain_face_is_set_against_another_class(open_page: OpenPage) -> None:
    app = open_page(sample="Group", face="2", against="Sad")
    assert not app.exception
    assert "What raised “neutral” rather than “sad”" in texts(app)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({}, "This map minus the average one"),
        ({"against": "Neutral"}, "What raised “happy” rather than “neutral”"),
    ],
    ids=["alone", "against another"],
)
def test_usual_map_is_taken_away_from_an_answer_by_itself(
    open_page: OpenPage, query: dict[str, str], words: str
) -> None:
    app = open_page(minus_usual="true", **query)
    assert words in texts(app)
    assert app.get_by_key("minus_usual").disabled is bool(query)


def test_wall_explains_all_faces_in_one_pass(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[list[Tile]] = []
    monkeypatch.setattr(everybody, "gallery", lambda tiles, **settings: drawn.append(list(tiles)))
    app = upload("crowd.png", crowd(2))
    asked: list[int] = []
    explain = interp.explain

    def count(network: Any, batch: np.ndarray, *arguments: Any, **settings: Any) -> Any:
        asked.append(len(batch) if batch.ndim == 4 else 1)
        return explain(network, batch, *arguments, **settings)

    monkeypatch.setattr(interp, "explain", count)
    app.get_by_key(everybody.WHO).set_value(everybody.ALL).run()
    assert not app.exception
    faces = len(table(app, "Happy"))
    assert faces >= 12
    assert asked == [faces - 1], "the map of the chosen face was there, all others come from one batch"
    assert [tile.caption.split()[0] for tile in drawn[-1]] == [str(number) for number in range(1, faces + 1)]


def test_map_from_the_wall_is_that_of_the_face_alone(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    face = replace(subject, photo=Photo("twin", b"twin", "Upload"))
    darker = with_face(face, crop=(face.face.crop // 2).astype(np.uint8))
    kept = Kept(8)
    monkeypatch.setattr(inspect_results, "findings", lambda: kept)
    monkeypatch.setattr(explanations, "findings", lambda: kept)
    monkeypatch.setattr(inspect_results, "by_hand", lambda photo: ByHand())
    views = [networks.view(one, "emotion") for one in (face, darker)]
    both = inspect_results.maps_of_all([face, darker], views)
    for one, view, (asked, found) in zip((face, darker), views, both, strict=True):
        question = explanations.usual_question("emotion", view.pixels, view.goal_of_class(one.winner).target)
        assert asked.key == question.key
        alone = explanations.answer_question(question)
        assert found.values == pytest.approx(alone.values, abs=1e-4 * max(1.0, float(np.abs(alone.values).max())))
        assert found.score == pytest.approx(alone.score, abs=1e-3)
        assert found.target == alone.target


# Words and values ----------------------------------------------------------------------------------------------------


def test_answer_names_the_class_and_the_second_guess_or_says_why_not(subject: Subject) -> None:
    shares = dict.fromkeys(EXPRESSIONS, 0.06) | {"sad": 0.4, "fear": 0.3}
    uncertain = "Strongest: sad 40 %, then fear 30 %. Under 62 % we say “uncertain”."
    for expression, head, words in (("sad", "Sad 40 %", "Next: fear 30 %."), ("uncertain", "Uncertain", uncertain)):
        told = with_face(subject, emotion=shares, expression=expression)
        assert inspect_answer.headline(told).replace("\u00a0", " ") == head
        assert inspect_answer.answer(told, 0.62).replace("\u00a0", " ") == words


def test_answer_says_that_a_hidden_mouth_leaves_the_expression_open(subject: Subject) -> None:
    masked = np.where(np.arange(68) < 48, 0.7, 0.3).astype(np.float32)
    shares = dict.fromkeys(EXPRESSIONS, 0.06) | {"sad": 0.7}
    seen = with_face(subject, emotion=shares, expression="uncertain", landmark_confidence=masked)
    told = inspect_answer.answer(seen, 0.62)
    assert told.startswith("The mouth seems to be covered, so we don't name an expression.")
    assert "Under" not in told


def test_expression_and_body_get_a_word_each_and_say_how_they_are_worked_out(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    happy = with_face(subject, emotion=dict.fromkeys(EXPRESSIONS, 0.0) | {"happy": 0.9, "neutral": 0.1})
    words, how = inspect_answer.impression(happy)
    assert words == "Expression positive."
    assert "0.73 ± 0.24" in how
    assert "Too little of the body is visible" in how
    monkeypatch.setattr(tables, "person_of", lambda analysis, index: 1)
    person: Any = SimpleNamespace(openness=Openness(("arm raised",)))
    raised = replace(happy, analysis=replace(happy.analysis, people=(person,)))
    words, how = inspect_answer.impression(raised)
    assert words == "Expression positive, body open."
    assert "Seen here: arm raised." in how
    cells = with_face(subject, emotion={"healthy": 0.5, "parasitized": 0.5})
    assert inspect_answer.impression(cells) == ("", "")


def test_frame_is_the_square_that_the_network_gets(subject: Subject) -> None:
    (box, angle) = subject.frames[0]
    crop, transform = crop_face(subject.image, box, 48, angle)
    assert np.abs(crop.astype(int) - subject.face.crop).mean() < 1
    assert np.allclose(transform, subject.face.transform, atol=1e-3)


def test_details_name_detector_network_and_accuracy(subject: Subject) -> None:
    lines = inspect_views.details(subject, load_card("emotion"))
    assert "Detector: by hand" in lines
    assert any(line.startswith("Accuracy on") for line in lines)


def test_downloaded_photo_shows_what_is_switched_on(subject: Subject) -> None:
    found = replace(subject, analysis=people.with_people(subject.analysis))
    colour = tuple(int(pictures.SIDE_COLOURS["left"][place : place + 2], 16) for place in (1, 3, 5))

    def count(pose: bool) -> int:
        shown = drawn.Drawn(faces=True, points=False, all_points=False, pose=pose)
        return int((drawn.annotated_photo(found, shown) == colour).all(axis=2).sum())

    assert count(pose=False) == 0
    assert count(pose=True) > 500


def test_boxes_by_hand_belong_to_their_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state.st, "session_state", {state.BY_HAND: {}})
    one, other = Photo("a", b"a", "Upload"), Photo("b", b"b", "Upload")
    add_drawn(one, (200, 100), "Face", {"left": 0.5, "top": 0.1, "width": 0.25, "height": 0.5}, faces=3)
    add_drawn(one, (200, 100), "Person", {"left": 0, "top": 0, "width": 1, "height": 1})
    add_drawn(one, (200, 100), "Person", {"left": 0, "top": 0, "width": 0.01, "height": 1})
    assert state.by_hand(one) == ByHand(faces=((100, 10, 50, 50),), people=((0, 0, 200, 100),))
    assert state.by_hand(other) == ByHand()
    assert state.st.session_state[state.FACE] == 4
    state.forget_by_hand(one.id)
    assert state.by_hand(one) == ByHand()
