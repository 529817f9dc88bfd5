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
from dashboard.services import networks
from dashboard.tasks.task import Task
from dashboard.widgets import slide
from dashboard.widgets.slide import Bars, Lines, Picture, Slide
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


def test_five_steps_show_their_pictures_of_this_face(
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
    assert found["photo"].lead[0] == "Five faces are framed on this photo; we follow number 2."
    for step in ("edges", "parts"):
        assert len(found[step].panels) == tour_doubt.CHANNELS
        assert "Colour bar" in found[step].legend
        assert len({panel.source for panel in found[step].panels if isinstance(panel, Picture)}) == tour_doubt.CHANNELS
    bars, overlay = found["decision"].panels
    assert isinstance(bars, Bars)
    assert sum(bar.share for bar in bars.bars) == pytest.approx(1, abs=1e-3)
    assert "LayerCAM for" in overlay.alt
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
    assert settings["on_leave"] is tour_views.leave
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
    go_to(app, "doubt")
    assert "uncertain" in slides[-1][0].lead[1]
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
    assert slides[-1][0].lead[0] == tour_doubt.EMPTY
    assert run_of(app, tour_results.TOUR) is None
    go_to(app, "decision")
    assert "stays empty" in slides[-1][0].lead[1]


# Words and numbers ---------------------------------------------------------------------------------------------------


def made_up(
    covered: float, chance: tuple[float, ...], deletion: bool = True, insertion: bool = True
) -> tour_doubt.Doubt:
    class Curves:
        def __init__(self, beats_random: bool) -> None:
            self.beats_random = beats_random

    mask = np.zeros((2, 2), bool)
    return tour_doubt.Doubt(mask, mask, 0.6, covered, np.array(chance), Curves(deletion), Curves(insertion))


def test_cover_test_is_told_in_numbers() -> None:
    first, second = tour_doubt.say_doubt(made_up(0.2, (0.5, 0.4)), SHARES, "happy")
    assert "“happy” falls from 60 % to 20 %; with a quarter at random covered, to 45 % on average" in first
    assert first.endswith("so the map found what counts.")
    assert second == ("The second guess is sad, 30 %; hiding and showing pixels in the map's order both beat chance.")


def test_map_that_chance_outdoes_proves_little() -> None:
    first, second = tour_doubt.say_doubt(made_up(0.7, (0.5, 0.8), deletion=False), SHARES, "uncertain")
    assert "rises from 60 % to 70 %" in first
    assert first.endswith("proves little here.")
    assert "says “uncertain”" in second
    assert "showing pixels in the map's order beats chance, hiding them does not" in second
    assert "neither" in tour_doubt.say_curves(made_up(0.1, (0.2,), deletion=False, insertion=False))


def test_decision_tells_the_second_guess_and_uncertainty() -> None:
    assert tour_doubt.say_decision(SHARES, "happy", 0.5, "mouth") == (
        "Put together, the maps decide between three answers. Happy 60 %, next: sad 30 %.",
        "The map marks where the network found evidence for “happy”: most of it at the mouth.",
    )
    first, second = tour_doubt.say_decision(SHARES, "uncertain", 0.65, "")
    assert first.endswith("sad 30 %; less than 65 %, so the app says “uncertain”.")
    assert second.endswith("found evidence for “happy”.")
    first, _ = tour_doubt.say_decision(SHARES, "uncertain", 0.1, "")
    assert first.endswith("; the mouth seems hidden, so the app says “uncertain”.")
    assert "stays empty" in tour_doubt.say_decision(SHARES, "happy", None, None)[1]


def test_photo_is_told_with_count_and_turn() -> None:
    assert tour_doubt.say_photo(1, 0, 0.2, (48, 48)) == (
        "One face is framed on this photo.",
        "The network sees only the small picture beside it: grey, 48 by 48 pixels.",
    )
    first, second = tour_doubt.say_photo(20, 4, -30.4, (48, 48))
    assert first == "20 faces are framed on this photo; we follow number 5."
    assert "straightened by 30°" in second


def test_parts_are_told_where_they_are_known() -> None:
    _, second = tour_doubt.say_parts((6, 6, 256), None, 3, "happy", ["mouth", "nose", "mouth"])
    assert second == "These three add most to “happy”; two of them respond most at the mouth."
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
