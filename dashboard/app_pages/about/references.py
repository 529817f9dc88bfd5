"""The papers that the source cites, found where they are cited. No Streamlit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("interp", "models", "dashboard")
_CITATION = re.compile(
    r"(?P<authors>[A-Z][\w’-]+(?: et al\.| and [A-Z][\w’-]+)?) (?P<year>\d{4}),? \(?"
    r"(?:[\"“](?P<title>[^\"”]{5,160})[\"”],? (?:[^\"“”]{0,60}?))??"
    r"(?P<id>arXiv[: ]\d{4}\.\d{4,5}|doi:10\.\d+/[^\s\"),;]+)"
)
_ID = re.compile(r"arXiv[: ](\d{4}\.\d{4,5})|doi:(10\.\d+/[^\s\"),;]+)")
_JOINED = re.compile(r'"\s*\n\s*f?"')
_COMMENT = re.compile(r"^\s*#", re.MULTILINE)


@dataclass(frozen=True)
class Paper:
    """A paper that the source cites.

    Args:
        authors: with the year: "Adebayo et al. 2018".
        title: "" where no citation tells it.
        id: "arXiv:1810.03292" or "doi:10.1109/TIP.2003.819861".
        package: the first of PACKAGES that cites it.
        places: what cites it, in a word each.
    """

    authors: str
    title: str
    id: str
    package: str
    places: tuple[str, ...]

    @property
    def link(self) -> str:
        """Its address."""
        return address(self.id)


def address(words: str) -> str:
    """Return the address of the first arXiv or doi number in some words, "" where there is none."""
    found = _ID.search(words)
    if found is None:
        return ""
    return f"https://arxiv.org/abs/{found[1]}" if found[1] else f"https://doi.org/{found[2].rstrip('.')}"


def number(words: str) -> str:
    """Return the first arXiv or doi number in some words as it is written in a reference, "" where there is none."""
    found = _ID.search(words)
    if found is None:
        return ""
    return f"arXiv:{found[1]}" if found[1] else f"doi:{found[2].rstrip('.')}"


def citations(source: str) -> list[tuple[str, str, str]]:
    """Return (authors and year, title or "", number) of every citation in Python source, in order."""
    plain = " ".join(_COMMENT.sub("", _JOINED.sub("", source)).split())
    return [
        (f"{found['authors']} {found['year']}", found["title"] or "", number(found["id"]))
        for found in _CITATION.finditer(plain)
    ]


def find_papers(root: Path = ROOT) -> tuple[Paper, ...]:
    """Return every paper that the packages under a folder cite, by package and authors."""
    papers: dict[str, Paper] = {}
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            for authors, title, id in citations(file.read_text(encoding="utf-8")):
                known = papers.get(id, Paper(authors, title, id, package, ()))
                places = tuple(dict.fromkeys((*known.places, _place(file, root / package))))
                papers[id] = Paper(known.authors, known.title or title, id, known.package, places)
    return tuple(sorted(papers.values(), key=lambda paper: (PACKAGES.index(paper.package), paper.authors)))


def without(papers: Iterable[Paper], told: Iterable[str]) -> list[Paper]:
    """Return the papers that none of some references names already."""
    known = {number(words) for words in told}
    return [paper for paper in papers if paper.id not in known]


def _place(file: Path, package: Path) -> str:
    """Return what a file is about: its own name, or its folder's where several files serve one network."""
    parts = file.relative_to(package).with_suffix("").parts
    word = parts[1] if parts[0] == "training" and len(parts) > 2 else parts[-1]
    return word.replace("_", " ")
