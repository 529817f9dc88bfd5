"""The pages of the app, a folder each: found by themselves, so that a page is added or removed with its folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
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
        group: str, the menu that it is in; groups stand in the order of their lowest rank. Defaults to "": it stands by
            itself, behind all groups.
    """

    title: str
    icon: str
    help: str
    rank: int
    group: str = ""


def find_pages() -> dict[Path, Page]:
    """Return the pages in order, by their scripts."""
    found: dict[Path, Page] = {}
    for module in pkgutil.iter_modules(__path__):
        folder = importlib.import_module(f"{__name__}.{module.name}")
        found[Path(folder.__path__[0]) / "page.py"] = folder.PAGE
    return dict(sorted(found.items(), key=lambda item: item[1].rank))


def address(script: Path) -> str:
    """Return a page's path in the address bar; "" for the page that the app opens with."""
    return _address(script, find_pages())


def _address(script: Path, pages: Iterable[Path]) -> str:
    return "" if script == next(iter(pages)) else script.parent.name.replace("_", "-")


def navigation() -> dict[str, list[StreamlitPage]]:
    """Return the pages of each group as `st.navigation` takes them."""
    groups: dict[str, list[StreamlitPage]] = {}
    pages = find_pages()
    for script, page in pages.items():
        path = _address(script, pages)
        drawn = st.Page(script, title=page.title, icon=page.icon, url_path=path, default=not path, help=page.help)
        groups.setdefault(page.group, []).append(drawn)
    return groups


def mark_group(groups: dict[str, list[StreamlitPage]], page: StreamlitPage) -> None:
    """Mark the group of the present page in the menu bar, as Streamlit marks a page that stands by itself.

    Streamlit puts pages that stand by themselves first; the app's style sheet moves them behind the groups.
    """
    alone = len(groups.get("", []))
    for number, name in enumerate((name for name in groups if name), start=alone + 1):
        if page.title in [one.title for one in groups[name]]:
            button = f'[data-testid="stTopNav"] > :nth-child({number}) > [data-testid="stTopNavSection"]'
            colour = "light-dark(#e7ecea, #212c2a)"  # of a link to the present page
            st.html(f"<style>{button} {{ background: {colour}; font-weight: 600; }}</style>")
