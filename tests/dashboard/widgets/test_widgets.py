"""Our own widgets: scripts and styles in files, and what comes back from a browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.drawing.pictures import Region
from dashboard.widgets import slide
from dashboard.widgets.component import WIDGETS, bundle, index_of
from dashboard.widgets.picture import BoxPen, Brush, Points, Regions, Skeletons
from dashboard.widgets.slide import Slide

FILES = [folder / f"{folder.name}.{suffix}" for folder in WIDGETS.iterdir() for suffix in ("js", "css")]
SCRIPTS = [file for file in FILES if file.suffix == ".js" and file.exists()]
STYLES = [file for file in FILES if file.suffix == ".css" and file.exists()]
NINE = Region(0.1, 0.1, 0.2, 0.2, "nine")


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
def test_a_script_is_one_module_in_which_no_name_stands_twice(file: Path) -> None:
    text = bundle(file, set())
    assert len(re.findall("^export default function", text, re.MULTILINE)) == 1
    assert not re.findall(r"^(?:import|export (?!default)).*", text, re.MULTILINE)
    names = re.findall(r"^(?:export )?(?:const|let|function) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names)), names


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.stem)
def test_styles_have_all_that_they_import(file: Path) -> None:
    assert "@import" not in bundle(file, set())


def test_a_file_that_two_others_import_is_put_in_once(tmp_path: Path) -> None:
    (tmp_path / "both.js").write_text("export const ONE = 1\n")
    (tmp_path / "other.js").write_text('import { ONE } from "./both.js"\n\nexport const two = () => 2 * ONE\n')
    imports = 'import { ONE } from "./both.js"\nimport { two } from "./other.js"\n'
    (tmp_path / "all.js").write_text(f"{imports}\nuse(ONE, two)\n")
    text = bundle(tmp_path / "all.js", set())
    assert text.count("const ONE = 1") == 1
    assert text.index("const ONE") < text.index("const two") < text.index("use(")


@pytest.mark.parametrize(("sent", "index"), [(0, 0), (2.0, 2), (3, None), (-1, None), ("1", None), ({}, None)])
def test_an_index_from_a_browser_is_one_of_those_there_are(sent: object, index: int | None) -> None:
    assert index_of(sent, 3) == index


def test_what_a_browser_sends_reaches_the_page_only_where_it_makes_sense() -> None:
    heard: list[object] = []
    for layer in (Regions([NINE], heard.append), Skeletons([], heard.append), Points([])):
        layer.hear(7)
        layer.hear("nonsense")
    assert heard == []
    Regions([NINE], heard.append).hear(0)
    BoxPen(heard.append).hear({"left": 0.5})
    Brush(heard.append, 0.1, 2).hear({"points": []})
    assert heard == [0, {"left": 0.5}, {"points": []}]


def test_a_box_pen_shows_the_draft() -> None:
    assert BoxPen(print, NINE).data() == {"draft": {"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.2}}
    assert BoxPen(print).data() == {"draft": None}


# The slide -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def press(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], list[object]]:
    """Draws a slide, sends it what a browser might, and returns what it asked for."""
    state: dict[str, object] = {}
    monkeypatch.setattr(slide.st, "session_state", state)

    def send(sent: object) -> list[object]:
        asked: list[object] = []
        drawn: dict[str, Any] = {}
        monkeypatch.setattr(slide, "_component", lambda **settings: drawn.update(settings))
        shown = Slide("Title", ("First.", "Second."), (), (1,))
        slide.slide(
            shown,
            0,
            5,
            key="slide",
            is_projected=True,
            is_awaited=True,
            on_step=asked.append,
            on_leave=lambda: asked.append("leave"),
            on_act=lambda: asked.append("act"),
        )
        state["slide"] = {"asked": sent}
        drawn["on_asked_change"]()
        return asked

    return send


def test_a_press_that_is_told_twice_turns_to_the_same_slide_and_acts_once(press: Callable[[object], list[object]]):
    told = {"at": 7, "step": 2, "acts": True}
    assert press(told) == [2, "act"]
    assert press(told) == [2]
    assert press({"at": 8, "leaves": True}) == ["leave"]


@pytest.mark.parametrize(
    "sent", [None, 3, "step", {"step": 2}, {"at": "7", "step": 2}, {"at": 7, "step": 9}, {"at": 7, "acts": "yes"}]
)
def test_a_slide_hears_no_nonsense(press: Callable[[object], list[object]], sent: object):
    assert press(sent) == []
