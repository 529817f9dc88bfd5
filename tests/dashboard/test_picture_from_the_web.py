"""The address field of the photo picker: what comes is a photo like an upload, what does not is one sentence."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.pickers import photo as photo_picker
from dashboard.services import web
from tests.dashboard.conftest import sample_bytes
from tests.support.screen import texts

OpenPage = Callable[..., AppTest]


def ask(app: AppTest, address: str) -> AppTest:
    app.get_by_key(state.SOURCE).set_value("Upload").run()
    app.text_input(key=photo_picker.ADDRESS).set_value(address).run()
    assert not app.exception
    return app


def test_a_picture_from_the_web_is_shown_like_an_upload(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    def picture(address: str) -> tuple[str, bytes]:
        fetched.append(address)
        return "Grace in uniform.jpg", sample_bytes("grace_hopper")

    monkeypatch.setattr(web, "picture", picture)
    app = ask(open_page(), " https://pictures.test/grace.jpg ")
    shown = app.session_state[state.PHOTO]
    assert (shown.name, shown.data, shown.source) == ("Grace in uniform", sample_bytes("grace_hopper"), "Upload")
    assert app.session_state[state.HAS_OWN], "what is found on it is kept for this visit alone"
    assert app.button(key="remove_brought")
    app.run()
    assert fetched == ["https://pictures.test/grace.jpg"]
    assert "pictures.test" not in str(dict(app.query_params))


def test_what_can_not_be_fetched_is_one_sentence_on_the_page(open_page: OpenPage) -> None:
    app = ask(open_page(), "https://127.0.0.1/x.jpg")
    assert [error.value for error in app.error] == [
        "127.0.0.1 is not on the public web, and nothing is fetched from elsewhere."
    ]
    assert "Traceback" not in texts(app)


def test_the_operator_can_leave_it_out(open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(web.SWITCH, "0")
    app = open_page()
    app.get_by_key(state.SOURCE).set_value("Upload").run()
    assert photo_picker.ADDRESS not in [field.key for field in app.text_input]
