"""What the About page tells of this installation: data, versions, weights, credits. No Streamlit."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from importlib import metadata

import pandas as pd

from dashboard.app_pages.about.references import ROOT
from dashboard.drawing.words import file_size
from models import Card


def data_sets(cards: Mapping[str, Card]) -> pd.DataFrame:
    """Return what the networks were trained on, as their cards say: columns Data, Licence and Networks."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, card in cards.items():
        if "name" in card.data:
            found.setdefault((str(card.data["name"]), str(card.data.get("licence", ""))), []).append(name)
    return pd.DataFrame(
        [{"Data": data, "Licence": licence, "Networks": ", ".join(names)} for (data, licence), names in found.items()],
        columns=["Data", "Licence", "Networks"],
    )


def packages() -> tuple[str, ...]:
    """Return the names of the packages that the app needs, as requirements.txt lists them."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = (re.match(r"[A-Za-z0-9_.-]+", line.strip()) for line in lines)
    return tuple(name[0] for name in names if name)


def versions() -> pd.DataFrame:
    """Return the versions that run now: columns Package and Version, Python first."""
    rows = [("Python", platform.python_version())]
    for name in packages():
        try:
            rows.append((name, metadata.version(name)))
        except metadata.PackageNotFoundError:
            rows.append((name, "not installed"))
    return pd.DataFrame(rows, columns=["Package", "Version"])


def weights(cards: Mapping[str, Card], hashes: Mapping[str, str | None]) -> pd.DataFrame:
    """Return the networks' files: columns Network, Size and SHA-256; those that are not there are left out."""
    return pd.DataFrame(
        [
            {
                "Network": name,
                "Size": "" if card.size_bytes is None else file_size(card.size_bytes),
                "SHA-256": hash,
            }
            for name, card in cards.items()
            if (hash := hashes.get(name))
        ],
        columns=["Network", "Size", "SHA-256"],
    )


def licence() -> str:
    """Return the text of the project's licence."""
    return (ROOT / "LICENSE").read_text(encoding="utf-8")


def credits() -> str:
    """Return whose the sample pictures are, as Markdown without its heading."""
    text = (ROOT / "sample_images" / "CREDITS.md").read_text(encoding="utf-8")
    return text.partition("\n")[2].strip()
