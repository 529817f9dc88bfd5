"""The test house itself: where the browser comes from."""

import os
import stat
from pathlib import Path

import pytest

from tests.support import browser
from tests.support.texts import texts

WORKS, FAILS = "#!/bin/sh\nexit 0\n", "#!/bin/sh\nexit 1\n"


def put(path: Path, script: str) -> str:
    path.write_text(script, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser that can download none from playwright; its path is this one folder."""
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:9")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


def test_the_first_browser_on_the_path_that_starts_is_taken(bare: Path) -> None:
    put(bare / "chromium", FAILS)
    chrome = put(bare / "google-chrome", WORKS)
    assert browser.find() == browser.require() == chrome


def test_a_browser_that_the_environment_names_comes_first(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bare / "chromium", WORKS)
    monkeypatch.setenv("CHROMIUM", put(bare / "mine", WORKS))
    assert browser.find() == str(bare / "mine")
    monkeypatch.setenv("CHROMIUM", str(bare / "nothing"))
    with pytest.raises(RuntimeError, match=r"CHROMIUM is set to .*nothing"):
        browser.find()


@pytest.mark.slow
def test_debians_browser_is_installed_where_playwright_has_none(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bare / "apt-get", f'#!/bin/sh\nif [ "$1" = install ]; then /bin/ln -s /bin/true {bare}/chromium; fi\n')
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    browser.install()
    assert browser.require() == str(bare / "chromium")


@pytest.mark.slow
def test_without_any_browser_a_sentence_says_how_to_get_one(bare: Path) -> None:
    browser.install()
    with pytest.raises(RuntimeError, match="need Chromium"):
        browser.require()


def test_texts_are_found_where_they_stand_and_keys_are_not(tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text(
        '"""A docstring."""\nimport streamlit as st\n\nst.button("Start dreaming", key="start_dreaming")\n'
        'st.markdown(f"**{name}**: two " "lines of it.")\nst.session_state["some_key"] = "Label"\n'
    )
    assert sorted(texts(file)) == [(4, "Start dreaming"), (5, "**…**: two lines of it."), (6, "Label")]
