"""The Attribution page: walls of maps, shares of the face's parts, tests of trust, two engines, every task."""

import base64
import hashlib
import io
import re
import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

import interp
from dashboard import state
from dashboard.app_pages.attribution import notebook as attribution_notebook
from dashboard.app_pages.attribution import report as attribution_report
from dashboard.app_pages.attribution import walls as attribution_walls
from dashboard.app_pages.attribution.charts import cascade, curves, region_bars
from dashboard.drawing import tables
from dashboard.drawing.look import Look, colour_limit
from dashboard.drawing.notebooks import notebook
from dashboard.pickers import goal as goal_picker
from dashboard.pickers import method as method_picker
from dashboard.pickers import usual as usual_picker
from dashboard.services import asking, explanations, networks, photos, runs, trust
from dashboard.subject import Photo, Question, Subject
from dashboard.tasks import detection, expression, keypoints
from dashboard.tasks.task import AnswerMap, Goal, View
from dashboard.widgets.verdict import COLOURS, SIGNS
from models import analyse, load_image
from models import networks as model_networks
from tests.dashboard.cards import SMALL_CLASSIFIER, SMALL_DETECTOR, SMALL_POSE
from tests.dashboard.conftest import ROOT, person_of, sample_bytes
from tests.support.notebooks import run_notebook
from tests.support.screen import await_map, colour_bars, finish, run_of, texts

OpenPage = Callable[..., AppTest]


@pytest.fixture(scope="module")
def subject() -> Subject:
    photo = Photo("astronaut", sample_bytes("astronaut"), "Upload")
    image = load_image(photo.data)
    return Subject(photo, image, analyse(image), 0)


def spy(monkeypatch: pytest.MonkeyPatch) -> list[list[Any]]:
    """Notes the tiles of every gallery that is drawn."""
    drawn: list[list[Any]] = []
    monkeypatch.setattr(attribution_walls, "gallery", lambda tiles, **settings: drawn.append(list(tiles)))
    return drawn


def verdicts(app: AppTest) -> list[str]:
    """Return the words of each verdict that is drawn."""
    return [found[1] for element in app.html if (found := re.search(r'class="verdict.*?<b>(.*?)</b>', element.value))]


# The usual map -------------------------------------------------------------------------------------------------------


def test_the_page_begins_with_the_usual_map_of_the_card(open_page: OpenPage) -> None:
    usual = networks.card("emotion").usual_map
    assert usual is not None
    app = open_page("attribution")
    assert app.selectbox(key=state.METHOD).value == usual.method
    assert app.selectbox(key=state.LAYER).value == usual.layer


def test_a_layer_that_nobody_chose_goes_along_with_the_method(open_page: OpenPage) -> None:
    app = open_page("attribution")
    app.selectbox(key=state.METHOD).select("grad_cam").run()
    assert app.selectbox(key=state.LAYER).value == networks.network("emotion").default_layer
    app.selectbox(key=state.LAYER).select("conv2_2").run()
    app.selectbox(key=state.METHOD).select("hires_cam").run()
    assert app.selectbox(key=state.LAYER).value == "conv2_2"


@pytest.mark.usefixtures("every_task")
def test_a_method_that_nobody_chose_goes_along_with_the_network(open_page: OpenPage) -> None:
    app = open_page("attribution")
    usual = networks.card("emotion").usual_map
    assert usual is not None
    for chosen, expected in (("keypoints", "grad_cam"), ("emotion", usual.method)):
        app.selectbox(key=state.NETWORK).select(chosen).run()
        assert app.selectbox(key=state.METHOD).value == expected
    app.selectbox(key=state.METHOD).select("saliency").run()
    app.selectbox(key=state.NETWORK).select("keypoints").run()
    assert app.selectbox(key=state.METHOD).value == "saliency"


# Walls ---------------------------------------------------------------------------------------------------------------


