"""What is found on samples is kept for all visitors; nothing that comes of a visitor's own picture ever is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import state
from dashboard.pickers import photo as photo_picker
from dashboard.services.kept import common_findings, findings, kept, own_findings
from tests.dashboard.conftest import ROOT, sample_bytes

PAGES = sorted((ROOT / "dashboard" / "app_pages").glob("*/page.py"))

Asked = list[bool]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What was answered when something asked whether it may be kept for all."""
    answers: Asked = []
    look = state.looks_at_samples_only

    def looks_at_samples_only() -> bool:
        answers.append(look())
        return answers[-1]

    monkeypatch.setattr(state, "looks_at_samples_only", looks_at_samples_only)
    return answers


def turn_to(app: AppTest, page: Path) -> None:
    app.switch_page(str(page.relative_to(ROOT / "dashboard"))).run()
    assert not app.exception


def test_what_is_found_on_samples_is_kept_for_all(open_page: Callable[..., AppTest], asked: Asked) -> None:
    before = len(common_findings())
    open_page("attribution", sample="Grace Hopper")
    assert len(asked) > 5
    assert all(asked)
    assert len(common_findings()) > before


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_nothing_of_an_upload_is(page: Path, upload: Callable[..., AppTest], asked: Asked) -> None:
    app = upload("me.jpg", sample_bytes("grace_hopper"))
    before = len(common_findings())
    asked.clear()
    turn_to(app, page)
    assert not any(asked)
    assert len(common_findings()) == before


def test_nothing_of_a_second_photo_is(open_page: Callable[..., AppTest], asked: Asked) -> None:
    app = open_page("compare", compare="Two photos")
    app.get_by_key("second_source").set_value("Upload").run()
    asked.clear()
    app.file_uploader(key="second_upload").upload("me.jpg", sample_bytes("grace_hopper")).run()
    assert not app.exception
    assert not asked[-1]  # the first photo is a sample, and is read before
    asked.clear()
    app.run()
    assert not any(asked)


def test_a_session_that_had_a_photo_of_its_own_shares_no_more(upload: Callable[..., AppTest], asked: Asked) -> None:
    app = upload("me.jpg", sample_bytes("grace_hopper"))
    app.get_by_key(state.SOURCE).set_value("Sample").run()
    asked.clear()
    app.get_by_key(photo_picker.FIRST.sample).set_value("dark").run()
    assert asked
    assert not any(asked)


@pytest.mark.parametrize("may_share", [True, False])
def test_results_are_kept_where_they_may_be(may_share: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    number = 3 + may_share  # Streamlit takes the function of both cases for one

    @kept(own=2, common=2)
    def double(number: int) -> int:
        made.append(number)
        return 2 * number

    def ask() -> None:
        for shares, times in ((may_share, 1), (not may_share, 2)):
            monkeypatch.setattr(state, "looks_at_samples_only", lambda shares=shares: shares)
            assert [double(number), double(number)] == [2 * number] * 2
            assert made == [number] * times
            assert findings() is (common_findings() if shares else own_findings())

    def script(ask) -> None:  # its source is run apart, where `Callable` is unknown
        ask()

    app = AppTest.from_function(script, kwargs={"ask": ask}).run()
    assert not app.exception
    assert made == [number] * 2
