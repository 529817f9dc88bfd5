"""The pages of the app, a folder each: found by themselves, so that a page is added or removed with its folder."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage


@dataclass(frozen=True)
class Page:
    """What a page's folder says of it in `PAGE`; the folder's name is its address, `page.py` in it the script.

    Args:
        title: str, in the navigation.
        icon: str, a Material symbol.
        help: str, one sentence.
        rank: int, its place in the navigation; the app opens with the lowest.
    """

    title: str
    icon: str
    help: str
    rank: int


def find_pages() -> dict[Path, Page]:
    """Return the pages in order, by their scripts."""
    found: dict[Path, Page] = {}
    for module in pkgutil.iter_modules(__path__):
        folder = importlib.import_module(f"{__name__}.{module.name}")
        found[Path(folder.__path__[0]) / "page.py"] = folder.PAGE
    return dict(sorted(found.items(), key=lambda item: item[1].rank))


def navigation() -> list[StreamlitPage]:
    """Return the pages as `st.navigation` takes them."""
    return [
        st.Page(
            script,
            title=page.title,
            icon=page.icon,
            url_path=script.parent.name.replace("_", "-") if number else "",
            default=number == 0,
            help=page.help,
        )
        for number, (script, page) in enumerate(find_pages().items())
    ]
