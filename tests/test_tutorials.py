"""The tutorials in `docs/` run, and show what they speak of."""

from pathlib import Path

import pytest

from tests.support.notebooks import run_notebook

ROOT = Path(__file__).resolve().parents[1]
TUTORIALS = {"photo": (1, "CREDITS.md"), "why": (3, "Class")}


@pytest.mark.slow
@pytest.mark.parametrize("name", TUTORIALS)
def test_a_tutorial_runs_from_its_first_line_to_its_last(name: str) -> None:
    shown = run_notebook((ROOT / "docs" / "tutorials" / f"{name}.ipynb").read_text(encoding="utf-8"), ROOT)
    pictures, words = TUTORIALS[name]
    assert len(shown.pictures) >= pictures
    assert words in shown.text


def test_every_tutorial_is_run() -> None:
    assert {file.stem for file in (ROOT / "docs" / "tutorials").iterdir()} == set(TUTORIALS)
