"""The What if page: sliders, covers, presets, curve, the least flip, the jittered box, and a photo without a face."""

import json
import time
from collections.abc import Callable
from io import StringIO
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from dashboard import state
from dashboard.app_pages.what_if import changing as what_if_changing
from dashboard.app_pages.what_if import charts as what_if_charts
from dashboard.app_pages.what_if import curve as what_if_curve
from dashboard.app_pages.what_if import results as what_if_results
from dashboard.app_pages.what_if import steadiness as what_if_steadiness
from dashboard.app_pages.what_if import views as what_if_views
from dashboard.drawing import pictures
from models import analyse, load_image
from models.faces.changes import CHANGES, NOTHING, PRESETS, Scene, Setting
from models.faces.steadiness import Curve, Spread
from tests.support.screen import colour_bars, finish, run_of, texts

OpenPage = Callable[..., AppTest]
Upload = Callable[[str, bytes], AppTest]

LABELS = ["angry", "happy", "sad"]


@pytest.fixture
def what_if(app: AppTest, open_page: OpenPage) -> Callable[..., AppTest]:
    """Opens the page at once; its address is not its file's name, by which AppTest would look for it."""

    def open_it(**choices: str) -> AppTest:
        app._page_hash = calc_hash("what-if")
        return open_page(**choices)

    return open_it


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception


# Before and after ----------------------------------------------------------------------------------------------------


