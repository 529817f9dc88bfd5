"""The tour: each step's words and pictures are about the photo at hand, made once, and the projector's mode."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import interp
from dashboard import state
from dashboard.app_pages.tour import doubt as tour_doubt
from dashboard.app_pages.tour import results as tour_results
from dashboard.app_pages.tour import views as tour_views
from dashboard.pickers.projector import leave_projector
from dashboard.services import networks
from dashboard.services.reasons import Covered, Reason
from dashboard.tasks.task import Task
from dashboard.widgets import slide
from dashboard.widgets.bars import Bars
from dashboard.widgets.slide import Lines, Picture, Slide, Sliding
from interp import Explanation
from tests.dashboard.conftest import sample_bytes
from tests.support.screen import run_of, texts

OpenPage = Callable[..., AppTest]
Upload = Callable[[str, bytes], AppTest]
SHARES = {"happy": 0.6, "sad": 0.3, "angry": 0.1}


@pytest.fixture
def slides(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Slide, dict[str, Any]]]:
    """All slides that were drawn, each with how; the component itself is drawn as well."""
    drawn: list[tuple[Slide, dict[str, Any]]] = []
    draw = slide.slide

    def note(shown: Slide, *arguments: Any, **settings: Any) -> None:
        drawn.append((shown, settings))
        draw(shown, *arguments, **settings)

    monkeypatch.setattr(slide, "slide", note)
    return drawn


def await_tests(app: AppTest, seconds: float = 60) -> None:
    """Lets the tests of the map end and draws the page again."""
    if (run := run_of(app, tour_results.TOUR)) is not None:
        run.join(seconds)
    app.run()
    assert not app.exception


def go_to(app: AppTest, step: str) -> None:
    app.get_by_key(tour_views.STEP).set_value(step).run()
    assert not app.exception


def test_every_step_shows_their_pictures_of_this_face(
    open_page: OpenPage, slides: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("tour", sample="Group", face="2")
    await_tests(app)
    forbid_computing(monkeypatch)  # the first step has prepared the others
    found = {}
    for step in tour_doubt.STEPS:
        go_to(app, step)
        shown, _ = slides[-1]
        assert shown.title == tour_doubt.TITLES[step]
        assert all(panel.alt for panel in shown.panels)
        assert all(len(sentence) > 10 for sentence in shown.lead)
        found[step] = shown
    assert [panel.kind for panel in found["photo"].panels] == ["picture", "picture"]
    assert found["photo"].lead[0] == "Five faces were found on this photo; we follow number 2."
    for step in ("edges", "parts"):
        assert len(found[step].panels) == tour_doubt.CHANNELS
        assert "Colour bar" in found[step].legend
        assert len({panel.source for panel in found[step].panels if isinstance(panel, Picture)}) == tour_doubt.CHANNELS
    (window,) = found["kernel"].panels
    assert isinstance(window, Sliding)
    assert window.working["stride"] == (1, 1)
    (bars,) = found["decision"].panels
    assert isinstance(bars, Bars)
    assert sum(bar.share for bar in bars.bars) == pytest.approx(1, abs=1e-3)
    overlay, parts = found["why"].panels
    assert "LayerCAM for" in overlay.alt
    assert isinstance(parts, Bars)
    assert [bar.name for bar in parts.bars] == ["Eyes", "Brows", "Mouth", "Nose", "Cheeks and jaw"]
    assert {step for step, slide in found.items() if slide.strip} == {"kernel", "edges", "parts", "decision"}
    assert "Your turn" in found["guess"].lead[0]
    assert [link.label for link in app.get("page_link")] == ["Open Guess"]
    assert [panel.kind for panel in found["doubt"].panels] == ["picture", "picture", "lines", "lines"]
    assert found["doubt"].note == tour_doubt.SILENT
    assert [head.value for head in app.title] == ["Tour"]


def forbid_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **settings: object) -> None:
        raise AssertionError("nothing may be computed again")

    for name in ("explain", "cover_test", "all_activations", "top_channels"):
        monkeypatch.setattr(interp, name, fail)
    monkeypatch.setattr(Task, "regions", fail)


def test_another_face_has_slides_of_its_own(open_page: OpenPage, slides: list[Any]) -> None:
    app = open_page("tour", sample="Group", face="1", step="Edges")
    first = slides[-1][0]
    app.get_by_key(state.FACE).set_value(3).run()
    assert not app.exception
    assert [panel.source for panel in slides[-1][0].panels] != [panel.source for panel in first.panels]


def test_projector_hides_the_chrome_and_is_left_by_button(open_page: OpenPage, slides: list[Any]) -> None:
    app = open_page("tour", projector="true")
    assert slides[-1][1]["is_projected"]
    assert any("stHeader" in element.value for element in app.html)
    app.button(key="leave_projector").click().run()
    assert not app.exception
    assert not slides[-1][1]["is_projected"]
    assert not any("stHeader" in element.value for element in app.html)
    assert "leave_projector" not in {button.key for button in app.button}


def test_keys_of_the_slide_change_step_and_mode(open_page: OpenPage, slides: list[Any]) -> None:
    app = open_page("tour", projector="true")
    settings = slides[-1][1]
    assert settings["on_leave"] is leave_projector
    assert app.get_by_key(tour_views.STEP).value == "photo"
    go_to(app, "parts")
    assert slides[-1][0].title == tour_doubt.TITLES["parts"]


def test_no_face_is_told_with_the_chrome_in_place(open_page: OpenPage, slides: list[Any]) -> None:
    app = open_page("tour", projector="true", sample="Chessboard")
    assert "No face found" in texts(app)
    assert not slides
    assert not any("stHeader" in element.value for element in app.html)


def test_photo_of_ones_own_takes_the_tour(upload: Upload, slides: list[Any]) -> None:
    app = upload("me.jpg", sample_bytes("grace_hopper"))
    app.switch_page("app_pages/tour/page.py").run()
    assert not app.exception
    await_tests(app)
    go_to(app, "decision")
    assert "neutral" in " ".join(slides[-1][0].lead).lower()
    go_to(app, "doubt")
    assert slides[-1][0].progress is None


@pytest.mark.parametrize("name", ["emotion-columns", "emotion-simple", "emotion-xception"])
def test_every_kind_of_network_takes_the_tour(open_page: OpenPage, slides: list[Any], name: str) -> None:
    app = open_page("tour", network=name)
    await_tests(app)
    for step in ("edges", "parts", "doubt"):
        go_to(app, step)
        assert slides[-1][0].title == tour_doubt.TITLES[step]
        assert slides[-1][0].panels


def test_tests_of_the_map_are_awaited_cancelled_and_begun_again(
    open_page: OpenPage, slides: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    cover = interp.cover_test
    held = {"is": True}

    def hold(*arguments: Any, **settings: Any) -> Any:
        found = cover(*arguments, **settings)
        while held["is"]:
            run_of(app, tour_results.TOUR).join(0.01)
            if run_of(app, tour_results.TOUR).status == "cancelled":
                break
        return found

    monkeypatch.setattr(interp, "cover_test", hold)
    monkeypatch.setattr("dashboard.services.runs.GLANCE", 0.01)
    app = open_page("tour", step="Doubt")
    shown, settings = slides[-1]
    assert shown.progress is not None
    assert shown.action == "Cancel"
    run_of(app, tour_results.TOUR).cancel()
    held["is"] = False
    run_of(app, tour_results.TOUR).join(30)
    app.run()
    assert slides[-1][0].action == "Test the map"
    assert settings["on_act"]
    app.session_state[tour_results.TOUR.name] = None  # as another face does: it begins anew
    app.run()
    await_tests(app)
    assert slides[-1][0].progress is None


def test_empty_map_is_told_and_not_tested(
    open_page: OpenPage, slides: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    explain = interp.explain

    def blank(*arguments: object, **settings: object) -> Explanation:
        found = explain(*arguments, **settings)
        return replace(found, values=np.zeros_like(found.values))

    monkeypatch.setattr(interp, "explain", blank)
    app = open_page("tour", step="Doubt")
    assert slides[-1][0].lead == tour_doubt.EMPTY
    assert run_of(app, tour_results.TOUR) is None
    go_to(app, "why")
    assert "The map is empty" in slides[-1][0].lead[1]


# Words and numbers ---------------------------------------------------------------------------------------------------


def made_up(
    covered: float, chance: tuple[float, ...], deletion: bool = True, insertion: bool = True
) -> tour_doubt.Doubt:
    class Curves:
        def __init__(self, beats_random: bool) -> None:
            self.beats_random = beats_random

    mask = np.zeros((2, 2), bool)
    return tour_doubt.Doubt(mask, mask, 0.6, covered, np.array(chance), Curves(deletion), Curves(insertion))


def test_three_tests_that_agree_make_one_verdict() -> None:
    first, second = tour_doubt.say_doubt(made_up(0.2, (0.5, 0.4)), "happy")
    assert "“happy” falls from 60 % to 20 %. Cover a random quarter, and it falls from 60 % to 45 % on average" in first
    assert second == "The map beats chance in all three tests: it found what matters here."


@pytest.mark.parametrize(
    ("wins", "words"),
    [
        (
            (False, False, False),
            "The map beats chance in none of the three tests: don't rely on it.",
        ),
        (
            (True, False, False),
            "Covering the marked quarter does better than chance, hiding pixels in the map's order and showing pixels "
            "in the map's order don't. The tests disagree, so use the map with care.",
        ),
        (
            (False, True, True),
            "Hiding pixels in the map's order and showing pixels in the map's order do better than chance, covering "
            "the marked quarter doesn't. The tests disagree, so use the map with care.",
        ),
    ],
)
def test_a_map_that_a_test_speaks_against_is_never_said_to_have_found_what_counts(wins, words) -> None:
    covered = 0.2 if wins[0] else 0.7
    first, second = tour_doubt.say_doubt(made_up(covered, (0.5, 0.65), *wins[1:]), "happy")
    assert second == words
    assert ("rises from 60 % to 70 %" in first) is not wins[0]
    assert "found what matters" not in first + second


def covering(**shares: float) -> Reason:
    """What covering parts leaves of 90 %, each beside other places that leave 88 %."""
    parts = (Covered(part.replace("_", " "), left, (0.88,) * 20, "happy") for part, left in shares.items())
    return Reason("happy", 0.9, tuple(parts))


@pytest.mark.parametrize(
    ("found", "place", "first", "second"),
    [
        (
            covering(mouth=0.4, nose=0.85),
            "mouth",
            "Mostly the mouth",
            "The map agrees: it is strongest there, at the mouth.",
        ),
        (
            covering(mouth=0.4, nose=0.85),
            "nose",
            "Mostly the mouth",
            "The map disagrees: it is strongest at the nose.",
        ),
        (
            covering(mouth=0.4),
            "",
            "Mostly the mouth",
            "The map disagrees: it is strongest at none of these parts.",
        ),
        (
            covering(mouth=0.89),
            "mouth",
            "No single part",
            "strongest at the mouth; the cover test doesn't confirm that.",
        ),
        (covering(mouth=0.4), None, "Mostly the mouth", "The map is empty: nothing in this layer supports “happy”."),
    ],
)
def test_why_says_what_was_measured_and_whether_the_map_agrees(
    found: Reason, place: str | None, first: str, second: str
) -> None:
    said = tour_doubt.say_why(found, place)
    assert said[0].startswith(first)
    assert said[1].endswith(second)


def test_a_map_is_strongest_where_it_glows_not_where_it_is_densest() -> None:
    masks = {"nose": np.zeros((12, 12), np.float32), "cheeks and jaw": np.zeros((12, 12), np.float32)}
    masks["nose"][5:7, 5:7], masks["cheeks and jaw"][7:12] = 1, 1
    values = np.zeros((6, 6), np.float32)
    values[2:4, 2:4], values[5, 1] = 0.4, 1  # much of the nose, but the brightest place is on the cheek
    assert tour_doubt.strongest_part(values, masks) == "cheeks and jaw"
    values[5, 1], values[0, 0] = 0, 1
    assert tour_doubt.strongest_part(values, masks) == ""
    assert tour_doubt.strongest_part(values * 0, masks) is None


def test_decision_tells_the_second_guess_and_uncertainty() -> None:
    assert tour_doubt.say_decision(SHARES, "happy", 0.5) == (
        "Together, the maps decide between three answers: happy gets 60 %.",
        "Next comes sad, 30 %.",
    )
    for threshold, words in ((0.65, "less than 65 %"), (0.1, "the mouth seems hidden"), (None, "too little")):
        second = tour_doubt.say_decision(SHARES, "uncertain", threshold)[1]
        assert second == f"Next comes sad, 30 %; {words}, so the app says “uncertain”."


def test_photo_is_told_with_count_and_turn() -> None:
    assert tour_doubt.say_photo(1, 0, 0.2, (48, 48)) == (
        "One face was found on this photo.",
        "The network sees only the small picture beside it: grey, 48 by 48 pixels.",
    )
    first, second = tour_doubt.say_photo(20, 4, -30.4, (48, 48))
    assert first == "20 faces were found on this photo; we follow number 5."
    assert "straightened by 30°" in second


def test_parts_are_told_where_they_are_known() -> None:
    _, second = tour_doubt.say_parts((6, 6, 256), None, 3, "happy", ["mouth", "nose", "mouth"])
    assert second == "These three add the most to “happy”; two of them are strongest at the mouth."
    first, second = tour_doubt.say_parts((6, 6, 256), 30, 3, "happy", [])
    assert "6×6 squares “sees” 30 by 30 pixels" in first
    assert second.endswith("each at its own place.")


def test_cover_takes_the_mean_grey_of_the_marked_pixels_alone() -> None:
    image = np.full((4, 4, 3), 200, np.uint8)
    mask = np.array([[True, False], [False, False]])
    covered = tour_doubt.covered_picture(image, mask, np.full((2, 2), 100, np.uint8))
    assert (covered[:2, :2] == 100).all()
    assert (covered[2:] == 200).all()
    assert (image == 200).all(), "the picture itself stays"


def test_slide_charts_stay_within_their_axes(open_page: OpenPage, slides: list[Any]) -> None:
    app = open_page("tour", step="Doubt", network="emotion-simple")
    await_tests(app)
    for panel in slides[-1][0].panels:
        if isinstance(panel, Lines):
            assert all(0 <= low <= high <= 1 for low, high in zip(panel.low, panel.high, strict=True))
            assert panel.across[0] == 0
            assert panel.across[-1] == 1
            assert len(panel.line) == len(panel.across)
    assert networks.cards()  # the networks stay shared
