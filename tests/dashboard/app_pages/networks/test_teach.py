"""Networks → Teach: classes come in, the lesson is taught, and its network stands in the picker."""

import io
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.app_pages.networks import taught
from dashboard.services import taught_classes
from dashboard.services.taught_classes import READING
from dashboard.services.teaching import TEACHING, Outcome

OpenPage = Callable[..., AppTest]


def picture(level: int) -> bytes:
    Image.fromarray(np.full((40, 50, 3), level, np.uint8)).save(data := io.BytesIO(), "PNG")
    return data.getvalue()


def words(app: AppTest) -> str:
    return "\n".join(element.value for element in [*app.markdown, *app.caption])


def test_classes_get_names_and_pictures_and_what_is_missing_is_said(open_page: OpenPage) -> None:
    app = open_page("networks", teach="true")
    assert app.button(key="teach_now").disabled
    app.text_input(key="taught_name_0").set_value("Cups").run()
    app.file_uploader(key="taught_files_0_0").upload("a.png", picture(20)).run()
    if (run := app.session_state[READING.name]) is not None:  # not yet read
        run.join()
    app.button(key="add_class").click().run()
    assert not app.exception
    assert "“Cups”, “Class 2” and “Class 3” need 2 pictures" in words(app)
    assert "1 picture\n" in words(app)
    app.button(key="remove_2").click().run()
    app.button(key="clear_0").click().run()
    assert [(group.name, group.pictures) for group in app.session_state[taught_classes.SESSION]] == [
        ("Cups", ()),
        ("Class 2", ()),
    ]


def test_the_panel_is_closed_where_nobody_asked_for_it(open_page: OpenPage) -> None:
    app = open_page("networks")
    assert "teach_now" not in [button.key for button in app.button]


@pytest.mark.slow
def test_the_lesson_ends_with_its_network_in_the_picker_and_two_changes(open_page: OpenPage) -> None:
    app = open_page("networks", teach="true")
    app.button(key="teach_lesson").click().run()
    app.session_state[TEACHING.name].wait()
    app.run()
    assert not app.exception
    name = app.session_state[state.NETWORK]
    assert name.startswith("taught-monday-tuesday-")
    assert app.session_state[state.PHOTO].name.startswith("Tuesday")
    assert "12 of 12 pictures that it had not seen are right" in words(app)
    assert "become Monday" not in words(app)
    app.button(key="lesson_cover").click().run()
    app.button(key="lesson_stamp").click().run()
    assert "Covered, the answer falls: 6 of 6 become Monday." in words(app)
    assert "Stamped, the answer flips: 6 of 6 become Tuesday." in words(app)
    app.switch_page("app_pages/attribution/page.py").run()
    assert not app.exception
    assert app.session_state[state.NETWORK] == name


def test_a_class_of_which_nothing_was_held_back_is_named() -> None:
    own = SimpleNamespace(card=SimpleNamespace(metrics={}))
    outcome = Outcome(own, b"", (), ("a", "b"), (4, 8), (0, 2), left_out=3)  # type: ignore[arg-type]
    told = taught.notes(outcome)
    assert told[0].startswith("“a”: fewer than 5 pictures")
    assert told[1].startswith("3 pictures were left out")
    assert taught.score_sentence(outcome) == "No picture was held back, so there is no telling how good it is."