def test_untouched_face_stands_on_both_sides(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    assert app.title[0].value == "What if"
    assert "Nothing has changed yet" in texts(app)
    assert colour_bars(app) == 1
    answers = [markdown.value for markdown in app.markdown if markdown.value.startswith("Happy, 9")]
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_slider_changes_the_answer_and_the_curve_follows_it(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    app.slider(key="noise").set_value(40.0).run()
    assert not app.exception
    assert "**The answer flips** from happy" in texts(app)
    assert "Noise 40 levels." in texts(app)
    assert app.selectbox(key=what_if_changing.ALONG).value == "noise"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_applied_and_taken_back(what_if: Callable[..., AppTest], name: str) -> None:
    app = what_if()
    press(app, f"preset_{name}")
    assert f"{what_if_changing.describe(PRESETS[name].setting)}." in texts(app)
    press(app, "undo_changes")
    assert "Nothing has changed yet" in texts(app)


def test_address_brings_changes(what_if: Callable[..., AppTest]) -> None:
    app = what_if(turn="25", covered="Mouth", fill="Grey", along="Blur")
    assert app.slider(key="turn").value == 25
    assert app.get_by_key(what_if_changing.COVERED).value == ["mouth"]
    assert app.selectbox(key=what_if_changing.ALONG).value == "blur"
    assert "Turn 25°, mouth covered." in texts(app)


def test_numbers_beyond_a_slider_in_the_address_fall_back(what_if: Callable[..., AppTest]) -> None:
    app = what_if(turn="900", covered="Ears", noise="many")
    assert app.slider(key="turn").value in (0, 60)
    assert app.slider(key="noise").value == 0


def test_box_is_entered_and_drawn(what_if: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = SimpleNamespace(on=None)
    monkeypatch.setattr(what_if_views, "picture_with", lambda layers, *_, **__: setattr(drawn, "on", layers[0].on_draw))
    app = what_if(covered="A box")
    app.number_input(key="box_left").set_value(90).run()
    assert not app.exception, "what reaches beyond the crop is cut off"
    assert "A box covered." in texts(app)
    drawn.on({"left": 0.1, "top": 0.6, "width": 0.5, "height": 0.3})
    app.run()
    assert [app.session_state[key] for key in what_if_changing.BOX_SIDES] in ([90, 25, 50, 50], [10, 60, 50, 30])


def test_drawn_boxes_are_read_in_per_cent(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {}
    monkeypatch.setattr(what_if_changing.st, "session_state", session)
    what_if_changing.draw_box({"left": 0.1, "top": 0.6, "width": 0.5, "height": 0.3})
    assert [session[key] for key in what_if_changing.BOX_SIDES] == [10, 60, 50, 30]
    what_if_changing.draw_box({"left": 0.1, "top": 0.6, "width": 0.01, "height": 0.01})
    what_if_changing.draw_box("nonsense")
    assert [session[key] for key in what_if_changing.BOX_SIDES] == [10, 60, 50, 30]


def test_changes_survive_a_turn_of_the_page(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    app.slider(key="blur").set_value(2.0).run()
    app.switch_page("app_pages/dream/page.py").run()
    app.switch_page("app_pages/what_if/page.py").run()
    assert not app.exception
    assert app.slider(key="blur").value == 2.0


def test_slow_method_of_another_page_is_not_used_and_not_lost(app: AppTest, what_if: Callable[..., AppTest]) -> None:
    app.session_state[state.METHOD] = "rise"
    what_if()
    assert app.selectbox(key=state.METHOD).value == "rise"
    assert "too slow to keep up with a slider" in texts(app)
    assert "**LayerCAM** after" in texts(app)


@pytest.mark.parametrize("method", ["HiResCAM", "Saliency"])
def test_other_fast_methods_make_the_maps(what_if: Callable[..., AppTest], method: str) -> None:
    app = what_if(method=method, light="-1")
    assert f"**{method}** after" in texts(app)
    assert colour_bars(app) == 1


def test_another_network_answers(what_if: Callable[..., AppTest]) -> None:
    app = what_if(network="emotion-simple", blur="1")
    assert "emotion-simple" in app.selectbox(key=state.NETWORK).value
    assert "keypoints" not in app.selectbox(key=state.NETWORK).options
    assert "**After**" in texts(app)


def test_photo_without_a_face_is_told(what_if: Callable[..., AppTest]) -> None:
    app = what_if(sample="Chessboard")
    assert [head.value for head in app.subheader] == ["No face found"]
    press(app, "use_whole_picture")
    assert "No points were found on this face" in texts(app)
    assert app.get_by_key(what_if_changing.COVERED).options == ["A box"]


def test_upload_is_changed_and_kept_out_of_the_address(upload: Upload) -> None:
    from tests.dashboard.conftest import sample_bytes

    app = upload("secret.jpg", sample_bytes("grace_hopper"))
    app.switch_page("app_pages/what_if/page.py").run()
    app.slider(key="light").set_value(-2.0).run()
    assert not app.exception
    assert "**The answer" in texts(app)
    assert "secret" not in str(dict(app.query_params))


def test_the_answer_is_told_in_a_sentence() -> None:
    was, now = {"happy": 0.9, "sad": 0.1}, {"happy": 0.3, "sad": 0.7}
    some = Setting(light=-1)
    assert what_if_views.say_change(was, now, "sad", some).startswith("**The answer flips** from happy to sad")
    assert "so weak" in what_if_views.say_change(was, now, "uncertain", some)
    assert "at 90 % as before" in what_if_views.say_change(was, was, "happy", some)


def test_a_face_with_a_hidden_mouth_stays_uncertain(upload: Upload) -> None:
    from tests.dashboard.conftest import sample_bytes

    app = upload("masked.png", masked(sample_bytes("astronaut")))
    app.switch_page("app_pages/what_if/page.py").run()
    assert not app.exception
    assert "The mouth seems to be hidden on the photo" in texts(app)
    answers = [markdown.value for markdown in app.markdown if markdown.value.startswith("Uncertain (")]
    assert len(answers) == 2


def masked(photo: bytes) -> bytes:
    """Draw a light mask from nose to chin over the only face of a photo."""
    image = load_image(photo)
    (face,) = analyse(image, people=False).faces
    assert face.landmarks is not None
    edge = np.rint([*face.landmarks[2:15], face.landmarks[28]]).astype(np.int32)
    return pictures.png(cv2.fillPoly(image.copy(), [edge], (210, 210, 210)))


def test_settings_are_told_in_words() -> None:
    assert what_if_changing.describe(NOTHING) == "Nothing is changed"
    assert what_if_changing.describe(Setting(light=-2, noise=1, mirror=1)) == "Mirror, light −2.0 stops, noise 1 level"
    assert what_if_changing.written(CHANGES["turn"], -25) == "−25°"
    assert what_if_changing.written(CHANGES["sideways"], 5) == "5 %"
    for change in CHANGES.values():
        for step in (-change.steps[0], 1, change.steps[1]):
            assert what_if_changing.on_step(change, change.at(step) + change.step / 5) == change.at(step)


# The curve -----------------------------------------------------------------------------------------------------------


def test_number_beside_the_curve_moves_the_slider(what_if: Callable[..., AppTest]) -> None:
    app = what_if(along="Gamma")
    app.number_input(key="value_of_gamma").set_value(2.02).run()
    assert not app.exception
    assert app.slider(key="gamma").value == 2.0


def test_click_on_the_curve_moves_the_slider(monkeypatch: pytest.MonkeyPatch) -> None:
    session: dict[str, Any] = {"curve": {"selection": {"points": [{"x": -1.26}]}}}
    monkeypatch.setattr(what_if_changing.st, "session_state", session)
    what_if_curve._pick("light")
    assert session["light"] == pytest.approx(-1.3)
    session["curve"] = {"selection": {"points": []}}
    what_if_curve._pick("light")
    what_if_changing.set_value("light", "nonsense")
    what_if_changing.set_value("light", float("nan"))
    assert session["light"] == pytest.approx(-1.3)
    what_if_changing.set_value("light", 99)
    assert session["light"] == 3


def made_up_curve() -> Curve:
    shares = np.float32([[0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.1, 0.2, 0.7]])
    return Curve(CHANGES["blur"], np.array([0.0, 2.0, 4.0]), shares)


def test_curve_marks_now_flips_and_the_threshold() -> None:
    figure = what_if_charts.curve(made_up_curve(), LABELS, 1.0, "px", strong=1, threshold=0.58)
    assert [line.line.width for line in figure.data[:3]] == [1.75, 3.5, 1.75]
    uncertain, flips = figure.data[3:]
    assert tuple(uncertain.y) == (0.58, 0.58)
    assert flips.text == ("happy → sad",)
    assert flips.x[0] == pytest.approx(2 + 2 * 0.3 / 0.8)
    assert figure.layout.shapes[0].x0 == 1.0
    assert what_if_curve.say_crossings(made_up_curve(), LABELS) == "The answer flips at 2.8 px (happy → sad)."


def test_curve_is_written_as_csv_and_json() -> None:
    face = SimpleNamespace(emotion=dict.fromkeys(LABELS, 0.0))
    subject = SimpleNamespace(photo=SimpleNamespace(name="Grace"), index=1, network_name="emotion", face=face)
    shown: Any = what_if_views.Case(subject, None, None, "key", Scene(np.zeros((48, 48), np.uint8)))  # type: ignore[arg-type]
    table = pd.read_csv(StringIO(what_if_curve.curve_csv(shown, made_up_curve())))
    assert list(table.columns) == ["blur", *LABELS]
    assert table["happy"].tolist() == pytest.approx([0.8, 0.6, 0.2])
    written = json.loads(what_if_curve.curve_json(shown, Setting(blur=1, light=-1), made_up_curve()))
    assert (written["along"], written["now"], written["other_changes"]) == ("blur", 1, {"light": -1})
    assert written["flips"] == [{"at": 2.75, "from": "happy", "to": "sad"}]


def test_ticks_are_round_numbers_within() -> None:
    assert what_if_charts.ticks(-4, 3) == [-4, -3, -2, -1, 0, 1, 2, 3]
    assert what_if_charts.ticks(0.3, 3) == [0.5, 1, 1.5, 2, 2.5, 3]
    assert what_if_charts.ticks(-60, 60) == [-60, -40, -20, 0, 20, 40, 60]


def test_bars_show_all_shares_and_their_differences() -> None:
    before, after = {"happy": 0.9, "sad": 0.1}, {"happy": 0.4, "sad": 0.6}
    now, was, words = what_if_charts.before_after(before, after).data
    assert (tuple(now.x), tuple(was.x)) == ((0.4, 0.6), (0.9, 0.1))
    assert ["40 % (−50)" in words.text[0], "60 % (+50)" in words.text[1]] == [True, True]
    assert what_if_charts.difference(0.501, 0.499) == "±0"


# The least flip ------------------------------------------------------------------------------------------------------


def test_least_flip_is_found_when_asked_and_applied(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    press(app, "find_flips")
    finish(app, what_if_results.FLIPS)
    assert "is enough: the answer flips from happy to" in texts(app)
    first = next(markdown.value for markdown in app.markdown if "is enough: the answer" in markdown.value)
    press(app, "apply_flip_0")
    assert "**The answer flips** from happy" in texts(app)
    assert first.split("**")[1] + "." in texts(app)
    ways = app.get_by_key(what_if_steadiness.FLIP_RANK).set_value("range").run()
    assert not ways.exception


def test_search_for_another_answer_starts_anew(what_if: Callable[..., AppTest]) -> None:
    app = what_if()
    press(app, "find_flips")
    finish(app, what_if_results.FLIPS)
    app.selectbox(key=what_if_steadiness.FLIP_TO).select("fear").run()
    press(app, "find_flips")
    finish(app, what_if_results.FLIPS)
    said = texts(app) + "".join(one.value for one in app.success)
    assert "to fear" in said


def test_search_is_cancelled(what_if: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*arguments: Any, on_step: Callable[[int, int], None], **settings: Any) -> Any:
        for _ in range(2000):
            time.sleep(0.01)
            on_step(3, 12)

    monkeypatch.setattr(what_if_results, "find_flips", slowly)
    app = what_if()
    press(app, "find_flips")
    assert app.progress[0].text.startswith("Search: 3 of 12")
    press(app, "cancel_flips")
    run_of(app, what_if_results.FLIPS).join(10)
    app.run()
    assert "Search: cancelled." in texts(app)
    assert app.button(key="find_flips")


def test_search_that_finds_nothing_says_so(what_if: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(what_if_results, "find_flips", lambda *arguments, **settings: [])
    app = what_if()
    press(app, "find_flips")
    finish(app, what_if_results.FLIPS)
    assert app.success[0].value.startswith("No single change flips the answer from happy")


def test_search_that_fails_says_so(what_if: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **settings: Any) -> Any:
        raise ValueError("No memory is left.")

    monkeypatch.setattr(what_if_results, "find_flips", fail)
    app = what_if()
    press(app, "find_flips")
    finish(app, what_if_results.FLIPS)
    assert app.error[0].value == "No memory is left."


# The box -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("through", ["The crop alone", "Box, points and crop"])
def test_box_is_jittered_when_asked_and_then_by_itself(what_if: Callable[..., AppTest], through: str) -> None:
    app = what_if(through=through, box_draws="20")
    press(app, "jitter_box")
    finish(app, what_if_results.JITTER)
    assert "boxes" in texts(app)
    assert "**Extremes for happy**" in texts(app)
    app.number_input(key=what_if_steadiness.BOX_SEED).set_value(3).run()
    finish(app, what_if_results.JITTER)
    assert "**Extremes for happy**" in texts(app)


def test_jitter_is_cancelled(what_if: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(*arguments: Any, cut: Any) -> Any:
        for _ in range(2000):
            time.sleep(0.01)
            arguments[-1](16, 100)

    monkeypatch.setattr(what_if_results, "jitter_crop", slowly)
    app = what_if()
    press(app, "jitter_box")
    assert app.progress[0].text.startswith("Boxes: 16 of 100")
    press(app, "cancel_jitter")
    run_of(app, what_if_results.JITTER).join(10)
    app.run()
    assert "Boxes: cancelled." in texts(app)


def test_spread_is_told_drawn_and_tabled() -> None:
    shares = np.float32([[0.1, 0.8, 0.1], [0.1, 0.6, 0.3], [0.1, 0.2, 0.7], [0.1, 0.4, 0.5]])
    found = Spread(np.tile([0.1, 0.0, 1.1, -5.0], (4, 1)), np.zeros((4, 48, 48), np.uint8), shares)
    said = what_if_steadiness.say_spread(found, LABELS, 1)
    assert said.startswith("**In 2 of 4 boxes (50 %) the answer is still happy**; it is sad in 2.")
    assert what_if_steadiness.extremes(found, 1) == [2, 0], "the surest of the others is the least of this one"
    table = what_if_steadiness.jitter_table(found, LABELS)
    assert table["answer"].tolist() == ["happy", "happy", "sad", "sad"]
    assert table["scale"].tolist() == [1.1] * 4
    figure = what_if_charts.spread(shares, LABELS, [0.1, 0.7, 0.2])
    assert len(figure.data) == 4
    steady = Spread(found.draws[:1], found.crops[:1], shares[:1])
    assert what_if_steadiness.say_spread(steady, LABELS, 1).startswith("**In all 1 boxes the answer is happy.**")
