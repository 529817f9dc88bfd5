"""The navigation: what is in it follows from the folders of the pages."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import app_pages

OpenPage = Callable[..., AppTest]
FOLDERS = {folder.name for folder in Path(app_pages.__file__).parent.iterdir() if (folder / "page.py").is_file()}

TOY = """from dashboard.app_pages import Page

PAGE = Page(title="Two words", icon=":material/toys:", help="A toy.", rank=45, group="Explain")
"""
TOY_PAGE = """import streamlit as st

from dashboard.pickers.subject import open_page

subject = open_page("Two words", "How many faces are there?")
st.markdown(f"Faces: {len(subject.analysis.faces)}")
"""


def test_every_folder_with_a_page_is_found() -> None:
    found = list(app_pages.find_pages())
    assert {script.parent.name for script in found} == FOLDERS
    assert found[0].parent.name == "inspect", "the app opens with it"


def test_a_page_is_added_with_its_folder(open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "two_words"
    folder.mkdir()
    (folder / "__init__.py").write_text(TOY)
    (folder / "page.py").write_text(TOY_PAGE)
    monkeypatch.setattr(app_pages, "__path__", [*app_pages.__path__, str(tmp_path)])
    titles = [page.title for page in app_pages.find_pages().values() if page.group == "Explain"]
    assert titles[:3] == ["Why", "Two words", "Inside"]
    app = open_page("two_words")
    assert app.title[0].value == "Two words"
    assert "Faces: 1" in [element.value for element in app.markdown]


def test_the_menu_tells_a_story_and_old_addresses_stay() -> None:
    menu: dict[str, list[str]] = {}
    for page in app_pages.find_pages().values():
        menu.setdefault(page.group, []).append(page.title)
    assert list(menu) == ["Look", "Explain", "Class", ""]
    assert menu["Look"][0] == "Inspect"
    assert menu["Explain"][:2] == ["Why", "Inside"]
    assert menu[""] == ["Networks", "About"]
    addresses = {page.title: app_pages.address(script) for script, page in app_pages.find_pages().items()}
    assert addresses["Why"] == "attribution"
    assert addresses["Inside"] == "activations"
    assert addresses["Inspect"] == "", "the app opens with it"
    assert addresses["What if"] == "what-if"