def test_quick_methods_stand_side_by_side_and_slow_ones_wait(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = spy(monkeypatch)
    app = open_page("attribution", show="All methods")
    finish(app, asking.WALL)
    captions = [tile.caption for tile in drawn[-1]]
    assert len(captions) == len(interp.METHODS)
    slow = sum(method.is_slow for method in interp.METHODS.values())
    assert sum("takes longer" in caption for caption in captions) == slow
    assert [tile.is_faint for tile in drawn[-1]] == ["takes longer" in caption for caption in captions]
    assert sum(re.search(r" · [\d.]+\sm?s$", caption) is not None for caption in captions) == len(captions) - slow
    assert app.button(key="compute_slow").label == f"Compute the {slow} that take longer"
    assert app.selectbox(key=state.METHOD).disabled


def test_methods_of_the_wall_are_chosen(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = spy(monkeypatch)
    app = open_page("attribution", show="All methods")
    app.get_by_key(method_picker.SIDE_BY_SIDE).set_value(["saliency", "grad_cam"]).run()
    finish(app, asking.WALL)
    assert [tile.caption.split(" · ")[0] for tile in drawn[-1]] == ["Grad-CAM", "Saliency"]


def test_slow_methods_of_the_wall_are_computed_when_asked_for_and_can_be_cancelled(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = spy(monkeypatch)
    hold = SimpleNamespace(on=True)
    explain = interp.explain

    def slowly(*arguments: Any, **settings: Any) -> Any:
        while hold.on and arguments[2] == "rise":
            time.sleep(0.01)
            settings["on_step"](0, 100)
        return explain(*arguments, **settings)

    monkeypatch.setattr(interp, "explain", slowly)
    app = open_page("attribution", show="All methods")
    finish(app, asking.WALL)
    app.button(key="compute_slow").click().run()
    run = run_of(app, asking.WALL)
    while run.is_active and not any(key[2] == "occlusion" for key in run.result or {}):
        time.sleep(0.05)
    app.run()
    assert re.fullmatch(r"\d+ of 14 maps", app.progress[0].text)
    app.button(key="cancel_wall").click().run()
    run.join(20)
    app.run()
    assert app.progress[0].text.startswith("Cancelled at ")
    hold.on = False
    app.button(key="go_on").click().run()
    finish(app, asking.WALL)
    assert not app.progress
    assert all(re.search(r" · [\d.]+\sm?s$", tile.caption) for tile in drawn[-1])


def test_classes_stand_side_by_side_on_one_scale(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = spy(monkeypatch)
    app = open_page("attribution", show="All expressions", method="HiResCAM")
    finish(app, asking.WALL)
    assert len(drawn[-1]) == 7
    assert drawn[-1][3].caption.startswith("Happy 9")
    assert colour_bars(app) == 1
    assert not np.array_equal(drawn[-1][3].image, drawn[-1][4].image)


def test_a_click_on_the_wall_shows_the_map_large(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def click_on_saliency(tiles: list[Any], *, on_pick: Callable[[int], None], **settings: Any) -> None:
        number = next(number for number, tile in enumerate(tiles) if tile.caption.startswith("Saliency"))
        st.button("Saliency", key="saliency_tile", on_click=on_pick, args=(number,))

    monkeypatch.setattr(attribution_walls, "gallery", click_on_saliency)
    app = open_page("attribution", show="All methods")
    app.button(key="saliency_tile").click().run()
    assert not app.exception
    assert app.selectbox(key=state.METHOD).value == "saliency"
    assert len(verdicts(app)) == 1


def test_a_wall_of_other_questions_ends_the_run_before(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    explain = interp.explain

    def slowly(*arguments: Any, **settings: Any) -> Any:
        for _ in range(100):
            time.sleep(0.02)
            settings["on_step"](0, 100)
        return explain(*arguments, **settings)

    monkeypatch.setattr(interp, "explain", slowly)
    monkeypatch.setattr(runs, "GLANCE", 0.0)
    app = open_page("attribution", show="All methods")
    first = run_of(app, asking.WALL)
    app.selectbox(key=expression.EXPRESSION).select("sad").run()
    assert first.status == "cancelled"
    assert run_of(app, asking.WALL) is not first
    run_of(app, asking.WALL).cancel()


def test_an_answer_is_set_against_nothing_or_the_likeliest_others(open_page: OpenPage) -> None:
    app = open_page("attribution")
    chips = app.get_by_key(expression.AGAINST)
    assert chips.options[0] == "nothing"
    assert len(chips.options) == goal_picker.CHIPS
    assert "Happy" not in chips.options


@pytest.mark.parametrize("other", ["Angry", "Disgust", "Fear", "Sad"])
def test_any_other_one_can_stand_in_the_address(open_page: OpenPage, other: str) -> None:
    chips = open_page("attribution", against=other).get_by_key(expression.AGAINST)
    assert chips.value == other.lower()
    assert len(set(chips.options)) <= goal_picker.CHIPS + 1


def test_the_chips_alone_give_the_answers_goal(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    view = networks.view(subject, "emotion")
    for chosen, words in (("none", "happy"), ("neutral", "happy rather than neutral")):
        monkeypatch.setattr(goal_picker, "_draw_chips", lambda choice, chosen=chosen: chosen)
        assert goal_picker.choose_contrast(subject, view).words == words
    face = replace(subject.face, emotion=dict.fromkeys(view.labels, 0.1) | {"sad": 0.3, "fear": 0.2})
    told = replace(subject, analysis=replace(subject.analysis, faces=(face,)))
    offered: list[list[str]] = []
    monkeypatch.setattr(
        goal_picker, "_draw_chips", lambda choice: offered.append(list(choice.options)) or choice.default
    )
    goal_picker.choose_contrast(told, view)
    assert offered[0][:2] == ["none", "fear"], "the likeliest first"
    assert "sad" not in offered[0]


def test_the_usual_map_is_taken_away_by_a_switch(open_page: OpenPage) -> None:
    app = open_page("attribution")
    switch = app.toggle(key=usual_picker.MINUS_USUAL)
    assert not switch.disabled
    before = verdicts(app)
    switch.set_value(True).run()
    assert not app.exception
    bars = " ".join(element.value for element in app.html)
    assert "less than usual" in bars
    assert "more than usual" in bars
    assert verdicts(app) == before, "the verdict is on the map itself"


def test_without_a_usual_map_there_is_no_switching(open_page: OpenPage) -> None:
    app = open_page("attribution", method="Saliency", minus_usual="true")
    assert app.toggle(key=usual_picker.MINUS_USUAL).disabled
    assert "than usual" not in " ".join(element.value for element in app.html)


def test_usual_maps_are_taken_from_all_classes(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = spy(monkeypatch)
    app = open_page("attribution", show="All expressions")
    finish(app, asking.WALL)
    plain = drawn[-1]
    app.toggle(key=usual_picker.MINUS_USUAL).set_value(True).run()
    assert not app.exception
    assert not np.array_equal(plain[3].image, drawn[-1][3].image)
    assert [tile.note for tile in plain] == [tile.note for tile in drawn[-1]]
    assert "less than usual" in " ".join(element.value for element in app.html)


# Engines -------------------------------------------------------------------------------------------------------------


def test_two_engines_agree_on_grad_cam(open_page: OpenPage) -> None:
    app = open_page("attribution", show="Two engines")
    finish(app, asking.WALL)
    assert [metric.label for metric in app.metric] == ["Time", "Time"]
    assert re.search(r"rank correlation is (0\.99\d|1\.000); tf-keras-vis took", texts(app))
    assert colour_bars(app) == 2


def test_an_engine_without_the_method_says_so(open_page: OpenPage) -> None:
    app = open_page("attribution", show="Two engines", method="HiResCAM")
    finish(app, asking.WALL)
    assert app.info[0].value.startswith("tf-keras-vis has no HiResCAM. It has Grad-CAM, ")
    assert len(app.metric) == 1


# Trust ---------------------------------------------------------------------------------------------------------------


def test_map_is_tested_when_asked_and_the_findings_stay(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page("attribution")
    assert verdicts(app) == ["? Not tested yet."]
    app.button(key="test_map").click().run()
    finish(app, asking.TRUST)
    assert verdicts(app) != ["? Not tested yet."]
    said = texts(app)
    for words in ("**Deletion**", "**Insertion**", "**Randomisation**", "The same map every time"):
        assert words in said
    assert "test_map" not in [button.key for button in app.button]
    monkeypatch.setattr(trust, "examine", None)
    app.selectbox(key=expression.EXPRESSION).select("sad").run()
    assert "**Deletion**" not in texts(app)
    app.selectbox(key=expression.EXPRESSION).select("happy").run()
    assert "**Deletion**" in texts(app)


def test_tests_of_a_map_can_be_cancelled_and_keep_what_they_found(
    open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*arguments: Any, on_step: Callable[[int, int], None], **settings: Any) -> Any:
        while True:
            time.sleep(0.01)
            on_step(0, 1)

    monkeypatch.setattr(interp, "insertion", wait)
    app = open_page("attribution")
    app.button(key="test_map").click().run()
    run = run_of(app, asking.TRUST)
    while run.result is None and run.is_active:
        time.sleep(0.01)
    app.run()
    assert app.progress[0].text.startswith("Testing the map")
    app.button(key="cancel_trust").click().run()
    run.join(10)
    app.run()
    assert not app.exception
    assert "**Deletion**" in texts(app)
    assert "**Insertion**" not in texts(app)
    assert app.button(key="test_map")


def test_every_map_of_a_wall_is_tested_when_asked(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = spy(monkeypatch)
    app = open_page("attribution", show="All methods")
    app.get_by_key(method_picker.SIDE_BY_SIDE).set_value(["saliency", "grad_cam", "occlusion"]).run()
    finish(app, asking.WALL)
    assert all(tile.note.startswith("? Not tested yet") for tile in drawn[-1][:2])
    assert not any(tile.facts for tile in drawn[-1])
    app.button(key="test_maps").click().run()
    finish(app, asking.TRUSTS)
    assert not app.progress
    for tile in drawn[-1][:2]:
        assert tile.edge == COLOURS[next(name for name, sign in SIGNS.items() if tile.note.startswith(sign))]
        assert not tile.note.startswith("?")
        assert ("✗" in tile.note) == any(fact[2] == "✗" for fact in tile.facts)
        assert [fact[0] for fact in tile.facts] == ["Deletion", "Insertion", "Shuffled", "Repeated"]
        assert tile.facts[3][1:3] == ("1", "✓")
    assert not drawn[-1][2].facts, "what isn't there isn't tested"
    assert "in brackets that of random orders" in texts(app)
    assert "test_maps" not in [button.key for button in app.button]
    app.get_by_key(method_picker.SIDE_BY_SIDE).set_value(["grad_cam"]).run()
    assert drawn[-1][0].facts, "What was found so far"


def test_tests_of_a_wall_are_cancelled_and_gone_on_with(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = spy(monkeypatch)
    hold = SimpleNamespace(on=True)
    deletion = interp.deletion

    def slowly(*arguments: Any, on_step: Callable[[int, int], None], **settings: Any) -> Any:
        while hold.on and drawn and arguments[2].shape == (48, 48):
            time.sleep(0.01)
            on_step(0, 1)
        return deletion(*arguments, on_step=on_step, **settings)

    monkeypatch.setattr(interp, "deletion", slowly)
    app = open_page("attribution", show="All methods")
    app.get_by_key(method_picker.SIDE_BY_SIDE).set_value(["saliency", "grad_cam"]).run()
    finish(app, asking.WALL)
    app.button(key="test_maps").click().run()
    run = run_of(app, asking.TRUSTS)
    while run.is_active and run.done < asking.PER_MAP:
        time.sleep(0.02)
    app.run()
    assert app.progress[0].text.startswith("Testing map 2 of 2")
    assert drawn[-1][0].facts
    app.button(key="cancel_trusts").click().run()
    run.join(10)
    app.run()
    assert not app.exception
    assert not app.progress
    hold.on = False
    app.button(key="test_maps").click().run()
    finish(app, asking.TRUSTS)
    assert all(tile.facts for tile in drawn[-1])


@pytest.mark.slow
def test_map_that_cannot_be_tested_says_why(monkeypatch: pytest.MonkeyPatch, subject: Subject) -> None:
    def refuse(*arguments: Any, **settings: Any) -> None:
        raise ValueError("Not this one.")

    monkeypatch.setattr(interp, "randomisation_cascade", refuse)
    view = networks.view(subject, "emotion")
    question = Question("emotion", view.pixels, "grad_cam", interp.Class(3), "relu4_2")
    found = explanations.answer_question(question)
    run = asking.examine_all([(question, found)])
    run.join(60)
    tested = run.result[question.key]
    assert run.status == "done"
    assert tested.is_whole
    assert tested.problem == "Not this one."
    monkeypatch.setattr(explanations, "diagnosis", lambda *asked: None)
    verdict, lines = attribution_walls.strip_of(question, found, tested)
    assert verdict.standing in ("care", "distrust")
    assert attribution_walls.note_of(verdict).startswith(("~ Use with care: ", "✗ Don't trust it: "))
    assert [line.label for line in lines] == ["Deletion", "Insertion", "Repeated"]


def test_both_engines_maps_are_tested_as_far_as_they_can_be(open_page: OpenPage) -> None:
    app = open_page("attribution", show="Two engines")
    finish(app, asking.WALL)
    app.button(key="test_maps").click().run()
    finish(app, asking.TRUSTS)
    strips = [element.value for element in app.html if "<dl" in element.value and "Deletion" in element.value]
    assert ["Shuffled" in strip for strip in strips] == [True, False]
    assert len(verdicts(app)) == 2
    assert "? Not tested yet." not in verdicts(app)
    assert [app.download_button(key=f"download_{engine}").label for engine in ("interp", "tf-keras-vis")] == ["Map"] * 2


def test_doctor_warns_of_a_layer_too_early(open_page: OpenPage) -> None:
    app = open_page("attribution", layer="conv1_1", method="HiResCAM")
    assert any("Not tested yet" in element.value and "sees only" in element.value for element in app.html)


def test_findings_are_told_in_words() -> None:
    found = interp.faithfulness.Curves(
        kind="deletion",
        fractions=np.linspace(0, 1, 3),
        scores=np.array([0.9, 0.2, 0.1]),
        area=0.3,
        random_scores=np.array([[0.9, 0.6, 0.1]] * 2),
        random_areas=np.array([0.5, 0.6]),
        centre_scores=np.array([0.9, 0.1, 0.1]),
        centre_area=0.25,
        baseline="mean",
    )
    assert "faster than in any of 2 random orders, but no faster than from the middle" in trust.say_curves(found)
    assert "may be down to chance" in trust.say_curves(replace(found, area=0.52))
    assert "doesn't show what matters" in trust.say_curves(replace(found, area=0.7))
    for mean, words in ((1.0, "The same map"), (0.95, "nearly the same"), (0.5, "take more samples")):
        repeated = interp.faithfulness.Repeatability((0, 1, 2), np.array([mean]), np.zeros((2, 2)))
        assert words in trust.say_repeatability(repeated)
    for left, words in ((0.1, "what the network learned."), (-0.9, "the picture's edges"), (0.5, "in part")):
        shuffled = interp.faithfulness.Randomisation(("a",), np.array([left]), np.ones(1), np.ones(1), np.ones(1), 0)
        assert words in trust.say_randomisation(shuffled)
        assert cascade(shuffled).data[0].y[-1] == left
    assert [len(line.x) for line in curves(found).data] == [3, 3, 3]


@pytest.mark.slow
def test_all_tests_of_a_map_report_how_far_they_are() -> None:
    network = networks.network("emotion")
    picture = np.random.default_rng(0).uniform(0, 255, (48, 48, 1)).astype(np.float32)
    explanation = interp.explain(network, picture, "grad_cam", 3)
    shares, partial = [], []

    def report(done: int, total: int, result: Any = None) -> None:
        shares.append(done / total)
        partial.append(result)

    found = trust.examine(network, picture, explanation, report)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert [one.deletion is not None for one in partial if one is not None] == [True] * 4
    assert found.repeatability.mean == 1
    assert found.randomisation.layers
    table = trust.table({"Grad-CAM": found, "RISE": None, "Saliency": trust.Trust(deletion=found.deletion)})
    assert list(zip(table["map"], table["test"], strict=True)) == [
        ("Grad-CAM", "deletion"),
        ("Grad-CAM", "insertion"),
        ("Grad-CAM", "shuffled"),
        ("Grad-CAM", "repeated"),
        ("Saliency", "deletion"),
    ]
    assert table["value"].tolist()[1:4] == pytest.approx(
        [found.insertion.area, found.randomisation.final_correlation, 1.0], rel=1e-5
    )
    assert table["at_random"].notna().tolist() == [True, True, False, False, True]


# Parts of the face ---------------------------------------------------------------------------------------------------


def test_a_map_on_the_mouth_is_found_on_the_mouth(subject: Subject) -> None:
    view = networks.view(subject, "emotion")
    mouth = view.to_input(subject.face.landmarks[48:68]).mean(axis=0)
    rows, columns = np.mgrid[:48, :48]
    values = (np.hypot(columns - mouth[0], rows - mouth[1]) < 2).astype(np.float32)
    regions = view.task.regions(subject, view, values)
    assert regions is not None
    shares = {region.name: region.share for region in regions}
    assert list(shares) == ["eyes", "brows", "mouth", "nose", "jaw", "rest"]
    assert shares["mouth"] > 0.95
    assert sum(region.area for region in regions) == pytest.approx(1)
    written = tables.regions_table(regions)
    assert written.set_index("part")["density"].idxmax() == "mouth"
    assert written["share"].sum() == pytest.approx(1)
    figure = region_bars(regions)
    assert [bar.x[2] for bar in figure.data] == [shares["mouth"], regions[2].area]


def test_parts_of_a_face_are_compared_with_their_area(open_page: OpenPage) -> None:
    app = open_page("attribution")
    assert re.search(r"The \w+ gets? [\d.]+ times (its|their) fair share", texts(app))
    assert {app.get_by_key(f"download_parts_{suffix}").type for suffix in ("csv", "json")} == {"download_button"}


def test_a_face_without_points_has_no_parts(subject: Subject) -> None:
    bare = replace(subject.face, landmarks=None)
    view = networks.view(subject, "emotion")
    told = replace(subject, analysis=replace(subject.analysis, faces=(bare,)))
    assert view.task.regions(told, view, np.ones((6, 6))) is None


def test_a_map_on_an_arm_is_found_on_the_arm(subject: Subject) -> None:
    joints = np.zeros((14, 3), np.float32)
    joints[[12, 13, 8, 9, 10, 11]] = [(200, 200, 0.9), (200, 100, 0.9), (120, 230, 0.9), (280, 230, 0.9),
                                      (330, 280, 0.9), (340, 360, 0.9)]  # fmt: skip
    person = replace(person_of(subject.image, 0, subject.face.box), joints=joints)
    told = replace(subject, analysis=replace(subject.analysis, people=(person,)))
    view = networks.view(told, "pose")
    rows, columns = np.mgrid[: view.size[0], : view.size[1]]
    elbow = view.to_input(joints[10:11, :2])[0]
    values = (np.hypot(columns - elbow[0], rows - elbow[1]) < 4).astype(np.float32)
    regions = view.task.regions(told, view, values)
    assert regions is not None
    assert max(regions, key=lambda region: region.share).name == "left arm"
    unsure = replace(person, joints=joints * [1, 1, 0.01])
    told = replace(subject, analysis=replace(subject.analysis, people=(unsure,)))
    assert view.task.regions(told, view, values) is None


@pytest.mark.parametrize(("network", "parts"), [("pose", ["Which parts of the body the map marks"]), ("detector", [])])
def test_parts_are_those_of_what_the_network_sees(open_page: OpenPage, network: str, parts: list[str]) -> None:
    app = open_page("attribution", network=network)
    assert [head.value for head in app.subheader if "parts of" in head.value] == parts
    assert len(verdicts(app)) == 1


# Other tasks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "choices"),
    [
        ("keypoints", {"point": "Left eye 0", "reading": "Left to right"}),
        ("keypoints", {"point": "Nose tip"}),
        (SMALL_POSE, {"joint": "Left elbow"}),
        (SMALL_DETECTOR, {}),
    ],
)
@pytest.mark.parametrize("method", ["Grad-CAM", "Input × gradient"])
@pytest.mark.usefixtures("every_task")
def test_answers_of_every_task_are_explained(
    open_page: OpenPage, network: str, choices: dict[str, str], method: str
) -> None:
    app = open_page("attribution", network=network, method=method, **choices)
    await_map(app)
    assert colour_bars(app) == 3, "two of the map, one of the answer"
    assert len(verdicts(app)) == 1
    if "reading" in choices:
        assert app.metric[0].label == "x"
        assert 0 < float(app.metric[0].value) < 96


def answer_of(subject: Subject, view: View, goal: Goal) -> AnswerMap | None:
    return view.task.answer_map(
        subject, view, goal, lambda: explanations.answer_maps(subject.network_name, view.pixels)
    )


@pytest.mark.slow
def test_answers_map_of_a_point_has_its_centre_where_the_point_is(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanations, "answer_maps", explanations.answer_maps.__wrapped__)
    view = networks.view(subject, "keypoints")
    told = replace(subject, network_name="keypoints")
    answer = answer_of(told, view, keypoints.TASK.goal_of_point(view, 30))
    assert answer is not None
    assert answer.values.sum() == pytest.approx(1, abs=1e-4)
    x, y = map(float, answer.facts[0][1].split(", "))
    np.testing.assert_allclose((x, y), subject.face.landmarks[30], atol=1.0)


def test_answers_map_of_a_detection_is_bright_at_the_face(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explanations, "answer_maps", explanations.answer_maps.__wrapped__)
    told = replace(subject, network_name="detector")
    view = networks.view(told, "detector")
    goal = detection.TASK.goal_of_face(told, view, explanations.answer_maps("detector", view.pixels)[..., 0])
    answer = answer_of(told, view, goal)
    assert answer is not None
    row, column = np.unravel_index(int(answer.values.argmax()), answer.values.shape)
    assert (row, column) == (goal.target.row, goal.target.column)
    face = networks.view(subject, "emotion")
    assert answer_of(subject, face, face.goal_of_class("happy")) is None


def test_heat_map_of_the_chosen_joint_stands_below_its_map(open_page: OpenPage) -> None:
    app = open_page("attribution", network="pose", joint="Neck")
    await_map(app)
    assert colour_bars(app) == 3
    assert "The answer itself: heat map of the neck" in [head.value for head in app.subheader]
    labels = [metric.label for metric in app.metric]
    assert labels[-3:] == ["Place", "Confidence", "At its peak"]


@pytest.mark.usefixtures("every_task")
def test_no_classes_are_offered_where_a_network_has_none(open_page: OpenPage) -> None:
    app = open_page("attribution", network="keypoints", show="All expressions")
    assert app.get_by_key(state.SHOW).value == "map"


@pytest.mark.usefixtures("every_task")
def test_classes_of_pictures_are_no_expressions(open_page: OpenPage) -> None:
    app = open_page("attribution", network="classifier-small", show="All classes")
    assert app.get_by_key(state.SHOW).value == "classes"
    assert "for every class" in " ".join(words.value for words in app.markdown)


@pytest.mark.usefixtures("every_task")
def test_curves_of_a_large_picture_take_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []

    def count(*arguments: Any, steps_seen: list[int] = steps, **settings: Any) -> None:
        steps_seen.append(settings["steps"])

    for name in ("deletion", "insertion"):
        monkeypatch.setattr(interp, name, count)
    for name in ("repeatability", "randomisation_cascade"):
        monkeypatch.setattr(interp, name, lambda *arguments, **settings: None)
    explanation = SimpleNamespace(values=np.ones((4, 4)), target=None, engine="interp")
    for side in (48, 320):
        trust.examine(None, np.zeros((side, side, 1)), explanation, lambda *told: None)
    assert steps == [32, 32, 10, 10]


def test_run_over_several_maps_goes_on_after_one_that_fails(subject: Subject) -> None:
    view = networks.view(subject, "emotion")
    good = Question("emotion", view.pixels, "grad_cam", interp.Class(3))
    bad = Question("emotion", view.pixels, "grad_cam", interp.Class(99))
    run: runs.Run = asking.explain_all([bad, good])
    run.join(30)
    assert run.status == "done"
    assert run.result[bad.key] == "The network has 7 classes, so there is no class 99."
    assert run.result[good.key].score == pytest.approx(interp.explain(networks.network("emotion"), view.picture).score)


# Report --------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "method", "layer"),
    [
        ("emotion", "grad_cam", "relu4_2"),
        ("keypoints", "input_gradient", None),
        (SMALL_POSE, "hires_cam", "up1_relu"),
        (SMALL_DETECTOR, "saliency", None),
        (SMALL_CLASSIFIER, "input_gradient", None),
    ],
)
@pytest.mark.usefixtures("every_task")
def test_the_lines_of_a_report_give_the_same_map(
    subject: Subject, monkeypatch: pytest.MonkeyPatch, name: str, method: str, layer: str | None
) -> None:
    person = person_of(subject.image, 0, subject.analysis.faces[0].box)
    found = replace(subject.analysis, people=(person,))
    if name == SMALL_CLASSIFIER:
        found = photos.read_area(subject.image, (20, 30, 200, 120), name)
    sample = replace(subject, photo=photos.sample("astronaut"), network_name=name, analysis=found)
    view = networks.view(sample, name)
    network = networks.network(name)
    target = {"emotion": interp.Class(3), "keypoints": keypoints.TASK.goal_of_point(view, 30, "x").target}.get(
        name, interp.HeatMap(0) if name == SMALL_POSE else interp.Cell(0, 3, 4)
    )
    if name == SMALL_CLASSIFIER:
        target = interp.Class(1)
    question = Question(name, view.pixels, method, target, layer)
    explanation = explanations.answer_question(question)
    lines = attribution_report.python_lines(sample, view, question, explanation)
    if name == SMALL_POSE:  # no pose network finds the person here
        monkeypatch.setattr("models.analyse", lambda *arguments, **settings: found)
    monkeypatch.chdir(ROOT)
    told: dict[str, Any] = {}
    exec(lines, told)
    np.testing.assert_allclose(told["explanation"].values, explanation.values, rtol=1e-5, atol=1e-7)
    page = attribution_report.page(
        "A <map>",
        [(view.pixels, "What the network got")],
        attribution_report.rows(view, question, explanation),
        ["It is."],
        lines,
        reads_faces=view.task.reads_faces,
    )
    assert ("not a feeling" in page) == (name == "emotion")
    assert "A &lt;map&gt;" in page
    assert "http" not in page.replace("http-equiv", "")
    assert hashlib.sha256((model_networks.WEIGHTS / f"{name}.keras").read_bytes()).hexdigest() in page
    encoded = re.search(r'src="data:image/png;base64,([^"]+)"', page)
    assert encoded
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded[1]))))
    np.testing.assert_array_equal(pixels, view.pixels)
    assert network.input_shape[-1] == view.picture.shape[-1]


@pytest.mark.slow
def test_the_notebook_of_a_map_runs_and_makes_the_same_pictures(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = replace(subject, photo=photos.sample("astronaut"))
    view = networks.view(sample, "emotion")
    question = Question("emotion", view.pixels, "saliency", interp.Class(3))
    explanation = explanations.answer_question(question)
    look = Look(0.7, "viridis", is_signed=False)
    lines = attribution_report.python_lines(sample, view, question, explanation)
    told = run_notebook(notebook(attribution_notebook.cells("A map", "Bright", view, look, explanation, lines)), ROOT)
    on_face, on_photo = (np.asarray(Image.open(io.BytesIO(one))) for one in told.pictures)
    limit = colour_limit(explanation)
    settings = {"opacity": 0.7, "palette": "viridis", "limit": limit}
    np.testing.assert_allclose(on_face, np.asarray(explanation.plot(view.picture, **settings)), atol=1)
    pasted = interp.render.paste(sample.image, explanation.values, view.transform, view.size, **settings)
    np.testing.assert_allclose(on_photo, pasted, atol=1)
    assert "random order" in told.text


def test_report_of_a_private_photo_names_no_path(subject: Subject) -> None:
    view = networks.view(subject, "emotion")
    question = Question("emotion", view.pixels, "grad_cam", interp.Class(3))
    lines = attribution_report.python_lines(subject, view, question, explanations.answer_question(question))
    assert 'load_image("the photo\'s file")' in lines


def test_report_is_offered_below_the_map(open_page: OpenPage) -> None:
    assert open_page("attribution").get_by_key("download_report") is not None
