"""What all widgets of our own share: their scripts and styles stand in files, and a browser may send anything."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.drawing.pictures import Sent

WIDGETS = Path(__file__).parent


def component(name: str, html: str) -> ComponentRenderer:
    """Register the widget of the folder `name` with its NAME.js and NAME.css, and return what draws it."""
    script, styles = (bundle(WIDGETS / name / f"{name}.{suffix}", set()) for suffix in ("js", "css"))
    return st.components.v2.component(f"glassface_{name}", html=html, css=styles, js=script)


def bundle(file: Path, known: set[Path]) -> str:
    """Return the text of a script or a style sheet, with the files that it imports and are not `known` put in.

    The names of all these files share one scope, so they must differ.
    """
    known.add(file)

    def put_in(found: re.Match[str]) -> str:
        other = (file.parent / found[1]).resolve()
        return "" if other in known else re.sub(r"^export ", "", bundle(other, known), flags=re.MULTILINE)

    text = file.read_text(encoding="utf-8")
    return re.sub(r'^@?import [^"\n]*"(\.[\w./]+)";?$', put_in, text, flags=re.MULTILINE)


def heard(key: str, trigger: str, act: Callable[[Sent], None]) -> Callable[[], None]:
    """Return the callback that acts on what the widget of a key sent by a trigger, if it sent anything."""

    def hear() -> None:
        if (sent := st.session_state[key].get(trigger)) is not None:
            act(sent)

    return hear


def picked(key: str, trigger: str, count: int, pick: Callable[[int], None]) -> Callable[[], None]:
    """Return the callback that picks one of so many, by the index that the widget of a key sent by a trigger."""

    def act(sent: Sent) -> None:
        if (index := index_of(sent, count)) is not None:
            pick(index)

    return heard(key, trigger, act)


def index_of(sent: Sent, count: int) -> int | None:
    """Return the index, below `count`, that a browser sent; None where it sent anything else."""
    return int(sent) if isinstance(sent, int | float) and 0 <= int(sent) < count else None
